"""`writgate audit disclose|check-disclosure|hold|erase|generation`: what is done with sealed values.

Holds, erasures and disclosures go over HTTP with an administrator's token; generations are changed on the gateway's own
machine, where the keys are.
"""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any, Final

import click

from gateway.audit.disclosing import verify_disclosed
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.errors import AuditError
from gateway.audit.generations import advance as advance_generation
from gateway.audit.generations import note_destruction
from gateway.audit.log import AuditLog
from gateway.cli.caller import accepted, api_for
from gateway.cli.context import local_services
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole

_home: Final = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_client: Final = click.option("--client", default="admin-1", show_default=True, help="Which client acts.")
_json: Final = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_agency: Final = click.option("--agency", required=True, help="Whose.")
_case: Final = click.option("--case", "case_number", default=None, help="The case number.")
_reference: Final = click.option("--reference", required=True, help="The court's docket, or the statute.")
_statement: Final = click.option("--statement", required=True, help="Why, in a sentence.")


@click.command()
@click.argument("index", type=click.IntRange(0))
@click.argument("field")
@click.option("--to", "recipient", required=True, help="Whom it is handed to.")
@click.option("--purpose", required=True, help="What for.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the document here.")
@_client
@_home
def disclose(
    *, index: int, field: str, recipient: str, purpose: str, output: Path | None, client: str, home: Path | None
) -> None:
    """Open one FIELD of the entry at INDEX for one person: a document with its proof, verifiable offline."""
    body = {"field": field, "recipient": recipient, "purpose": purpose}
    document = json.dumps(accepted(api_for(home, client).post(f"/v1/audit/entries/{index}/disclosures", body)))
    if output is None:
        click.echo(document)
    else:
        output.write_text(document + "\n", encoding="utf-8")


@click.command("check-disclosure")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", required=True, metavar="VKEY", help="The log's verifier key as you were given it.")
@_json
def check_disclosure(*, file: Path, key: str, as_json: bool) -> None:
    """Verify a document of `disclose`, with no gateway and no network."""
    try:
        proven = verify_disclosed(file.read_bytes(), key)
    except AuditError as error:
        raise click.ClickException(f"It proves nothing: {error}.") from None
    told = {"index": proven.position, "entry": proven.entry, "field": proven.name, "value": proven.value}
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"Entry {proven.position} of the log is a {proven.entry['kind']}; of it, {proven.name} is:")
    click.echo(json.dumps(proven.value, indent=2, ensure_ascii=False))


@click.group()
def hold() -> None:
    """Legal holds: nothing that is held can be erased."""


@hold.command("place")
@_agency
@_case
@_reference
@_statement
@_client
@_home
@_json
def place(
    *,
    agency: str,
    case_number: str | None,
    reference: str,
    statement: str,
    client: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Hold a case, or without --case everything of an agency."""
    body = {"agency": agency, "case_number": case_number, "reference": reference, "statement": statement}
    _show(accepted(api_for(home, client).post("/v1/audit/holds", body)), as_json=as_json)


@hold.command("lift")
@click.argument("hold_id")
@_statement
@_client
@_home
@_json
def lift(*, hold_id: str, statement: str, client: str, home: Path | None, as_json: bool) -> None:
    """Lift a hold; not by who placed it."""
    answer = api_for(home, client).post(f"/v1/audit/holds/{hold_id}/lift", {"statement": statement})
    _show(accepted(answer), as_json=as_json)


@hold.command("list")
@_client
@_home
@_json
def holds(*, client: str, home: Path | None, as_json: bool) -> None:
    """Holds, the newest first."""
    _list(accepted(api_for(home, client).get("/v1/audit/holds?limit=200")), as_json=as_json)


@click.group()
def erase() -> None:
    """Erasures by order: one administrator gives it, another approves it."""


@erase.command("order")
@_agency
@_case
@click.option("--basis", type=click.Choice(["court_order", "statute"]), required=True, help="What orders it.")
@_reference
@_statement
@_client
@_home
@_json
def order(
    *,
    agency: str,
    case_number: str | None,
    basis: str,
    reference: str,
    statement: str,
    client: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Order the erasure of a case, or without --case of what an agency did outside of any. Nothing is erased yet."""
    body = {"agency": agency, "case_number": case_number, "reference": reference, "statement": statement}
    _show(accepted(api_for(home, client).post("/v1/audit/erasures", body | {"basis": basis})), as_json=as_json)


@erase.command("approve")
@click.argument("order_id")
@_client
@_home
@_json
def approve(*, order_id: str, client: str, home: Path | None, as_json: bool) -> None:
    """Approve an order of somebody else's, and erase. It cannot be undone."""
    answer = api_for(home, client).post(f"/v1/audit/erasures/{order_id}/approve", {})
    _show(accepted(answer), as_json=as_json)


@erase.command("refuse")
@click.argument("order_id")
@_statement
@_client
@_home
@_json
def refuse(*, order_id: str, statement: str, client: str, home: Path | None, as_json: bool) -> None:
    """End an order without erasing."""
    answer = api_for(home, client).post(f"/v1/audit/erasures/{order_id}/refuse", {"statement": statement})
    _show(accepted(answer), as_json=as_json)


@erase.command("list")
@_client
@_home
@_json
def orders(*, client: str, home: Path | None, as_json: bool) -> None:
    """Orders, the newest first."""
    _list(accepted(api_for(home, client).get("/v1/audit/erasures?limit=200")), as_json=as_json)


@click.group()
def generation() -> None:
    """Generations of the wrapping key, on the gateway's own machine: what makes an erasure hold against backups."""


@generation.command("advance")
@_home
@_json
def advance(*, home: Path | None, as_json: bool) -> None:
    """Make the next generation and wrap every key anew. Make a backup right after."""
    with local_services(home) as services:
        keys = DisclosureKeys.load(services.settings.keys)
        admin = services.deployment.conninfo(DatabaseRole.ADMIN)
        with Database(admin, name="generation", max_size=1) as database, database.transaction() as connection:
            try:
                made = advance_generation(connection, keys=keys, log=AuditLog(keys=keys), operator=getpass.getuser())
            except AuditError as error:
                raise click.ClickException(f"Nothing was changed: {error}.") from None
    told = {"generation": made.generation, "rewrapped": made.rewrapped}
    _show(told, as_json=as_json)


@generation.command("destroy")
@click.argument("number", type=click.IntRange(1))
@_home
@_json
def destroy(*, number: int, home: Path | None, as_json: bool) -> None:
    """Destroy generation NUMBER and all before it, for ever: backups from before the advance open nothing any more."""
    with local_services(home) as services:
        keys = DisclosureKeys.load(services.settings.keys)
        admin = services.deployment.conninfo(DatabaseRole.ADMIN)
        try:
            with Database(admin, name="generation", max_size=1) as database, database.transaction() as connection:
                log = AuditLog(keys=keys)
                note_destruction(connection, log=log, generation=number, operator=getpass.getuser())
            keys.wrapping.destroy(number)
        except AuditError as error:
            raise click.ClickException(str(error)) from None
    _show({"destroyed": number}, as_json=as_json)


def _list(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        _show(item, as_json=False)


def _show(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(item))
        return
    shown = {name: value for name, value in item.items() if value is not None}
    click.echo("  ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in shown.items()))
