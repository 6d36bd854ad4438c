"""The rows of approvals: opened in the commit of the decision that waits, ended once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from gateway.audit.entries import Entry
from gateway.clock import rfc3339
from gateway.enforcement import parked, people
from gateway.enforcement.waiting import Approval
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.people import Person
    from gateway.enforcement.waiting import Hold
    from gateway.identity.caller import Caller

Phase = Literal["search", "release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A request that waits, or waited. `approved` counts the yes votes so far."""

    decision_id: UUID
    agency: str
    phase: Phase
    needed: int
    state: str
    opened_ns: int
    expires_ns: int
    resumes_as: UUID | None
    operation: str
    purpose: str | None
    approved: int

    def document(self) -> dict[str, Any]:
        return {
            "id": str(self.decision_id),
            "of": self.phase,
            "operation": self.operation,
            "purpose": self.purpose,
            "state": self.state,
            "needed": self.needed,
            "approved": self.approved,
            "opened_at": rfc3339(self.opened_ns),
            "expires_at": rfc3339(self.expires_ns),
        }


@dataclass(frozen=True, slots=True)
class Voter:
    """Who decided, about the search or about the release of what it found; `person` is a keyed digest."""

    decision_id: UUID
    person: bytes
    client: str
    signed_in: bool


_SELECT: Final = """
SELECT a.decision_id, a.agency, a.phase, a.needed, a.state, a.opened_ns, a.expires_ns, a.resumes_as,
    d.operation, d.purpose,
    (SELECT count(*) FROM enforcement.approval_votes AS v WHERE v.decision_id = a.decision_id AND v.approves)
FROM enforcement.approvals AS a JOIN enforcement.decisions AS d USING (decision_id)
"""
_LEFT: Final = """
WHERE a.state = 'approved' AND a.expires_ns <= ops.now_ns()
    AND EXISTS (SELECT FROM enforcement.parked AS p WHERE p.decision_id = a.decision_id AND p.ended_ns IS NULL)
    AND NOT EXISTS (SELECT FROM enforcement.releases AS r WHERE r.decision_id = a.decision_id)
    -- Examiners have a time of their own.
    AND NOT EXISTS (SELECT FROM enforcement.reviews AS v WHERE v.decision_id = a.decision_id AND v.state <> 'ended')
ORDER BY a.expires_ns LIMIT %s FOR UPDATE OF a SKIP LOCKED
"""
_FIELDS: Final = tuple(Awaited.__dataclass_fields__)


def open_for(
    connection: Connection,
    log: AuditLog,
    decision_id: UUID,
    *,
    caller: Caller,
    phase: Phase,
    hold: Hold,
    request_sha256: str,
    now_ns: int,
) -> list[str]:
    """Begins to wait, in the caller's transaction: row, entry, and the event by which approvers are told; who they are.

    Waiting that has begun already goes on as it is. A release that was approved waits once more where policy asks for
    more approvers by now: the votes that were given count, and its time ends when it would have ended.
    """
    approvers = people.others(connection, caller, people.APPROVING)
    made = connection.execute(
        """
        INSERT INTO enforcement.approvals (decision_id, agency, phase, needed, state, opened_ns, expires_ns)
        VALUES (%s, %s, %s, %s, 'awaiting', %s, %s)
        ON CONFLICT (decision_id) DO UPDATE SET state = 'awaiting', needed = excluded.needed, ended_ns = NULL
        WHERE approvals.state = 'approved' AND approvals.phase = 'release'
        RETURNING 1
        """,
        (
            decision_id,
            caller.agency,
            phase,
            hold.needed,
            now_ns,
            parked.kept_until(connection, caller, now_ns=now_ns, patience_ns=hold.patience_ns),
        ),
    ).fetchone()
    if made is None:
        return approvers
    tell(
        connection,
        log,
        EntryKind.APPROVAL_REQUESTED,
        agency=caller.agency or "",
        subject=decision_id,
        recipients=approvers,
        now_ns=now_ns,
    )
    log.record(
        connection,
        Entry(
            kind=EntryKind.APPROVAL_REQUESTED,
            clear={
                "decision_id": str(decision_id),
                "agency": caller.agency,
                "client": caller.client,
                "of": phase,
                "needed": hold.needed,
                "request_sha256": request_sha256,
            },
            disclosed={"user": caller.user, "approvers": approvers},
            scope=f"agency:{caller.agency}",
            blind={"user": caller.user} if caller.user else {},
        ),
        now_ns=now_ns,
    )
    return approvers


def tell(
    connection: Connection,
    log: AuditLog,
    kind: str,
    *,
    agency: str,
    subject: UUID,
    recipients: list[str],
    now_ns: int,
) -> None:
    """An event for the outbound delivery. It names what is waited for, never what it is about."""
    key_id, sealed = log.seal_value(connection, f"agency:{agency}", recipients, context=f"event:{kind}:{subject}")
    connection.execute(
        """
        INSERT INTO enforcement.events (kind, agency, subject, key_id, recipients, created_ns)
        VALUES (%s, %s, %s, %s, %b, %s)
        """,
        (str(kind), agency, subject, key_id, sealed, now_ns),
    )


def of_agency(connection: Connection, agency: str, *, state: str, limit: int) -> list[Awaited]:
    found = connection.execute(
        _SELECT + " WHERE a.agency = %s AND a.state = %s ORDER BY a.opened_ns DESC, a.decision_id DESC LIMIT %s",
        (agency, state, limit),
    ).fetchall()
    return [_awaited(row) for row in found]


def find(connection: Connection, decision_id: UUID, *, lock: bool = False) -> Awaited | None:
    row = connection.execute(
        _SELECT + " WHERE a.decision_id = %s" + (" FOR UPDATE OF a" if lock else ""), (decision_id,)
    ).fetchone()
    return _awaited(row) if row else None


def overdue(connection: Connection, *, limit: int) -> list[Awaited]:
    """What nobody decided in time, locked; what another runner has locked is left to it."""
    found = connection.execute(
        _SELECT
        + " WHERE a.state = 'awaiting' AND a.expires_ns <= ops.now_ns() ORDER BY a.expires_ns LIMIT %s"
        + " FOR UPDATE OF a SKIP LOCKED",
        (limit,),
    ).fetchall()
    return [_awaited(row) for row in found]


def never_carried_out(connection: Connection, *, limit: int) -> list[Awaited]:
    """What was approved, and cut short, and asked about by nobody since, until its time was over; locked as above."""
    found = connection.execute(_SELECT + _LEFT, (limit,)).fetchall()
    return [_awaited(row) for row in found]


def add_vote(
    connection: Connection,
    log: AuditLog,
    decision_id: UUID,
    person: Person,
    *,
    approves: bool,
    now_ns: int,
    vote: dict[str, str],
    scope: str,
) -> bool:
    """`vote` is what is sealed of it: user, role, reason. False where the person has voted."""
    key_id, sealed = log.seal_value(connection, scope, vote, context=_vote(decision_id, person.digest))
    row = connection.execute(
        """
        INSERT INTO enforcement.approval_votes
            (decision_id, person, client, signed_in, approves, decided_ns, key_id, document)
        VALUES (%s, %b, %s, %s, %s, %s, %s, %b) ON CONFLICT DO NOTHING RETURNING 1
        """,
        (decision_id, person.digest, person.client, person.signed_in, approves, now_ns, key_id, sealed),
    ).fetchone()
    return row is not None


def yes_votes(connection: Connection, decision_id: UUID) -> int:
    row = connection.execute(
        "SELECT count(*) FROM enforcement.approval_votes WHERE decision_id = %s AND approves", (decision_id,)
    ).fetchone()
    return int(row[0]) if row else 0


def approved_by(connection: Connection, decision_id: UUID, person: bytes) -> bool:
    row = connection.execute(
        "SELECT 1 FROM enforcement.approval_votes WHERE decision_id = %s AND person = %b AND approves",
        (decision_id, person),
    ).fetchone()
    return row is not None


def voters(connection: Connection, decision_id: UUID) -> list[Voter]:
    """Who decided about the request, before the search or before the release."""
    found = connection.execute(
        """
        SELECT v.decision_id, v.person, v.client, v.signed_in
        FROM enforcement.approvals AS a JOIN enforcement.approval_votes AS v USING (decision_id)
        WHERE a.decision_id = %(id)s OR a.resumes_as = %(id)s
        """,
        {"id": decision_id},
    ).fetchall()
    return [Voter(voted, bytes(person), client, signed_in) for voted, person, client, signed_in in found]


def end(connection: Connection, decision_id: UUID, *, state: str, now_ns: int, resumes_as: UUID | None = None) -> None:
    connection.execute(
        "UPDATE enforcement.approvals SET state = %s, ended_ns = %s, resumes_as = %s WHERE decision_id = %s",
        (state, now_ns, resumes_as, decision_id),
    )


def given(connection: Connection, log: AuditLog, decision_id: UUID) -> tuple[Approval, ...]:
    """The approvals that a decision rests on: those it was resumed by, and those of its own release."""
    found = connection.execute(
        """
        SELECT v.decision_id, v.person, v.decided_ns, a.phase, v.key_id, v.document
        FROM enforcement.approvals AS a JOIN enforcement.approval_votes AS v USING (decision_id)
        WHERE (a.decision_id = %(id)s OR a.resumes_as = %(id)s) AND a.state = 'approved' AND v.approves
        ORDER BY v.decided_ns, v.person
        """,
        {"id": decision_id},
    ).fetchall()
    approvals = []
    for voted, person, at, phase, key_id, document in found:
        vote = log.open_value(connection, key_id, bytes(document), context=_vote(voted, bytes(person)))
        approvals.append(Approval(approved_by=vote["user"], role=vote["role"], approved_at=at, of=phase))
    return tuple(approvals)


def _vote(decision_id: UUID, person: bytes) -> str:
    return f"vote:{decision_id}:{person.hex()}"


def _awaited(row: tuple[Any, ...]) -> Awaited:
    return Awaited(**dict(zip(_FIELDS, row, strict=True)))
