"""`writgate approvals`: what waits for supervisors, what exactly is asked, and their votes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import click

from gateway.cli.caller import accepted, api_for, client_option

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def approvals() -> None:
    """Requests that wait for supervisors."""


@approvals.command("list")
@click.option("--state", type=click.Choice(["awaiting", "approved", "rejected", "expired"]), default="awaiting")
@client_option
@_home
@_json
def list_approvals(*, state: str, client: str | None, home: Path | None, as_json: bool) -> None:
    """What the agency waits for, the newest first."""
    found = accepted(api_for(home, client).get(f"/v1/approvals?state={state}&limit=200"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        _line(item)


@approvals.command("show")
@click.argument("approval_id")
@click.option("--pictures", type=click.Path(path_type=Path, file_okay=False), help="Write the pictures to this folder.")
@client_option
@_home
@_json
def show(*, approval_id: str, pictures: Path | None, client: str | None, home: Path | None, as_json: bool) -> None:
    """Exactly what is asked. Seeing it is an entry on the log."""
    seen = accepted(api_for(home, client).get(f"/v1/approvals/{approval_id}"))
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(seen["images"], start=1):
            (pictures / f"{approval_id}-{number}").write_bytes(base64.b64decode(image))
    if as_json:
        click.echo(json.dumps(seen))
        return
    _line(seen)
    click.echo(f"asked by {seen['requested_by']} through {seen['client']}")
    for name, value in seen["request"].items():
        if value not in (None, {}, [], False):
            click.echo(f"  {name}: {value}")
    for reason in seen["reasons"]:
        click.echo(f"  {reason['code']}: {reason['sentence']}")
    click.echo(f"request_sha256 {seen['request_sha256']}")


@approvals.command("decide")
@click.argument("approval_id")
@click.argument("verdict", type=click.Choice(["approve", "reject"]))
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--request", "request_sha256", required=True, metavar="SHA256", help="As `approvals show` printed it.")
@client_option
@_home
@_json
def decide(
    *,
    approval_id: str,
    verdict: str,
    reason: str,
    request_sha256: str,
    client: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Vote about a request that you have seen."""
    body = {"verdict": verdict, "reason": reason, "request_sha256": request_sha256}
    decided = accepted(api_for(home, client).post(f"/v1/approvals/{approval_id}/votes", body))
    click.echo(json.dumps(decided)) if as_json else _line(decided)


def _line(item: dict[str, Any]) -> None:
    click.echo(
        f"{item['id']}  {item['operation']}  {item['purpose']}  {item['state']}"
        f"  {item['approved']} of {item['needed']}  until {item['expires_at']}"
    )
