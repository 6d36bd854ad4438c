"""Being asked to end: SIGTERM and SIGINT, heard without a lock taken where they interrupt."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def when_told_to_end(act: Callable[[], None]) -> None:
    """Calls `act` once, in a thread of its own, when the first such signal comes. Of the main thread only.

    A handler runs between any two steps of the main thread, also while that holds a lock, and a second signal may
    interrupt the handler of the first: a supervisor that dies while it ends its children sends two. An event set in the
    handler would then wait for itself. So the handler only writes a byte.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def wait() -> None:
        os.read(reading, 1)
        act()

    def handle(*_: object) -> None:
        with suppress(BlockingIOError):  # nobody reads any more, and one byte is there already
            os.write(writing, b"\0")

    threading.Thread(target=wait, name="told to end", daemon=True).start()
    for number in ENDING:
        signal.signal(number, handle)
