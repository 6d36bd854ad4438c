"""`writgate instrument|exigency …`: the papers that authorise. What an operator enters another account confirms."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.caller import accepted, api_for
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
from gateway.registry.confirmations import Confirmations
from gateway.registry.court_filing import FilingScope, read_filing
from gateway.registry.instruments import LONGEST_WARRANT
from gateway.registry.models import ExigencyWrite, InstrumentWrite
from gateway.registry.tables import EXIGENCIES, INSTRUMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.settings import Settings

CLIENT = click.option("--client", default="admin-1", show_default=True, help="Which client acts.")


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
@click.option("--document-sha256", metavar="HEX", help="Digest of the signed PDF.")
@click.option("--document", "signed", type=PATH, default=None, help="The signed PDF; its digest is entered.")
@click.option("--applicant", help="Officer and agency that applied.")
@click.option("--application-authorised-by")
@click.option("--sworn", is_flag=True, default=None)
@click.option("--place", help="Where it authorises.")
@click.option("--public-spaces", help="The nature of public spaces that it names.")
@click.option("--extensions", type=int)
@click.option("--extended-days", type=int)
@click.option("--minimisation")
@click.option("--delete-by", metavar="TIME", help="When what was found must be gone.")
@click.option("--notice-due", metavar="TIME", help="Until when a sealed paper's subject is not told.")
@click.option("--return-due", metavar="TIME", help="When the court wants its return.")
@writing
def add_instrument(*, signed: Path | None, file: Path | None, home: Path | None, as_json: bool, **options: Any) -> None:
    """Enter a paper as the court's clerk gave it (left out, an id is made); somebody else must confirm it."""
    fields = document(file, **options)
    if signed is not None:
        fields["document_sha256"] = hashlib.sha256(signed.read_bytes()).hexdigest()
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


@instrument.command("confirm")
@click.argument("instrument_id", metavar="ID")
@click.option("--document", "signed", type=PATH, default=None, help="The signed PDF, to be compared with the digest.")
@HOME
@JSON
def confirm_instrument(*, instrument_id: str, signed: Path | None, home: Path | None, as_json: bool) -> None:
    """Vouch for a paper that another account entered."""
    with services(home) as local:
        confirmations = Confirmations(database=local.database, registry=local.registry)
        stored = confirmations.instrument(instrument_id, actor=operator(), file=signed.read_bytes() if signed else None)
    announce(stored, as_json=as_json)


@instrument.command("import-filing")
@click.argument("filing", type=PATH)
@click.option("--agency", required=True)
@click.option("--type", "instrument_type", default=None, help="Corrects the XML's own.")
@click.option("--gallery", "galleries", multiple=True, required=True, metavar="PATTERN")
@click.option("--mode", "modes", multiple=True, default=("still_image",), show_default=True)
@click.option("--operation", "operations", multiple=True, default=("identify_1_to_n",), show_default=True)
@click.option("--purpose", "purposes", multiple=True, required=True)
@click.option("--searches", "searches_allowed", type=int, help="How many searches it allows.")
@click.option("--by-hand", multiple=True, metavar="ELEMENT", help="An element that you entered in --file by hand.")
@click.option("--file", type=PATH, default=None, help="A JSON object with what else the paper states.")
@HOME
@JSON
def import_filing(
    *, filing: Path, agency: str, file: Path | None, home: Path | None, as_json: bool, **options: Any
) -> None:
    """Enter a warrant or order out of a NIEM or ECF filing. It counts when another account confirmed it."""
    scope = parse(FilingScope, document(file, **options))
    with services(home) as local:
        write = read_filing(filing.read_bytes(), scope, agency=agency, paper_id=f"{agency}/{uuid7()}")
        stored = local.registry.put_instrument(write, actor=operator())
    announce(stored, as_json=as_json)


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
    """Certify an emergency. What was certified is never edited, only withdrawn or decided; a second person confirms."""
    write = parse(ExigencyWrite, document(file, **options))
    with services(home) as local:
        stored = local.registry.put_exigency(write, actor=operator())
    announce(stored, as_json=as_json)


@exigency.command("confirm")
@click.argument("exigency_id", metavar="ID")
@click.option("--by", required=True, metavar="USER", help="The supervisor of the agency who confirms.")
@HOME
@JSON
def confirm_exigency(*, exigency_id: str, by: str, home: Path | None, as_json: bool) -> None:
    """Enter that a supervisor confirmed a certificate; its clock begins."""
    with services(home) as local:
        confirmations = Confirmations(database=local.database, registry=local.registry)
        stored = confirmations.exigency(exigency_id, actor=operator(), by=by)
    announce(stored, as_json=as_json)


@exigency.command("applied")
@click.argument("exigency_id", metavar="ID")
@click.argument("time", metavar="TIME")
@CLIENT
@HOME
def applied(*, exigency_id: str, time: str, client: str, home: Path | None) -> None:
    """Enter when the court was asked for the paper that follows an emergency (RFC 3339)."""
    accepted(api_for(home, client).post(f"/v1/exigencies/{exigency_id}/application", {"applied_at": time}))
    click.echo(f"The court was asked at {time} for the paper that follows {exigency_id}.")


@exigency.command("attach")
@click.argument("exigency_id", metavar="ID")
@click.argument("instrument_id", metavar="INSTRUMENT")
@CLIENT
@HOME
def attach(*, exigency_id: str, instrument_id: str, client: str, home: Path | None) -> None:
    """Attach the court's paper that follows an emergency, before its time is over."""
    accepted(api_for(home, client).post(f"/v1/exigencies/{exigency_id}/instrument", {"instrument": instrument_id}))
    click.echo(f"{instrument_id} follows {exigency_id}.")


@instrument.command("attach")
@click.argument("instrument_id", metavar="ID")
@click.argument("search")
@CLIENT
@HOME
def attach_to_search(*, instrument_id: str, search: str, client: str, home: Path | None) -> None:
    """Attach the authorisation that follows a search which the law permits before it, before its time is over."""
    accepted(api_for(home, client).post(f"/v1/searches/{search}/instrument", {"instrument": instrument_id}))
    click.echo(f"{instrument_id} follows the search {search}.")


for _group, _table in ((instrument, INSTRUMENTS), (exigency, EXIGENCIES)):
    add_reading(_group, _table)
    add_status(_group, _table)
