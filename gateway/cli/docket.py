"""`writgate docket|proposal …`: duties, and what two people agree on; over HTTP, as any program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.caller import accepted, api_for

if TYPE_CHECKING:
    from gateway.cli.http import Api

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_client = click.option("--client", default="admin-1", show_default=True, help="Which client acts.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def docket() -> None:
    """Duties with due times: what is owed, who was told, and how it ended."""


@docket.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is over.")
@_client
@_home
@_json
def list_duties(*, everything: bool, client: str, home: Path | None, as_json: bool) -> None:
    """The duties, newest first."""
    api, path = api_for(home, client), "/v1/docket?limit=200" + ("" if everything else "&open=true")
    items = _pages(api, path)
    if as_json:
        click.echo(json.dumps(items))
        return
    for item in items:
        due = item["due"] or "no date"
        click.echo(f"{item['id']}  {item['stage']:<10} {due:<28} {item['agency']:<20} {item['code']}")


@docket.command("show")
@click.argument("duty")
@_client
@_home
@_json
def show(*, duty: str, client: str, home: Path | None, as_json: bool) -> None:
    """One duty, with the messages that told of it."""
    _print(accepted(api_for(home, client).get(f"/v1/docket/{duty}")), as_json=as_json)


@docket.command("messages")
@_client
@_home
@_json
def messages(*, client: str, home: Path | None, as_json: bool) -> None:
    """What was told by mail and webhook, newest first, and what nobody took."""
    items = _pages(api_for(home, client), "/v1/docket/messages?limit=200")
    if as_json:
        click.echo(json.dumps(items))
        return
    for item in items:
        last = item["attempts"][-1]["result"] if item["attempts"] else "not tried yet"
        about = item["duty"] or item["subject"]
        click.echo(f"{item['made_at']}  {item['state']:<10} {item['channel']:<8} {item['event']:<20} {about}  {last}")


@docket.command("discharge")
@click.argument("duty")
@click.option("--note", required=True, help="What was done.")
@_client
@_home
@_json
def discharge(*, duty: str, note: str, client: str, home: Path | None, as_json: bool) -> None:
    """Say that a duty was done, and how."""
    _print(accepted(api_for(home, client).post(f"/v1/docket/{duty}/discharge", {"note": note})), as_json=as_json)


@docket.command("chain")
@click.argument("agency")
@click.argument("people", nargs=-1, metavar="[NAME=MAIL[=USER]]…")
@_client
@_home
@_json
def chain(*, agency: str, people: tuple[str, ...], client: str, home: Path | None, as_json: bool) -> None:
    """Show, or set, the people of an agency who are told one after the other.

    Whoever is named with a USER also hears of what waits for that user.
    """
    api = api_for(home, client)
    if not people:
        _print(accepted(api.get(f"/v1/chains/{agency}")), as_json=as_json)
        return
    named = [dict(zip(("name", "mail", "user"), person.split("=", 2), strict=False)) for person in people]
    if any("mail" not in person for person in named):
        raise click.BadParameter("write NAME=MAIL or NAME=MAIL=USER", param_hint="PEOPLE")
    _print(accepted(api.put(f"/v1/chains/{agency}", {"people": named})), as_json=as_json)


@docket.command("restore-right")
@click.argument("agency")
@click.option("--reason", required=True, help="Why the agency may search in emergencies again.")
@_client
@_home
@_json
def restore_right(*, agency: str, reason: str, client: str, home: Path | None, as_json: bool) -> None:
    """Give an agency its right to emergencies back."""
    body = {"reason": reason}
    _print(accepted(api_for(home, client).post(f"/v1/agencies/{agency}/exigency-right", body)), as_json=as_json)


@click.group()
def proposal() -> None:
    """What two people must agree on, one of them from outside the vendor."""


@proposal.command("list")
@_client
@_home
@_json
def list_proposals(*, client: str, home: Path | None, as_json: bool) -> None:
    """The proposals, newest first."""
    items = accepted(api_for(home, client).get("/v1/proposals?limit=200"))["items"]
    if as_json:
        click.echo(json.dumps(items))
        return
    for item in items:
        click.echo(f"{item['id']}  {item['state']:<9} {item['kind']:<18} by {item['proposed_by']}: {item['why']}")


@proposal.command("make")
@click.argument("kind")
@click.argument("document", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--why", required=True)
@_client
@_home
@_json
def make(*, kind: str, document: Path, why: str, client: str, home: Path | None, as_json: bool) -> None:
    """Propose something: KIND, such as auditor.add, and its document as a JSON file."""
    try:
        content = json.loads(document.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise click.UsageError(f"{document} is not a readable JSON file.") from None
    body = {"kind": kind, "document": content, "why": why}
    _print(accepted(api_for(home, client).post("/v1/proposals", body)), as_json=as_json)


def _decision(verb: str, help_text: str) -> click.Command:
    @click.argument("proposal_id")
    @click.option("--reason", required=True)
    @click.option("--client", default="admin-2", show_default=True, help="Which client acts.")
    @_home
    @_json
    def decide(*, proposal_id: str, reason: str, client: str, home: Path | None, as_json: bool) -> None:
        answer = api_for(home, client).post(f"/v1/proposals/{proposal_id}/{verb}", {"reason": reason})
        _print(accepted(answer), as_json=as_json)

    return click.command(verb, help=help_text)(decide)


proposal.add_command(_decision("approve", "Agree; it is done in the same moment."))
proposal.add_command(_decision("refuse", "Refuse, or take back what one proposed oneself."))


def _pages(api: Api, path: str) -> list[dict[str, Any]]:
    """Everything that the route lists; what it warns of is said once, beside the output."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = accepted(api.get(path + (f"&cursor={cursor}" if cursor else "")))
        if not items:
            for warning in page.get("warnings", []):
                click.echo(f"{warning['sentence']} {warning['remedy']}", err=True)
        items += page["items"]
        cursor = page["next_cursor"]
    return items


def _print(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(item))
        return
    for name, value in item.items():
        click.echo(f"{name:22} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
