"""Whether time can be trusted enough to judge by: PostgreSQL's clock against the log, and against this host's.

A warrant's hours, an emergency's deadline, a vote in time and a person's training hang on `now`. The log was signed by
the same clock, so a clock that reads earlier than the latest checkpoint was set back, however long ago and whatever was
signed since. Where two clocks disagree nobody can say which is right, so nothing is judged until somebody has looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.clock import NANOSECONDS_PER_SECOND, host_now_ns
from gateway.refusal import Refusal

if TYPE_CHECKING:
    from gateway.database import Connection

LARGEST_SKEW_NS: Final = 5 * NANOSECONDS_PER_SECOND


class ClockNotTrusted(Refusal):
    """Nothing was done, because nobody knows what time it is."""

    status = 503


def sound_now(connection: Connection, *, like_host: bool = False) -> int:
    """PostgreSQL's clock, in nanoseconds since the epoch. `like_host`: this host's clock must agree with it.

    Raises: ClockNotTrusted with CLOCK_SET_BACK or CLOCK_SKEW.
    """
    row = connection.execute("SELECT ops.now_ns(), audit.last_signed_ns()").fetchone()
    if row is None:
        raise RuntimeError("PostgreSQL gave no time")
    require_sound(row[0], row[1], like_host=like_host)
    return int(row[0])


def require_sound(now_ns: int, last_signed_ns: int, *, like_host: bool) -> None:
    """An injected clock, in homes of tests, may differ from the host's; it may not run backwards. Raises: as above."""
    if like_host and abs(host_now_ns() - now_ns) > LARGEST_SKEW_NS:
        raise ClockNotTrusted(
            code="CLOCK_SKEW",
            sentence="This host's clock and the database's differ by more than five seconds.",
            remedy="The operator must set the clocks right; nothing was decided.",
        )
    if now_ns < last_signed_ns:
        raise ClockNotTrusted(
            code="CLOCK_SET_BACK",
            sentence="The database's clock reads earlier than the log's latest checkpoint.",
            remedy="The operator must set the clock right; nothing was decided.",
        )
