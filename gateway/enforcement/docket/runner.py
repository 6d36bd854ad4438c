"""The docket's runner: takes up each duty whose time has come and takes its next step, once, whoever else runs.

A duty that waits for a person is told of before it falls due, when it does, and then to one person after another of the
agency's chain, until it ends with the operator: a night in which nobody is awake still ends somewhere. What the law
gives to the gateway itself, it does at the time (`acts`).

What must always hold: a step, its entry, its messages and the row's move are one commit; no step is taken by a clock
that cannot be trusted, because what is deleted too early does not come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from gateway.audit.clock import sound_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.enforcement.docket import duties, messages
from gateway.enforcement.obligations import ACTING, AWAITING_PAPER
from gateway.rounds import make_rounds
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.enforcement.docket.acts import Acts
    from gateway.enforcement.docket.duties import Duty

log = structlog.get_logger()

INTERVAL_SECONDS: Final = 1.0
# How long each person of the chain has before the next is told.
ESCALATION_NS: Final = 8 * 3600 * NANOSECONDS_PER_SECOND


class DocketRunner:
    """`operator` is the mail address where what nobody did ends; None where there is none."""

    def __init__(
        self, *, database: Database, log: AuditLog, acts: Acts, injected_clock: bool, operator: str | None = None
    ) -> None:
        self._database = database
        self._log = log
        self._acts = acts
        self._injected_clock = injected_clock
        self._operator = operator

    def run(self, stop: threading.Event) -> None:
        make_rounds(self.run_once, stop, name="docket", pause_seconds=INTERVAL_SECONDS)

    def run_once(self) -> bool:
        """Whether there was a step to take.

        Raises: ClockNotTrusted where the clock cannot be trusted.
        """
        with self._database.transaction() as connection:
            now_ns = sound_now(connection, like_host=not self._injected_clock)
            duty = duties.take(connection, now_ns)
            if duty is None:
                return False
            self._step(connection, duty, now_ns)
        log.info("docket.step", duty=str(duty.id), code=duty.code, from_stage=duty.stage)
        return True

    def _step(self, connection: Connection, duty: Duty, now_ns: int) -> None:
        if duty.code in ACTING:
            self._act(connection, duty, now_ns)
        elif duty.due_ns is not None and now_ns < duty.due_ns:
            self._remind(connection, duty, now_ns)
        elif duty.code in AWAITING_PAPER:
            if self._acts.no_paper_followed(connection, duty, now_ns):
                messages.tell(connection, duty, EntryKind.DUTY_MISSED, now_ns, everyone=True, operator=self._operator)
        else:
            self._escalate(connection, duty, now_ns)

    def _act(self, connection: Connection, duty: Duty, now_ns: int) -> None:
        if duty.code == "STOP_IMMEDIATELY":
            self._acts.stop(connection, duty)
        else:
            self._acts.delete(connection, duty, now_ns)

    def _remind(self, connection: Connection, duty: Duty, now_ns: int) -> None:
        duties.move(connection, duty, stage="reminded", next_ns=duty.due_ns)
        self._log.record(connection, duty.entry(EntryKind.DUTY_REMINDED))
        messages.tell(connection, duty, EntryKind.DUTY_REMINDED, now_ns, level=0)

    def _escalate(self, connection: Connection, duty: Duty, now_ns: int) -> None:
        """The next person of the chain; after the last, the operator, and then it stands on the docket as it is."""
        people = messages.chain(connection, duty.agency)
        if duty.level < len(people):
            kind = EntryKind.DUTY_ESCALATED if duty.level else EntryKind.DUTY_OVERDUE
            stage = "escalated" if duty.level else "overdue"
            duties.move(connection, duty, stage=stage, next_ns=now_ns + ESCALATION_NS, level=duty.level + 1)
            self._log.record(connection, duty.entry(kind, told=duty.level + 1))
            messages.tell(connection, duty, kind, now_ns, level=duty.level)
            return
        duties.move(connection, duty, stage="lapsed", next_ns=None)
        self._log.record(connection, duty.entry(EntryKind.DUTY_LAPSED, told=len(people)))
        messages.tell(connection, duty, EntryKind.DUTY_LAPSED, now_ns, operator=self._operator)
