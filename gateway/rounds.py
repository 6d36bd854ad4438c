"""Work that nobody asks for: done until nothing is left, looked for again after a pause, until told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from gateway.database import DatabaseUnavailable
from gateway.refusal import Refusal

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

log = structlog.get_logger()


def make_rounds(work: Callable[[], object], stop: threading.Event, *, name: str, pause_seconds: float) -> None:
    """`work` says whether there was something to do. That the database is away, or that a refusal stands against the
    work, such as a clock that cannot be trusted, is told each time, and tried again; so is whatever else goes wrong,
    by the name of its type alone, for its text may quote what is nobody's business.
    """
    while not stop.is_set():
        try:
            while not stop.is_set() and work():
                pass
        except DatabaseUnavailable:
            log.warning("rounds.database_unavailable", work=name)
        except Refusal as refused:
            log.warning("rounds.refused", work=name, code=refused.code)
        except Exception as error:  # noqa: BLE001  a thread that ended would end its work for good, and nobody be told
            log.error("rounds.failed", work=name, error=type(error).__name__)  # noqa: TRY400  a trace may quote a row
        stop.wait(pause_seconds)
