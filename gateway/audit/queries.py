"""What auditors read of the log; `search` is how they find it.

Every function takes a connection of the role AUDITOR, inside a transaction.

Invariant: nothing is visible until `see` has said whose entries the caller may see; the database's row-level security
does the rest, so a filter forgotten here shows nothing that it should not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from gateway.audit.notes import Checkpoint
from gateway.audit.proofs import Proof, inclusion_proof
from gateway.audit.tiles import WIDTH, TileReader, read_tile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from gateway.database import Connection

WHOLE_LOG: Final = "*"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An integrated entry. `disclosed` names the sealed fields, without their values."""

    index: int
    leaf: str
    leaf_hash: bytes
    key_id: UUID | None
    disclosed: tuple[str, ...]
    ciphertexts: tuple[bytes, ...]


_SELECT: Final = sql.SQL(
    "SELECT entries.index, entries.leaf, entries.leaf_hash, disclosures.key_id, disclosures.names,"
    " disclosures.ciphertexts FROM audit.entries LEFT JOIN audit.disclosures USING (index) WHERE {condition}"
    " ORDER BY entries.index {direction} LIMIT {limit}"
)


def see(connection: Connection, agency: str | None) -> None:
    """Lets this transaction see the entries of one agency, or the whole log where it is None.

    Raises:
        ValueError: the agency's name is the mark of the whole log.
    """
    if agency == WHOLE_LOG:
        raise ValueError("no agency has that name")
    connection.execute("SELECT pg_catalog.set_config('writgate.agency', %s, true)", (agency or WHOLE_LOG,))


def entries(
    connection: Connection, *, after: int | None = None, limit: int = 50, newest_first: bool = False
) -> list[StoredEntry]:
    """Up to `limit` entries beyond the index `after` (the cursor: the last index of the page before)."""
    condition = "true" if after is None else f"entries.index {'<' if newest_first else '>'} %(after)s"
    statement = _SELECT.format(
        condition=sql.SQL(condition), direction=sql.SQL("DESC" if newest_first else "ASC"), limit=sql.SQL("%(limit)s")
    )
    return [_stored(row) for row in connection.execute(statement, {"after": after, "limit": limit})]


def entries_at(connection: Connection, indexes: Sequence[int]) -> list[StoredEntry]:
    """The entries at these indexes, in this order; those that may not be seen are left out."""
    statement = _SELECT.format(
        condition=sql.SQL("entries.index = ANY(%(indexes)s)"), direction=sql.SQL("ASC"), limit=sql.SQL("ALL")
    )
    found = {row[0]: _stored(row) for row in connection.execute(statement, {"indexes": list(indexes)})}
    return [found[index] for index in indexes if index in found]


def entry(connection: Connection, index: int) -> StoredEntry | None:
    """The entry at an index, None if there is none or it may not be seen."""
    return next(iter(entries_at(connection, [index])), None)


def find_leaf(connection: Connection, leaf_hash: bytes) -> int | None:
    """The index of a leaf by its hash, None if it is not integrated or may not be seen."""
    row = connection.execute(
        "SELECT index FROM audit.entries WHERE leaf_hash = %b ORDER BY index LIMIT 1", (leaf_hash,)
    ).fetchone()
    return None if row is None else int(row[0])


def is_staged(connection: Connection, leaf_hash: bytes) -> bool:
    """Whether a leaf waits for the sequencer."""
    row = connection.execute("SELECT 1 FROM audit.staging WHERE leaf_hash = %b LIMIT 1", (leaf_hash,)).fetchone()
    return row is not None


def latest_checkpoint(connection: Connection) -> str | None:
    """The signed note of the last checkpoint, None before the first."""
    row = connection.execute("SELECT note FROM audit.checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    return None if row is None else str(row[0])


def checkpoints(connection: Connection, *, after: int = -1, limit: int = 1000) -> list[str]:
    """Signed notes of the checkpoints of trees larger than `after`, smallest first."""
    rows = connection.execute(
        "SELECT note FROM audit.checkpoints WHERE size > %s ORDER BY size LIMIT %s", (after, limit)
    )
    return [str(row[0]) for row in rows]


def proof(connection: Connection, index: int) -> str | None:
    """The `.tlog-proof` text of an index under the last checkpoint, None while no checkpoint covers it.

    Raises:
        KeyError: a tile is missing: the log is damaged.
    """
    note = latest_checkpoint(connection)
    size = 0 if note is None else published_size(note)
    if note is None or not 0 <= index < size:
        return None
    path = inclusion_proof(TileReader(connection), index=index, size=size)
    return str(Proof(index, tuple(path), note))


def published_size(note: str) -> int:
    """The tree size that a checkpoint's note names; its signature is the reader's to check."""
    return Checkpoint.parse(note.partition("\n\n")[0] + "\n").size


def published_tile(connection: Connection, *, level: int, index: int, width: int) -> bytes | None:
    """`width` hashes of a tile, as far as the last checkpoint covers them; None where it does not."""
    note = latest_checkpoint(connection)
    covered = 0 if note is None else published_size(note) >> (8 * level)
    if not 1 <= width <= WIDTH or index * WIDTH + width > covered:
        return None
    hashes = read_tile(connection, level, index)
    return None if hashes is None else hashes[: 32 * width]


def _stored(row: tuple[Any, ...]) -> StoredEntry:
    index, leaf, leaf_hash, key_id, names, ciphertexts = row
    return StoredEntry(
        int(index), leaf, bytes(leaf_hash), key_id, tuple(names or ()), tuple(bytes(item) for item in ciphertexts or ())
    )
