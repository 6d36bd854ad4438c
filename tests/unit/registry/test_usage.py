"""Limits are kept exactly, however many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from gateway.postgres.deployment import DatabaseRole
from gateway.registry import queries, usage
from gateway.registry.words import parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database


def test_a_hundred_at_once_against_a_limit_of_ten_give_exactly_ten(web: Database) -> None:
    def one_more(_: int) -> bool:
        with web.transaction() as connection:
            return usage.take(connection, "contract", "lakeport-2026", "2026-11-23", 10)

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(one_more, range(100)))
    assert sum(taken) == 10
    with web.transaction() as connection:
        assert queries.usage(connection, "contract", "lakeport-2026", "2026-11-23") == 10


def test_a_use_whose_transaction_fails_was_not_taken(web: Database) -> None:
    def take_and_fail() -> None:
        with web.transaction() as connection:
            assert usage.take(connection, "instrument", "order-117", "all", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        take_and_fail()
    with web.transaction() as connection:
        assert usage.take(connection, "instrument", "order-117", "all", 1)
        assert not usage.take(connection, "instrument", "order-117", "all", 1)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_gives_nothing(web: Database, limit: int) -> None:
    with web.transaction() as connection:
        assert not usage.take(connection, "instrument", "order-117", "all", limit)
        assert queries.usage(connection, "instrument", "order-117", "all") == 0


def test_what_is_given_back_can_be_taken_again_and_never_more(database: Callable[[DatabaseRole], Database]) -> None:
    with database(DatabaseRole.ADMIN).transaction() as connection:
        assert usage.take(connection, "instrument", "order-117", "all", 1)
        for _ in range(3):
            connection.execute("SELECT registry.give_back('instrument', 'order-117', 'all')")
        assert queries.usage(connection, "instrument", "order-117", "all") == 0
        assert usage.take(connection, "instrument", "order-117", "all", 1)
        assert not usage.take(connection, "instrument", "order-117", "all", 1)


def test_periods_are_calendar_days_and_months_in_utc() -> None:
    now = parse_rfc3339("2026-11-23T23:59:59.999999999Z")
    assert [usage.period_key(period, now) for period in ("day", "month", "total")] == ["2026-11-23", "2026-11", "all"]
    assert usage.period_key("day", now + 1) == "2026-11-24"
