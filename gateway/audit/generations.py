"""Generations of wrapping keys: a new one takes over every key that is left, and an old one is destroyed for ever.

This is what makes an erasure hold against a backup: the key that a restored row brings back is wrapped under a
generation that no longer exists. It takes everything else in that backup with it, so a new one is made right after.

Invariants: a key is never without a generation that exists; which generation is current changes in the commit in which
every key was wrapped anew; both acts are entries. Works with the administrator's connection, on the gateway's machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.audit.disclosures import wrap_context
from gateway.audit.entries import Entry
from gateway.audit.errors import AuditError
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.disclosures import DisclosureKeys
    from gateway.audit.log import AuditLog
    from gateway.database import Connection

_BATCH: Final = 1000


class GenerationInUse(AuditError):  # noqa: N818 - states a condition
    """Keys still stand under this generation, or it is the current one."""


class Advanced(NamedTuple):
    generation: int
    rewrapped: int


def advance(connection: Connection, *, keys: DisclosureKeys, log: AuditLog, operator: str) -> Advanced:
    """Makes the next generation and wraps every key anew, in the caller's transaction.

    Raises: KeyMissing, DisclosureUnreadable: a key cannot be unwrapped; nothing was changed then.
    """
    row = connection.execute("SELECT current FROM audit.generation FOR UPDATE").fetchone()
    if row is None:
        raise LookupError("the log has no generation of wrapping keys")
    current, following = int(row[0]), int(row[0]) + 1
    keys.wrapping.make(following)
    held = connection.execute(
        "SELECT key_id, scope_blind, generation, wrapped FROM audit.disclosure_keys WHERE wrapped IS NOT NULL"
    ).fetchall()
    for start in range(0, len(held), _BATCH):
        wrapped = []
        for key_id, scope_blind, generation, old in held[start : start + _BATCH]:
            context = wrap_context(key_id, bytes(scope_blind))
            key = keys.wrapping.unwrap(generation, bytes(old), context)
            wrapped.append((following, keys.wrapping.wrap(following, key, context), key_id))
        connection.cursor().executemany(
            "UPDATE audit.disclosure_keys SET generation = %s, wrapped = %b WHERE key_id = %s", wrapped
        )
    connection.execute("UPDATE audit.generation SET current = %s, began_ns = ops.now_ns()", (following,))
    # From here on what is sealed needs a key of the new generation, so the entry is sealed under one.
    log.forget()
    log.record(
        connection,
        Entry(
            EntryKind.GENERATION_ADVANCED,
            {"actor": "operator", "before": current, "generation": following, "rewrapped": len(held)},
            {"operator": operator},
            scope="keys",
        ),
    )
    return Advanced(following, len(held))


def note_destruction(connection: Connection, *, log: AuditLog, generation: int, operator: str) -> None:
    """Writes down that a generation and all before it are about to be destroyed. Raises GenerationInUse."""
    row = connection.execute(
        "SELECT current, (SELECT count(*) FROM audit.disclosure_keys WHERE generation <= %s AND wrapped IS NOT NULL)"
        " FROM audit.generation FOR SHARE",
        (generation,),
    ).fetchone()
    if row is None or generation >= row[0] or row[1]:
        raise GenerationInUse("that generation is in use; advance first")
    log.record(
        connection,
        Entry(
            EntryKind.GENERATION_DESTROYED,
            {"actor": "operator", "generation": generation},
            {"operator": operator},
            scope="keys",
        ),
    )
