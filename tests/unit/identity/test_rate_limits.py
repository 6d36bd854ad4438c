"""How many requests: a full quota at once, then evenly; one count for all processes; nobody pays for another."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from identity_house import House, open_house

from gateway.identity.rate_limits import FILE, RateLimits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import DatabaseFactory

    from gateway.settings import Settings


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The machine's monotonic clock, in nanoseconds; the test moves it."""
    now = [10**15]
    monkeypatch.setattr(time, "monotonic_ns", lambda: now[0])
    return now


def test_a_full_quota_at_once_and_then_one_for_each_part_of_the_minute(tmp_path: Path, moment: list[int]) -> None:
    limits = RateLimits(tmp_path, default=60)
    taken = [limits.take("app") for _ in range(61)]
    assert [allowance.exceeded for allowance in taken] == [False] * 60 + [True]
    assert [allowance.remaining for allowance in taken[:3]] == [59, 58, 57]
    assert (taken[60].remaining, taken[60].reset, taken[60].retry_after) == (0, 60, 1)
    moment[0] += 10**9
    assert [limits.take("app").exceeded for _ in range(2)] == [False, True]
    moment[0] += 60 * 10**9
    assert [limits.take("app").exceeded for _ in range(61)].count(False) == 60


def test_what_is_refused_costs_nothing(tmp_path: Path, moment: list[int]) -> None:
    limits = RateLimits(tmp_path, default=1)
    assert not limits.take("app").exceeded
    for _ in range(100):
        assert limits.take("app").retry_after == 60
    moment[0] += 60 * 10**9
    assert not limits.take("app").exceeded


def test_each_name_has_a_count_of_its_own_and_may_have_a_quota_of_its_own(tmp_path: Path, moment: list[int]) -> None:
    limits = RateLimits(tmp_path, default=1)
    assert not limits.take("one").exceeded
    assert limits.take("one").exceeded
    assert not limits.take("other").exceeded
    assert [limits.take("rich", 3).exceeded for _ in range(4)] == [False, False, False, True]


def test_the_headers_say_what_is_left(tmp_path: Path, moment: list[int]) -> None:
    limits = RateLimits(tmp_path, default=2)
    assert limits.take("app").headers() == {
        "RateLimit-Policy": '"client";q=2;w=60',
        "RateLimit": '"client";r=1;t=30',
    }
    limits.take("app")
    assert limits.take("app").headers()["Retry-After"] == "30"


def test_a_clock_that_began_anew_locks_nobody_out(tmp_path: Path, moment: list[int]) -> None:
    limits = RateLimits(tmp_path, default=1)
    limits.take("app")
    moment[0] = 10**9
    assert not limits.take("app").exceeded


def test_more_names_than_slots_make_nobody_wait_and_the_file_no_larger(tmp_path: Path) -> None:
    limits = RateLimits(tmp_path, default=1)
    size = (tmp_path / FILE).stat().st_size
    assert not any(limits.take(f"app {number}").exceeded for number in range(20_000))
    assert (tmp_path / FILE).stat().st_size == size


def _take_many(folder: Path, times: int) -> int:
    limits = RateLimits(folder, default=1000)
    return sum(not limits.take("app").exceeded for _ in range(times))


def test_processes_and_threads_share_one_count_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=context) as pool, ThreadPoolExecutor(4) as threads:
        elsewhere = [pool.submit(_take_many, tmp_path, 600) for _ in range(3)]
        here = RateLimits(tmp_path, default=1000)
        mine = list(threads.map(lambda _: not here.take("app").exceeded, range(600)))
        granted = sum(mine) + sum(future.result() for future in elsewhere)
    refilled = (time.monotonic() - started) * 1000 / 60
    assert 1000 <= granted <= 1000 + refilled + 1


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def test_the_token_endpoint_counts_who_proved_to_be_the_client_and_nobody_else(house: House) -> None:
    house.add_client("slow-app", agency="lakeport-pd", requests_per_minute=2)
    stranger = house.assertion("harbour-app", iss="slow-app", sub="slow-app")
    for _ in range(5):
        assert house.ask(assertion=stranger).status_code == 400
    assert [house.ask("slow-app").status_code for _ in range(3)] == [200, 200, 429]
    refused = house.ask("slow-app")
    assert refused.json is not None
    assert (refused.json["error"], refused.json["code"]) == ("temporarily_unavailable", "RATE_LIMITED")
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert refused.headers["RateLimit-Policy"] == '"client";q=2;w=60'
    assert not [entry for entry in house.entries("access_refused") if "RATE_LIMITED" in entry["reasons"]]
    assert house.ask().status_code == 200


def test_a_token_says_how_much_its_client_may_ask(house: House) -> None:
    assert house.verify(house.token()).requests_per_minute is None
    house.add_client("slow-app", agency="lakeport-pd", requests_per_minute=2)
    assert house.verify(house.token("slow-app")).requests_per_minute == 2
