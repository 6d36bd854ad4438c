"""What the gateway does itself when a duty falls due: stop, freeze, delete, take the right to emergencies away.

Each act is one transaction with its entries; the runner that took the duty up gives the transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.enforcement.docket import duties, results
from gateway.enforcement.obligations import AWAITING_PAPER
from gateway.registry import queries
from gateway.registry.records import Actor
from gateway.registry.tables import AGENCIES, EXIGENCIES, FROZEN_HOURS
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.docket.duties import Duty
    from gateway.registry.records import Exigency
    from gateway.registry.service import Registry

DOCKET: Final = Actor(kind="gateway", id="docket")
_HOUR_NS: Final = 3600 * NANOSECONDS_PER_SECOND
# How long a search or a legal hold that is under way may take before it is looked at again.
_AGAIN_NS: Final = 60 * NANOSECONDS_PER_SECOND
# How long somebody who attaches a paper in the last moment is given.
_MOMENT_NS: Final = NANOSECONDS_PER_SECOND


class Acts:
    def __init__(self, *, log: AuditLog, registry: Registry) -> None:
        self._log = log
        self._registry = registry

    def stop(self, connection: Connection, duty: Duty) -> None:
        """What must stop at once is not shown from now on."""
        frozen = results.freeze(connection, self._log, duty, duties.decisions_of(connection, duty))
        self._carried_out(connection, duty, frozen=frozen)

    def delete(self, connection: Connection, duty: Duty, now_ns: int) -> None:
        """Frozen first; deleted as soon as nobody is at work on it and no legal hold keeps it."""
        decisions = duties.decisions_of(connection, duty)
        results.freeze(connection, self._log, duty, decisions)
        if results.at_work(connection, decisions):
            duties.move(connection, duty, stage=duty.stage, next_ns=now_ns + _AGAIN_NS)
            return
        try:
            held = results.delete(connection, self._log, duty, decisions)
        except results.HoldComing:
            duties.move(connection, duty, stage=duty.stage, next_ns=now_ns + _AGAIN_NS)
            return
        if not held:
            self._carried_out(connection, duty, deleted=len(decisions))
            return
        duties.move(connection, duty, stage="held", next_ns=now_ns + _HOUR_NS)
        if duty.stage != "held":
            self._log.record(connection, duty.entry(EntryKind.DELETION_HELD, held=len(held)))

    def no_paper_followed(self, connection: Connection, duty: Duty, now_ns: int) -> bool:
        """The time is over: results are frozen and will be deleted, and the agency loses its right to emergencies.

        False where a paper had followed after all, and the duty was not needed any more, and where somebody holds what
        ends with it: then it is looked at again in a moment. Who attaches a paper holds the emergency before its
        duties; a runner holds a duty, so it waits for neither.
        """
        exigency = duties.exigency_of(connection, duty)
        try:
            with connection.transaction():
                found = queries.find(connection, EXIGENCIES, exigency, lock=True, wait=False) if exigency else None
                waiting = self._waiting(connection, duty, found)
        except psycopg.errors.LockNotAvailable:
            duties.move(connection, duty, stage=duty.stage, next_ns=now_ns + _MOMENT_NS)
            return False
        if found is not None and found.status == "authorised":
            duties.end(connection, duty, how="not_needed", by="gateway")
            self._log.record(connection, duty.entry(EntryKind.DUTY_DISCHARGED, how="not_needed"))
            return False
        self._freeze_and_delete_later(connection, duty, exigency, now_ns)
        self._wait_no_more(connection, duty, waiting)
        if found is not None:
            # Nothing more rests on this emergency.
            values = {"id": found.id, "status": "lapsed"}
            self._registry.change(connection, EXIGENCIES, found.id, values, actor=DOCKET)
        self._suspend_right(connection, duty)
        duties.end(connection, duty, how="missed", by="gateway")
        self._log.record(connection, duty.entry(EntryKind.DUTY_MISSED))
        return True

    def _waiting(self, connection: Connection, duty: Duty, exigency: Exigency | None) -> list[Duty]:
        """What else waits for the same paper; held. Raises psycopg.errors.LockNotAvailable."""
        if exigency is not None:
            return duties.open_ones(connection, AWAITING_PAPER, exigency=exigency.id, but=duty.id, wait=False)
        if duty.decision_id is not None:
            return duties.of_decision(connection, AWAITING_PAPER, duty.decision_id, wait=False)
        return []

    def _freeze_and_delete_later(self, connection: Connection, duty: Duty, exigency: str | None, now_ns: int) -> None:
        kind, about = ("exigency", exigency) if exigency else (duty.about_kind, duty.about_id)
        contract = queries.contract_in_force(connection, duty.agency, now_ns)
        hours = contract.terms.frozen_hours if contract else FROZEN_HOURS
        connection.execute(
            """
            INSERT INTO enforcement.docket (code, agency, about_kind, about_id, decision_id, due_ns)
            VALUES ('DELETE_ALL_DATA_RESULTS_OUTPUTS', %s, %s, %s, %s, %s)
            ON CONFLICT (about_kind, about_id, code) WHERE ended_ns IS NULL DO NOTHING
            """,
            (duty.agency, kind, about, duty.decision_id if kind == "decision" else None, now_ns + hours * _HOUR_NS),
        )
        decisions = duties.decisions_of(connection, duty)
        if exigency:
            rows = connection.execute(
                "SELECT decision_id FROM enforcement.rests_on WHERE kind = 'exigency' AND id = %s", (exigency,)
            ).fetchall()
            decisions = sorted({*decisions, *(row[0] for row in rows)})
        results.freeze(connection, self._log, duty, decisions)

    def _wait_no_more(self, connection: Connection, duty: Duty, waiting: list[Duty]) -> None:
        for other in waiting:
            if other.ended_ns is None and other.id != duty.id:
                duties.end(connection, other, how="missed", by="gateway")
                self._log.record(connection, other.entry(EntryKind.DUTY_MISSED))

    def _suspend_right(self, connection: Connection, duty: Duty) -> None:
        agency = queries.find(connection, AGENCIES, duty.agency)
        if agency is None or agency.exigency_right == "suspended":
            return
        values = {"id": duty.agency, "exigency_right": "suspended"}
        self._registry.change(connection, AGENCIES, duty.agency, values, actor=DOCKET)
        self._log.record(connection, duty.entry(EntryKind.EXIGENCY_RIGHT_SUSPENDED))

    def _carried_out(self, connection: Connection, duty: Duty, **counted: int) -> None:
        duties.end(connection, duty, how="carried_out", by="gateway")
        self._log.record(connection, duty.entry(EntryKind.DUTY_CARRIED_OUT, **counted))
