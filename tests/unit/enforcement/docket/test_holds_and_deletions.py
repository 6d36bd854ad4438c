"""A legal hold is placed before a deletion, or after it: never astride, whatever deletes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from docket_house import Runner, awaiting, pictures, remembered, searched
from gate_house import HOUR_NS, OPERATOR, Force, GateHouse, asking
from patience import until

from gateway.cli.demo.seed import DAY_NS
from gateway.clock import uuid7
from gateway.enforcement import parked, waits
from gateway.enforcement.docket import duties
from gateway.enforcement.docket.acts import Acts
from gateway.enforcement.docket.retention import Retention
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from gateway.database import Connection

PLACER = Actor(kind="client", id="admin-1")
MINUTE_NS = HOUR_NS // 60


@pytest.fixture
def retention(house: GateHouse) -> Retention:
    return Retention(database=house.pool(DatabaseRole.DOCKET), log=house.services.log, injected_clock=True)


@contextmanager
def being_placed(house: GateHouse, agency: str, *, scope: bytes | None = None) -> Iterator[None]:
    """A hold is in the database inside, on all of the agency or on one scope, and committed after."""
    with house.pool(DatabaseRole.WEB).transaction() as connection:
        connection.execute(
            """
            INSERT INTO audit.legal_holds (id, agency, scope_blind, key_id, particulars, placed_by, placed_ns)
            VALUES (%s, %s, %b, %s, '', 'client:admin-1', ops.now_ns())
            """,
            (uuid7(), agency, scope, uuid7()),
        )
        yield


@contextmanager
def deleting(
    house: GateHouse, agency: str, role: DatabaseRole, delete: Callable[[Connection], object]
) -> Iterator[None]:
    """What deletes is not committed inside, where somebody who places a hold on the agency waits for it.

    The hold is placed after, and its time is after the deletion's.
    """
    words = {"reference": "26-1", "statement": "civil action"}
    place = house.services.legal_holds.place
    with ThreadPoolExecutor(1) as somebody:
        with house.pool(role).transaction() as connection:
            delete(connection)
            coming = somebody.submit(place, actor=PLACER, agency=agency, case=None, **words)

            def waits_for_us() -> bool:
                assert not coming.done(), "a hold was placed while what saw none of it deletes"
                return bool(house.one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")[0])

            until(waits_for_us, "the hold waits")
            yield
            assert not coming.done()
            over = house.now()
        (placed_ns,) = house.one("SELECT placed_ns FROM audit.legal_holds WHERE id = %s", coming.result()["id"])
    assert placed_ns > over


def to_delete(house: GateHouse, force: Force) -> UUID:
    """A search whose result is to be deleted now."""
    exigency = house.emergency(force)
    decision = searched(house, force, exigency=exigency)
    house.services.registry.set_status("exigency", exigency, "rejected", actor=OPERATOR)
    return decision


def letting_go(house: GateHouse, force: Force, decision: UUID) -> Callable[[Connection], object]:
    return lambda connection: parked.let_go(connection, house.services.log, decision, agency=force.agency)


def status(house: GateHouse, force: Force, decision: UUID) -> str:
    return str(house.services.records.show(force.caller, decision)["status"])


def is_kept(house: GateHouse, decision: UUID) -> bool:
    return bool(house.one("SELECT EXISTS (SELECT FROM recognition.probes WHERE decision_id = %s)", decision)[0])


def test_a_hold_comes_after_a_result_that_is_being_deleted(house: GateHouse, force: Force, runner: Runner) -> None:
    decision, log = to_delete(house, force), house.services.log
    acts = Acts(log=log, registry=house.services.registry)

    def delete(connection: Connection) -> None:
        duty = duties.find(connection, runner.duty(force, "DELETE_LINKED_PERSONAL_DATA"), lock=True)
        assert duty is not None
        acts.delete(connection, duty, house.now())

    with deleting(house, force.agency, DatabaseRole.DOCKET, delete):
        pass
    assert status(house, force, decision) == "deleted"


def test_a_hold_comes_after_a_probe_that_is_being_deleted(house: GateHouse, force: Force) -> None:
    decision, _ = remembered(house, force)

    def delete(connection: Connection) -> None:
        connection.execute("SELECT enforcement.delete_old_probes(%s, ops.now_ns())", (force.agency,))

    with deleting(house, force.agency, DatabaseRole.DOCKET, delete):
        pass
    assert not is_kept(house, decision)


def test_a_hold_comes_after_a_request_that_is_being_let_go(house: GateHouse) -> None:
    force, decision = awaiting(house)
    with deleting(house, force.agency, DatabaseRole.WEB, letting_go(house, force, decision)):
        pass
    assert pictures(house, decision) == 0


def test_a_result_is_not_deleted_while_a_hold_is_being_placed(house: GateHouse, force: Force, runner: Runner) -> None:
    decision = to_delete(house, force)
    with being_placed(house, force.agency):
        runner.settle()
        assert status(house, force, decision) == "frozen"
        assert runner.kinds(force, "deletion.") == [], "nobody knows yet what it is about"
    runner.advance(MINUTE_NS)
    assert status(house, force, decision) == "frozen"
    assert runner.kinds(force, "deletion.", "result.deleted") == ["deletion.held"]


def test_a_result_goes_a_minute_after_a_hold_on_something_else(house: GateHouse, force: Force, runner: Runner) -> None:
    decision = to_delete(house, force)
    with being_placed(house, force.agency, scope=b"another case"):
        runner.settle()
        assert status(house, force, decision) == "frozen"
    runner.advance(MINUTE_NS)
    assert status(house, force, decision) == "deleted"
    assert runner.kinds(force, "deletion.") == []


@pytest.mark.parametrize("scope", [None, b"another case"], ids=["all", "another-case"])
def test_a_probe_is_not_deleted_while_a_hold_is_being_placed(
    house: GateHouse, runner: Runner, retention: Retention, scope: bytes | None
) -> None:
    force = house.force(probe_days=10)
    decision, _ = remembered(house, force)
    runner.move(11 * DAY_NS)
    with being_placed(house, force.agency, scope=scope):
        retention.run_once()
        assert is_kept(house, decision)
    retention.run_once()
    assert is_kept(house, decision) is (scope is None)


@pytest.mark.parametrize("scope", [None, b"another case"], ids=["all", "another-case"])
def test_a_request_that_ends_while_a_hold_is_being_placed_goes_only_where_that_is_about_something_else(
    house: GateHouse, runner: Runner, retention: Retention, scope: bytes | None
) -> None:
    force, decision = awaiting(house)
    runner.move(4 * DAY_NS)
    with being_placed(house, force.agency, scope=scope):
        waits.lapse(house.services.database, house.services.log)
        assert pictures(house, decision) == 1
        with house.services.database.transaction() as connection:
            assert parked.read(connection, house.services.log, decision) is None, "nobody carries it on"
    retention.run_once()
    assert pictures(house, decision) == (1 if scope is None else 0)
    assert len(house.leaves(kind="probe.deleted", decision_id=str(decision))) == (0 if scope is None else 1)


def test_who_lets_a_request_go_does_not_wait_behind_a_hold_that_waits(house: GateHouse, retention: Retention) -> None:
    """It holds rows for which the deletion may wait that the hold waits for: the three would wait for each other."""
    force, one = awaiting(house)
    other = house.admit(force, asking(force)).decision_id
    first = deleting(house, force.agency, DatabaseRole.WEB, letting_go(house, force, one))
    with first, house.services.database.transaction() as connection:
        letting_go(house, force, other)(connection)
    retention.run_once()
    assert (pictures(house, one), pictures(house, other)) == (0, 1), "the hold is about the other"


def test_a_hold_of_another_agency_keeps_nobody_waiting(house: GateHouse, force: Force, runner: Runner) -> None:
    decision = to_delete(house, force)
    with being_placed(house, house.force().agency):
        runner.settle()
    assert status(house, force, decision) == "deleted"
