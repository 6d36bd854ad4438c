"""What the commands about people share: the services of this machine's home, and how an invitation reads."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gateway.cli.records import services
from gateway.identity import passkeys
from gateway.identity.enrolment import Enrolment
from gateway.identity.errors import IdentityError
from gateway.identity.sessions import Sessions
from gateway.identity.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.audit.log import AuditLog
    from gateway.database import Database
    from gateway.identity.enrolment import Invitation
    from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class People:
    settings: Settings
    database: Database
    log: AuditLog
    sessions: Sessions
    enrolment: Enrolment


@contextmanager
def people(home: Path | None) -> Iterator[People]:
    """The home's accounts; what is refused ends the command with its sentence."""
    try:
        with services(home) as local:
            sessions = Sessions(database=local.database, log=local.log, settings=local.settings)
            sign_in = SignIn(database=local.database, log=local.log, sessions=sessions, issuer=local.settings.issuer)
            enrolment = Enrolment(database=local.database, log=local.log, sessions=sessions, sign_in=sign_in)
            yield People(local.settings, local.database, local.log, sessions, enrolment)
    except IdentityError as error:
        raise click.ClickException(f"{error.sentence} {error.remedy}") from None


def origin(settings: Settings) -> str:
    """Where people reach the console of this home."""
    return passkeys.place_for(_running(settings) or settings.issuer).origin


def show_invitation(invited: Invitation, settings: Settings, *, as_json: bool) -> None:
    told = invited.told(origin(settings))
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"Give this to {told['account']}, over a channel that only they read. It works once, until")
    click.echo(f"{told['expires_at']}.")
    click.echo(f"  {told['url']}")


def _running(settings: Settings) -> str | None:
    """Where the gateway of this home answers now, which `serve --port` may have said; a public URL is a setting."""
    if settings.public_url is not None:
        return None
    try:
        return str(json.loads((settings.state / "server.json").read_text(encoding="utf-8"))["url"])
    except FileNotFoundError:
        return None
