"""What an agency may read back of its own governed operations. Reading a result is an entry."""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable
from gateway.clock import rfc3339
from gateway.enforcement import parked, uses
from gateway.enforcement.commit import is_decided
from gateway.enforcement.errors import NotYours, ResultFrozen
from gateway.enforcement.request import reached
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.enforcement.gate import Gate
    from gateway.enforcement.idempotency import Kept
    from gateway.identity.caller import Caller

_LATEST_NS: Final = 2**63 - 1  # what a bigint holds


class Records:
    def __init__(self, *, database: Database, log: AuditLog, gate: Gate) -> None:
        self._database = database
        self._log = log
        self._gate = gate

    def list(self, caller: Caller, *, cursor: str | None, limit: int) -> dict[str, Any]:
        """The caller's agency's operations, newest first, without their contents.

        Raises: NotYours where the cursor is not one that this method gave.
        """
        before_ns, before_id = _position(cursor)
        with self._database.transaction() as connection:
            rows = connection.execute(
                """
                SELECT d.decision_id, d.operation, d.purpose, d.permit, d.dry_run, d.decided_ns,
                    o.outcome, o.refused, r.released_ns, a.state, v.state, f.frozen_ns, f.deleted_ns,
                    a.resumes_as
                FROM enforcement.decisions AS d
                LEFT JOIN enforcement.outcomes AS o USING (decision_id)
                LEFT JOIN enforcement.releases AS r USING (decision_id)
                LEFT JOIN enforcement.approvals AS a USING (decision_id)
                LEFT JOIN enforcement.reviews AS v USING (decision_id)
                LEFT JOIN enforcement.frozen AS f USING (decision_id)
                WHERE d.agency = %(agency)s
                    AND (d.decided_ns, d.decision_id) < (%(before)s, %(id)s)
                ORDER BY d.decided_ns DESC, d.decision_id DESC
                LIMIT %(limit)s
                """,
                {"agency": caller.agency, "before": before_ns, "id": before_id, "limit": limit + 1},
            ).fetchall()
        items = [
            {
                "id": str(row[0]),
                "operation": row[1],
                "purpose": row[2],
                "permit": row[3],
                "dry_run": row[4],
                "at": rfc3339(row[5]),
                "status": _State(*row[3:5], *row[6:13]).status,
            }
            | ({"continued_as": str(row[13])} if row[13] else {})
            for row in rows[:limit]
        ]
        more = len(rows) > limit
        return {"items": items, "next_cursor": _cursor(rows[limit - 1][5], rows[limit - 1][0]) if more else None}

    def read_again(self, caller: Caller, kept: Kept) -> None:
        """Writes down that an answer kept for an Idempotency-Key goes out once more; a refusal holds no result.

        Raises: ResultFrozen where nobody may see it any more, DisclosureUnreadable where its case was erased.
        """
        if kept.status >= HTTPStatus.BAD_REQUEST:
            return
        decision_id = str(kept.decision_id)
        with self._database.transaction() as connection:
            row = connection.execute(
                """
                SELECT EXISTS (SELECT FROM enforcement.frozen WHERE decision_id = %(id)s),
                    EXISTS (SELECT FROM enforcement.decisions WHERE decision_id = %(id)s AND document = '')
                """,
                {"id": decision_id},
            ).fetchone()
            frozen, erased = row or (True, True)
            if frozen:
                raise ResultFrozen
            if erased:
                raise DisclosureUnreadable("the decision was erased by order")
            self._log.record(connection, _reading(caller, decision_id))

    def show(self, caller: Caller, decision_id: UUID) -> dict[str, Any]:
        """One operation with its reasons and, where it was released, the answer as it was given.

        One that waited for supervisors shows what came of it. What people have decided and nobody released, because a
        process ended in between, is released now.

        Raises: NotYours; also where the token is bound to something else than what was asked.
        """
        self._gate.carry_on_decided(caller, decision_id)
        with self._database.transaction() as connection:
            shown = self._shown(connection, caller, decision_id)
            self._log.record(connection, _reading(caller, str(decision_id)))
        return shown

    def _shown(self, connection: Connection, caller: Caller, decision_id: UUID) -> dict[str, Any]:
        row = connection.execute(
            """
            SELECT d.operation, d.purpose, d.permit, d.dry_run, d.decided_ns, d.key_id, d.document,
                o.outcome, o.refused, r.released_ns, a.state, v.state, f.frozen_ns, f.deleted_ns,
                a.resumes_as, r.key_id, r.document
            FROM enforcement.decisions AS d
            LEFT JOIN enforcement.outcomes AS o USING (decision_id)
            LEFT JOIN enforcement.releases AS r USING (decision_id)
            LEFT JOIN enforcement.approvals AS a USING (decision_id)
            LEFT JOIN enforcement.reviews AS v USING (decision_id)
            LEFT JOIN enforcement.frozen AS f USING (decision_id)
            WHERE d.decision_id = %s AND d.agency = %s
            """,
            (decision_id, caller.agency),
        ).fetchone()
        if row is None:
            raise NotYours
        decision = self._log.open_value(connection, row[5], bytes(row[6]), context=f"decision:{decision_id}")
        asked = decision.pop("request", None)  # kept for the uses of the result; the caller knows what it asked
        bound = caller.authorization_details
        if bound and not (asked and reached(parked.request_of(asked), bound)):
            raise NotYours
        answer = None
        state = _State(*row[2:4], *row[7:14])
        if row[16] and state.frozen_ns is None:
            answer = self._log.open_value(connection, row[15], bytes(row[16]), context=f"release:{decision_id}")
        shown = {
            "id": str(decision_id),
            "operation": row[0],
            "purpose": row[1],
            "permit": row[2],
            "dry_run": row[3],
            "at": rfc3339(row[4]),
            "status": state.status,
            "decision": decision,
            "answer": answer,
            **uses.history(connection, decision_id),
        }
        if row[14] is None or not is_decided(connection, row[14]):
            return shown
        later = self._shown(connection, caller, row[14])
        return (
            shown
            | {"continued_as": later["id"]}
            | {name: later[name] for name in ("permit", "status", "decision", "answer", "uses", "outcomes")}
        )


def _reading(caller: Caller, decision_id: str) -> Entry:
    return Entry(
        kind=EntryKind.RESULT_READ,
        clear={"decision_id": decision_id, "agency": caller.agency, "client": caller.client},
        disclosed={"user": caller.user},
        scope=f"agency:{caller.agency}",
        blind={"user": caller.user} if caller.user else {},
    )


class _State(NamedTuple):
    """What the tables say of one decision: columns in the order in which both queries read them."""

    permit: bool
    dry_run: bool
    outcome: str | None
    refused: bool | None
    released_ns: int | None
    approval: str | None
    review: str | None
    frozen_ns: int | None
    deleted_ns: int | None

    @property
    def status(self) -> str:
        if self.frozen_ns is not None:
            return "frozen" if self.deleted_ns is None else "deleted"
        if self.approval == "awaiting":
            return "awaiting_approval"
        if not self.permit:
            return self.approval or "denied"
        if self.dry_run:
            return "permitted"
        return "completed" if self.released_ns is not None else self._without_answer

    @property
    def _without_answer(self) -> str:
        if self.outcome is None:
            return "pending"
        if self.outcome in {"ABANDONED", "USED"}:
            return {"ABANDONED": "abandoned", "USED": "permitted"}[self.outcome]
        if self.refused:
            return "refused"
        return "awaiting_review" if self.review in {"open", "judged"} else "withheld"


def _cursor(decided_ns: int, decision_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{decided_ns}:{decision_id}".encode()).decode().rstrip("=")


def _position(cursor: str | None) -> tuple[int, UUID]:
    if cursor is None:
        return _LATEST_NS, UUID(int=2**128 - 1)
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        decided_ns, _, decision_id = text.partition(":")
        position = int(decided_ns), UUID(decision_id)
    except (binascii.Error, ValueError):
        raise NotYours from None
    if not 0 <= position[0] <= _LATEST_NS:
        raise NotYours
    return position
