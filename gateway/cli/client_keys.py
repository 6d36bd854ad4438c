"""Where a client's key comes from: a public JWK that its owner sent, or one made here for a client on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.records import PATH, read_json
from gateway.identity.client_credentials import make_client_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.cli.context import LocalServices

Command = TypeVar("Command", bound="Callable[..., Any]")


def key_options(command: Command) -> Command:
    from_file = click.option("--key", type=PATH, default=None, help="A file with the client's public JWK.")
    made_here = click.option(
        "--generate", is_flag=True, help="Make a key here; the private JWK goes to HOME/clients, mode 0600."
    )
    return from_file(made_here(command))


def client_key(
    local: LocalServices, fields: dict[str, Any], *, key: Path | None, generate: bool
) -> dict[str, Any] | None:
    """The public JWK to register, or None where the document brings its own.

    Raises: click.UsageError for both options at once, a private key, or another client's file in the way.
    """
    if key is not None and generate:
        raise click.UsageError("Give --key or --generate, not both.")
    if key is not None:
        jwk = read_json(key)
        if "d" in jwk:
            raise click.UsageError(f"{key} holds a private key. Give the public half, and keep this one secret.")
        return jwk
    if not generate:
        return None
    # A slash would name a folder.
    path = local.settings.clients / f"{fields['id'].replace('/', '.')}.json"
    if path.exists() and json.loads(path.read_text(encoding="utf-8")).get("client_id") != fields["id"]:
        raise click.UsageError(f"{path} belongs to another client. Move it away, or choose another id.")
    return make_client_key(
        path, client_id=fields["id"], scopes=fields.get("scopes", ()), user=fields.get("default_user")
    )
