"""Limits are exact under any number of parallel requests, and a dead part refuses instead of guessing."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from gateway.cli.demo.seed import GALLERY
from gateway.postgres.deployment import DatabaseRole
from tests.gateway_house import House, gateway_house

pytestmark = pytest.mark.photographs


def test_a_hundred_parallel_searches_on_an_order_for_ten_give_exactly_ten(house: House) -> None:
    order = house.order("2026-0700")
    api = house.api()
    body = house.search_body(instrument=order, case_number="2026-0700")
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: api.post("/v1/searches", body), range(100)))
    permitted = [answer for answer in answers if answer.status == 200]
    assert len(permitted) == 10, [answer.code for answer in answers if answer.status != 200]
    refused = {answer.code for answer in answers if answer.status != 200}
    assert refused <= {"INSTRUMENT_EXHAUSTED", "FACTS_CHANGED"}


def test_without_postgresql_nothing_is_searched(pictures: dict[str, Path]) -> None:
    with gateway_house(pictures) as house:
        api = house.api()
        api.post("/v1/galleries", {"name": GALLERY})
        body = house.search_body()
        with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            row = connection.execute("SELECT count(*) FROM enforcement.claims").fetchone()
            assert row == (0,)
        pid = _postmaster(house)
        os.kill(pid, signal.SIGSTOP)
        try:
            answer = api.post("/v1/searches", body)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert answer.status == 503, answer.document
        assert answer.code in {"LOG_UNAVAILABLE", "REVOCATIONS_STALE"}
        with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            row = connection.execute("SELECT count(*) FROM enforcement.claims").fetchone()
            assert row == (0,)


def _postmaster(house: House) -> int:
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row = connection.execute("SELECT pg_catalog.current_setting('data_directory')").fetchone()
    assert row is not None
    return int((Path(row[0]) / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
