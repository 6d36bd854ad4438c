"""How long probes are kept: as long as the strictest rule allows, and then they go, each with its entry.

A probe's template serves to tell what a case searched before. It goes with the result where a law, an order or an
emergency has that deleted (`acts`), and otherwise after the days of the agency's contract. The pictures of a request go
when nobody waits for it any more; what only a legal hold kept of them goes here, once the hold is lifted.

What must always hold: nothing that a legal hold is about goes; a deletion and its entry are one commit, and rows that
another runner holds are left to it, so that each is deleted, and told, once.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import structlog

from gateway.audit.clock import sound_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.enforcement.parked import deletion
from gateway.registry import queries
from gateway.rounds import make_rounds

if TYPE_CHECKING:
    import threading

    from gateway.audit.log import AuditLog
    from gateway.database import Database

log = structlog.get_logger()

INTERVAL_SECONDS: Final = 60.0
DAY_NS: Final = 86_400 * NANOSECONDS_PER_SECOND


class Retention:
    def __init__(self, *, database: Database, log: AuditLog, injected_clock: bool) -> None:
        self._database = database
        self._log = log
        self._injected_clock = injected_clock

    def run(self, stop: threading.Event) -> None:
        make_rounds(self.run_once, stop, name="retention", pause_seconds=INTERVAL_SECONDS)

    def run_once(self) -> int:
        """Of how many decisions something was deleted by this call.

        Raises: ClockNotTrusted where the clock cannot be trusted.
        """
        with self._database.transaction() as connection:
            agencies = connection.execute("SELECT id FROM registry.agencies ORDER BY id").fetchall()
        return sum(self._of_agency(agency) for (agency,) in agencies)

    def _of_agency(self, agency: str) -> int:
        with self._database.transaction() as connection:
            now_ns = sound_now(connection, like_host=not self._injected_clock)
            days = queries.probe_days(connection, agency, now_ns)
            gone = connection.execute(
                "SELECT decision_id, what, encode(sha256, 'hex') FROM enforcement.delete_old_probes(%s, %s)"
                " ORDER BY 1, 2, 3",
                (agency, now_ns - days * DAY_NS),
            ).fetchall()
            decisions = 0
            for decision, rows in groupby(gone, key=lambda row: row[0]):
                entry = deletion(decision, agency, [row[1:] for row in rows], days=days)
                self._log.record(connection, entry, now_ns=now_ns)
                decisions += 1
        if decisions:
            log.info("retention.deleted", agency=agency, decisions=decisions)
        return decisions
