"""An emergency's clock: a paper that follows in time ends it well; else results go, and with them the right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from docket_house import OPERATOR_MAIL, Runner, searched
from gate_house import HOUR_NS, OPERATOR, SECOND, Force, GateHouse, asking

from gateway.cli.demo.seed import DAY_NS
from gateway.enforcement.errors import ResultFrozen
from gateway.enforcement.idempotency import Kept
from gateway.registry.errors import Conflict, RegistryError
from gateway.registry.models import Actor
from gateway.registry.words import parse_rfc3339

if TYPE_CHECKING:
    from uuid import UUID

Emergency = tuple[str, "UUID"]


def attach(house: GateHouse, exigency: str, instrument: str, **actor: Any) -> dict[str, Any]:
    return house.services.exigencies.attach(exigency, instrument, actor=Actor(kind="operator", id="clerk", **actor))


def covering(house: GateHouse, force: Force, **fields: Any) -> str:
    return house.order(force, expires_at_ns=house.now() + 30 * DAY_NS, **fields)


def refusal(house: GateHouse, exigency: str, instrument: str) -> str:
    with pytest.raises(RegistryError) as refused:
        attach(house, exigency, instrument)
    return refused.value.code


def status(house: GateHouse, force: Force, decision: UUID) -> Any:
    return house.services.records.show(force.caller, decision)["status"]


def test_one_persons_word_is_no_emergency(house: GateHouse, force: Force) -> None:
    unconfirmed = house.emergency(force, confirmed=False)
    admission = house.admit(force, asking(force, exigency=unconfirmed))
    assert admission.document["exigency"]["certified"] is False
    assert admission.document["agency"]["exigency_right"] == "active"


def test_the_duty_begins_with_the_second_person_and_falls_due_as_the_contract_says(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    start = house.now() - HOUR_NS
    exigency = house.emergency(force, started_at_ns=start, deadline_ns=start + 6 * DAY_NS, confirmed=False)
    assert runner.duties(force) == {}
    house.services.confirmations.exigency(exigency, actor=SECOND, by=f"{force.agency}/sergeant")
    row = house.one("SELECT code, due_ns, about_kind FROM enforcement.docket WHERE about_id = %s", exigency)
    assert row == ("REQUEST_AUTHORISATION_WITHIN", start + 48 * HOUR_NS, "exigency")


def test_that_the_court_was_asked_is_said_once_and_dated_and_policy_sees_it(
    house: GateHouse, force: Force, emergency: Emergency
) -> None:
    exigency, _ = emergency
    exigencies, clerk, now = house.services.exigencies, Actor(kind="operator", id="clerk"), house.now()
    for wrong in (now - 400 * DAY_NS, now + HOUR_NS):
        with pytest.raises(RegistryError) as refused:
            exigencies.apply(exigency, wrong, actor=clerk)
        assert refused.value.code == "APPLICATION_TIME"
    with pytest.raises(RegistryError):
        exigencies.apply(exigency, now, actor=Actor(kind="client", id="x", agency="another"))
    assert parse_rfc3339(exigencies.apply(exigency, now, actor=clerk)["applied_at"]) == now
    with pytest.raises(RegistryError) as refused:
        exigencies.apply(exigency, now, actor=clerk)
    assert refused.value.code == "APPLICATION_KNOWN"
    clock = house.admit(force, asking(force, exigency=exigency)).document["clock"]
    assert (clock["authorisation_requested"], clock["authorisation_result"]) == (now, "pending")


def test_a_paper_in_time_discharges_the_duty_and_keeps_the_results(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency
) -> None:
    exigency, decision = emergency
    order = covering(house, force)
    shown = attach(house, exigency, order)
    assert (shown["status"], shown["instrument"]) == ("authorised", order)
    runner.advance(10 * DAY_NS)
    assert runner.duties(force) == {"REQUEST_AUTHORISATION_WITHIN": "discharged"}
    assert status(house, force, decision) == "withheld"
    assert runner.kinds(force, "duty.", "result.") == ["duty.discharged", "result.read"]


def test_without_a_paper_results_freeze_then_go_and_the_right_is_lost(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency
) -> None:
    exigency, decision = emergency
    runner.advance(37 * HOUR_NS)
    assert runner.duties(force) == {"REQUEST_AUTHORISATION_WITHIN": "reminded"}
    runner.advance(11 * HOUR_NS)
    assert runner.duties(force)["REQUEST_AUTHORISATION_WITHIN"] == "missed"
    assert status(house, force, decision) == "frozen"
    row = house.one("SELECT status FROM registry.exigencies WHERE id = %s", exigency)
    assert row == ("lapsed",)
    row = house.one("SELECT exigency_right FROM registry.agencies WHERE id = %s", force.agency)
    assert row == ("suspended",)
    runner.advance(71 * HOUR_NS)
    assert status(house, force, decision) == "frozen"
    runner.advance(HOUR_NS)
    assert status(house, force, decision) == "deleted"
    assert runner.duties(force)["DELETE_ALL_DATA_RESULTS_OUTPUTS"] == "carried_out"
    told = ["duty.reminded", "result.frozen", "exigency_right.suspended", "duty.missed"]
    assert runner.kinds(force, "duty.", "result.f", "result.d", "exigency_right") == [
        *told,
        "result.deleted",
        "duty.carried_out",
    ]


def test_who_lost_the_right_is_refused_by_name_until_it_is_given_back_with_reasons(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency
) -> None:
    runner.advance(48 * HOUR_NS)
    another = house.emergency(force)
    refused = house.admit(force, asking(force, exigency=another))
    assert "EXIGENCY_RIGHT_SUSPENDED" in refused.decision.codes
    assert house.admit(force, asking(force)).decision.permit
    exigencies = house.services.exigencies
    with pytest.raises(RegistryError):
        exigencies.restore_right(force.agency, actor=Actor(kind="client", id="x", agency=force.agency), reason="we ask")
    exigencies.restore_right(force.agency, actor=OPERATOR, reason="the officers were trained")
    assert house.admit(force, asking(force, exigency=another)).decision.permit
    assert runner.kinds(force, "exigency_right") == ["exigency_right.suspended", "exigency_right.restored"]
    with pytest.raises(Conflict):
        exigencies.restore_right(force.agency, actor=OPERATOR, reason="again")


def test_only_a_paper_that_stands_and_covers_is_one(house: GateHouse, force: Force, emergency: Emergency) -> None:
    exigency, _ = emergency
    for fields, code in (
        ({"confirmed": False}, "INSTRUMENT_DOES_NOT_STAND"),
        ({"type": "consent"}, "INSTRUMENT_DOES_NOT_AUTHORISE"),
        ({"purposes": ["investigate_named_offence"]}, "INSTRUMENT_DOES_NOT_COVER"),
        ({"operations": ["verify_1_to_1"]}, "INSTRUMENT_DOES_NOT_COVER"),
        ({"galleries": ["arrest*"]}, "INSTRUMENT_DOES_NOT_COVER"),
    ):
        assert refusal(house, exigency, covering(house, force, **fields)) == code, fields
    revoked = covering(house, force)
    house.services.registry.set_status("instrument", revoked, "quashed", actor=OPERATOR)
    assert refusal(house, exigency, revoked) == "INSTRUMENT_DOES_NOT_STAND"
    stranger = house.force()
    assert refusal(house, exigency, covering(house, stranger)) == "NOT_FOUND"
    assert attach(house, exigency, covering(house, force))["status"] == "authorised"


def test_a_paper_after_the_time_helps_no_more(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency
) -> None:
    """Neither between the deadline and the runner's next step nor after it."""
    exigency, _ = emergency
    order = covering(house, force)
    with house.admin.transaction() as connection:
        connection.execute("UPDATE registry.exigencies SET due_ns = ops.now_ns() - 1 WHERE id = %s", (exigency,))
    runner.advance(0)
    assert refusal(house, exigency, order) == "EXIGENCY_OVER"
    runner.advance(48 * HOUR_NS)
    assert refusal(house, exigency, covering(house, force)) == "EXIGENCY_DECIDED"


def test_a_paper_that_is_being_attached_as_the_time_runs_out_is_not_disturbed(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runner waits for nobody who may wait for it: it looks again a moment later."""
    exigency, decision = emergency
    covering_of = house.services.exigencies._covering
    require = covering_of.require

    def slowly(*asked: Any) -> None:
        require(*asked)
        runner.advance(48 * HOUR_NS)

    order = covering(house, force)
    monkeypatch.setattr(covering_of, "require", slowly)
    assert attach(house, exigency, order)["status"] == "authorised"
    runner.advance(HOUR_NS)
    assert runner.duties(force) == {"REQUEST_AUTHORISATION_WITHIN": "discharged"}
    assert status(house, force, decision) == "withheld"


def test_who_only_held_the_emergency_as_the_time_ran_out_saves_nothing(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency
) -> None:
    exigency, decision = emergency
    with house.admin.transaction() as holding:
        holding.execute("SELECT FROM registry.exigencies WHERE id = %s FOR UPDATE", (exigency,))
        runner.advance(48 * HOUR_NS)
        assert status(house, force, decision) == "withheld"
    runner.advance(HOUR_NS)
    assert runner.duties(force)["REQUEST_AUTHORISATION_WITHIN"] == "missed"
    assert status(house, force, decision) == "frozen"


@pytest.mark.parametrize("word", ["rejected", "withdrawn"])
def test_what_a_rejected_or_withdrawn_emergency_gave_goes_at_once(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency, word: str
) -> None:
    exigency, decision = emergency
    house.services.registry.set_status("exigency", exigency, word, actor=OPERATOR)
    runner.settle()
    assert status(house, force, decision) == "deleted"
    # Who withdraws owes the paper still (`test_covering`).
    owed = "open" if word == "withdrawn" else "not_needed"
    assert runner.duties(force) == {
        "REQUEST_AUTHORISATION_WITHIN": owed,
        "DELETE_LINKED_PERSONAL_DATA": "carried_out",
    }
    assert house.one("SELECT exigency_right FROM registry.agencies WHERE id = %s", force.agency) == ("active",)


def test_a_result_that_was_frozen_before_it_came_out_is_not_released(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency
) -> None:
    _, decision = emergency
    runner.advance(48 * HOUR_NS)
    with pytest.raises(psycopg.Error, match="RESULT_FROZEN"), house.admin.transaction() as connection:
        connection.execute("INSERT INTO enforcement.releases VALUES (%s, 1, %s, ''::bytea)", (decision, decision))


def test_an_answer_that_is_kept_for_repeats_is_not_given_once_it_is_frozen(
    house: GateHouse, force: Force, runner: Runner, emergency: Emergency
) -> None:
    _, decision = emergency
    kept = Kept(status=200, body=json.dumps({"decision_id": str(decision)}))
    house.services.records.read_again(force.caller, kept)
    runner.advance(48 * HOUR_NS)
    with pytest.raises(ResultFrozen):
        house.services.records.read_again(force.caller, kept)


def test_a_search_under_way_is_waited_for_before_its_result_is_deleted(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    exigency = house.emergency(force)
    decision = house.permit(force, exigency=exigency)
    house.claim(decision)
    house.services.registry.set_status("exigency", exigency, "rejected", actor=OPERATOR)
    runner.settle()
    assert status(house, force, decision) == "frozen"
    house.complete(decision)
    runner.advance(61 * 10**9)
    assert status(house, force, decision) == "deleted"


def test_the_whole_chain_and_the_operator_hear_of_a_missed_deadline(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    people = [
        {"name": "Sergeant", "mail": "sergeant@lakeport.example"},
        {"name": "Chief", "mail": "chief@lakeport.example"},
    ]
    house.services.contacts.write_chain(force.agency, people, actor=OPERATOR)
    exigency = house.emergency(force)
    searched(house, force, exigency=exigency)
    runner.advance(48 * HOUR_NS)
    assert runner.told(force) == [
        ("duty.missed", "sergeant@lakeport.example"),
        ("duty.missed", "chief@lakeport.example"),
        ("duty.missed", OPERATOR_MAIL),
    ]
