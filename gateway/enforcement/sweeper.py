"""Writes ABANDONED for every permit that came to no outcome within its minute, ends what was waited for too long, and
forgets what nobody can ask for any more: answers kept for repeats, counters of authorizations that are over.

A process may die between the commit of a permit and the engine's outcome. The permit can then no longer be claimed, its
counters stay taken (the search may have run), and this entry says that nothing was released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.audit.entries import Entry
from gateway.enforcement import waits
from gateway.rounds import make_rounds
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading

    from gateway.audit.log import AuditLog
    from gateway.database import Database

INTERVAL_SECONDS: Final = 5.0
# As long as the field keeps them (Stripe names 24 hours), and no longer.
KEPT_ANSWER_NS: Final = 24 * 3600 * 10**9


class Sweeper:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def run_once(self) -> int:
        """How many permits were abandoned by this call."""
        self._forget_answers()
        self._forget_counters()
        waits.lapse(self._database, self._log)
        with self._database.transaction() as connection:
            overdue = connection.execute(
                """
                SELECT p.decision_id, p.scope, p.clear FROM enforcement.permits AS p
                WHERE p.expires_ns < ops.now_ns()
                    AND NOT EXISTS (SELECT 1 FROM enforcement.outcomes AS o WHERE o.decision_id = p.decision_id)
                ORDER BY p.expires_ns LIMIT 500
                """
            ).fetchall()
        ended = 0
        for decision_id, scope, clear in overdue:
            with self._database.transaction() as connection:
                row = connection.execute("SELECT enforcement.abandon(%s)", (decision_id,)).fetchone()
                if row is None or not row[0]:
                    continue
                self._log.record(
                    connection,
                    Entry(
                        kind=EntryKind.ABANDONED,
                        clear={name: clear[name] for name in ("decision_id", "agency", "client", "operation")},
                        disclosed={},
                        scope=scope,
                    ),
                )
                ended += 1
        return ended

    def _forget_answers(self) -> None:
        """Answers kept for repeats are let go after a day: they may hold candidates."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM enforcement.idempotency WHERE started_ns < ops.now_ns() - %s", (KEPT_ANSWER_NS,)
            )

    def _forget_counters(self) -> None:
        """The database judges which authorizations are over: nobody outside it may refill a limit."""
        with self._database.transaction() as connection:
            connection.execute("SELECT registry.sweep_usage()")

    def run(self, stop: threading.Event) -> None:
        make_rounds(self.run_once, stop, name="sweeper", pause_seconds=INTERVAL_SECONDS)
