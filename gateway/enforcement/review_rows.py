"""The rows of examiners' reviews: opened when a search has been worked for, taken by people, ended once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import Entry
from gateway.clock import NANOSECONDS_PER_SECOND, rfc3339
from gateway.enforcement import parked, people
from gateway.enforcement.approval_rows import tell
from gateway.enforcement.waiting import PATIENCE_HOURS
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.people import Person
    from gateway.identity.caller import Caller

_HOUR_NS: Final = 3600 * NANOSECONDS_PER_SECOND
PATIENCE_NS: Final = PATIENCE_HOURS * _HOUR_NS
# A place that is taken and not used is another's after a day, or one idle examiner would hold up every search.
PLACE_NS: Final = 24 * _HOUR_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    decision_id: UUID
    agency: str
    state: str
    opened_ns: int
    expires_ns: int
    operation: str
    purpose: str | None

    def document(self) -> dict[str, Any]:
        """Nothing of what was found, nor of who has judged: examiners are blind to each other."""
        return {
            "id": str(self.decision_id),
            "operation": self.operation,
            "purpose": self.purpose,
            "opened_at": rfc3339(self.opened_ns),
            "expires_at": rfc3339(self.expires_ns),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One examiner's place; `person` is a keyed digest, `judgement` is sealed under `key_id`."""

    person: bytes
    client: str
    signed_in: bool
    taken_ns: int
    judged_ns: int | None
    key_id: UUID | None
    judgement: bytes | None


_SELECT: Final = """
SELECT r.decision_id, r.agency, r.state, r.opened_ns, r.expires_ns, d.operation, d.purpose
FROM enforcement.reviews AS r JOIN enforcement.decisions AS d USING (decision_id)
"""
_FIELDS: Final = tuple(Review.__dataclass_fields__)


def open_for(connection: Connection, log: AuditLog, decision_id: UUID, *, caller: Caller, now_ns: int) -> int:
    """Begins a review in the caller's transaction, tells the examiners, and gives the time until which it is waited."""
    expires_ns = parked.kept_until(connection, caller, now_ns=now_ns, patience_ns=PATIENCE_NS)
    made = connection.execute(
        """
        INSERT INTO enforcement.reviews (decision_id, agency, state, opened_ns, expires_ns)
        VALUES (%s, %s, 'open', %s, %s) ON CONFLICT DO NOTHING RETURNING 1
        """,
        (decision_id, caller.agency, now_ns, expires_ns),
    ).fetchone()
    if made is None:
        found = find(connection, decision_id)
        return found.expires_ns if found else expires_ns
    examiners = people.others(connection, caller, people.EXAMINING)
    tell(
        connection,
        log,
        EntryKind.REVIEW_OPENED,
        agency=caller.agency or "",
        subject=decision_id,
        recipients=examiners,
        now_ns=now_ns,
    )
    log.record(
        connection,
        Entry(
            kind=EntryKind.REVIEW_OPENED,
            clear={"decision_id": str(decision_id), "agency": caller.agency, "client": caller.client},
            disclosed={"user": caller.user, "examiners": examiners},
            scope=f"agency:{caller.agency}",
            blind={"user": caller.user} if caller.user else {},
        ),
        now_ns=now_ns,
    )
    return expires_ns


def open_of_agency(connection: Connection, agency: str, *, limit: int) -> list[Review]:
    """Those that can be examined: not those of results that are frozen meanwhile."""
    found = connection.execute(
        _SELECT
        + " WHERE r.agency = %s AND r.state = 'open'"
        + " AND NOT EXISTS (SELECT FROM enforcement.frozen AS f WHERE f.decision_id = r.decision_id)"
        + " ORDER BY r.opened_ns, r.decision_id LIMIT %s",
        (agency, limit),
    ).fetchall()
    return [_review(row) for row in found]


def find(connection: Connection, decision_id: UUID, *, lock: bool = False) -> Review | None:
    row = connection.execute(
        _SELECT + " WHERE r.decision_id = %s" + (" FOR UPDATE OF r" if lock else ""), (decision_id,)
    ).fetchone()
    return _review(row) if row else None


def overdue(connection: Connection, *, limit: int) -> list[Review]:
    """Reviews that came to nothing in time, locked; what another runner has locked is left to it.

    Where supervisors are waited for after the examiners, theirs is the time that counts.
    """
    found = connection.execute(
        _SELECT
        + " WHERE r.state <> 'ended' AND r.expires_ns <= ops.now_ns()"
        + " AND NOT EXISTS (SELECT FROM enforcement.approvals AS a"
        + " WHERE a.decision_id = r.decision_id AND a.state = 'awaiting')"
        + " ORDER BY r.expires_ns LIMIT %s FOR UPDATE OF r SKIP LOCKED",
        (limit,),
    ).fetchall()
    return [_review(row) for row in found]


def places(connection: Connection, decision_id: UUID) -> list[Place]:
    """In the order in which they were taken."""
    found = connection.execute(
        """
        SELECT person, client, signed_in, taken_ns, judged_ns, key_id, judgement
        FROM enforcement.review_examiners WHERE decision_id = %s ORDER BY taken_ns, person
        """,
        (decision_id,),
    ).fetchall()
    return [Place(**dict(zip(Place.__dataclass_fields__, (bytes(row[0]), *row[1:]), strict=True))) for row in found]


def take(connection: Connection, decision_id: UUID, person: Person, *, now_ns: int) -> None:
    """Takes a place, or takes one's own again after it lapsed."""
    connection.execute(
        """
        INSERT INTO enforcement.review_examiners (decision_id, person, client, signed_in, taken_ns)
        VALUES (%s, %b, %s, %s, %s)
        ON CONFLICT (decision_id, person) DO UPDATE
        SET client = excluded.client, signed_in = excluded.signed_in, taken_ns = excluded.taken_ns
        """,
        (decision_id, person.digest, person.client, person.signed_in, now_ns),
    )


def judge(
    connection: Connection, decision_id: UUID, person: Person, *, now_ns: int, key_id: UUID, judgement: bytes
) -> None:
    """The client through which one judges is the one that counts, whichever the place was taken through."""
    connection.execute(
        """
        UPDATE enforcement.review_examiners
        SET client = %s, signed_in = %s, judged_ns = %s, key_id = %s, judgement = %b
        WHERE decision_id = %s AND person = %b
        """,
        (person.client, person.signed_in, now_ns, key_id, judgement, decision_id, person.digest),
    )


def judged(connection: Connection, decision_id: UUID) -> None:
    connection.execute(
        "UPDATE enforcement.reviews SET state = 'judged' WHERE decision_id = %s AND state = 'open'", (decision_id,)
    )


def end(connection: Connection, decision_id: UUID, *, now_ns: int) -> None:
    """Nothing happens where there is no review, or it has ended."""
    connection.execute(
        "UPDATE enforcement.reviews SET state = 'ended', ended_ns = %s WHERE decision_id = %s AND state <> 'ended'",
        (now_ns, decision_id),
    )


def _review(row: tuple[Any, ...]) -> Review:
    return Review(**dict(zip(_FIELDS, row, strict=True)))
