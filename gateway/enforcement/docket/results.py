"""Results that nobody may see any more: frozen, and later deleted, each with its entry.

What must always hold: a result is frozen before it is deleted; a legal hold keeps it frozen and undeleted; the entry of
a deletion names the SHA-256 of everything that went, and the leaves of the log whose disclosures went with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg

from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.docket.duties import Duty

# What `enforcement.delete_result` raises where a legal hold forbids it.
_HELD: Final = "WG008"
# And where one is being placed in the agency at this moment.
_HOLD_COMING: Final = "WG011"


class HoldComing(Exception):  # noqa: N818 - it states what is so
    """Somebody is placing a legal hold in the agency: whether it is about the result is known in a moment."""


def freeze(connection: Connection, log: AuditLog, duty: Duty, decisions: list[UUID]) -> int:
    """How many of these results were frozen by this call."""
    rows = connection.execute(
        "SELECT decision_id FROM enforcement.freeze(%s::uuid[], %s) ORDER BY 1", (decisions, duty.id)
    ).fetchall()
    for (decision,) in rows:
        log.record(connection, duty.entry(EntryKind.RESULT_FROZEN, decision_id=str(decision)))
    return len(rows)


def at_work(connection: Connection, decisions: list[UUID]) -> bool:
    """Whether the engine may still be at work for one of these."""
    row = connection.execute(
        """
        SELECT EXISTS (
            SELECT FROM enforcement.permits AS p
            WHERE p.decision_id = ANY (%s) AND p.expires_ns >= ops.now_ns()
                AND NOT EXISTS (SELECT FROM enforcement.outcomes AS o WHERE o.decision_id = p.decision_id)
        )
        """,
        (decisions,),
    ).fetchone()
    return bool(row and row[0])


def delete(connection: Connection, log: AuditLog, duty: Duty, decisions: list[UUID]) -> list[UUID]:
    """Deletes what is not deleted yet; those that a legal hold keeps are given back.

    Raises: HoldComing; what was deleted before it stays deleted.
    """
    rows = connection.execute(
        "SELECT decision_id FROM enforcement.frozen WHERE decision_id = ANY (%s) AND deleted_ns IS NULL ORDER BY 1",
        (decisions,),
    ).fetchall()
    return [decision for (decision,) in rows if not _delete_one(connection, log, duty, decision)]


def _delete_one(connection: Connection, log: AuditLog, duty: Duty, decision: UUID) -> bool:
    own_scope = log.blind("scope", f"result:{decision}")
    try:
        with connection.transaction():
            gone = connection.execute(
                "SELECT what, encode(sha256, 'hex') FROM enforcement.delete_result(%s, %b) ORDER BY 1, 2",
                (decision, own_scope),
            ).fetchall()
    except psycopg.Error as error:
        if error.sqlstate == _HELD:
            return False
        if error.sqlstate == _HOLD_COMING:
            raise HoldComing from None
        raise
    # A key that this process remembers would open what is gone.
    log.forget_keys()
    leaves = [digest for what, digest in gone if what == "leaf"]
    rest = [{"what": what, "sha256": digest} for what, digest in gone if what != "leaf"]
    log.record(
        connection,
        duty.entry(EntryKind.RESULT_DELETED, decision_id=str(decision), deleted=rest, erased_leaves=leaves),
    )
    return True
