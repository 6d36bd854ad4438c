"""Emergency holds: rows of `data.holds`, by which one person may deny at once what policy permits.

What must always hold: a hold only denies (the base pack's `policy_hold`, which no revision may drop); it ends by itself
within a day; it is given back early by somebody else only. Placing one publishes the live policy once more, under the
next number and with the same module, so that every decision says under which holds it was made. A hold says nothing of
a person: suspending somebody is a sanction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
import structlog
from psycopg.types.json import Jsonb

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.clock import rfc3339, uuid7
from gateway.policy import revisions
from gateway.policy.draft_rows import name_of
from gateway.policy.keys import signing_key
from gateway.policy.refusal import PolicyRefused, no_revision
from gateway.policy.revisions import renumbered
from gateway.policy.tree import of_revision
from gateway.registry import persons
from gateway.registry.persons import Hand
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.policy.revisions import Revision
    from gateway.registry.models import Actor

DAY_NS: Final = 24 * 3600 * 10**9
FIELDS: Final = ("agency", "client", "jurisdiction", "operation", "mode", "purpose", "database", "vendor")
_ATTEMPTS: Final = 5

logger = structlog.get_logger()


class Holds:
    def __init__(self, *, database: Database, log: AuditLog, keys: Path) -> None:
        self._database = database
        self._log = log
        self._keys = keys

    def place(self, actor: Actor, *, what: Mapping[str, str], reason: str, seconds: int) -> dict[str, Any]:
        """Denies everything that agrees with `what` (all of it; nothing named is everything), from the commit on.

        Raises: PolicyRefused.
        """
        if not set(what) <= set(FIELDS) or not 0 < seconds * 10**9 <= DAY_NS:
            raise PolicyRefused(
                status=422,
                code="HOLD_INVALID",
                sentence="A hold names known fields and lasts at most 24 hours.",
                remedy=f"Use {', '.join(FIELDS)}; suspend a person with a sanction.",
            )
        hold_id = uuid7()

        def act(connection: Connection, live: Revision, now: int) -> Revision:
            row = {"match": dict(what), "expires_at": now + seconds * 10**9}
            return self._publish(
                connection, live, {**active(connection, now), str(hold_id): row}, actor, kind="hold", hold=hold_id
            )

        def keep(connection: Connection, revision: Revision, now: int) -> None:
            connection.execute(
                "INSERT INTO policy.holds (id, what, reason, client, person, placed_ns, expires_ns, revision)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    hold_id, Jsonb(dict(what)), reason, name_of(actor), actor.user or "", now,
                    now + seconds * 10**9, revision.number,
                ),
            )  # fmt: skip
            self._record(
                connection, EntryKind.HOLD_PLACED, actor, hold_id=hold_id, what=what, revision=revision, reason=reason
            )

        self._do(act, keep)
        # Whoever watches the operator's log hears of it at once; the entry tells everybody else.
        logger.critical("policy.hold_placed", hold=str(hold_id), fields=sorted(what), seconds=seconds)
        return self.one(hold_id)

    def lift(self, actor: Actor, hold_id: UUID, *, reason: str) -> dict[str, Any]:
        """Gives back early what a hold denies. Raises: PolicyRefused, also where the same person placed it."""

        def act(connection: Connection, live: Revision, now: int) -> Revision:
            row = connection.execute(
                "SELECT client, person, lifted_ns, expires_ns FROM policy.holds WHERE id = %s FOR UPDATE", (hold_id,)
            ).fetchone()
            if row is None or row[2] is not None or row[3] <= now:
                raise _no_hold()
            if row[0] == name_of(actor) or (row[1] and row[1] == actor.user):
                raise PolicyRefused(
                    status=403,
                    code="SAME_DECIDER",
                    sentence="Who placed a hold does not lift it.",
                    remedy="Ask a second person; the hold also ends by itself.",
                )
            persons.require_two(connection, Hand(row[1] or row[0]), Hand.of(actor))
            kept = active(connection, now)
            kept.pop(str(hold_id), None)
            return self._publish(connection, live, kept, actor, kind="hold_lifted", hold=hold_id)

        def keep(connection: Connection, revision: Revision, now: int) -> None:
            row = connection.execute(
                "UPDATE policy.holds SET lifted_client = %s, lifted_person = %s, lifted_ns = %s, lift_reason = %s"
                " WHERE id = %s RETURNING what",
                (name_of(actor), actor.user or "", now, reason, hold_id),
            ).fetchone()
            self._record(
                connection, EntryKind.HOLD_LIFTED, actor, hold_id=hold_id, what=row[0] if row else {},
                revision=revision, reason=reason,
            )  # fmt: skip

        self._do(act, keep)
        return self.one(hold_id)

    def one(self, hold_id: UUID) -> dict[str, Any]:
        with self._database.transaction() as connection:
            row = connection.execute(f"{_SELECT} WHERE id = %s", (hold_id,)).fetchone()
        if row is None:
            raise _no_hold()
        return _document(row)

    def newest(self, *, limit: int) -> list[dict[str, Any]]:
        """The newest first, those in force and those that ended."""
        with self._database.transaction() as connection:
            rows = connection.execute(f"{_SELECT} ORDER BY placed_ns DESC LIMIT %s", (limit,)).fetchall()
        return [_document(row) for row in rows]

    def _do(
        self,
        act: Callable[[Connection, Revision, int], Revision],
        keep: Callable[[Connection, Revision, int], None],
    ) -> None:
        """Publishes and writes the row in one transaction, again where somebody published in between."""
        for attempt in range(_ATTEMPTS):
            try:
                with self._database.transaction() as connection:
                    now = sound_now(connection)
                    found = revisions.live(connection)
                    if found is None:
                        raise no_revision()
                    live = revisions.load(connection, found[0], keys=self._keys)
                    keep(connection, act(connection, live, now), now)
            except (psycopg.errors.SerializationFailure, psycopg.errors.UniqueViolation):
                if attempt + 1 == _ATTEMPTS:
                    raise
            else:
                return

    def _publish(
        self,
        connection: Connection,
        live: Revision,
        holds: Mapping[str, Any],
        actor: Actor,
        *,
        kind: str,
        hold: UUID,
    ) -> Revision:
        revision = renumbered(live, live.number + 1, holds=holds, key=signing_key(self._keys))
        about = {"from": kind, "hold": str(hold)}
        revisions.publish(connection, revision, self._log, actor, about=about)
        connection.execute(
            "INSERT INTO policy.publications (revision, kind, policy_sha256, published_by) VALUES (%s, %s, %s, %s)",
            (revision.number, kind, bytes.fromhex(of_revision(revision).sha256), name_of(actor)),
        )
        return revision

    def _record(
        self,
        connection: Connection,
        kind: EntryKind,
        actor: Actor,
        *,
        hold_id: UUID,
        what: Mapping[str, str],
        revision: Revision,
        reason: str,
    ) -> None:
        self._log.record(
            connection,
            Entry(
                kind=kind,
                clear={
                    "hold": str(hold_id),
                    "what": dict(what),
                    "revision": revision.number,
                    "actor": actor.kind,
                    "client": actor.id if actor.kind == "client" else None,
                },
                disclosed={"reason": reason, "user": actor.user},
                scope="policy",
                blind={"user": actor.user} if actor.user else {},
            ),
        )


_SELECT: Final = (
    "SELECT id, what, reason, client, placed_ns, expires_ns, revision, lifted_client, lifted_ns, lift_reason,"
    " lifted_ns IS NULL AND expires_ns > ops.now_ns() FROM policy.holds"
)


def active(connection: Connection, now_ns: int) -> dict[str, Any]:
    """`data.holds` as it must be in a revision that is published now."""
    rows = connection.execute(
        "SELECT id, what, expires_ns FROM policy.holds WHERE lifted_ns IS NULL AND expires_ns > %s", (now_ns,)
    ).fetchall()
    return {str(row[0]): {"match": row[1], "expires_at": row[2]} for row in rows}


def _document(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": str(row[0]),
        "what": row[1],
        "reason": row[2],
        "placed_by": row[3],
        "placed_at": rfc3339(row[4]),
        "expires_at": rfc3339(row[5]),
        "revision": row[6],
        "lifted_by": row[7],
        "lifted_at": rfc3339(row[8]) if row[8] else None,
        "lift_reason": row[9],
        "in_force": row[10],
    }


def _no_hold() -> PolicyRefused:
    return PolicyRefused(
        status=404,
        code="NOT_FOUND",
        sentence="There is no hold of that id in force.",
        remedy="GET /v1/policies/holds lists them.",
    )
