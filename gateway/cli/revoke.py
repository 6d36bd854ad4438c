"""`writgate revoke`: end the tokens issued so far to somebody, one session, or one token. It suspends nobody."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gateway.cli.caller import accepted, api_for


@click.command()
@click.argument("kind", type=click.Choice(["issuer", "agency", "client", "user", "session", "token"]))
@click.argument("subject")
@click.option("--statement", required=True, help="Why, in a sentence; it goes on the log.")
@click.option("--client", default="admin-1", show_default=True, help="Which administrator acts.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def revoke(*, kind: str, subject: str, statement: str, client: str, home: Path | None, as_json: bool) -> None:
    """End every token issued so far to SUBJECT, within a second on all nodes.

    SUBJECT is an id of the registry; `self` for this gateway as an issuer; of a token, the SHA-256 of its id, as the
    log names it.
    """
    body = {"subject": {"kind": kind, "id": subject}, "statement": statement}
    made = accepted(api_for(home, client).post("/v1/revocations", body))
    click.echo(json.dumps(made) if as_json else f"{kind} {subject}: revoked at {made['revoked_at']}")
