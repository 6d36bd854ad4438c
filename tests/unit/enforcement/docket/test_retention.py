"""Probes are kept for the days of the contract and no longer; each deletion is an entry, and a legal hold stops it."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from docket_house import Runner, awaiting, pictures, released, remembered

from gateway.cli.demo.seed import DAY_NS
from gateway.clock import uuid7
from gateway.compliance.subjects import Subject
from gateway.enforcement import parked, waits
from gateway.enforcement.docket.retention import Retention
from gateway.enforcement.idempotency import Kept
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from gate_house import Force, GateHouse

DAYS = 10
PLACER, LIFTER = Actor(kind="client", id="admin-1"), Actor(kind="client", id="admin-2")


@pytest.fixture
def force(house: GateHouse) -> Force:
    return house.force(probe_days=DAYS)


@pytest.fixture
def another(house: GateHouse) -> Callable[[], Retention]:
    """One more node's."""
    database = house.pool(DatabaseRole.DOCKET)
    return lambda: Retention(database=database, log=house.services.log, injected_clock=True)


@pytest.fixture
def retention(another: Callable[[], Retention]) -> Retention:
    return another()


def is_kept(house: GateHouse, decision: UUID) -> bool:
    return bool(house.one("SELECT EXISTS (SELECT FROM recognition.probes WHERE decision_id = %s)", decision)[0])


def deleted(house: GateHouse, decision: UUID) -> list[dict[str, Any]]:
    return house.leaves(kind="probe.deleted", decision_id=str(decision))


def test_a_probe_goes_after_the_days_of_the_contract_and_its_entry_names_it(
    house: GateHouse, force: Force, runner: Runner, retention: Retention
) -> None:
    decision, template = remembered(house, force)
    runner.move(DAYS * DAY_NS - DAY_NS)
    retention.run_once()
    assert is_kept(house, decision)
    runner.move(DAY_NS)
    younger, _ = remembered(house, force)
    retention.run_once()
    assert (is_kept(house, decision), is_kept(house, younger)) == (False, True)
    (entry,) = deleted(house, decision)
    assert (entry["agency"], entry["days"]) == (force.agency, DAYS)
    assert entry["deleted"] == [{"what": "recognition.probes", "sha256": hashlib.sha256(template).hexdigest()}]


def test_many_nodes_delete_a_probe_once(
    house: GateHouse, force: Force, runner: Runner, retention: Retention, another: Callable[[], Retention]
) -> None:
    decisions = [remembered(house, force)[0] for _ in range(5)]
    runner.move(DAYS * DAY_NS + DAY_NS)
    nodes = [another() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda node: node.run_once(), nodes))
    assert [len(deleted(house, decision)) for decision in decisions] == [1] * 5


def test_each_agency_has_the_days_of_its_own_contract(
    house: GateHouse, force: Force, runner: Runner, retention: Retention
) -> None:
    longer = house.force(probe_days=2 * DAYS)
    decision, _ = remembered(house, longer)
    runner.move(DAYS * DAY_NS + DAY_NS)
    retention.run_once()
    assert is_kept(house, decision)


@pytest.mark.parametrize("case", [None, "26-KEEP-1"], ids=["agency", "case"])
def test_a_legal_hold_keeps_a_probe_until_it_is_lifted(
    house: GateHouse, force: Force, runner: Runner, retention: Retention, case: str | None
) -> None:
    decision, _ = remembered(house, force, case_number="26-KEEP-1")
    beside, _ = remembered(house, force, case_number="26-KEEP-2")
    words = {"reference": "26-1", "statement": "civil action"}
    hold = house.services.legal_holds.place(actor=PLACER, agency=force.agency, case=case, **words)
    runner.move(DAYS * DAY_NS + DAY_NS)
    retention.run_once()
    assert is_kept(house, decision)
    assert is_kept(house, beside) is (case is None)
    assert not deleted(house, decision)
    house.services.legal_holds.lift(actor=LIFTER, hold_id=UUID(hold["id"]), statement="settled")
    retention.run_once()
    assert not is_kept(house, decision)
    assert len(deleted(house, decision)) == 1


def test_a_picture_goes_when_nobody_is_waited_for_any_more(house: GateHouse, runner: Runner) -> None:
    _, decision = awaiting(house)
    assert pictures(house, decision) == 1
    runner.move(4 * DAY_NS)
    waits.lapse(house.services.database, house.services.log)
    assert pictures(house, decision) == 0


def test_a_picture_waits_no_longer_than_the_contract_lets_probes_be_kept(house: GateHouse, runner: Runner) -> None:
    _, decision = awaiting(house, probe_days=1)
    runner.move(DAY_NS)
    waits.lapse(house.services.database, house.services.log)
    assert pictures(house, decision) == 0


def test_a_legal_hold_keeps_a_picture_sealed_after_its_time_and_nobody_carries_it_on(
    house: GateHouse, runner: Runner, retention: Retention
) -> None:
    force, decision = awaiting(house)
    words = {"reference": "26-1", "statement": "civil action"}
    hold = house.services.legal_holds.place(actor=PLACER, agency=force.agency, case=None, **words)
    runner.move(4 * DAY_NS)
    waits.lapse(house.services.database, house.services.log)
    retention.run_once()
    assert pictures(house, decision) == 1
    with house.services.database.transaction() as connection:
        assert parked.read(connection, house.services.log, decision) is None
    house.services.legal_holds.lift(actor=LIFTER, hold_id=UUID(hold["id"]), statement="settled")
    retention.run_once()
    assert pictures(house, decision) == 0
    (entry,) = deleted(house, decision)
    assert [gone["what"] for gone in entry["deleted"]] == ["enforcement.parked", "enforcement.parked_images"]


def test_what_an_order_has_deleted_takes_the_probe_with_it(house: GateHouse, force: Force, runner: Runner) -> None:
    order = house.order(force, delete_by_ns=house.now() + 2 * DAY_NS, expires_at_ns=house.now() + 9 * DAY_NS)
    decision, template = remembered(house, force, instrument=order)
    runner.advance(2 * DAY_NS)
    assert not is_kept(house, decision)
    (entry,) = house.leaves(kind="result.deleted", decision_id=str(decision))
    gone = {"what": "recognition.probes", "sha256": hashlib.sha256(template).hexdigest()}
    assert gone in entry["deleted"]


def test_the_erasure_of_a_case_takes_its_results_and_its_probes(
    house: GateHouse, force: Force, retention: Retention
) -> None:
    """Results that may have to go by themselves have keys of their own, and probes stand under the engine's."""
    case = "26-ERASED-1"
    exigency = house.emergency(force)
    decision, _ = remembered(house, force, exigency=exigency, case_number=case)
    elsewhere, _ = remembered(house, force, exigency=exigency, case_number="26-STAYS-1")
    house.integrate()
    blind = house.services.log.blind

    def key(search: UUID) -> bytes | None:
        scope = blind("scope", f"result:{search}")
        return house.one("SELECT wrapped FROM audit.disclosure_keys WHERE scope_blind = %s", scope)[0]  # type: ignore[no-any-return]

    assert key(decision) is not None
    erasures = house.services.erasures
    order = erasures.order(
        actor=PLACER, subject=Subject(force.agency, case), basis="statute", reference="26-1", statement="expunged"
    )
    house.integrate()
    erasures.approve(actor=LIFTER, order_id=order.id)
    assert key(decision) is None
    assert key(elsewhere) is not None
    assert (is_kept(house, decision), is_kept(house, elsewhere)) == (False, True)
    left = "SELECT count(*) FROM audit.disclosures AS d JOIN audit.entries AS e USING (index) WHERE e.decision_id = %s"
    assert house.one(left, str(decision)) == (0,)
    assert int(house.one(left, str(elsewhere))[0]) > 0


def test_what_an_order_has_deleted_takes_the_answer_with_it_whichever_request_got_it(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    """A call that waited for people is answered under the key of a later request."""
    order = house.order(force, delete_by_ns=house.now() + 2 * DAY_NS, expires_at_ns=house.now() + 9 * DAY_NS)
    decision, keys = released(house, force, instrument=order), house.services.idempotency
    answer = Kept(status=200, body=json.dumps({"decision_id": str(decision)}))
    keys.begin(client="c", key=str(decision), request=b"body", decision_id=uuid7())
    keys.end(client="c", key=str(decision), agency=force.agency, kept=answer)
    runner.advance(2 * DAY_NS)
    assert house.one("SELECT count(*) FROM enforcement.idempotency WHERE key = %s", str(decision)) == (0,)
    (entry,) = house.leaves(kind="result.deleted", decision_id=str(decision))
    assert "kept answer" in [gone["what"] for gone in entry["deleted"]]
