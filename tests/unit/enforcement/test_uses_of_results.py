"""Each use of a result: permitted by some law with its duties and their times, barred by another with its incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from docket_house import released
from gate_house import Force, GateHouse

from gateway.cli.demo.seed import DAY_NS
from gateway.clock import uuid7
from gateway.enforcement.answers import Refused, Released
from gateway.vocabulary import Consequence, ResultUse

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.enforcement.answers import Answer

# Texas has no law of its own here: what base and contract say.
ROBBERY: Final = {"US-TX": "Tex. Penal Code 29.03", "US-WA": "RCW 9A.56.200", "US-MD": "Md. Crim. Law 3-403"}
# Maryland says which galleries may be searched.
MUGSHOTS: Final = "mugshots-2026"
TOWARDS_COURT: Final = (
    "probable_cause", "affidavit_probable_cause", "warrant_application", "arrest", "preliminary_hearing",
    "trial_evidence",
)  # fmt: skip
AGAINST_NOBODY_YET: Final = ("lead", "photo_lineup", "exculpatory_evidence")
ALONE: Final = {"other_evidence": False}
INDEPENDENT: Final = {"other_evidence": True, "other_evidence_independent": True}
OF_A_LINEUP: Final = {**INDEPENDENT, "other_evidence_kind": "lineup_derived_from_lead"}
DISCLOSE: Final = "DISCLOSE_TO_DEFENCE_BEFORE_TRIAL"

Search = tuple[Force, "UUID"]


@pytest.fixture(scope="module")
def searches(house: GateHouse) -> dict[str, Search]:
    """A robbery searched for in each place, its result released."""
    return {place: of_a_robbery(house, place) for place in ROBBERY}


def of_a_robbery(house: GateHouse, place: str) -> Search:
    force = house.force(jurisdiction=place, keep_crops=True, operations=["identify_1_to_n", "use_result"])
    house.services.galleries.create(force.caller, name=MUGSHOTS, keep_crops=True)
    asked = {"purpose": "investigate_named_offence", "statute": ROBBERY[place], "suspicion": "probable_cause"}
    return force, released(house, force, gallery=MUGSHOTS, **asked)


def used(house: GateHouse, search: Search, said: dict[str, Any], *, at: int | None = None) -> tuple[UUID, Answer]:
    """The decision about a use."""
    decision, (force, released) = uuid7(), search
    answer = house.services.uses.use(force.caller, released, result_use=said, proceeding_ns=at, decision_id=decision)
    return decision, answer


def due(house: GateHouse, decision: UUID) -> dict[str, float]:
    """In how many days from the decision each duty of it that has a time falls due."""
    with house.admin.transaction() as connection:
        rows = connection.execute(
            """
            SELECT d.code, d.due_ns - decided_ns
            FROM enforcement.docket AS d JOIN enforcement.decisions USING (decision_id)
            WHERE decision_id = %s AND d.due_ns IS NOT NULL
            """,
            (decision,),
        ).fetchall()
    return {code: left / DAY_NS for code, left in rows}


def incidents(house: GateHouse, decision: UUID) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = house.services.incidents.list(limit=200)["items"]
    return [item for item in items if item["decision_id"] == str(decision)]


def test_the_lists_of_this_file_are_every_use_of_the_vocabulary() -> None:
    assert {*TOWARDS_COURT, *AGAINST_NOBODY_YET} == set(ResultUse)


@pytest.mark.parametrize("use", TOWARDS_COURT)
def test_what_goes_towards_a_court_is_owed_to_the_defence_in_a_month_or_at_the_proceeding(
    house: GateHouse, searches: dict[str, Search], use: str
) -> None:
    decision, answer = used(house, searches["US-TX"], {"for": use, **INDEPENDENT})
    assert isinstance(answer, Released), answer
    assert (answer.document["status"], answer.document["use"]) == ("permitted", use)
    assert DISCLOSE in {obligation["code"] for obligation in answer.document["obligations"]}
    assert due(house, decision) == {DISCLOSE: 30}
    sooner, answer = used(house, searches["US-TX"], {"for": use, **INDEPENDENT}, at=house.now() + 10 * DAY_NS)
    assert isinstance(answer, Released)
    assert due(house, sooner)[DISCLOSE] == pytest.approx(10, abs=0.1)
    assert incidents(house, decision) == []


@pytest.mark.parametrize("use", AGAINST_NOBODY_YET)
def test_what_is_used_against_nobody_yet_is_permitted_and_brings_no_duty_of_its_own(
    house: GateHouse, searches: dict[str, Search], use: str
) -> None:
    decision, answer = used(house, searches["US-TX"], {"for": use, **INDEPENDENT})
    assert isinstance(answer, Released), answer
    assert due(house, decision) == {}
    assert incidents(house, decision) == []


@pytest.mark.parametrize(
    ("place", "said", "code"),
    [
        *(("US-WA", {"for": use, **ALONE}, "SOLE_BASIS_PROHIBITED") for use in TOWARDS_COURT[:-1]),
        ("US-MD", {"for": "arrest", **ALONE}, "SOLE_BASIS_PROHIBITED"),
        ("US-MD", {"for": "arrest", **OF_A_LINEUP}, "INDEPENDENT_EVIDENCE_REQUIRED"),
        ("US-MD", {"for": "affidavit_probable_cause", **ALONE}, "SOLE_BASIS_PROHIBITED"),
        ("US-MD", {"for": "trial_evidence", **INDEPENDENT}, "RESULT_INADMISSIBLE"),
    ],
)
def test_a_barred_use_is_refused_brings_no_duty_and_is_an_incident(
    house: GateHouse, searches: dict[str, Search], place: str, said: dict[str, Any], code: str
) -> None:
    force, search = searches[place]
    decision, answer = used(house, searches[place], said)
    assert isinstance(answer, Refused), answer
    assert code in {reason["code"] for reason in answer.reasons}
    (incident,) = incidents(house, decision)
    assert (incident["state"], incident["agency"]) == ("open", force.agency)
    assert incident["rule"].endswith(f"/{answer.reasons[0]['code']}")
    assert incident["facts"]["search"] == str(search)
    assert incident["facts"]["result_use"] == said
    assert len(incident["entries"]) == 2
    assert house.one("SELECT permit FROM enforcement.uses WHERE decision_id = %s", decision) == (False,)
    (opened,) = house.leaves(kind="incident.opened", decision_id=str(decision))
    assert opened["leaves"] == [entry["leaf_hash"] for entry in incident["entries"]]
    # With evidence that stands by itself the same is permitted, except in court.
    _, other = used(house, searches[place], {"for": said["for"], **INDEPENDENT})
    assert isinstance(other, Refused if code == "RESULT_INADMISSIBLE" else Released)


def test_a_search_that_led_to_the_wrong_person_is_an_incident_and_owed_to_the_defence(house: GateHouse) -> None:
    search = of_a_robbery(house, "US-TX")
    force, decision = search
    outcome = house.services.uses.record_outcome
    outcome(force.caller, decision, outcome=Consequence.CHARGED, statement="charged on 1 December")
    assert (incidents(house, decision), due(house, decision)) == ([], {})
    said = outcome(force.caller, decision, outcome=Consequence.WRONG_PERSON, statement="the alibi was confirmed")
    assert said["outcome"] == "wrong_person"
    (incident,) = incidents(house, decision)
    assert (incident["rule"], incident["state"]) == ("gateway/result_outcome/WRONG_PERSON", "open")
    assert incident["facts"]["statement"] == "the alibi was confirmed"
    recorded = house.leaves(kind="result.outcome", search=str(decision))
    assert [leaf["outcome"] for leaf in recorded] == ["charged", "wrong_person"]
    assert "alibi" not in str(recorded)
    assert len(incident["entries"]) == 1
    assert due(house, decision)[DISCLOSE] == pytest.approx(30, abs=0.1)
    # Said again, it is the same incident and the same duty.
    outcome(force.caller, decision, outcome=Consequence.WRONG_PERSON, statement="and by a second witness")
    assert len(incidents(house, decision)) == 1
    with house.admin.transaction() as connection:
        owed = connection.execute("SELECT code FROM enforcement.docket WHERE decision_id = %s", (decision,)).fetchall()
    assert [code for (code,) in owed if code == DISCLOSE] == [DISCLOSE]
    shown = house.services.records.show(force.caller, decision)["outcomes"]
    assert [one["outcome"] for one in shown] == ["charged", "wrong_person", "wrong_person"]
    # It can still be used for whoever is accused.
    _, cleared = used(house, search, {"for": "exculpatory_evidence"})
    assert isinstance(cleared, Released)
