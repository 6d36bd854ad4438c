"""`writgate audit generation`: generations of the wrapping key, on the gateway's own machine, where the keys are."""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.errors import AuditError
from gateway.audit.generations import KeysUnopened, note_destruction
from gateway.audit.generations import advance as advance_generation
from gateway.audit.log import AuditLog
from gateway.cli.context import local_services
from gateway.cli.erasures import show
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def generation() -> None:
    """Generations of the wrapping key, on the gateway's own machine: what makes an erasure hold against backups."""


@generation.command("advance")
@click.option("--give-up", is_flag=True, help="Destroy keys that do not open although the first one does.")
@_home
@_json
def advance(*, give_up: bool, home: Path | None, as_json: bool) -> None:
    """Make the next generation and wrap every key anew. Make a backup right after."""
    with _opened(home) as (keys, database):
        try:
            with database.transaction() as connection:
                log, operator = AuditLog(keys=keys), getpass.getuser()
                made = advance_generation(connection, keys=keys, log=log, operator=operator, give_up=give_up)
        except KeysUnopened as error:
            raise click.ClickException(
                f"Nothing was changed: {error}. So this machine's wrapping key is the gateway's own; those keys are "
                "false, damaged, or made under another key file. Compare the key files of all nodes first; "
                "`--give-up` destroys those keys and goes on."
            ) from None
        except AuditError as error:
            raise click.ClickException(f"Nothing was changed: {error}.") from None
    show(made._asdict(), as_json=as_json)


@generation.command("destroy")
@click.argument("number", type=click.IntRange(1))
@_home
@_json
def destroy(*, number: int, home: Path | None, as_json: bool) -> None:
    """Destroy generation NUMBER and all before it, for ever: backups from before the advance open nothing any more."""
    with _opened(home) as (keys, database):
        try:
            with database.transaction() as connection:
                log = AuditLog(keys=keys)
                note_destruction(connection, log=log, generation=number, operator=getpass.getuser())
            keys.wrapping.destroy(number)
        except AuditError as error:
            raise click.ClickException(str(error)) from None
    show({"destroyed": number}, as_json=as_json)


@contextmanager
def _opened(home: Path | None) -> Iterator[tuple[DisclosureKeys, Database]]:
    """The home's keys, and its database as the administrator."""
    with local_services(home) as services:
        keys = DisclosureKeys.load(services.settings.keys)
        admin = services.deployment.conninfo(DatabaseRole.ADMIN)
        with Database(admin, name="generation", max_size=1) as database:
            yield keys, database
