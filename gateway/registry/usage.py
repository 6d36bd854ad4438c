"""Limits: how often an instrument, a contract or a token's authorization was used, counted by the database.

`take` changes the one row that every request of a contract wants, so a deciding transaction calls it as its last
statement. Periods are calendar days and months in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from gateway.clock import NANOSECONDS_PER_SECOND

if TYPE_CHECKING:
    from gateway.database import Connection

Kind = Literal["instrument", "contract", "authorization"]
ALL: Final = "all"


def period_key(period: str, now_ns: int) -> str:
    """The row of a quota's period: `2026-11-23` for a day, `2026-11` for a month, `all` for the total.

    Raises:
        KeyError: no such period.
    """
    today = datetime.fromtimestamp(now_ns // NANOSECONDS_PER_SECOND, tz=UTC)
    return {"day": f"{today:%Y-%m-%d}", "month": f"{today:%Y-%m}", "total": ALL}[period]


def take(connection: Connection, kind: Kind, record_id: str, period: str, limit: int) -> bool:
    """One more use, unless `limit` is reached."""
    row = connection.execute("SELECT registry.take(%s, %s, %s, %s)", (kind, record_id, period, limit)).fetchone()
    return bool(row and row[0])
