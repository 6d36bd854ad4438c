"""What only the decision about the release asks for is kept like what the search's asked for, or nothing leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import psycopg
import pytest
from docket_house import examine, train_examiners
from gate_house import OPERATOR, asking

from gateway.clock import uuid7
from gateway.enforcement import withheld
from gateway.enforcement.answers import Refused, Released, Waiting
from gateway.enforcement.waiting import Approval
from gateway.policy.decision import Obligation
from gateway.recognition.models import Candidate, CaseUsage, Outcome
from gateway.registry.models import UserWrite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gate_house import Force, GateHouse

    from gateway.enforcement.answers import Answer
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine


@dataclass(frozen=True, slots=True)
class LaterRevision:
    """The live one, whose permits of a release come with one duty more."""

    live: PolicyEngine
    code: str
    parameters: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.live, name)

    def decide(self, document: Mapping[str, Any]) -> Decision:
        decision = self.live.decide(document)
        duty = Obligation(code=self.code, parameters=self.parameters, due=None, pack="base", rule="later")
        asks = decision.permit and document["operation"] == "release_result"
        return replace(decision, obligations=(*decision.obligations, duty)) if asks else decision


def found(house: GateHouse, decision: UUID, *, staff: bool = False) -> Outcome:
    """The search of this permit found somebody; one of the agency's own people, if so said."""
    house.claim(decision)
    house.complete(decision)
    return Outcome(
        decision,
        "identify_1_to_n",
        house.engine.facts(),
        candidates=(Candidate(uuid7(), "the-child", similarity_thousandths=97_000, distance_micro=300_000, rank=1),),
        faces_searched=1,
        case_usage=CaseUsage(1, social_media_subjects=0, other_cases_of_face=0, of_staff=staff),
    )


def released(
    house: GateHouse, force: Force, code: str, *, approvals: tuple[Approval, ...] = (), **parameters: Any
) -> tuple[UUID, Answer]:
    """A search that was permitted without a word of the duty with which its release would be."""
    admission = house.admit(force, asking(force))
    outcome, worked = found(house, admission.decision_id), admission.worked()
    later = replace(worked, engine=LaterRevision(worked.engine, code, parameters))
    answer = house.services.gate._releases.decide(later, outcome, {"candidates": []}, approvals=approvals)
    return admission.decision_id, answer


def status(house: GateHouse, force: Force, decision: UUID) -> str:
    return str(house.services.records.show(force.caller, decision)["status"])


def approve(house: GateHouse, force: Force, decision: UUID) -> None:
    user = f"{force.agency}/sergeant"
    write: dict[str, Any] = {"id": user, "agency": force.agency, "name": "A Sergeant (fictional)"}
    write |= {"person": f"badge {force.agency} 2", "roles": ["supervisor_approver"]}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)
    sergeant = house.caller("sergeant", force.agency, user)
    digest = str(house.services.approvals.show(sergeant, decision)["request_sha256"])
    house.services.approvals.decide(sergeant, decision, approves=True, reason="known to me", request_sha256=digest)


def given(of: Literal["search", "release"]) -> tuple[Approval, ...]:
    return (Approval(approved_by="force/sergeant", role="supervisor_approver", approved_at=1, of=of),)


def test_where_the_law_asks_for_examiners_after_the_search_they_judge_before_anything_leaves(house: GateHouse) -> None:
    """A colleague was found, so a supervisor decides; by then the agency is of a place whose law asks for examiners."""
    force = house.force(keep_crops=True, purposes=["identify_incapacitated_person"])
    train_examiners(house, force)
    admission = house.admit(force, asking(force, purpose="identify_incapacitated_person"))
    search, outcome = admission.decision_id, found(house, admission.decision_id, staff=True)
    answer = house.services.gate._releases.decide(admission.worked(), outcome, {})
    assert isinstance(answer, Waiting)
    house.write("UPDATE registry.agencies SET jurisdiction = 'US-UT' WHERE id = %s", force.agency)
    approve(house, force, search)
    assert house.leaves(kind="search.release", decision_id=str(search)) == []
    assert status(house, force, search) == "awaiting_review"
    for name in ("eye-1", "eye-2"):
        examine(house, force, name, search, outcome.candidates[0].face_id)
    shown = house.services.records.show(force.caller, search)
    assert (shown["status"], shown["answer"]["examined"], shown["answer"]["lead"]) == ("completed", True, True)


def test_examiners_for_whom_only_the_release_asks_judge_a_result_that_was_not_sealed_before(house: GateHouse) -> None:
    force = house.force(keep_crops=True)
    train_examiners(house, force)
    search, answer = released(house, force, "SECOND_EXAMINER")
    assert isinstance(answer, Waiting)
    assert answer.document["status"] == "awaiting_review"
    assert status(house, force, search) == "awaiting_review"
    with house.services.database.transaction() as connection:
        kept = withheld.read(connection, house.services.log, search)
    assert kept is not None
    examine(house, force, "eye-1", search, kept.candidates[0].face_id)
    assert status(house, force, search) == "awaiting_review"
    examine(house, force, "eye-2", search, kept.candidates[0].face_id)
    assert status(house, force, search) == "completed"
    assert house.leaves(kind="review.opened", decision_id=str(search)) != []


def test_the_database_releases_nothing_that_such_examiners_have_not_judged(house: GateHouse) -> None:
    """Whatever the web process does: its role can ask for a release, and the table says no."""
    force = house.force(keep_crops=True)
    train_examiners(house, force)
    search, _ = released(house, force, "SECOND_EXAMINER")
    insert = "INSERT INTO enforcement.releases VALUES (%s, 1, gen_random_uuid(), 'x')"
    with pytest.raises(psycopg.DatabaseError, match="withheld") as refused:
        house.write(insert, search)
    assert refused.value.sqlstate == "WG007"


def test_where_examiners_would_see_nothing_nothing_leaves(house: GateHouse, force: Force) -> None:
    search, answer = released(house, force, "SECOND_EXAMINER")
    assert isinstance(answer, Refused)
    assert answer.code == "GALLERY_WITHOUT_CROPS"
    assert status(house, force, search) == "withheld"
    (entry,) = house.leaves(kind="search.withheld", decision_id=str(search))
    assert entry["reasons"] == ["GALLERY_WITHOUT_CROPS"]


def test_a_release_that_is_permitted_with_a_supervisor_s_review_waits_for_it(house: GateHouse, force: Force) -> None:
    search, answer = released(house, force, "SUPERVISOR_REVIEW")
    assert isinstance(answer, Waiting)
    assert answer.document["status"] == "awaiting_approval"
    assert status(house, force, search) == "awaiting_approval"
    (entry,) = house.leaves(kind="search.withheld", decision_id=str(search))
    assert (entry["permit"], entry["reasons"]) == (False, ["APPROVAL_REQUIRED"])
    assert house.leaves(kind="search.release", decision_id=str(search)) == []
    approve(house, force, search)
    assert status(house, force, search) == "completed"


def test_who_approved_before_the_search_has_reviewed_it_and_has_approved_nothing_that_it_found(
    house: GateHouse, force: Force
) -> None:
    _, answer = released(house, force, "SUPERVISOR_REVIEW", approvals=given("search"))
    assert isinstance(answer, Released)
    _, answer = released(house, force, "SUPERVISOR_REVIEW", approvals=given("search"), approvers=2)
    assert isinstance(answer, Waiting)
    _, answer = released(house, force, "HOLD_FOR_SUPERVISOR", approvals=given("search"))
    assert isinstance(answer, Waiting)
    _, answer = released(house, force, "HOLD_FOR_SUPERVISOR", approvals=given("release"))
    assert isinstance(answer, Released)


def test_a_release_that_is_permitted_with_a_duty_which_nothing_here_can_honour_stays(
    house: GateHouse, force: Force
) -> None:
    search, answer = released(house, force, "MIN_SIMILARITY")
    assert isinstance(answer, Refused)
    assert answer.code == "OBLIGATION_UNENFORCEABLE"
    assert status(house, force, search) == "withheld"
    (entry,) = house.leaves(kind="search.withheld", decision_id=str(search))
    assert entry["permit"] is False
    assert "MIN_SIMILARITY" in entry["obligations"]
