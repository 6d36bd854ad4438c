"""What people have decided is carried on once, whoever looks in the moment in which the last of them decides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from docket_house import examine, to_examine, train_examiners
from gate_house import OPERATOR, asking

from gateway.clock import uuid7
from gateway.enforcement import approval_rows, review_rows, waits, withheld
from gateway.enforcement.answers import Waiting
from gateway.recognition.models import Candidate, CaseUsage, Outcome
from gateway.registry.models import ContractWrite, UserWrite

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from gate_house import Force, GateHouse

    from gateway.database import Connection
    from gateway.enforcement.approval_rows import Awaited
    from gateway.enforcement.release import Worked
    from gateway.enforcement.review_rows import Review
    from gateway.identity.caller import Caller


@pytest.fixture
def examining(house: GateHouse) -> Force:
    """Its results are judged by two examiners first."""
    return house.force(keep_crops=True, second_examiner=True)


def sergeant(house: GateHouse, force: Force, *, number: int = 2) -> Caller:
    user, desk = f"{force.agency}/sergeant-{number}", f"{force.agency}-desk-{number}"
    write: dict[str, Any] = {"id": user, "agency": force.agency, "name": "A Sergeant (fictional)"}
    write |= {"person": f"badge {force.agency} {number}", "roles": ["supervisor_approver"]}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)
    return house.caller(desk, force.agency, user)


def to_approve(house: GateHouse, force: Force) -> UUID:
    """A search whose result waits for a supervisor first: as many faces were searched under its case as in a dragnet.

    That it waits is an entry, `search.withheld`.
    """
    admission = house.admit(force, asking(force))
    decision = admission.decision_id
    house.claim(decision)
    house.complete(decision, "WITHHELD" if admission.standing()["examined"] else "CANDIDATES")
    found = Outcome(
        decision,
        "identify_1_to_n",
        house.engine.facts(),
        candidates=(Candidate(uuid7(), "the-child", similarity_thousandths=97_000, distance_micro=300_000, rank=1),),
        faces_searched=1,
        case_usage=CaseUsage(500, social_media_subjects=0, other_cases_of_face=0, of_staff=False),
    )
    answer = house.services.gate._releases.decide(admission.worked(), found, {})
    assert isinstance(answer, Waiting)
    assert answer.document["status"] == "awaiting_approval"
    return decision


def face_of(house: GateHouse, decision: UUID) -> UUID:
    with house.services.database.transaction() as connection:
        found = withheld.read(connection, house.services.log, decision)
    assert found is not None
    return found.candidates[0].face_id


def approve(house: GateHouse, who: Caller, decision: UUID) -> dict[str, Any]:
    digest = str(house.services.approvals.show(who, decision)["request_sha256"])
    return house.services.approvals.decide(who, decision, approves=True, reason="known to me", request_sha256=digest)


def after_the_reading(house: GateHouse, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Whoever first carries something on has read its facts, and then, before its commit, this happens."""
    revisit = house.admissions.revisit
    once = [act]

    def and_then(*asked: Any, **named: Any) -> Worked:
        worked = revisit(*asked, **named)
        if once:
            once.pop()()
        return worked

    monkeypatch.setattr(house.admissions, "revisit", and_then)


def ask_for_approvers(house: GateHouse, force: Force, number: int) -> None:
    """The contract asks for so many from now on."""
    terms, begins, ends_ns = house.one(
        "SELECT terms, valid_from_ns, valid_to_ns FROM registry.contracts WHERE id = %s", force.contract
    )
    write = {"id": force.contract, "agency": force.agency, "valid_from_ns": begins, "valid_to_ns": ends_ns}
    write |= {"terms": terms | {"approvers": number}}
    house.services.registry.put_contract(ContractWrite.model_validate(write), actor=OPERATOR)


def terminate(house: GateHouse, force: Force) -> None:
    house.services.registry.set_status("contract", force.contract, "terminated", actor=OPERATOR)


def ends(house: GateHouse, decision: UUID) -> list[str]:
    """The kinds of the entries that say what came of this result, in the order of the alphabet."""
    ending = {"search.release", "search.withheld", "approval.expired", "probe.deleted"}
    return sorted(leaf["kind"] for leaf in house.leaves(decision_id=str(decision)) if leaf["kind"] in ending)


def status(house: GateHouse, force: Force, decision: UUID) -> str:
    return str(house.services.records.show(force.caller, decision)["status"])


def test_who_looks_as_the_last_judgement_counts_sees_the_release_and_the_examiner_no_failure(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, face = to_examine(house, examining)
    examine(house, examining, "eye-1", search, face)
    seen: list[str] = []
    after_the_reading(house, monkeypatch, lambda: seen.append(status(house, examining, search)))
    examine(house, examining, "eye-2", search, face)
    assert seen == ["completed"]
    assert ends(house, search) == ["probe.deleted", "search.release"]


def test_who_looks_as_the_last_yes_counts_sees_the_release_and_the_approver_no_failure(
    house: GateHouse, force: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, who = to_approve(house, force), sergeant(house, force)
    assert status(house, force, search) == "awaiting_approval"
    seen: list[str] = []
    after_the_reading(house, monkeypatch, lambda: seen.append(status(house, force, search)))
    assert approve(house, who, search)["state"] == "approved"
    assert seen == ["completed"]
    assert ends(house, search) == ["probe.deleted", "search.release", "search.withheld"]


def test_many_who_look_at_once_carry_it_on_once(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that took the last judgement died before it carried on."""
    search, face = to_examine(house, examining)
    examine(house, examining, "eye-1", search, face)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.gate, "carry_on", lambda _: None)
        examine(house, examining, "eye-2", search, face)
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: status(house, examining, search), range(4)))
    assert seen == ["completed"] * 4
    assert ends(house, search) == ["probe.deleted", "search.release"]


def test_a_result_that_two_would_keep_back_is_kept_back_with_one_entry(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, face = to_examine(house, examining)
    examine(house, examining, "eye-1", search, face)
    terminate(house, examining)
    seen: list[str] = []
    after_the_reading(house, monkeypatch, lambda: seen.append(status(house, examining, search)))
    examine(house, examining, "eye-2", search, face)
    assert seen == ["withheld"]
    assert ends(house, search) == ["probe.deleted", "search.withheld"]


def test_older_facts_release_nothing_that_was_kept_back_meanwhile(
    house: GateHouse, force: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, who = to_approve(house, force), sergeant(house, force)

    def kept_back() -> None:
        terminate(house, force)
        assert status(house, force, search) == "withheld"

    after_the_reading(house, monkeypatch, kept_back)
    assert approve(house, who, search)["state"] == "approved"
    assert ends(house, search) == ["probe.deleted", "search.withheld", "search.withheld"]
    assert status(house, force, search) == "withheld"


def lapsed(house: GateHouse, decision: UUID) -> int:
    house.write("UPDATE enforcement.approvals SET expires_ns = 1 WHERE decision_id = %s", decision)
    return waits.lapse(house.services.database, house.services.log)


def test_what_has_lapsed_meanwhile_is_not_released(
    house: GateHouse, force: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, who = to_approve(house, force), sergeant(house, force)
    after_the_reading(house, monkeypatch, lambda: lapsed(house, search))
    approve(house, who, search)
    assert ends(house, search) == ["approval.expired", "probe.deleted", "search.withheld"]


def test_what_was_released_meanwhile_has_not_lapsed(
    house: GateHouse, force: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweeper looks for it, and has its row only once it is released."""
    search, who = to_approve(house, force), sergeant(house, force)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.approvals, "_carry_on", lambda _: None)
        approve(house, who, search)
    looked = approval_rows.never_carried_out

    def and_then_released(_connection: Connection, *, limit: int) -> list[Awaited]:
        with house.services.database.transaction() as earlier:
            found = looked(earlier, limit=limit)
        assert status(house, force, search) == "completed"
        return found

    monkeypatch.setattr(approval_rows, "never_carried_out", and_then_released)
    assert lapsed(house, search) == 0
    assert ends(house, search) == ["probe.deleted", "search.release", "search.withheld"]


def test_examiners_are_asked_once_by_two_who_carry_on_what_was_approved(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, who = to_approve(house, examining), sergeant(house, examining)
    seen: list[str] = []
    after_the_reading(house, monkeypatch, lambda: seen.append(status(house, examining, search)))
    assert approve(house, who, search)["state"] == "approved"
    assert seen == ["awaiting_review"]
    assert status(house, examining, search) == "awaiting_review"
    assert len(house.leaves(kind="review.opened", decision_id=str(search))) == 1


def test_examiners_are_not_asked_about_what_was_kept_back_meanwhile(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, who = to_approve(house, examining), sergeant(house, examining)

    def kept_back() -> None:
        terminate(house, examining)
        assert status(house, examining, search) == "withheld"

    after_the_reading(house, monkeypatch, kept_back)
    approve(house, who, search)
    assert status(house, examining, search) == "withheld"
    assert house.leaves(kind="review.opened", decision_id=str(search)) == []


def approved_by_too_few(house: GateHouse, force: Force, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """One has approved a release, its process died, and policy asks for two by now."""
    search = to_approve(house, force)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.approvals, "_carry_on", lambda _: None)
        approve(house, sergeant(house, force), search)
    ask_for_approvers(house, force, 2)
    return search


def test_where_policy_asks_for_more_approvers_by_now_another_is_waited_for_and_told_once(
    house: GateHouse, force: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = approved_by_too_few(house, force, monkeypatch)
    assert [status(house, force, search) for _ in range(3)] == ["awaiting_approval"] * 3
    assert ends(house, search) == ["search.withheld"] * 2, "once for each time that the waiting began"
    requested = house.leaves(kind="approval.requested", decision_id=str(search))
    assert [leaf["needed"] for leaf in requested] == [1, 2]
    seen = approve(house, sergeant(house, force, number=3), search)
    assert (seen["state"], seen["approved"]) == ("approved", 2)
    assert status(house, force, search) == "completed"
    assert ends(house, search) == ["probe.deleted", "search.release", "search.withheld", "search.withheld"]


def judged_and_to_approve(house: GateHouse, examining: Force) -> UUID:
    """Examiners have judged what was approved, and meanwhile policy has come to ask for a second supervisor."""
    train_examiners(house, examining)
    search = to_approve(house, examining)
    approve(house, sergeant(house, examining), search)
    face = face_of(house, search)
    examine(house, examining, "eye-1", search, face)
    ask_for_approvers(house, examining, 2)
    examine(house, examining, "eye-2", search, face)
    return search


def test_where_more_approvers_are_waited_for_examiners_who_have_judged_change_nothing(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = judged_and_to_approve(house, examining)
    assert [status(house, examining, search) for _ in range(3)] == ["awaiting_approval"] * 3
    assert ends(house, search) == ["search.withheld"] * 2
    digest = str(house.services.approvals.show(sergeant(house, examining), search)["request_sha256"])
    house.services.approvals.decide(
        sergeant(house, examining, number=3), search, approves=False, reason="not needed now", request_sha256=digest
    )
    assert status(house, examining, search) == "withheld"
    assert ends(house, search) == ["probe.deleted", "search.withheld", "search.withheld"]


def test_examiners_have_their_own_time_after_a_late_approval(house: GateHouse, examining: Force) -> None:
    search = to_approve(house, examining)
    approve(house, sergeant(house, examining), search)
    assert lapsed(house, search) == 0, "the time of the supervisors is over, and they have done their part"
    assert status(house, examining, search) == "awaiting_review"


def test_supervisors_who_are_asked_after_the_examiners_have_their_own_time(house: GateHouse, examining: Force) -> None:
    search = judged_and_to_approve(house, examining)
    house.write("UPDATE enforcement.reviews SET expires_ns = 1 WHERE decision_id = %s", search)
    assert waits.lapse(house.services.database, house.services.log) == 0
    assert status(house, examining, search) == "awaiting_approval"
    assert lapsed(house, search) == 1
    assert "approval.expired" in ends(house, search)


def test_examiners_who_were_asked_meanwhile_have_their_time(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweeper looks for what nobody carried out, and has its row only once examiners are asked."""
    search = to_approve(house, examining)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.approvals, "_carry_on", lambda _: None)
        approve(house, sergeant(house, examining), search)
    looked = approval_rows.never_carried_out

    def and_then_examined(_connection: Connection, *, limit: int) -> list[Awaited]:
        with house.services.database.transaction() as earlier:
            found = looked(earlier, limit=limit)
        assert status(house, examining, search) == "awaiting_review"
        return found

    monkeypatch.setattr(approval_rows, "never_carried_out", and_then_examined)
    assert lapsed(house, search) == 0
    assert status(house, examining, search) == "awaiting_review"


def test_supervisors_who_were_asked_meanwhile_have_their_time(
    house: GateHouse, examining: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examiners' time ends in the moment in which policy comes to ask for a second supervisor."""
    train_examiners(house, examining)
    search = to_approve(house, examining)
    approve(house, sergeant(house, examining), search)
    face = face_of(house, search)
    examine(house, examining, "eye-1", search, face)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.gate, "carry_on", lambda _: None)
        examine(house, examining, "eye-2", search, face)
    ask_for_approvers(house, examining, 2)
    house.write("UPDATE enforcement.reviews SET expires_ns = 1 WHERE decision_id = %s", search)
    looked = review_rows.overdue

    def and_then_approved(_connection: Connection, *, limit: int) -> list[Review]:
        with house.services.database.transaction() as earlier:
            found = looked(earlier, limit=limit)
        assert [review.decision_id for review in found] == [search]
        assert status(house, examining, search) == "awaiting_approval"
        return found

    monkeypatch.setattr(review_rows, "overdue", and_then_approved)
    assert waits.lapse(house.services.database, house.services.log) == 0
    assert status(house, examining, search) == "awaiting_approval"
