"""Whether time can be trusted enough to judge by: PostgreSQL's clock against this host's, and against the log.

A warrant's hours, a contract's days and an emergency's deadline hang on `now`. Where two clocks disagree nobody can say
which is right, so nothing is decided until somebody has looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.clock import NANOSECONDS_PER_SECOND, host_now_ns
from gateway.enforcement.errors import Unavailable

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.enforcement.facts import Facts

LARGEST_SKEW_NS: Final = 5 * NANOSECONDS_PER_SECOND


def require_sound(facts: Facts, *, injected: bool) -> None:
    """Raises: Unavailable with CLOCK_SKEW or CLOCK_SET_BACK."""
    require_sound_time(facts.now_ns, facts.last_signed_ns, injected=injected)


def sound_now(connection: Connection, *, injected: bool) -> int:
    """PostgreSQL's clock, in nanoseconds since the epoch. Raises: Unavailable, as above."""
    row = connection.execute("SELECT ops.now_ns(), enforcement.last_signed_ns()").fetchone()
    if row is None:
        raise RuntimeError("PostgreSQL gave no time")
    require_sound_time(row[0], row[1], injected=injected)
    return int(row[0])


def require_sound_time(now_ns: int, last_signed_ns: int, *, injected: bool) -> None:
    """An injected clock, in homes of tests, may differ from the host's; it may not run backwards.

    Raises: Unavailable, as above.
    """
    if not injected and abs(host_now_ns() - now_ns) > LARGEST_SKEW_NS:
        raise Unavailable(
            code="CLOCK_SKEW",
            sentence="This host's clock and the database's differ by more than five seconds.",
            remedy="The operator must set the clocks right; nothing was decided.",
        )
    if now_ns < last_signed_ns:
        raise Unavailable(
            code="CLOCK_SET_BACK",
            sentence="The database's clock reads earlier than the log's last checkpoint.",
            remedy="The operator must set the clock right; nothing was decided.",
        )
