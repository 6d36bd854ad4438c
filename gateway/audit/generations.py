"""Generations of wrapping keys: a new one takes over every key that is left, and an old one is destroyed for ever.

This is what makes an erasure hold against a backup: the key that a restored row brings back is wrapped under a
generation that no longer exists. It takes everything else in that backup with it, so a new one is made right after.

Invariants: a key is never without a generation that exists; which generation is current changes in the commit in which
every key was wrapped anew; both acts are entries. A key that does not open stops the advance, and is given up only when
somebody says so and the first key of its generation opens: it may be false, or this machine's key file may be another.
The first key is made by `writgate init`, before anybody is served; the database's clock dates each, so that nobody who
adds one later, under whatever key file, takes its place.
Works with the administrator's connection, on the gateway's machine.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from gateway.audit.disclosures import wrap_context
from gateway.audit.entries import Entry
from gateway.audit.errors import AuditError, DisclosureUnreadable
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from gateway.audit.disclosures import DisclosureKeys
    from gateway.audit.log import AuditLog
    from gateway.database import Connection

# How long the generation is waited for. Whoever makes a key meanwhile waits behind, so it is not long.
LOCK_SECONDS: Final = 10
_BATCH: Final = 1000


class GenerationInUse(AuditError):  # noqa: N818 - states a condition
    """Keys still stand under this generation, or it is the current one."""


class GenerationLocked(AuditError):  # noqa: N818 - states a condition
    """Another transaction holds the generation as it is, and did not end in time."""


class KeysUnopened(AuditError):  # noqa: N818 - states a condition
    """Keys do not open although the first of their generation does: they were changed, or never were wrapped by it."""

    def __init__(self, unopened: int, of: int) -> None:
        super().__init__(f"{unopened} of {of} keys do not open, although the first of their generation does")


class Advanced(NamedTuple):
    generation: int
    rewrapped: int
    given_up: int


class _Held(NamedTuple):
    """A row of `audit.disclosure_keys`."""

    key_id: UUID
    scope_blind: bytes
    generation: int
    wrapped: bytes

    @property
    def context(self) -> bytes:
        return wrap_context(self.key_id, self.scope_blind)


def advance(
    connection: Connection, *, keys: DisclosureKeys, log: AuditLog, operator: str, give_up: bool = False
) -> Advanced:
    """Makes the next generation and wraps every key anew, in the caller's transaction.

    With `give_up`, keys that do not open although the first of their generation does are destroyed: what is sealed
    under them is lost to everybody. Whoever holds the web role's password can put such keys there.

    Raises:
        GenerationLocked: another transaction holds the generation.
        KeysUnopened: there are such keys and nobody gave them up.
        DisclosureUnreadable: the first key of a generation does not open.
        KeyMissing: a generation cannot be reached. Whichever was raised, the caller rolls back.
    """
    with waiting_briefly(connection):
        row = connection.execute("SELECT current FROM audit.generation FOR UPDATE").fetchone()
    if row is None:
        raise LookupError("the log has no generation of wrapping keys")
    current, following = int(row[0]), int(row[0]) + 1
    keys.wrapping.make(following)
    held = [
        _Held(key_id, bytes(scope_blind), int(generation), bytes(wrapped))
        for key_id, scope_blind, generation, wrapped in connection.execute(
            "SELECT key_id, scope_blind, generation, wrapped FROM audit.disclosure_keys WHERE wrapped IS NOT NULL"
            " ORDER BY created_ns, key_id"
        )
    ]
    unopened: list[_Held] = []
    for start in range(0, len(held), _BATCH):
        wrapped_anew = []
        for one in held[start : start + _BATCH]:
            key = _unwrapped(keys, one)
            if key is None:
                unopened.append(one)
            else:
                wrapped_anew.append((following, keys.wrapping.wrap(following, key, one.context), one.key_id))
        connection.cursor().executemany(
            "UPDATE audit.disclosure_keys SET generation = %s, wrapped = %b WHERE key_id = %s", wrapped_anew
        )
    if unopened:
        _require_first(keys, held, {one.generation for one in unopened})
        if not give_up:
            raise KeysUnopened(len(unopened), len(held))
        connection.execute(
            "UPDATE audit.disclosure_keys SET wrapped = NULL WHERE key_id = ANY(%s)",
            ([one.key_id for one in unopened],),
        )
    rewrapped = len(held) - len(unopened)
    connection.execute("UPDATE audit.generation SET current = %s, began_ns = ops.now_ns()", (following,))
    # From here on what is sealed needs a key of the new generation, so the entry is sealed under one.
    log.forget()
    log.record(
        connection,
        Entry(
            EntryKind.GENERATION_ADVANCED,
            {
                "actor": "operator",
                "before": current,
                "generation": following,
                "rewrapped": rewrapped,
                "given_up": len(unopened),
            },
            {"operator": operator},
            scope="keys",
        ),
    )
    return Advanced(following, rewrapped, len(unopened))


@contextmanager
def waiting_briefly(connection: Connection) -> Iterator[None]:
    """A block, in the caller's transaction, that locks the generation. Raises GenerationLocked."""
    connection.execute("SELECT pg_catalog.set_config('lock_timeout', %s, true)", (f"{LOCK_SECONDS}s",))
    try:
        yield
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
        raise GenerationLocked(
            "another transaction holds the generation; look in pg_stat_activity for one that is idle in transaction,"
            " end it, and try again"
        ) from None
    connection.execute("SET LOCAL lock_timeout TO DEFAULT")


def _unwrapped(keys: DisclosureKeys, held: _Held) -> bytes | None:
    """None if it does not open. Raises KeyMissing."""
    try:
        return keys.wrapping.unwrap(held.generation, held.wrapped, held.context)
    except DisclosureUnreadable:
        return None


def _require_first(keys: DisclosureKeys, held: list[_Held], generations: set[int]) -> None:
    """The first key of each generation opens. `held` is in the order in which the keys were made.

    Any key would not do: under a key file that took the place of the true one, the keys made since open. Asked after
    others did not open, it also tells that the key-management service did not go away meanwhile.

    Raises DisclosureUnreadable, KeyMissing.
    """
    for generation in sorted(generations):
        first = next(one for one in held if one.generation == generation)
        if _unwrapped(keys, first) is None:
            raise DisclosureUnreadable(
                f"the first key of generation {generation} does not open: the wrapping key here is another or gone,"
                " or that key was changed"
            )


def note_destruction(connection: Connection, *, log: AuditLog, generation: int, operator: str) -> None:
    """Writes down that a generation and all before it are about to be destroyed.

    Raises GenerationInUse, GenerationLocked.
    """
    with waiting_briefly(connection):
        row = connection.execute(
            "SELECT current,"
            " (SELECT count(*) FROM audit.disclosure_keys WHERE generation <= %s AND wrapped IS NOT NULL)"
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
