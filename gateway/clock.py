"""Time and time-ordered identifiers.

Times are integer nanoseconds since the Unix epoch. Whatever a decision, a deadline or the log depends on is read from
PostgreSQL (`ops.now_ns()`), so that all nodes share one clock; the host's own clock, read here, serves only for
identifiers, token lifetimes and what is compared with PostgreSQL's.
"""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Final

NANOSECONDS_PER_SECOND: Final = 1_000_000_000
_NANOSECONDS_PER_MILLISECOND: Final = 1_000_000

_lock = threading.Lock()
_last_tick = 0


def host_now_ns() -> int:
    """This host's clock, in nanoseconds since the epoch."""
    return time.time_ns()


def host_now_seconds() -> int:
    """This host's clock in whole seconds, as JWT claims want it (RFC 7519, NumericDate)."""
    return time.time_ns() // NANOSECONDS_PER_SECOND


def rfc3339(nanoseconds: int) -> str:
    """Render a time for people, in UTC with microseconds, `2026-11-23T22:12:00.000000Z`."""
    seconds, rest = divmod(nanoseconds, NANOSECONDS_PER_SECOND)
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def uuid7() -> uuid.UUID:
    """Make a time-ordered identifier (RFC 9562, section 5.7).

    Within one process each is greater than the one before: the 12 bits after the milliseconds hold their fraction
    (section 6.2, method 3) and are counted on when two calls fall into one tick. 62 bits are random, from the system.
    """
    milliseconds, rest = divmod(time.time_ns(), _NANOSECONDS_PER_MILLISECOND)
    tick = (milliseconds << 12) | ((rest << 12) // _NANOSECONDS_PER_MILLISECOND)
    global _last_tick  # noqa: PLW0603  the last tick of this process is what makes the order strict
    with _lock:
        tick = max(tick, _last_tick + 1)
        _last_tick = tick
    value = (tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)
