"""Deletion: everything that held the result is empty, the entry says what went, and a legal hold stops it."""

from __future__ import annotations

from uuid import UUID

import pytest
from docket_house import Runner, searched
from gate_house import HOUR_NS, OPERATOR, Force, GateHouse

from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.report import Check
from gateway.audit.verify import verify_online
from gateway.cli.demo.seed import DAY_NS
from gateway.cli.init import verifier_key
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor

ADMIN = Actor(kind="client", id="admin-1")


def result_key(house: GateHouse, decision: UUID) -> tuple[UUID, bytes | None]:
    scope = house.services.log.blind("scope", f"result:{decision}")
    row = house.one("SELECT key_id, wrapped FROM audit.disclosure_keys WHERE scope_blind = %s", scope)
    return row[0], row[1]


def test_the_result_of_an_emergency_is_sealed_under_a_key_of_its_own(
    house: GateHouse, force: Force, emergency: tuple[str, UUID]
) -> None:
    _, decision = emergency
    _, wrapped = result_key(house, decision)
    assert wrapped is not None
    ordinary = searched(house, force)
    assert house.one("SELECT scope FROM enforcement.permits WHERE decision_id = %s", ordinary)[0].startswith("case:")


def test_the_paper_that_a_permit_rests_on_is_kept_and_not_told(house: GateHouse, emergency: tuple[str, UUID]) -> None:
    exigency, decision = emergency
    kept = house.one("SELECT kind, id FROM enforcement.rests_on WHERE decision_id = %s", decision)
    assert kept == ("exigency", exigency)
    assert "_papers" not in house.one("SELECT clear FROM enforcement.permits WHERE decision_id = %s", decision)[0]


def test_what_is_deleted_is_gone_and_the_entry_names_its_digests(
    house: GateHouse, force: Force, runner: Runner, emergency: tuple[str, UUID]
) -> None:
    exigency, decision = emergency
    key, _ = result_key(house, decision)
    house.integrate()
    house.services.registry.set_status("exigency", exigency, "rejected", actor=OPERATOR)
    runner.settle()
    (deleted,) = house.leaves(kind="result.deleted", decision_id=str(decision))
    assert [gone["what"] for gone in deleted["deleted"]] == ["key"]
    assert len(deleted["erased_leaves"]) == 1
    assert result_key(house, decision) == (key, None)
    left = house.one(
        "SELECT count(*) FROM audit.disclosures AS d JOIN audit.entries AS e USING (index)"
        " WHERE e.decision_id = %s AND e.kind = 'search.outcome'",
        str(decision),
    )
    assert left == (0,)
    house.services.log.forget_keys()
    with pytest.raises(DisclosureUnreadable), house.admin.transaction() as connection:
        house.services.log.open_value(connection, key, b"0" * 40, context="any")


def test_a_deletion_leaves_a_log_that_verifies(house: GateHouse, runner: Runner, emergency: tuple[str, UUID]) -> None:
    exigency, _ = emergency
    house.services.registry.set_status("exigency", exigency, "rejected", actor=OPERATOR)
    runner.settle()
    house.integrate()
    with house.pool(DatabaseRole.AUDITOR).snapshot() as connection:
        report = verify_online(connection, verifier_key(house.settings))
    content = next(verdict for verdict in report.verdicts if verdict.check is Check.CONTENT)
    assert content.ok, content.sentence


@pytest.mark.parametrize("whole", [True, False], ids=["agency", "case"])
def test_a_legal_hold_keeps_what_would_go_and_its_lifting_lets_it_go(
    house: GateHouse, force: Force, runner: Runner, *, whole: bool
) -> None:
    exigency = house.emergency(force)
    decision = searched(house, force, exigency=exigency, case_number="26-HOLD-1")
    holds, show = house.services.legal_holds, house.services.records.show
    case = None if whole else "26-hold-1"
    held = holds.place(actor=ADMIN, agency=force.agency, case=case, reference="26-1", statement="civil action")
    house.services.registry.set_status("exigency", exigency, "rejected", actor=OPERATOR)
    runner.settle()
    assert show(force.caller, decision)["status"] == "frozen"
    assert runner.duties(force)["DELETE_LINKED_PERSONAL_DATA"] == "held"
    runner.advance(30 * DAY_NS)
    assert runner.kinds(force, "deletion.") == ["deletion.held"]
    holds.lift(actor=Actor(kind="client", id="admin-2"), hold_id=UUID(held["id"]), statement="settled")
    runner.advance(HOUR_NS)
    assert show(force.caller, decision)["status"] == "deleted"


def test_a_hold_on_another_case_or_agency_holds_nothing_here(house: GateHouse, force: Force, runner: Runner) -> None:
    exigency = house.emergency(force)
    decision = searched(house, force, exigency=exigency, case_number="26-HOLD-2")
    for agency, case in ((force.agency, "26-HOLD-3"), (house.force().agency, None)):
        house.services.legal_holds.place(actor=ADMIN, agency=agency, case=case, reference="26-1", statement="why")
    house.services.registry.set_status("exigency", exigency, "withdrawn", actor=OPERATOR)
    runner.settle()
    assert house.services.records.show(force.caller, decision)["status"] == "deleted"


def test_an_order_that_names_a_day_has_its_results_deleted_then(house: GateHouse, force: Force, runner: Runner) -> None:
    order = house.order(force, delete_by_ns=house.now() + 5 * DAY_NS, expires_at_ns=house.now() + 9 * DAY_NS)
    decision = searched(house, force, instrument=order)
    assert runner.duties(force) == {"DELETE_BY": "open"}
    runner.advance(4 * DAY_NS)
    show = house.services.records.show
    assert show(force.caller, decision)["status"] == "withheld"
    runner.advance(DAY_NS)
    assert show(force.caller, decision)["status"] == "deleted"
    assert runner.duties(force) == {"DELETE_BY": "carried_out"}
