"""Being asked to end: SIGTERM and SIGINT, heard whatever the main thread does when they come."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def when_told_to_end(act: Callable[[], None]) -> None:
    """Calls `act` once, in a thread of its own, when the first such signal comes. Of the main thread only.

    A handler in Python runs between two steps of the main thread. It may interrupt one that holds a lock, and would
    then wait for itself; and it never runs where the signal came just before the main thread began to wait without
    end. So nothing is done there: the interpreter's own handler, which runs at once and in any thread, writes the
    signal's number into a pipe.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def wait() -> None:
        while os.read(reading, 1)[0] not in ENDING:
            pass
        act()

    threading.Thread(target=wait, name="told to end", daemon=True).start()
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in ENDING:
        signal.signal(number, lambda *_: None)
