"""A request that waits for a supervisor, whatever made it wait: nobody's own, in its time, decided afresh.

`SUPERVISOR_REVIEW` comes with a permit, by contract or law; `HOLD_FOR_SUPERVISOR` with a denial that approval cures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
from gate_house import HOUR_NS, OPERATOR, Force, GateHouse, a_picture, asking

from gateway.enforcement import parked, waits
from gateway.enforcement.request import Probe
from gateway.refusal import Refusal
from gateway.registry.models import UserWrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from docket_house import Runner

    from gateway.identity.caller import Caller

Waits = tuple[Force, "UUID"]


def by_contract(house: GateHouse) -> Waits:
    force = house.force(approvers=1)
    return force, held(house, force, "SUPERVISOR_REVIEW")


def by_directive(house: GateHouse) -> Waits:
    """Detroit Police Department, directive 307.5."""
    force = house.force(jurisdiction="US-MI-DETROIT", keep_crops=True)
    robbery = {"purpose": "investigate_named_offence", "statute": "MCL 750.529", "suspicion": "reasonable_suspicion"}
    return force, held(house, force, "SUPERVISOR_REVIEW", **robbery)


def by_another_story(house: GateHouse) -> Waits:
    force, probe = house.force(), Probe(images=(a_picture(),), source="cctv_still")
    refused = house.admit(force, asking(force, probe=probe, purpose="identify_event_participants"))
    assert not refused.decision.permit
    return force, held(house, force, "HOLD_FOR_SUPERVISOR", probe=probe)


def held(house: GateHouse, force: Force, obligation: str, **fields: Any) -> UUID:
    admission = house.admit(force, asking(force, **fields))
    assert admission.awaited is not None, admission.decision.codes
    assert obligation in {one.code for one in admission.decision.obligations}
    return admission.decision_id


WAITING: Final[list[Callable[[GateHouse], Waits]]] = [by_contract, by_directive, by_another_story]
each: Final = pytest.mark.parametrize("waiting", WAITING, ids=lambda waiting: waiting.__name__)


def supervisor(house: GateHouse, force: Force, name: str, *, badge: str) -> Caller:
    write: dict[str, Any] = {"id": f"{force.agency}/{name}", "agency": force.agency, "name": "A Person (fictional)"}
    write |= {"person": badge, "roles": ["investigator", "supervisor_approver"]}
    write |= {"training_valid_to_ns": house.now() + 200 * 24 * HOUR_NS}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)
    return house.caller(f"{force.agency}-{name}", force.agency, f"{force.agency}/{name}")


def sergeant(house: GateHouse, force: Force) -> Caller:
    return supervisor(house, force, "sergeant", badge=f"badge {force.agency} 2")


def approve(house: GateHouse, caller: Caller, decision: UUID, digest: str) -> dict[str, Any]:
    return house.services.approvals.decide(
        caller, decision, approves=True, reason="the picture is from the case's file", request_sha256=digest
    )


def digest_of(house: GateHouse, caller: Caller, decision: UUID) -> str:
    return str(house.services.approvals.show(caller, decision)["request_sha256"])


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.code


def resumed(house: GateHouse, decision: UUID) -> tuple[bool, list[str]]:
    """Whether the request was permitted when it was decided afresh, and the codes of that decision."""
    (later,) = house.one("SELECT resumes_as FROM enforcement.approvals WHERE decision_id = %s", decision)
    (leaf,) = house.leaves(kind="search.decision", decision_id=str(later))
    return leaf["permit"], leaf["reasons"]


@each
def test_nothing_is_searched_before_a_supervisor_said_yes(
    house: GateHouse, waiting: Callable[[GateHouse], Waits]
) -> None:
    force, decision = waiting(house)
    permits = "SELECT count(*) FROM enforcement.permits WHERE decision_id = %s"
    assert house.one(permits, decision) == (0,)
    who = sergeant(house, force)
    assert approve(house, who, decision, digest_of(house, who, decision))["state"] == "approved"
    permitted, codes = resumed(house, decision)
    assert permitted, codes
    assert house.one(permits, decision) == (0,), "the permit is that of the decision made afresh"


@each
def test_nobody_approves_their_own_request_through_whatever_account(
    house: GateHouse, waiting: Callable[[GateHouse], Waits]
) -> None:
    force, decision = waiting(house)
    digest = digest_of(house, sergeant(house, force), decision)
    own = supervisor(house, force, "examiner", badge=f"badge {force.agency} 1")
    assert refused(lambda: approve(house, own, decision, digest)) == "SELF_APPROVAL"
    second = supervisor(house, force, "second", badge=f" BADGE {force.agency} 1")
    assert refused(lambda: approve(house, second, decision, digest)) == "SAME_PERSON"
    assert refused(lambda: house.services.approvals.show(second, decision)) == "SAME_PERSON"
    reasons = [leaf["reasons"] for leaf in house.leaves(kind="access.refused", decision_id=str(decision))]
    assert ["SELF_APPROVAL"] in reasons
    assert ["SAME_PERSON"] in reasons
    assert house.one("SELECT state FROM enforcement.approvals WHERE decision_id = %s", decision) == ("awaiting",)


@each
def test_an_approval_in_time_is_decided_by_the_facts_of_that_moment(
    house: GateHouse, waiting: Callable[[GateHouse], Waits]
) -> None:
    force, decision = waiting(house)
    who = sergeant(house, force)
    digest = digest_of(house, who, decision)
    house.services.registry.set_status("contract", force.contract, "terminated", actor=OPERATOR)
    assert approve(house, who, decision, digest)["state"] == "approved"
    permitted, codes = resumed(house, decision)
    assert not permitted
    assert "CONTRACT_NOT_IN_FORCE" in codes


@each
def test_an_approval_that_comes_too_late_approves_nothing(
    house: GateHouse, runner: Runner, waiting: Callable[[GateHouse], Waits]
) -> None:
    force, decision = waiting(house)
    who = sergeant(house, force)
    digest = digest_of(house, who, decision)
    runner.move(73 * HOUR_NS)
    assert refused(lambda: approve(house, who, decision, digest)) == "APPROVAL_EXPIRED"
    waits.lapse(house.services.database, house.services.log)
    state = house.one("SELECT state, resumes_as FROM enforcement.approvals WHERE decision_id = %s", decision)
    assert state == ("expired", None)
    assert len(house.leaves(kind="approval.expired", decision_id=str(decision))) == 1


@each
def test_a_request_that_is_let_go_while_it_is_read_is_shown_whole_and_then_not_awaited(
    house: GateHouse, monkeypatch: pytest.MonkeyPatch, waiting: Callable[[GateHouse], Waits]
) -> None:
    """Once the request was read, and before its pictures are opened."""
    force, decision = waiting(house)
    who, log = sergeant(house, force), house.services.log
    opened = log.open_value

    def and_then_let_go(*sealed: Any, context: str) -> Any:
        if context == f"parked:{decision}":
            with house.services.database.transaction() as connection:
                parked.let_go(connection, log, decision, agency=force.agency)
        return opened(*sealed, context=context)

    monkeypatch.setattr(log, "open_value", and_then_let_go)
    assert len(house.services.approvals.show(who, decision)["images"]) == 1
    assert refused(lambda: house.services.approvals.show(who, decision)) == "NOT_AWAITED"


@pytest.mark.parametrize("probe", [None, Probe(face=UUID(int=1))], ids=["none", "an enrolled face"])
def test_a_request_without_a_picture_is_kept_like_one_with_pictures(house: GateHouse, probe: Probe | None) -> None:
    force = house.force()
    decision, asked = house.permit(force), asking(force, probe=probe)
    with house.services.database.transaction() as connection:
        kept = parked.keep(
            connection, house.services.log, decision, scope=f"agency:{force.agency}", caller=force.caller,
            request=asked, standing={},
        )  # fmt: skip
        found = parked.read(connection, house.services.log, decision)
    assert found is not None
    assert (found.digest, found.request) == (kept, asked)
