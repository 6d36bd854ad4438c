"""What a caller of the gateway is answered while somebody sets the clock back, or the database's disk is full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from gate_house import PURPOSE, WHY, Copies, GateHouse, gate_house
from postgres_house import open_home

from gateway.audit.signer import Signer
from gateway.cli.demo.seed import GALLERY
from gateway.database import DatabaseUnavailable
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

    from gateway.database import Connection

MEGABYTE = 1 << 20
HOUR_NS = 3600 * 10**9
ASKED = {
    "operation": "identify_1_to_n",
    "gallery": GALLERY,
    "purpose": PURPOSE,
    "case_number": "2026-0417",
    "justification": WHY,
}
RIVERTON = {"name": "Riverton (fictional)", "type": "law_enforcement", "jurisdiction": "US-TX"}


def refused(answer: TestResponse) -> tuple[int, Any]:
    return answer.status_code, answer.json and answer.json["code"]


def test_with_the_clock_set_back_the_gateway_decides_nothing_and_writes_nothing(
    copies: Copies, cluster_home: Path
) -> None:
    """Nobody can be let in by the hours of a paper that has run out: the log was signed later than it is said to be."""
    with gate_house(copies, cluster_home, with_engine=True) as house:
        header = {"Authorization": f"Bearer {house.token('lakeport')}"}
        house.integrate()
        Signer.load(house.pool(DatabaseRole.SEQUENCER), house.settings).run_once()
        assert house.browser().post("/v1/decisions", json=ASKED, headers=header).status_code == 200
        before = len(house.leaves(kind=EntryKind.DRY_RUN))
        house.deployment.inject_clock(-HOUR_NS)
        try:
            answer = house.browser().post("/v1/decisions", json=ASKED, headers=header)
        finally:
            house.deployment.inject_clock(0)
        assert refused(answer) == (503, "CLOCK_SET_BACK")
        assert len(house.leaves(kind=EntryKind.DRY_RUN)) == before


@dataclass(frozen=True)
class OneDatabase:
    """The database of a home in the place of a copy."""

    deployment: Deployment

    def take(self) -> str:
        return self.deployment.conninfo(DatabaseRole.ADMIN)

    def give_back(self, url: str) -> None:
        """It goes with its home."""


def test_with_a_full_disk_the_gateway_refuses_what_it_cannot_write_down_and_does_none_of_it() -> None:
    """No file of this server may grow beyond some megabytes (RLIMIT_FSIZE), and what is staged has no room.

    PostgreSQL takes that for a fault of its own and the gateway says so, 500; of a full disk it says what it is, 503.
    """
    with open_home() as home:
        home.start_user(largest_file=24 * MEGABYTE).wait_until_ready()
        with (
            Deployment.open(home.settings) as deployment,
            gate_house(OneDatabase(deployment), home.settings.home, with_engine=True) as house,
        ):
            asker, admin = ({"Authorization": f"Bearer {house.token(name)}"} for name in ("lakeport", "admin-1"))
            house.integrate()
            fill_staging(house)
            answers = [
                house.browser().post("/v1/decisions", json=ASKED, headers=asker),
                house.browser().put("/v1/agencies/riverton-pd", json=RIVERTON, headers=admin),
                house.browser().get("/v1/audit/erasures", headers=admin),
            ]
            assert [refused(answer) for answer in answers] == [(500, "INTERNAL_ERROR")] * 3
            with pytest.raises(DatabaseUnavailable), house.pool(DatabaseRole.WEB).transaction() as connection:
                connection.execute("DO $$ BEGIN RAISE 'full' USING ERRCODE = 'disk_full'; END $$")
            assert house.one("SELECT count(*) FROM registry.agencies WHERE id = 'riverton-pd'") == (0,)
            with house.admin.statement() as connection:
                connection.execute("DELETE FROM audit.staging WHERE leaf = ''")
                connection.execute("VACUUM audit.staging")
            assert house.leaves(kind=EntryKind.DRY_RUN) == []
            assert house.browser().post("/v1/decisions", json=ASKED, headers=asker).status_code == 200


def fill_staging(house: GateHouse) -> None:
    """Rows of no leaf, until not even the smallest has room."""
    with house.admin.statement() as connection:
        for size in (7000, 700, 70, 0):
            while is_written(connection, size):
                pass


def is_written(connection: Connection, size: int) -> bool:
    try:
        connection.execute(
            "INSERT INTO audit.staging (leaf, leaf_hash, blind_case)"
            " SELECT '', '', decode(repeat('00', %s), 'hex') FROM generate_series(1, 100)",
            (size,),
        )
    except psycopg.DatabaseError:
        return False
    return True
