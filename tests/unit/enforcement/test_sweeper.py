"""A permit that came to nothing within its minute is written down as abandoned, once, and stays charged."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from gate_house import Force, GateHouse, asking

from gateway.enforcement.sweeper import Sweeper
from gateway.recognition.claims import ClaimRefused

if TYPE_CHECKING:
    from uuid import UUID


@pytest.fixture
def sweeper(house: GateHouse) -> Sweeper:
    """With nothing left to do: on a slow machine the permits of tests before this one are overdue by now."""
    sweeper = Sweeper(database=house.services.database, log=house.services.log)
    while sweeper.run_once():
        pass
    return sweeper


def grow_old(house: GateHouse, decision_id: UUID) -> None:
    house.write("UPDATE enforcement.permits SET expires_ns = 1 WHERE decision_id = %s", decision_id)


def outcome(house: GateHouse, decision_id: UUID) -> tuple[str, bool]:
    word, refused = house.one("SELECT outcome, refused FROM enforcement.outcomes WHERE decision_id = %s", decision_id)
    return str(word), bool(refused)


def test_an_overdue_permit_is_abandoned_once_and_its_counter_kept(house: GateHouse, sweeper: Sweeper) -> None:
    force = house.force(searches=5)
    left = house.permit(force)
    sweeper.run_once()
    assert house.leaves(kind="search.abandoned", decision_id=str(left)) == []
    grow_old(house, left)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: sweeper.run_once(), range(4))) == 1
    assert sweeper.run_once() == 0
    assert outcome(house, left) == ("ABANDONED", False)
    assert house.used("contract", force.contract) == 1
    (leaf,) = house.leaves(kind="search.abandoned", decision_id=str(left))
    assert leaf["agency"] == force.agency
    assert leaf["client"] == force.caller.client
    assert leaf["operation"] == "identify_1_to_n"


def test_an_engine_that_ends_too_late_ends_nothing(house: GateHouse, force: Force, sweeper: Sweeper) -> None:
    claimed = house.permit(force)
    house.claim(claimed)
    grow_old(house, claimed)
    assert sweeper.run_once() == 1
    for refused in (False, True):
        with pytest.raises(ClaimRefused):
            house.complete(claimed, refused=refused)
    assert outcome(house, claimed) == ("ABANDONED", False)


def test_one_that_ended_in_time_is_left_alone(house: GateHouse, force: Force, sweeper: Sweeper) -> None:
    sweeper.run_once()  # what other tests left
    done = house.permit(force)
    house.claim(done)
    house.complete(done, "NO_CANDIDATES")
    grow_old(house, done)
    assert sweeper.run_once() == 0
    assert outcome(house, done) == ("NO_CANDIDATES", False)


def test_before_its_time_nobody_can_abandon_a_permit(house: GateHouse, force: Force) -> None:
    running = house.permit(force)
    with house.services.database.transaction() as connection:
        row = connection.execute("SELECT enforcement.abandon(%s)", (running,)).fetchone()
    assert row == (False,)


def test_denials_and_dry_runs_leave_nothing_to_sweep(house: GateHouse, force: Force, sweeper: Sweeper) -> None:
    for request in (asking(force, purpose="general_surveillance"), asking(force, dry_run=True)):
        decision_id = house.admit(force, request).decision_id
        assert house.one("SELECT count(*) FROM enforcement.permits WHERE decision_id = %s", decision_id) == (0,)
    assert sweeper.run_once() == 0


def test_it_runs_until_it_is_told_to_stop(house: GateHouse, force: Force, sweeper: Sweeper) -> None:
    left = house.permit(force)
    grow_old(house, left)
    stop = threading.Event()
    running = threading.Thread(target=sweeper.run, args=(stop,))
    running.start()
    while not house.leaves(kind="search.abandoned", decision_id=str(left)):
        assert running.is_alive()
    stop.set()
    running.join()


def test_an_answer_kept_for_repeats_is_let_go_after_a_day(house: GateHouse, sweeper: Sweeper) -> None:
    house.write(
        "INSERT INTO enforcement.idempotency (client, key, request_digest, started_ns)"
        " SELECT 'sweeper', 'old', ''::bytea, ops.now_ns() - 25 * 3600 * 1000000000::bigint"
        " UNION ALL SELECT 'sweeper', 'new', ''::bytea, ops.now_ns() - 23 * 3600 * 1000000000::bigint"
    )
    sweeper.run_once()
    assert house.one("SELECT array_agg(key) FROM enforcement.idempotency WHERE client = 'sweeper'") == (["new"],)


def test_the_counter_of_an_authorization_goes_when_it_is_over_and_no_other_does(
    house: GateHouse, sweeper: Sweeper
) -> None:
    house.write(
        "INSERT INTO registry.usage (kind, id, period, used, begun_ns)"
        " SELECT kind, 'swept', period, 1, ops.now_ns() - days * 86400 * 1000000000::bigint FROM (VALUES"
        " ('authorization', 'all', 31), ('authorization', '2026-11', 29), ('contract', 'all', 400),"
        " ('instrument', 'all', 400)) AS old (kind, period, days)"
    )
    sweeper.run_once()
    assert house.one(
        "SELECT array_agg(kind || ' ' || period ORDER BY kind) FROM registry.usage WHERE id = 'swept'"
    ) == (["authorization 2026-11", "contract all", "instrument all"],)


def test_a_counter_knows_when_it_was_first_taken_and_another_use_does_not_make_it_younger(house: GateHouse) -> None:
    def take() -> int:
        with house.services.database.transaction() as connection:
            connection.execute("SELECT registry.take('authorization', 'dated', 'all', 9)")
        return int(house.one("SELECT begun_ns FROM registry.usage WHERE id = 'dated'")[0])

    before = house.now()
    assert before <= take() == take() <= house.now()
