"""Limits are exact under any number of parallel requests, and a dead part refuses instead of guessing."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from crash_house import OVERRUN
from gateway_house import House, gateway_house
from patience import until

from gateway.cli.demo.seed import GALLERY
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.cli.http import Answer

pytestmark = pytest.mark.photographs


def test_a_hundred_parallel_searches_on_an_order_for_ten_give_exactly_ten(house: House) -> None:
    order = house.order("2026-0700")
    api = house.api()
    body = house.search_body(instrument=order, case_number="2026-0700")

    def search(_: int) -> Answer:
        """A machine that has no time refuses before it looks at the order: then again."""
        return until(lambda: _unless_busy(api.post("/v1/searches", body)), "it is judged")

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(search, range(100)))
    permitted = [answer for answer in answers if answer.status == 200]
    assert len(permitted) == 10, [answer.code for answer in answers if answer.status != 200]
    refused = {answer.code for answer in answers if answer.status != 200}
    assert refused <= {"INSTRUMENT_EXHAUSTED", "FACTS_CHANGED"}


def test_without_postgresql_nothing_is_searched(pictures: dict[str, Path]) -> None:
    with gateway_house(pictures) as house:
        api = house.api()
        api.post("/v1/galleries", {"name": GALLERY})
        body = house.search_body()
        assert _claims(house) == 0
        with _postgresql_down(house):
            answer = api.post("/v1/searches", body)
        assert answer.status == 503, answer.document
        assert answer.code in {"LOG_UNAVAILABLE", "REVOCATIONS_STALE"}
        assert _claims(house) == 0


def _unless_busy(answer: Answer) -> Answer | None:
    return None if answer.code in OVERRUN else answer


def _claims(house: House) -> int:
    """How often the engine took up work, once the database answers again."""

    def counted() -> tuple[int] | None:
        with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            return connection.execute("SELECT count(*) FROM enforcement.claims").fetchone()

    return until(counted, "the database answers")[0]


@contextmanager
def _postgresql_down(house: House) -> Iterator[None]:
    """The server is killed and its keeper held, so that it cannot be restarted until the block ends."""
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row = connection.execute("SELECT pg_catalog.current_setting('data_directory')").fetchone()
    assert row is not None
    postmaster = psutil.Process(int((Path(row[0]) / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]))
    keeper = postmaster.parent()
    assert keeper is not None
    keeper.suspend()
    try:
        for process in (postmaster, *postmaster.children()):
            process.send_signal(signal.SIGKILL)
        yield
    finally:
        keeper.resume()
