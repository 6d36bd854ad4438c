"""`writgate search`: one governed search from the shell."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import click

from gateway.cli.caller import accepted, api_for, client_option


@click.command()
@click.argument("picture", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--gallery", required=True)
@click.option("--purpose", required=True, help="Why, in the words of the vocabulary, such as locate_missing_person.")
@click.option("--case", "case_number", required=True)
@click.option("--justification", required=True, help="A sentence of specific facts.")
@click.option("--instrument", default=None, help="The paper that authorises the search.")
@click.option("--exigency", default=None, help="The certificate of an emergency.")
@click.option("--statute", default=None, help="The offence, by statute.")
@click.option("--suspicion", default="none", show_default=True)
@click.option("--source", default=None, help="Where the picture comes from, such as cctv_still.")
@click.option("--max-candidates", type=int, default=10, show_default=True)
@client_option
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="The gateway's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def search(
    *,
    picture: Path,
    client: str | None,
    home: Path | None,
    as_json: bool,
    statute: str | None,
    source: str | None,
    **asked: str | int | None,
) -> None:
    """Search one face in one gallery."""
    body = {key: value for key, value in asked.items() if value is not None}
    image = base64.b64encode(picture.read_bytes()).decode("ascii")
    body["probe"] = {"image": image} | ({"source": source} if source else {})  # type: ignore[assignment]  # JSON
    if statute:
        body["offence"] = {"statute": statute}  # type: ignore[assignment]  # JSON
    answer = accepted(api_for(home, client).post("/v1/searches", body))
    if as_json:
        click.echo(json.dumps(answer))
        return
    if "candidates" not in answer:
        click.echo(f"{answer['status'].replace('_', ' ')} until {answer['expires_at']}")
        click.echo(f"Decision: {answer['decision_id']}")
        return
    for candidate in answer["candidates"]:
        click.echo(f"{candidate['rank']:>3}  {candidate['similarity']:6.2f}  {candidate['external_id']}")
    if not answer["candidates"]:
        click.echo("No candidate at or above the similarity that was asked.")
    click.echo(answer["notice"])
    click.echo(f"Decision: {answer['decision_id']}")
