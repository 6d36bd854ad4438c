"""A paper that follows a search must have been able to permit it: policy itself is asked, as of the moment of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from docket_house import Runner, searched
from gate_house import HOUR_NS, Force, GateHouse, asking

from gateway.cli.demo.seed import DAY_NS
from gateway.registry.errors import RegistryError
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from uuid import UUID

CLERK = Actor(kind="operator", id="clerk")


def attach(house: GateHouse, exigency: str, instrument: str) -> dict[str, Any]:
    return house.services.exigencies.attach(exigency, instrument, actor=CLERK)


def refusal(house: GateHouse, exigency: str, instrument: str) -> str:
    with pytest.raises(RegistryError) as refused:
        attach(house, exigency, instrument)
    return refused.value.code


def covering(house: GateHouse, force: Force, **fields: Any) -> str:
    return house.order(force, expires_at_ns=house.now() + 30 * DAY_NS, **fields)


def certified(house: GateHouse, force: Force) -> str:
    return house.emergency(force, started_at_ns=house.now() - HOUR_NS, deadline_ns=house.now() + 6 * DAY_NS)


def probe_of(house: GateHouse, decision: UUID) -> str:
    row = house.one("SELECT encode(probe_sha256[1], 'hex') FROM enforcement.permits WHERE decision_id = %s", decision)
    return str(row[0])


@pytest.mark.parametrize(
    "fields",
    [
        {"operations": ["verify_1_to_1"]},
        {"modes": ["live"]},
        {"purposes": ["investigate_named_offence"]},
        {"galleries": ["arrest*"]},
        {"galleries": ["*ssing"]},
        {"probe_sha256": ["ab" * 32]},
        {"subject": "A. Person"},
        {"place": "Ferry terminal"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_paper_covers_a_search_only_as_it_would_have_before_it(
    house: GateHouse, force: Force, emergency: tuple[str, UUID], fields: dict[str, Any]
) -> None:
    exigency, _ = emergency
    assert refusal(house, exigency, covering(house, force, **fields)) == "INSTRUMENT_DOES_NOT_COVER"


def test_a_paper_that_begins_after_the_search_does_not_reach_back_to_it(
    house: GateHouse, force: Force, emergency: tuple[str, UUID]
) -> None:
    exigency, decision = emergency
    (decided,) = house.one("SELECT decided_ns FROM enforcement.decisions WHERE decision_id = %s", decision)
    late = covering(house, force, valid_from_ns=decided + 1)
    assert refusal(house, exigency, late) == "INSTRUMENT_DOES_NOT_COVER"
    future = covering(house, force, valid_from_ns=house.now() + HOUR_NS)
    assert refusal(house, exigency, future) == "INSTRUMENT_DOES_NOT_STAND"
    assert attach(house, exigency, covering(house, force, valid_from_ns=decided))["status"] == "authorised"


def test_a_paper_may_name_the_picture_the_person_and_the_place_that_were_searched(
    house: GateHouse, force: Force
) -> None:
    exigency = certified(house, force)
    said = {"subject": {"intended_target": True, "identity": "a. person"}, "area": "Ferry terminal"}
    decision = searched(house, force, exigency=exigency, declared=said | {"written_request": False})
    paper = covering(
        house, force, subject="A. Person", place="ferry terminal", probe_sha256=[probe_of(house, decision)]
    )
    assert attach(house, exigency, paper)["instrument"] == paper


def test_only_a_paper_as_strong_as_the_law_asks_for_discharges(house: GateHouse) -> None:
    """Montana asks for a search warrant where there is no emergency; an order of the court is none."""
    force = house.force(jurisdiction="US-MT", exigency_hours=48)
    exigency = certified(house, force)
    searched(house, force, exigency=exigency)
    assert refusal(house, exigency, covering(house, force)) == "INSTRUMENT_NOT_ENOUGH"
    warrant = covering(house, force, type="search_warrant", standard="probable cause")
    assert attach(house, exigency, warrant)["status"] == "authorised"


def test_every_search_under_the_emergency_must_be_covered_and_is_counted(house: GateHouse, force: Force) -> None:
    exigency = certified(house, force)
    for _ in range(2):
        searched(house, force, exigency=exigency)
    assert refusal(house, exigency, covering(house, force, searches=1)) == "INSTRUMENT_DOES_NOT_COVER"
    paper = covering(house, force, searches=2)
    attach(house, exigency, paper)
    assert house.used("instrument", paper) == 2
    assert "INSTRUMENT_EXHAUSTED" in house.admit(force, asking(force, instrument=paper)).decision.codes


def test_a_refused_paper_counts_nothing(house: GateHouse, force: Force) -> None:
    exigency = certified(house, force)
    searched(house, force, exigency=exigency)
    other = searched(house, force, exigency=exigency)
    paper = covering(house, force, searches=5, probe_sha256=[probe_of(house, other)])
    assert refusal(house, exigency, paper) == "INSTRUMENT_DOES_NOT_COVER"
    assert house.used("instrument", paper) == 0


def test_who_was_suspended_since_says_nothing_about_the_paper(
    house: GateHouse, force: Force, emergency: tuple[str, UUID]
) -> None:
    exigency, _ = emergency
    house.services.registry.set_status("user", f"{force.agency}/examiner", "suspended", actor=CLERK)
    assert attach(house, exigency, covering(house, force))["status"] == "authorised"


def test_an_emergency_that_its_paper_followed_carries_no_new_search_but_its_results(house: GateHouse) -> None:
    force = house.force(jurisdiction="US-MT", exigency_hours=48)
    exigency = certified(house, force)
    searched(house, force, exigency=exigency)
    attach(house, exigency, covering(house, force, type="search_warrant"))
    refused = house.admit(force, asking(force, exigency=exigency))
    assert refused.document["exigency"]["certified"] is False
    assert "WARRANT_REQUIRED" in refused.decision.codes


def test_what_the_paper_says_of_deletion_holds_for_what_it_followed(
    house: GateHouse, force: Force, runner: Runner, emergency: tuple[str, UUID]
) -> None:
    exigency, decision = emergency
    attach(house, exigency, covering(house, force, delete_by_ns=house.now() + 5 * DAY_NS))
    runner.advance(5 * DAY_NS)
    assert house.services.records.show(force.caller, decision)["status"] == "deleted"


def incidents(house: GateHouse, force: Force) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = house.services.incidents.list(limit=50)["items"]
    return [item for item in items if item["agency"] == force.agency]


def test_withdrawing_an_emergency_after_a_search_is_an_incident_and_no_way_out_of_the_deadline(
    house: GateHouse, force: Force, runner: Runner, emergency: tuple[str, UUID]
) -> None:
    exigency, decision = emergency
    house.services.registry.set_status("exigency", exigency, "withdrawn", actor=CLERK)
    (incident,) = incidents(house, force)
    assert (incident["rule"], incident["decision_id"]) == (
        "registry/exigency_withdrawn/EXIGENCY_WITHDRAWN_AFTER_SEARCH",
        str(decision),
    )
    assert incident["facts"]["withdrawn_by"] == "operator:clerk"
    runner.settle()
    assert house.services.records.show(force.caller, decision)["status"] == "deleted"
    assert runner.duties(force)["REQUEST_AUTHORISATION_WITHIN"] == "open"
    runner.advance(48 * HOUR_NS)
    assert runner.duties(force)["REQUEST_AUTHORISATION_WITHIN"] == "missed"
    row = house.one("SELECT exigency_right FROM registry.agencies WHERE id = %s", force.agency)
    assert row == ("suspended",)


def test_the_paper_still_ends_the_duty_of_an_emergency_that_was_withdrawn(
    house: GateHouse, force: Force, runner: Runner, emergency: tuple[str, UUID]
) -> None:
    exigency, _ = emergency
    house.services.registry.set_status("exigency", exigency, "withdrawn", actor=CLERK)
    paper = covering(house, force)
    shown = attach(house, exigency, paper)
    assert (shown["status"], shown["instrument"]) == ("withdrawn", paper)
    assert refusal(house, exigency, paper) == "EXIGENCY_DECIDED"
    runner.advance(48 * HOUR_NS)
    assert runner.duties(force)["REQUEST_AUTHORISATION_WITHIN"] == "discharged"
    row = house.one("SELECT exigency_right FROM registry.agencies WHERE id = %s", force.agency)
    assert row == ("active",)


def test_an_emergency_under_which_nothing_was_searched_is_withdrawn_freely(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    exigency = certified(house, force)
    house.services.registry.set_status("exigency", exigency, "withdrawn", actor=CLERK)
    assert incidents(house, force) == []
    assert runner.duties(force)["REQUEST_AUTHORISATION_WITHIN"] == "not_needed"
