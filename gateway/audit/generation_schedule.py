"""Generations of wrapping keys by schedule, so that an erasure holds against backups without anybody thinking of it.

Once the current generation has had its days, the one before it is destroyed and the next one takes over. So a backup
opens its values for at least so many days, and for twice as many at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from gateway.audit.generations import advance, note_destruction, waiting_briefly
from gateway.database import DatabaseUnavailable

if TYPE_CHECKING:
    import threading

    from gateway.audit.disclosures import DisclosureKeys
    from gateway.audit.log import AuditLog
    from gateway.database import Database

LOOK_SECONDS: Final = 600.0
_DAY_NS: Final = 86_400 * 10**9
_BY: Final = "schedule"

_events = structlog.get_logger()


class GenerationSchedule:
    """`database` is of the administrator: nobody else may wrap keys anew."""

    def __init__(self, database: Database, *, keys: DisclosureKeys, log: AuditLog, days: int) -> None:
        self._database = database
        self._keys = keys
        self._log = log
        self._days = days
        # Where the next generation cannot take over, the next look does not destroy and write down the same one again.
        self._destroyed = 0

    def run_once(self) -> bool:
        """Whether a generation was due, and another has taken over.

        Raises:
            GenerationInUse, GenerationLocked, KeysUnopened, KeyMissing, DisclosureUnreadable: it could not; the current
                one goes on.
            DatabaseUnavailable: there is no connection.
        """
        with self._database.transaction() as connection:
            with waiting_briefly(connection):
                row = connection.execute(
                    "SELECT current FROM audit.generation WHERE began_ns + %s <= ops.now_ns() FOR UPDATE",
                    (self._days * _DAY_NS,),
                ).fetchone()
            if row is None:
                return False
            before = int(row[0]) - 1
            ending = before > self._destroyed
            if ending:
                note_destruction(connection, log=self._log, generation=before, operator=_BY)
        # The entry is committed first; a destruction that was interrupted is done by the next look.
        if ending:
            self._keys.wrapping.destroy(before)
            self._destroyed = before
        with self._database.transaction() as connection:
            advance(connection, keys=self._keys, log=self._log, operator=_BY)
        return True

    def run(self, stop: threading.Event) -> None:
        """Looks until told to stop. A failure is told of and tried again."""
        while not stop.is_set():
            try:
                self.run_once()
            except DatabaseUnavailable:
                _events.warning("audit.generation.database_unavailable")
            except Exception as error:  # noqa: BLE001  a thread that ended would keep what was erased in every backup
                _events.error("audit.generation.failed", error=type(error).__name__)
            stop.wait(LOOK_SECONDS)
