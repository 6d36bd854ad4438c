"""A copy of the log in a database of its own, beside the one in use, to try on it what must never be done to the log.

For rehearsals, the demo among them: an operator can see for himself that an edit by the superuser is found. The copy
has the schema, the triggers and the rows; the original is only read, in one snapshot, and may be in use.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from gateway.postgres.deployment import DatabaseRole, restrict_database
from gateway.postgres.migrations import FOLDER, migrate, read_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.database import Connection
    from gateway.postgres.deployment import Deployment

_TABLES: Final = {
    "disclosure_keys": ("key_id", "scope_blind", "generation", "wrapped", "made_in", "created_ns"),
    "entries": ("index", "leaf", "leaf_hash", "blind_case", "blind_user", "blind_probe"),
    "disclosures": ("index", "key_id", "names", "ciphertexts"),
    "tiles": ("level", "index", "width", "hashes"),
    "checkpoints": ("epoch", "size", "root", "note", "signed_ns", "witnessed"),
    "log_keys": ("epoch", "number", "verifier_key", "transition", "made_ns"),
    "recoveries": ("epoch", "origin", "statement", "approvals", "made_ns"),
}


class LogCopy:
    """Connection strings to the copy; the administrator's can do everything."""

    def __init__(self, deployment: Deployment, name: str) -> None:
        self.admin = make_conninfo(deployment.conninfo(DatabaseRole.ADMIN), dbname=name)
        self.auditor = make_conninfo(deployment.conninfo(DatabaseRole.AUDITOR), dbname=name)

    def edit_as_superuser(self, index: int, *, old: str, new: str) -> None:
        """Rewrites text in one leaf, with its leaf hash, past the triggers: as quietly as a superuser can.

        Raises:
            ValueError: the leaf does not contain `old`.
        """
        with psycopg.connect(self.admin) as connection:
            connection.execute("ALTER TABLE audit.entries DISABLE TRIGGER ALL")
            edited = connection.execute(
                """
                WITH edited AS (
                    SELECT replace(leaf, %(old)s, %(new)s) AS leaf FROM audit.entries WHERE index = %(index)s
                )
                UPDATE audit.entries SET leaf = edited.leaf,
                    leaf_hash = sha256('\\x00'::bytea || convert_to(edited.leaf, 'UTF8'))
                FROM edited WHERE entries.index = %(index)s AND entries.leaf <> edited.leaf
                """,
                {"old": old, "new": new, "index": index},
            ).rowcount
            if edited != 1:
                raise ValueError("there is no such text in that leaf")
            connection.execute("ALTER TABLE audit.entries ENABLE TRIGGER ALL")


@contextmanager
def copied_log(deployment: Deployment) -> Iterator[LogCopy]:
    """A copy of the log as it stands, dropped at the end of the block."""
    name = f"log_copy_{secrets.token_hex(4)}"
    admin = deployment.conninfo(DatabaseRole.ADMIN)
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            copy = LogCopy(deployment, name)
            with psycopg.connect(copy.admin, autocommit=True) as target:
                migrate(target, read_folder(FOLDER))
                restrict_database(target)
            with psycopg.connect(admin) as source, psycopg.connect(copy.admin) as target:
                source.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                source.read_only = True
                _copy_rows(source, target)
            yield copy
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy_rows(source: Connection, target: Connection) -> None:
    for table, columns in _TABLES.items():
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        place = sql.Identifier("audit", table)
        read = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)").format(names, place)
        write = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(place, names)
        with source.cursor().copy(read) as rows, target.cursor().copy(write) as copy:
            for block in rows:
                copy.write(block)
    head = source.execute("SELECT size, root FROM audit.head WHERE size > 0").fetchone()
    if head is not None:
        target.execute("UPDATE audit.head SET size = %s, root = %s", head)
