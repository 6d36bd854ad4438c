"""`writgate keys`: the key that signs access tokens is replaced, without a restart and without a token that fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from gateway.audit.entries import Entry
from gateway.cli.records import HOME, JSON, operator, services
from gateway.identity.keys import rotate_keys
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def keys() -> None:
    """Keys: replace the one that signs access tokens."""


@keys.command()
@HOME
@JSON
def rotate(*, home: Path | None, as_json: bool) -> None:
    """Sign access tokens with a new key from now on. Tokens of the old one stay good until they expire."""
    # Where the database does not answer, nothing is rotated: the transaction is open before the files change.
    with services(home) as local, local.database.transaction() as connection:
        rotated = rotate_keys(local.settings.keys)
        local.log.record(
            connection,
            Entry(
                kind=EntryKind.KEY_ROTATED,
                clear={"key": "token.jwk", "kid": rotated, "actor": "operator"},
                disclosed={"operator": operator().id},
            ),
        )
    click.echo(json.dumps({"kid": rotated}) if as_json else f"Access tokens are signed with the key {rotated}.")
