"""How every test waits for what has no event of its own to wait for."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import psycopg

from gateway.database import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")

# Never what a test is about: so long only what will not come at all is waited for, however busy the machine.
PATIENCE_SECONDS: Final = 120.0


def until(condition: Callable[[], Found | None], what: str) -> Found:
    """What the condition gives, once that is true. While the database is down the answer is: not yet."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.01
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError, DatabaseUnavailable):
            if found := condition():
                return found
        time.sleep(pause)
        pause = min(1.5 * pause, 0.2)
    raise AssertionError(f"it did not come about that {what}")
