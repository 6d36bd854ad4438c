"""`writgate audit hold|erase`: legal holds and erasures by order, over HTTP with an administrator's token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.caller import accepted, api_for

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., None]

HOLDS = "/v1/audit/holds"
ERASURES = "/v1/audit/erasures"
_statement = click.option("--statement", required=True, help="Why, in a sentence.")


def _acting(command: Command) -> Command:
    """Who acts, on which gateway, and how the answer is printed."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
        click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder."),
        click.option("--client", default="admin-1", show_default=True, help="Which client acts."),
    ):
        command = option(command)
    return command


def _paper(command: Command) -> Command:
    """What it is about, and what asks for it; the names are those of the request's body."""
    for option in (
        _statement,
        click.option("--reference", required=True, help="The court's docket, or the statute."),
        click.option("--case", "case_number", default=None, help="The case number."),
        click.option("--agency", required=True, help="Whose."),
    ):
        command = option(command)
    return command


@click.group()
def hold() -> None:
    """Legal holds: nothing that is held can be erased."""


@hold.command("place")
@_paper
@_acting
def place(*, client: str, home: Path | None, as_json: bool, **body: str | None) -> None:
    """Hold a case, or without --case everything of an agency."""
    _post(HOLDS, body, client=client, home=home, as_json=as_json)


@hold.command("lift")
@click.argument("hold_id")
@_statement
@_acting
def lift(*, hold_id: str, statement: str, client: str, home: Path | None, as_json: bool) -> None:
    """Lift a hold; not by who placed it."""
    _post(f"{HOLDS}/{hold_id}/lift", {"statement": statement}, client=client, home=home, as_json=as_json)


@hold.command("list")
@_acting
def holds(*, client: str, home: Path | None, as_json: bool) -> None:
    """Holds, the newest first."""
    _list(HOLDS, client=client, home=home, as_json=as_json)


@click.group()
def erase() -> None:
    """Erasures by order: one administrator gives it, another approves it."""


@erase.command("order")
@_paper
@click.option("--basis", type=click.Choice(["court_order", "statute"]), required=True, help="What orders it.")
@_acting
def order(*, client: str, home: Path | None, as_json: bool, **body: str | None) -> None:
    """Order the erasure of a case, or without --case of what an agency did outside of any. Nothing is erased yet."""
    _post(ERASURES, body, client=client, home=home, as_json=as_json)


@erase.command("approve")
@click.argument("order_id")
@_acting
def approve(*, order_id: str, client: str, home: Path | None, as_json: bool) -> None:
    """Approve an order of somebody else's, and erase. It cannot be undone."""
    _post(f"{ERASURES}/{order_id}/approve", {}, client=client, home=home, as_json=as_json)


@erase.command("refuse")
@click.argument("order_id")
@_statement
@_acting
def refuse(*, order_id: str, statement: str, client: str, home: Path | None, as_json: bool) -> None:
    """End an order without erasing."""
    _post(f"{ERASURES}/{order_id}/refuse", {"statement": statement}, client=client, home=home, as_json=as_json)


@erase.command("list")
@_acting
def orders(*, client: str, home: Path | None, as_json: bool) -> None:
    """Orders, the newest first."""
    _list(ERASURES, client=client, home=home, as_json=as_json)


def _post(path: str, body: dict[str, str | None], *, client: str, home: Path | None, as_json: bool) -> None:
    show(accepted(api_for(home, client).post(path, body)), as_json=as_json)


def _list(path: str, *, client: str, home: Path | None, as_json: bool) -> None:
    found = accepted(api_for(home, client).get(f"{path}?limit=200"))
    for item in [found] if as_json else found["items"]:
        show(item, as_json=as_json)


def show(item: dict[str, Any], *, as_json: bool) -> None:
    """One thing on one line: as JSON, or its fields that say something."""
    if as_json:
        click.echo(json.dumps(item))
        return
    shown = {name: value for name, value in item.items() if value is not None}
    click.echo("  ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in shown.items()))
