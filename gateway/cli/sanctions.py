"""`writgate sanction`: take access away, and give it back by somebody else's hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gateway.cli.caller import accepted, api_for

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_client = click.option("--client", default="admin-1", show_default=True, help="Which administrator acts.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def sanction() -> None:
    """Suspensions of agencies, users and clients."""


@sanction.command("impose")
@click.argument("kind", type=click.Choice(["agency", "user", "client"]))
@click.argument("subject")
@click.option("--rule", required=True, help="The clause or the reason code that was violated.")
@click.option("--statement", required=True, help="What happened, in a sentence.")
@click.option("--entry", "entries", type=int, multiple=True, required=True, help="Index on the log; may be repeated.")
@_client
@_home
@_json
def impose(
    *,
    kind: str,
    subject: str,
    rule: str,
    statement: str,
    entries: tuple[int, ...],
    client: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Suspend a subject, on entries of the log."""
    body = {
        "subject": {"kind": kind, "id": subject},
        "rule": rule,
        "statement": statement,
        "entries": list(entries),
    }
    _show(accepted(api_for(home, client).post("/v1/sanctions", body)), as_json=as_json)


@sanction.command("lift")
@click.argument("sanction_id")
@click.option("--statement", required=True, help="Why access is given back.")
@_client
@_home
@_json
def lift(*, sanction_id: str, statement: str, client: str, home: Path | None, as_json: bool) -> None:
    """Give access back; not by the administrator who took it."""
    answer = api_for(home, client).post(f"/v1/sanctions/{sanction_id}/lift", {"statement": statement})
    _show(accepted(answer), as_json=as_json)


@sanction.command("list")
@_client
@_home
@_json
def list_sanctions(*, client: str, home: Path | None, as_json: bool) -> None:
    """Sanctions, the newest first."""
    found = accepted(api_for(home, client).get("/v1/sanctions?limit=200"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        _show(item, as_json=False)


def _show(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(item))
        return
    state = f"lifted by {item['lifted_by']}" if item["lifted_by"] else "in force"
    subject = item["subject"]
    click.echo(
        f"{item['id']}  {subject['kind']} {subject['id']}  {item['rule']}  by {item['imposed_by']}"
        f" on entries {item['entries']}  {state}"
    )
