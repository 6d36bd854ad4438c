"""The runner of `migrations/NNNN_name.sql`: forward only, each file one transaction, its content recorded.

What is recorded in `ops.migrations` is history: a file that was applied and has changed or gone since is refused, and
so is a new file with a number before the last applied. What makes roles runs as the administrator until it takes the
owner's; every other file runs as the owner. The search path is empty while they run, so each name must say its schema.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import structlog

import gateway
from gateway.postgres.credentials import OWNER
from gateway.postgres.errors import MigrationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.database import Connection

_log = structlog.get_logger()

FOLDER: Final = Path(gateway.__path__[0]).parent / "migrations"
_NAME: Final = re.compile(r"(?P<number>\d{4})_[a-z0-9]+(?:_[a-z0-9]+)*\.sql")
# A file that ends its own transaction could be half applied. (BEGIN of PL/pgSQL and BEGIN ATOMIC have no semicolon.)
_TRANSACTION_COMMAND: Final = re.compile(
    r"^\s*(?:BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|END\s+TRANSACTION)\b[^;\n]*;", re.IGNORECASE | re.MULTILINE
)
# Only an administrator makes a role; these files say themselves from where on they are the owner.
_MAKES_ROLES: Final = frozenset({1, 13, 18})
# Held by whoever changes structure or roles; the number spells WRIT.
_ADVISORY_LOCK: Final = 0x57_52_49_54
_WAIT_FOR_OTHER_RUNNER: Final = "120s"
_LOCK_TIMEOUT: Final = "4s"
_STATEMENT_TIMEOUT: Final = "60s"


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql).hexdigest()


def read_folder(folder: Path = FOLDER) -> Sequence[Migration]:
    """Read all migrations in their order.

    Raises:
        MigrationError: a name is malformed, a number is used twice, or a file commits by itself.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path.name}: a migration is named NNNN_words_in_lower_case.sql.")
        migration = Migration(int(match["number"]), path.stem, path.read_bytes())
        if migration.number in found:
            raise MigrationError(f"{path.name} and {found[migration.number].name}.sql have the same number.")
        if _TRANSACTION_COMMAND.search(migration.sql.decode()):
            raise MigrationError(f"{path.name} has a transaction command; each file is one transaction already.")
        found[migration.number] = migration
    if not found:
        raise MigrationError(f"There are no migrations in {folder}.")
    return list(found.values())


def pending(connection: Connection, migrations: Sequence[Migration]) -> Sequence[Migration]:
    """Say which migrations are still to be applied.

    Raises:
        MigrationError: recorded history and files differ.
    """
    exists = connection.execute("SELECT pg_catalog.to_regclass('ops.migrations') IS NOT NULL").fetchone()
    if exists is None or not exists[0]:
        return migrations
    applied = {
        number: (name, sha256)
        for number, name, sha256 in connection.execute("SELECT number, name, sha256 FROM ops.migrations")
    }
    files = {migration.number: migration for migration in migrations}
    for number, (name, sha256) in sorted(applied.items()):
        if number not in files:
            raise MigrationError(
                f"The database has migration {name}, which this version does not know. Upgrade Writgate."
            )
        if (files[number].name, files[number].sha256) != (name, sha256):
            raise MigrationError(f"{files[number].name}.sql is not what was applied as {name}. Write a new migration.")
    last = max(applied, default=0)
    for number, migration in files.items():
        if number not in applied and number < last:
            raise MigrationError(
                f"{migration.name}.sql comes before {applied[last][0]}, which is applied. Renumber it."
            )
    return [migration for migration in migrations if migration.number not in applied]


def migrate(connection: Connection, migrations: Sequence[Migration]) -> Sequence[Migration]:
    """Apply what is pending and return it. Of several runners one works and the others find nothing left to do.

    `connection` is the administrator's, in autocommit.

    Raises:
        MigrationError: history differs, another runner does not finish, or a file failed; that file left no trace.
    """
    if not pending(connection, migrations):
        return []
    with alone(connection):
        todo = pending(connection, migrations)
        for migration in todo:
            _apply(connection, migration)
            _log.info("postgres.migrated", migration=migration.name)
        return todo


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Run a block while no other process changes the structure or the roles of this database.

    Raises:
        MigrationError: another process does, and does not finish.
    """
    try:
        connection.execute("SELECT pg_catalog.set_config('lock_timeout', %s, false)", (_WAIT_FOR_OTHER_RUNNER,))
        connection.execute("SELECT pg_catalog.pg_advisory_lock(%s)", (_ADVISORY_LOCK,))
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationError("Another process is migrating this database and does not finish.") from error
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s)", (_ADVISORY_LOCK,))


def _apply(connection: Connection, migration: Migration) -> None:
    try:
        with connection.transaction():
            for name, value in (
                ("lock_timeout", _LOCK_TIMEOUT),
                ("statement_timeout", _STATEMENT_TIMEOUT),
                ("search_path", ""),
                *([("role", OWNER)] if migration.number not in _MAKES_ROLES else []),
            ):
                connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
            connection.execute(migration.sql)
            connection.execute("SELECT pg_catalog.set_config('role', %s, true)", (OWNER,))
            connection.execute(
                "INSERT INTO ops.migrations (number, name, sha256, applied_ns, gateway_version)"
                " VALUES (%s, %s, %s, ops.now_ns(), %s)",
                (migration.number, migration.name, migration.sha256, _gateway_version()),
            )
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name}.sql failed and was undone: {error}") from error


def _gateway_version() -> str:
    try:
        return version("writgate")
    except PackageNotFoundError:
        return "unreleased"
