"""A permit commits only while every row it rests on is as it was read, and holds it so until the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from gate_house import OPERATOR, Force, GateHouse, sqlstate

from gateway.cli.demo.seed import DAY_NS
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import ExigencyWrite

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGES = {
    "agencies": "UPDATE registry.agencies SET name = name WHERE id = %s",
    "clients": "UPDATE registry.clients SET name = name WHERE id = %s",
    "contracts": "UPDATE registry.contracts SET status = status WHERE id = %s",
    "exigencies": "UPDATE registry.exigencies SET status = status WHERE id = %s",
    "galleries": "DELETE FROM recognition.galleries WHERE id = %s",
    "instruments": "UPDATE registry.instruments SET judge = judge WHERE id = %s",
    "users": "UPDATE registry.users SET name = name WHERE id = %s",
}


@pytest.fixture
def rows(house: GateHouse, force: Force) -> Mapping[str, str]:
    """The id of a row of each table."""
    now = house.now()
    certificate = f"{force.agency}/emergency"
    house.services.registry.put_exigency(
        ExigencyWrite.model_validate(
            {
                "id": certificate,
                "agency": force.agency,
                "certified_by": f"{force.agency}/examiner",
                "rank": "sergeant",
                "facts": "A child was taken from the ferry terminal.",
                "harm": "Serious harm to the child.",
                "risk": "Every hour counts.",
                "started_at_ns": now - DAY_NS // 24,
                "why_no_order": "No judge could be reached.",
                "deadline_ns": now + DAY_NS,
            }
        ),
        actor=OPERATOR,
    )
    return {
        "agencies": force.agency,
        "clients": force.caller.client,
        "contracts": force.contract,
        "exigencies": certificate,
        "galleries": str(force.gallery_id),
        "instruments": house.order(force, confirmed=False),
        "users": f"{force.agency}/examiner",
    }


def hold(connection: psycopg.Connection[Any], tables: list[str], ids: list[str], versions: list[int | None]) -> None:
    connection.execute(
        "SELECT enforcement.hold_facts(%s::text[], %s::text[], %s::bigint[], number) FROM policy.live",
        (tables, ids, versions),
    )


@pytest.mark.parametrize("table", sorted(CHANGES))
def test_a_row_is_held_as_it_was_read(house: GateHouse, rows: Mapping[str, str], table: str) -> None:
    with (
        psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as decider,
        psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as writer,
    ):
        hold(decider, [table], [rows[table]], [1])
        writer.execute("SET lock_timeout = '50ms'")
        writer.commit()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            writer.execute(CHANGES[table].encode(), (rows[table],))
        writer.rollback()
        decider.commit()
        writer.execute(CHANGES[table].encode(), (rows[table],))
        writer.commit()
        with pytest.raises(psycopg.Error, match=f"a fact changed: {table}") as changed:
            hold(decider, [table], [rows[table]], [1])
        assert sqlstate(changed.value) == "WG001"


@pytest.mark.parametrize("table", sorted(CHANGES))
@pytest.mark.parametrize("version", [0, 2, None])
def test_another_version_or_none_does_not_hold(
    house: GateHouse, rows: Mapping[str, str], table: str, version: int | None
) -> None:
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as decider:
        with pytest.raises(psycopg.Error, match="a fact changed"):
            hold(decider, [table], [rows[table]], [version])
        decider.rollback()
        with pytest.raises(psycopg.Error, match="a fact changed"):
            hold(decider, [table], [rows[table]], [])


@pytest.mark.parametrize("table", sorted(CHANGES))
def test_a_row_that_is_gone_does_not_hold(house: GateHouse, table: str) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    with (
        psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as decider,
        pytest.raises(psycopg.Error, match="a fact changed"),
    ):
        hold(decider, [table], [nobody], [1])


def test_one_changed_row_among_many_is_enough(house: GateHouse, rows: Mapping[str, str]) -> None:
    tables = sorted(rows)
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as decider:
        hold(decider, tables, [rows[table] for table in tables], [1] * len(tables))
        decider.rollback()
        house.write(CHANGES["users"], rows["users"])
        with pytest.raises(psycopg.Error, match="a fact changed: users"):
            hold(decider, tables, [rows[table] for table in tables], [1] * len(tables))


def test_a_table_that_nobody_knows_is_refused(house: GateHouse) -> None:
    with (
        psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as decider,
        pytest.raises(psycopg.errors.CaseNotFound),
    ):
        hold(decider, ["court_keys"], ["x"], [1])


@pytest.mark.parametrize("revision", [0, 10**6, None])
def test_a_decision_of_another_revision_than_the_live_one_does_not_commit(
    house: GateHouse, revision: int | None
) -> None:
    with (
        psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as decider,
        pytest.raises(psycopg.Error, match="live revision changed") as changed,
    ):
        decider.execute("SELECT enforcement.hold_facts('{}', '{}', '{}', %s::bigint)", (revision,))
    assert sqlstate(changed.value) == "WG001"
