"""`writgate issuer`: the providers whose word is taken, the key with which we are their client, and our own issuing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from gateway.audit.entries import Entry
from gateway.cli.records import (
    HOME,
    JSON,
    add_reading,
    add_status,
    announce,
    document,
    operator,
    parse,
    services,
    writing,
)
from gateway.identity.issuers.our_client import make_key
from gateway.identity.revocation import suspend_own_issuer
from gateway.registry import queries
from gateway.registry.issuers import IssuerWrite, UserLinkWrite
from gateway.registry.tables import ISSUERS, USER_LINKS
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def issuer() -> None:
    """Foreign providers: whose access tokens, sign-ins and logouts are taken, and for which agencies."""


@issuer.command("add")
@click.argument("issuer_id", metavar="ID", required=False)
@click.option("--issuer", "url", metavar="URL", help="The exact iss of its tokens.")
@writing
def add_issuer(*, issuer_id: str | None, url: str | None, file: Path | None, home: Path | None, as_json: bool) -> None:
    """Add a provider, or change its profile; docs/issuers.md has examples for --file."""
    write = parse(IssuerWrite, document(file, id=issuer_id, issuer=url))
    with services(home) as local:
        stored = local.registry.put_issuer(write, actor=operator())
    announce(stored, as_json=as_json)


@issuer.command("key")
@click.argument("issuer_id", metavar="ID")
@HOME
def key(*, issuer_id: str, home: Path | None) -> None:
    """Print the public key with which this gateway is a client of the provider, to be registered there."""
    with services(home) as local, local.database.transaction() as connection:
        known = queries.issuer(connection, issuer_id) if issuer_id.isprintable() else None
        if known is None:
            raise click.ClickException("There is no such provider. Add it first; `writgate issuer list` shows them.")
        public = make_key(local.settings.keys, known.id)
    click.echo(json.dumps({"keys": [public]}))


@issuer.command("link")
@click.argument("issuer_id", metavar="ID")
@click.argument("subject")
@click.argument("user", required=False)
@HOME
@JSON
def link(*, issuer_id: str, subject: str, user: str | None, home: Path | None, as_json: bool) -> None:
    """Say which USER a SUBJECT of the provider is; without USER the link is taken away."""
    write = parse(UserLinkWrite, {"issuer": issuer_id, "subject": subject, "user_id": user})
    with services(home) as local:
        stored = local.registry.put_user_link(write, actor=operator())
    announce(stored, as_json=as_json)


@issuer.command("stop-issuing")
@HOME
def stop_issuing(*, home: Path | None) -> None:
    """Take no token of this gateway any more, and make none; an administrator's neither."""
    _own(home, suspended=True)


@issuer.command("resume-issuing")
@HOME
def resume_issuing(*, home: Path | None) -> None:
    """Make tokens again; those from before stay dead."""
    _own(home, suspended=False)


def _own(home: Path | None, *, suspended: bool) -> None:
    with services(home) as local, local.database.transaction() as connection:
        suspend_own_issuer(connection, suspended=suspended)
        clear: dict[str, Any] = {"record": "issuer", "id": "self", "status": "suspended" if suspended else "active"}
        clear["actor"] = operator().kind
        local.log.record(
            connection, Entry(kind=EntryKind.ISSUER_WRITTEN, clear=clear, disclosed={"operator": operator().id})
        )
    click.echo("Stopped: no token of this gateway is made or taken." if suspended else "Tokens are made again.")


add_reading(issuer, ISSUERS)
add_status(issuer, ISSUERS)


@click.group(name="user-link")
def user_link() -> None:
    """Which user a subject of a provider is. `writgate issuer link` writes it."""


add_reading(user_link, USER_LINKS)
