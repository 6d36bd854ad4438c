"""What was waited for too long: an approval that nobody gave has lapsed, a review that nobody finished ends as no lead.
So has one that was given and that nobody carried out.

With the end of a review all that was found goes onto the log, as with the last judgement; then it is let go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.enforcement import approval_rows, parked, progress, review_rows, withheld
from gateway.enforcement.results import disclosed_result, result_scope
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database

BATCH: Final = 100


def lapse(database: Database, log: AuditLog) -> int:
    """How many approvals and reviews were ended by this call."""
    with database.transaction() as connection:
        now_ns = sound_now(connection)
        approvals = approval_rows.overdue(connection, limit=BATCH)
        for awaited in approvals:
            approval_rows.end(connection, awaited.decision_id, state="expired", now_ns=now_ns)
            _record(connection, log, EntryKind.APPROVAL_EXPIRED, awaited.decision_id, awaited.agency)
            review_rows.end(connection, awaited.decision_id, now_ns=now_ns)
            parked.let_go(connection, log, awaited.decision_id, agency=awaited.agency)
    with database.transaction() as connection:
        now_ns = sound_now(connection)
        # The queries look before they have the rows; what people did meanwhile is seen only afterwards.
        reviews = [
            review
            for review in review_rows.overdue(connection, limit=BATCH)
            if (reached := progress.read(connection, review.decision_id)) is None or reached.approval != "awaiting"
        ]
        for review in reviews:
            review_rows.end(connection, review.decision_id, now_ns=now_ns)
            _record(connection, log, EntryKind.REVIEW_ENDED, review.decision_id, review.agency)
            parked.let_go(connection, log, review.decision_id, agency=review.agency)
    with database.transaction() as connection:
        left = [
            awaited
            for awaited in approval_rows.never_carried_out(connection, limit=BATCH)
            # Carried out just now, perhaps, or given to examiners.
            if (reached := progress.read(connection, awaited.decision_id)) and reached.review in {None, "ended"}
        ]
        for awaited in left:
            _record(connection, log, EntryKind.APPROVAL_EXPIRED, awaited.decision_id, awaited.agency)
            review_rows.end(connection, awaited.decision_id, now_ns=sound_now(connection))
            parked.let_go(connection, log, awaited.decision_id, agency=awaited.agency)
    return len(approvals) + len(reviews) + len(left)


def _record(connection: Connection, log: AuditLog, kind: EntryKind, decision_id: UUID, agency: str) -> None:
    asked = parked.read(connection, log, decision_id, pictures=False)
    found = withheld.read(connection, log, decision_id)
    case = asked.request.case_number if asked else None
    scope = log.case_scope(agency, case) if case else f"agency:{agency}"
    clear: dict[str, Any] = {"decision_id": str(decision_id), "agency": agency}
    if found is not None:
        clear["withheld_sha256"] = withheld.sha256(connection, decision_id)
        scope = result_scope(connection, decision_id)
    log.record(
        connection,
        Entry(
            kind=kind,
            clear=clear,
            disclosed={"lapsed": True, **(disclosed_result(connection, log, found) if found else {})},
            scope=scope,
        ),
    )
