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
from gateway.audit.tiles import TileReader

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


def epoch_of(connection: Connection, origin: str) -> int:
    """The epoch in which the log has, or had, that name."""
    row = connection.execute("SELECT epoch FROM audit.recoveries WHERE origin = %s", (origin,)).fetchone()
    return 1 if row is None else int(row[0])


def latest_checkpoint(connection: Connection, epoch: int | None = None) -> str | None:
    """The signed note of the last checkpoint, of the last epoch where none is named; None before the first."""
    row = connection.execute(
        "SELECT note FROM audit.checkpoints WHERE epoch = coalesce(%s, epoch) ORDER BY epoch DESC, size DESC LIMIT 1",
        (epoch,),
    ).fetchone()
    return None if row is None else str(row[0])


def checkpoints(connection: Connection, *, after: int = -1, limit: int = 1000) -> list[str]:
    """Signed notes of the checkpoints of trees larger than `after`, smallest first, of the last epoch."""
    rows = connection.execute(
        "SELECT note FROM audit.checkpoints"
        " WHERE epoch = (SELECT max(epoch) FROM audit.checkpoints) AND size > %s ORDER BY size LIMIT %s",
        (after, limit),
    )
    return [str(row[0]) for row in rows]


def log_keys(connection: Connection, epoch: int) -> list[tuple[str, str | None]]:
    """Each key of the epoch with the checkpoint at which it took over, as `Keyring.of` takes them."""
    rows = connection.execute(
        "SELECT verifier_key, transition FROM audit.log_keys WHERE epoch = %s ORDER BY number", (epoch,)
    )
    return [(str(key), transition) for key, transition in rows]


def current_keys(connection: Connection) -> tuple[str, list[tuple[str, str | None]]]:
    """The log's name as it is now, empty before its first checkpoint, and its keys under that name."""
    row = connection.execute("SELECT coalesce(max(epoch), 1) FROM audit.log_keys").fetchone()
    history = log_keys(connection, int(row[0]) if row else 1)
    return (history[0][0].partition("+")[0] if history else ""), history


def receipt_keys(connection: Connection, epoch: int) -> list[str]:
    """What the log's key in use says of each key that signs receipts, as `receipt_keys.vouched` takes it."""
    rows = connection.execute(
        "SELECT note FROM audit.receipt_keys WHERE epoch = %(epoch)s AND number ="
        " (SELECT max(number) FROM audit.receipt_keys WHERE epoch = %(epoch)s) ORDER BY made_ns, public_key",
        {"epoch": epoch},
    )
    return [str(row[0]) for row in rows]


def recoveries(connection: Connection) -> list[dict[str, Any]]:
    """The statements under which the log got another name, in their order."""
    rows = connection.execute("SELECT epoch, origin, statement, approvals FROM audit.recoveries ORDER BY epoch")
    return [dict(zip(("epoch", "origin", "statement", "approvals"), row, strict=True)) for row in rows]


def proof(connection: Connection, index: int) -> str | None:
    """The `.tlog-proof` text of an index, None while no checkpoint covers it.

    Under the last checkpoint that a quorum of witnesses has seen, if one covers it; else under the last.

    Raises:
        KeyError: a tile is missing: the log is damaged.
    """
    note = _last_witnessed(connection)
    if note is None or published_size(note) <= index:
        note = latest_checkpoint(connection)
    if note is None or not 0 <= index < published_size(note):
        return None
    path = inclusion_proof(TileReader(connection), index=index, size=published_size(note))
    return str(Proof(index, tuple(path), note))


def _last_witnessed(connection: Connection) -> str | None:
    row = connection.execute(
        "SELECT note FROM audit.checkpoints WHERE witnessed AND epoch = (SELECT max(epoch) FROM audit.checkpoints)"
        " ORDER BY epoch DESC, size DESC LIMIT 1"
    ).fetchone()
    return None if row is None else str(row[0])


def published_size(note: str) -> int:
    """The tree size that a checkpoint's note names; its signature is the reader's to check."""
    return Checkpoint.parse(note.partition("\n\n")[0] + "\n").size


def _stored(row: tuple[Any, ...]) -> StoredEntry:
    index, leaf, leaf_hash, key_id, names, ciphertexts = row
    return StoredEntry(
        int(index), leaf, bytes(leaf_hash), key_id, tuple(names or ()), tuple(bytes(item) for item in ciphertexts or ())
    )
