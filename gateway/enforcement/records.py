"""What an agency may read back of its own governed operations. Reading a result is an entry."""

from __future__ import annotations

import base64
import binascii
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gateway.audit.entries import Entry
from gateway.clock import rfc3339
from gateway.enforcement.errors import NotYours, ResultFrozen
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Database
    from gateway.enforcement.idempotency import Kept
    from gateway.identity.caller import Caller

_LATEST_NS: Final = 2**63 - 1  # what a bigint holds


class Records:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def list(self, caller: Caller, *, cursor: str | None, limit: int) -> dict[str, Any]:
        """The caller's agency's operations, newest first, without their contents.

        Raises: NotYours where the cursor is not one that this method gave.
        """
        before_ns, before_id = _position(cursor)
        with self._database.transaction() as connection:
            rows = connection.execute(
                """
                SELECT d.decision_id, d.operation, d.purpose, d.permit, d.dry_run, d.decided_ns,
                    o.outcome, o.refused, r.released_ns, f.frozen_ns, f.deleted_ns
                FROM enforcement.decisions AS d
                LEFT JOIN enforcement.outcomes AS o USING (decision_id)
                LEFT JOIN enforcement.releases AS r USING (decision_id)
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
                "status": _frozen(row[9], row[10])
                or _status(permit=row[3], dry_run=row[4], outcome=row[6], refused=row[7], released=row[8]),
            }
            for row in rows[:limit]
        ]
        more = len(rows) > limit
        return {"items": items, "next_cursor": _cursor(rows[limit - 1][5], rows[limit - 1][0]) if more else None}

    def read_again(self, caller: Caller, kept: Kept) -> None:
        """Writes down that an answer kept for an Idempotency-Key goes out once more; a refusal holds no result.

        Raises: ResultFrozen where nobody may see it any more.
        """
        if kept.status >= HTTPStatus.BAD_REQUEST:
            return
        decision_id = str(json.loads(kept.body)["decision_id"])
        with self._database.transaction() as connection:
            frozen = connection.execute("SELECT FROM enforcement.frozen WHERE decision_id = %s", (decision_id,))
            if frozen.fetchone() is not None:
                raise ResultFrozen
            self._log.record(connection, _reading(caller, decision_id))

    def show(self, caller: Caller, decision_id: UUID) -> dict[str, Any]:
        """One operation with its reasons and, where it was released, the answer as it was given.

        Raises: NotYours.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                """
                SELECT d.operation, d.purpose, d.permit, d.dry_run, d.decided_ns, d.key_id, d.document,
                    o.outcome, o.refused, r.released_ns, r.key_id, r.document, f.frozen_ns, f.deleted_ns
                FROM enforcement.decisions AS d
                LEFT JOIN enforcement.outcomes AS o USING (decision_id)
                LEFT JOIN enforcement.releases AS r USING (decision_id)
                LEFT JOIN enforcement.frozen AS f USING (decision_id)
                WHERE d.decision_id = %s AND d.agency = %s
                """,
                (decision_id, caller.agency),
            ).fetchone()
            if row is None:
                raise NotYours
            decision = self._log.open_value(connection, row[5], bytes(row[6]), context=f"decision:{decision_id}")
            answer = None
            frozen = _frozen(row[12], row[13])
            if row[11] and frozen is None:
                answer = self._log.open_value(connection, row[10], bytes(row[11]), context=f"release:{decision_id}")
            self._log.record(connection, _reading(caller, str(decision_id)))
        return {
            "id": str(decision_id),
            "operation": row[0],
            "purpose": row[1],
            "permit": row[2],
            "dry_run": row[3],
            "at": rfc3339(row[4]),
            "status": frozen or _status(permit=row[2], dry_run=row[3], outcome=row[7], refused=row[8], released=row[9]),
            "decision": decision,
            "answer": answer,
        }


def _reading(caller: Caller, decision_id: str) -> Entry:
    return Entry(
        kind=EntryKind.RESULT_READ,
        clear={"decision_id": decision_id, "agency": caller.agency, "client": caller.client},
        disclosed={"user": caller.user},
        scope=f"agency:{caller.agency}",
        blind={"user": caller.user} if caller.user else {},
    )


def _frozen(frozen_ns: int | None, deleted_ns: int | None) -> str | None:
    if frozen_ns is None:
        return None
    return "frozen" if deleted_ns is None else "deleted"


def _status(*, permit: bool, dry_run: bool, outcome: str | None, refused: bool | None, released: int | None) -> str:
    if not permit:
        return "denied"
    if dry_run:
        return "permitted"
    if released is not None:
        return "completed"
    if outcome is None:
        return "pending"
    if outcome == "ABANDONED":
        return "abandoned"
    return "refused" if refused else "withheld"


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
