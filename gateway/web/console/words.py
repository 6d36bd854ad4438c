"""Times in words for people, in UTC and said so."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.clock import NANOSECONDS_PER_SECOND


def moment(seconds: int) -> str:
    """Such as `29 November 2026, 14:05 UTC`."""
    when = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def day(nanoseconds: int) -> str:
    """Such as `29 November 2026`."""
    when = datetime.fromtimestamp(nanoseconds // NANOSECONDS_PER_SECOND, tz=UTC)
    return f"{when.day} {when:%B %Y}"
