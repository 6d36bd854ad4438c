"""`writgate audit stream`: standing exports of the log (`/v1/audit/exports`), which go on sending what comes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.caller import accepted, api_for

_home: Final = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_client: Final = click.option("--client", default="admin-1", show_default=True, help="Which client acts.")
_json: Final = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def stream() -> None:
    """Send entries elsewhere as they come: in which form, and where."""


@stream.command("add")
@click.argument("name")
@click.option("--format", "form", required=True, help="jsonl, cloudevents, ocsf, ecs, cef, opa, csv or parquet.")
@click.option("--to", "destination", required=True, help="file:NAME, syslog+tls://…, https://…, s3://…")
@click.option("--q", "asked", default="", help="Which entries, in the log's language; else all.")
@_client
@_home
@_json
def add(*, name: str, form: str, destination: str, asked: str, client: str, home: Path | None, as_json: bool) -> None:
    """Send entries from the first one on, and go on sending what comes."""
    body = {"name": name, "format": form, "destination": destination, "q": asked}
    _show(accepted(api_for(home, client).post("/v1/audit/exports", body)), as_json=as_json)


@stream.command("list")
@_client
@_home
@_json
def list_streams(*, client: str, home: Path | None, as_json: bool) -> None:
    """Streams, how far each is, and what stands in its way."""
    found = accepted(api_for(home, client).get("/v1/audit/exports"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        _show(item, as_json=False)


@stream.command("end")
@click.argument("name")
@_client
@_home
@_json
def end(*, name: str, client: str, home: Path | None, as_json: bool) -> None:
    """End a stream for good."""
    _show(accepted(api_for(home, client).delete(f"/v1/audit/exports/{name}")), as_json=as_json)


def _show(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(item))
        return
    shown = {name: value for name, value in item.items() if value is not None}
    click.echo("  ".join(f"{name}={json.dumps(value)}" for name, value in shown.items()))
