"""`writgate instrument|exigency …`: the papers that authorise. What an operator enters counts as a clerk's entry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.records import (
    HOME,
    JSON,
    PATH,
    add_reading,
    add_status,
    announce,
    document,
    operator,
    parse,
    services,
    writing,
)
from gateway.clock import uuid7
from gateway.registry.instruments import LONGEST_WARRANT
from gateway.registry.models import ExigencyWrite, InstrumentWrite
from gateway.registry.tables import EXIGENCIES, INSTRUMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.settings import Settings


@click.group()
def instrument() -> None:
    """Instruments: warrants, orders and the other papers that authorise a search."""


@instrument.command("add")
@click.argument("id", metavar="[ID]", required=False)
@click.option("--agency")
@click.option("--type", help="Such as court_order or search_warrant.")
@click.option("--court")
@click.option("--docket-number")
@click.option("--judge")
@click.option("--standard", help="The finding that the court made, such as probable cause.")
@click.option("--statute")
@click.option("--subject")
@click.option("--probe-sha256", multiple=True, metavar="HEX", help="Binds the paper to a picture.")
@click.option("--gallery", "galleries", multiple=True, metavar="PATTERN")
@click.option("--mode", "modes", multiple=True)
@click.option("--operation", "operations", multiple=True)
@click.option("--purpose", "purposes", multiple=True)
@click.option("--from", "valid_from", metavar="TIME", help="RFC 3339.")
@click.option("--to", "expires_at", metavar="TIME")
@click.option("--searches", "searches_allowed", type=int, help="How many searches it allows.")
@click.option("--officer-certification", is_flag=True, default=None)
@click.option("--sealed", is_flag=True, default=None)
@click.option("--document-sha256", metavar="HEX", help="Digest of the paper's scan.")
@writing
def add_instrument(*, file: Path | None, home: Path | None, as_json: bool, **options: Any) -> None:
    """Enter a paper as the court's clerk gave it. Left out, an id is made."""
    fields = document(file, **options)
    if "id" not in fields and "agency" in fields:
        fields["id"] = f"{fields['agency']}/{uuid7()}"
    write = parse(InstrumentWrite, fields)
    with services(home) as local:
        stored = local.registry.put_instrument(write, actor=operator())
    announce(stored, as_json=as_json)


@instrument.command("import-warrant")
@click.argument("warrant", type=PATH)
@click.option("--issuer", default=None, help="This gateway's URL as the court wrote it in aud.")
@HOME
@JSON
def import_warrant(*, warrant: Path, issuer: str | None, home: Path | None, as_json: bool) -> None:
    """Register a court's signed warrant (JWS, warrant+jwt), checked against the keys pinned for the court."""
    with warrant.open("rb") as opened:
        compact = opened.read(LONGEST_WARRANT + 2).decode("ascii", "replace").strip()
    with services(home) as local:
        stored = local.registry.import_warrant(compact, actor=operator(), issuer=issuer or _issuer(local.settings))
    announce(stored, as_json=as_json)


def _issuer(settings: Settings) -> str:
    """The URL of the gateway that runs from this home: a court addresses that, whatever the settings say now."""
    try:
        return str(json.loads((settings.state / "server.json").read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return settings.issuer


@click.group()
def exigency() -> None:
    """Exigencies: certified emergencies that stand in for an instrument until a deadline."""


@exigency.command("add")
@click.argument("id", metavar="ID", required=False)
@click.option("--agency")
@click.option("--certified-by", metavar="USER")
@click.option("--rank")
@click.option("--facts")
@click.option("--harm")
@click.option("--risk", help="imminent_threat_to_individual, substantial_risk_of_harm, or words of your own.")
@click.option("--narrowly-tailored/--not-narrowly-tailored", default=None)
@click.option("--started", "started_at", metavar="TIME", help="RFC 3339.")
@click.option("--why-no-order")
@click.option("--deadline", metavar="TIME")
@writing
def add_exigency(*, file: Path | None, home: Path | None, as_json: bool, **options: Any) -> None:
    """Certify an emergency. What was certified is never edited, only withdrawn or decided."""
    write = parse(ExigencyWrite, document(file, **options))
    with services(home) as local:
        stored = local.registry.put_exigency(write, actor=operator())
    announce(stored, as_json=as_json)


for _group, _table in ((instrument, INSTRUMENTS), (exigency, EXIGENCIES)):
    add_reading(_group, _table)
    add_status(_group, _table)
