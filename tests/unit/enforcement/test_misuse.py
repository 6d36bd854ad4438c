"""Suspected misuse that a decision shows is an incident in its commit, before the search and before the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gate_house import SECOND, Force, GateHouse, a_picture, asking

from gateway.clock import uuid7
from gateway.enforcement.answers import Waiting
from gateway.enforcement.request import Probe
from gateway.enforcement.results import result_of
from gateway.recognition.models import CaseUsage, Outcome
from gateway.registry.models import UserWrite

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.enforcement.request import GovernedRequest

RULE = "base/misuse_of_case/OPEN_MISUSE_INCIDENT"
SUBJECTS = 5  # data.binding.subjects_of_social_media


def from_social_media(force: Force, case: str, **fields: Any) -> GovernedRequest:
    return asking(force, case_number=case, probe=Probe(images=(a_picture(),), source="social_media"), **fields)


def a_case_used_as_a_cover(house: GateHouse, force: Force) -> UUID:
    """The decision that holds the last of many faces under one case."""
    case = f"{force.agency}-cover"
    for _ in range(SUBJECTS - 1):
        assert house.admit(force, from_social_media(force, case)).decision.permit
    last = house.admit(force, from_social_media(force, case))
    assert last.awaited is not None, last.decision.codes
    return last.decision_id


def incidents(house: GateHouse, agency: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = house.services.incidents.list(limit=200)["items"]
    return [item for item in items if item["agency"] == agency]


def test_a_case_number_used_as_a_cover_is_an_incident_with_the_decision_that_shows_it(
    house: GateHouse, force: Force
) -> None:
    held = a_case_used_as_a_cover(house, force)
    (incident,) = incidents(house, force.agency)
    assert (incident["rule"], incident["state"], incident["decision_id"]) == (RULE, "open", str(held))
    assert incident["facts"]["case_number"] == f"{force.agency}-cover"
    assert "CASE_REUSE_ANOMALY" in str(incident["facts"]["reasons"])
    (decided,) = house.leaves(kind="search.decision", decision_id=str(held))
    assert "OPEN_MISUSE_INCIDENT" in decided["obligations"]
    (opened,) = house.leaves(kind="incident.opened", decision_id=str(held))
    assert opened["leaves"] == [incident["entries"][0]["leaf_hash"]]
    # It is done, so the docket does not ask anybody to do it.
    waits = house.one("SELECT count(*) FROM enforcement.docket WHERE code = 'OPEN_MISUSE_INCIDENT'")
    assert waits == (0,)


def test_a_dry_run_shows_it_and_opens_nothing(house: GateHouse, force: Force) -> None:
    a_case_used_as_a_cover(house, force)
    asked = from_social_media(force, f"{force.agency}-cover", dry_run=True)
    said = house.services.gate.dry_run(force.caller, asked, decision_id=uuid7())
    assert "OPEN_MISUSE_INCIDENT" in {obligation["code"] for obligation in said["obligations"]}
    assert len(incidents(house, force.agency)) == 1


def test_what_a_supervisor_lets_go_on_is_the_same_incident(house: GateHouse, force: Force) -> None:
    held = a_case_used_as_a_cover(house, force)
    write: dict[str, Any] = {"id": f"{force.agency}/sergeant", "agency": force.agency, "name": "A Sergeant (fictional)"}
    write |= {"person": f"badge {force.agency} 2", "roles": ["supervisor_approver"]}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=SECOND)
    sergeant = house.caller("sergeant", force.agency, f"{force.agency}/sergeant")
    approvals = house.services.approvals
    seen = approvals.show(sergeant, held)
    approvals.decide(sergeant, held, approves=True, reason="a missing class", request_sha256=seen["request_sha256"])
    (resumed,) = house.one("SELECT resumes_as FROM enforcement.approvals WHERE decision_id = %s", held)
    assert house.one("SELECT permit FROM enforcement.decisions WHERE decision_id = %s", resumed) == (True,)
    assert [one["decision_id"] for one in incidents(house, force.agency)] == [str(held)]


def test_what_only_the_search_could_tell_is_an_incident_before_the_release(house: GateHouse, force: Force) -> None:
    admission = house.admit(force, asking(force))
    decision = admission.decision_id
    house.claim(decision)
    house.complete(decision)
    usage = CaseUsage(
        distinct_probe_subjects=SUBJECTS, social_media_subjects=SUBJECTS, other_cases_of_face=0, of_staff=False
    )
    outcome = Outcome(decision, "identify_1_to_n", house.engine.facts(), case_usage=usage)
    result = result_of(admission.request, outcome, 0)
    answer = house.services.gate._releases.decide(admission.worked(), outcome, result)
    assert isinstance(answer, Waiting), answer
    (incident,) = incidents(house, force.agency)
    assert (incident["rule"], incident["decision_id"]) == (RULE, str(decision))
    (kept_back,) = house.leaves(kind="search.withheld", decision_id=str(decision))
    assert kept_back["obligations"].count("OPEN_MISUSE_INCIDENT") == 1
