"""`writgate audit disclose|check-disclosure`: one field for one person, over HTTP, and what it proves, offline."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gateway.audit.disclosing import verify_disclosed
from gateway.audit.errors import AuditError
from gateway.cli.caller import accepted, api_for


@click.command()
@click.argument("index", type=click.IntRange(0))
@click.argument("field")
@click.option("--to", "recipient", required=True, help="Whom it is handed to.")
@click.option("--purpose", required=True, help="What for.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the document here.")
@click.option("--client", default="admin-1", show_default=True, help="Which client acts.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
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
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
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
