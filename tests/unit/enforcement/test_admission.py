"""Decision 1: what changed between the reading and the commit is decided afresh, three times, and then refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import OPERATOR, Force, GateHouse, asking

from gateway.clock import uuid7
from gateway.enforcement.admission import ATTEMPTS, Admissions
from gateway.enforcement.errors import Unavailable
from gateway.identity.caller import FaceSearchAuthorization
from gateway.policy import revisions
from gateway.recognition.client import EngineClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.enforcement.admitted import Admission
    from gateway.enforcement.request import GovernedRequest
    from gateway.policy.engine import PolicyEngine
    from gateway.policy.live import LivePolicy


@dataclass
class Interrupted:
    """The live policy, asked after the facts are read: at that point `acts` happen, one for each time it is asked."""

    real: LivePolicy
    acts: list[Callable[[], Any]]
    asked: int = 0
    refreshed: int = 0

    def current(self) -> PolicyEngine:
        self.asked += 1
        if self.acts:
            self.acts.pop(0)()
        return self.real.current()

    def refresh(self) -> PolicyEngine:
        self.refreshed += 1
        return self.real.refresh()


@dataclass
class Meddled:
    house: GateHouse
    force: Force
    policy: Interrupted = field(init=False)

    def admit(self, request: GovernedRequest, *acts: Callable[[], Any]) -> Admission:
        services = self.house.services
        self.policy = Interrupted(services.policy, list(acts))
        admissions = Admissions(
            database=services.database,
            log=services.log,
            receipts=services.receipts,
            policy=self.policy,  # type: ignore[arg-type]  # the real one, with something happening in between
            recognition=self.house.engine,
            incidents=services.incidents,
        )
        return admissions.admit(self.force.caller, request, decision_id=uuid7())


@pytest.fixture
def meddled(house: GateHouse, force: Force) -> Meddled:
    return Meddled(house, force)


def touch(house: GateHouse, force: Force) -> Callable[[], None]:
    """A write that changes nothing that matters but the row's version."""
    return lambda: house.write("UPDATE registry.users SET name = name WHERE agency = %s", force.agency)


def stands(house: GateHouse, admission: Admission) -> tuple[int, int, int]:
    """Decisions, permits and entries of this decision."""
    row = house.one(
        "SELECT (SELECT count(*) FROM enforcement.decisions WHERE decision_id = %(id)s),"
        " (SELECT count(*) FROM enforcement.permits WHERE decision_id = %(id)s)".replace("%(id)s", "%s"),
        admission.decision_id,
        admission.decision_id,
    )
    return row[0], row[1], len(house.leaves(decision_id=str(admission.decision_id)))


def test_nothing_changed_is_one_attempt(house: GateHouse, force: Force, meddled: Meddled) -> None:
    admission = meddled.admit(asking(force))
    assert admission.decision.permit
    assert stands(house, admission) == (1, 1, 1)
    assert (meddled.policy.asked, meddled.policy.refreshed) == (1, 0)


def test_a_fact_that_changed_is_read_again(house: GateHouse, force: Force, meddled: Meddled) -> None:
    admission = meddled.admit(asking(force), touch(house, force), touch(house, force))
    assert admission.decision.permit
    assert admission.facts.user is not None
    assert admission.facts.user["version"] == 3
    assert (meddled.policy.asked, meddled.policy.refreshed) == (3, 2)
    assert stands(house, admission) == (1, 1, 1)


def test_a_change_that_takes_the_right_away_is_a_denial(house: GateHouse, force: Force, meddled: Meddled) -> None:
    def end_contract() -> None:
        house.services.registry.set_status("contract", force.contract, "terminated", actor=OPERATOR)

    admission = meddled.admit(asking(force), end_contract)
    assert not admission.decision.permit
    assert "CONTRACT_NOT_IN_FORCE" in admission.decision.codes
    assert stands(house, admission) == (1, 0, 1)


def test_a_gallery_deleted_meanwhile_is_not_searched(house: GateHouse, force: Force, meddled: Meddled) -> None:
    delete = lambda: house.services.galleries.delete(force.caller, force.gallery, with_faces=False)  # noqa: E731
    admission = meddled.admit(asking(force), delete)
    assert admission.decision.codes == ("GALLERY_NOT_FOUND",)
    assert stands(house, admission) == (1, 0, 1)


def test_facts_that_keep_changing_are_refused_and_the_refusal_is_on_the_log(house: GateHouse) -> None:
    force = house.force(searches=5)
    meddled = Meddled(house, force)
    admission = meddled.admit(asking(force), *[touch(house, force)] * (ATTEMPTS + 1))
    assert admission.decision.codes == ("FACTS_CHANGED",)
    assert admission.refused().code == "FACTS_CHANGED"
    assert admission.refused().remedy
    assert meddled.policy.refreshed == ATTEMPTS
    assert stands(house, admission) == (1, 0, 1)
    assert house.used("contract", force.contract) == 0
    # Having been refused for that is no story that anybody told.
    again = asking(force, probe=admission.request.probe, purpose="investigate_named_offence")
    assert house.admit(force, again).facts.prior_denials == 0


def test_a_denial_rests_on_no_fact_and_commits_at_once(house: GateHouse, force: Force, meddled: Meddled) -> None:
    admission = meddled.admit(asking(force, purpose="general_surveillance"), *[touch(house, force)] * 4)
    assert not admission.decision.permit
    assert meddled.policy.asked == 1


def test_the_last_of_a_limit_taken_by_another_is_a_denial_by_policy(house: GateHouse) -> None:
    force = house.force(searches=1)
    meddled = Meddled(house, force)
    admission = meddled.admit(asking(force), lambda: house.permit(force))
    assert admission.decision.codes == ("QUOTA_EXHAUSTED",)
    assert house.used("contract", force.contract) == 1
    assert stands(house, admission) == (1, 0, 1)


def test_the_last_search_of_an_order_taken_by_another_is_a_denial_by_policy(
    house: GateHouse, force: Force, meddled: Meddled
) -> None:
    order = house.order(force, searches=1)
    admission = meddled.admit(asking(force, instrument=order), lambda: house.permit(force, instrument=order))
    assert "INSTRUMENT_EXHAUSTED" in admission.decision.codes
    assert house.used("instrument", order) == 1


def test_a_revision_published_meanwhile_decides(house: GateHouse, force: Force, meddled: Meddled) -> None:
    before = house.services.policy.current()

    def publish() -> None:
        revision = revisions.build_shipped(house.settings.keys, number=before.revision + 1)
        with house.services.database.transaction() as connection:
            revisions.publish(connection, revision, house.services.log, OPERATOR)
        # Held back so that the decision is made with the one that was live when the facts were read.
        meddled.policy.real = house.services.policy

    class Behind(Interrupted):
        def current(self) -> PolicyEngine:
            super().current()
            return before if self.asked == 1 else self.real.current()

    services = house.services
    meddled.policy = Behind(services.policy, [publish])
    admissions = Admissions(
        database=services.database,
        log=services.log,
        receipts=services.receipts,
        policy=meddled.policy,  # type: ignore[arg-type]  # as above
        recognition=house.engine,
        incidents=services.incidents,
    )
    admission = admissions.admit(force.caller, asking(force), decision_id=uuid7())
    assert admission.decision.permit
    assert admission.decision.revision == before.revision + 1
    assert admission.policy["revision"] == before.revision + 1
    assert meddled.policy.refreshed == 1


def test_a_token_for_something_else_is_refused_before_policy_and_on_the_log(house: GateHouse, force: Force) -> None:
    bound = (FaceSearchAuthorization(case_number="another-case"),)
    admission = house.admit(force, asking(force), authorization_details=bound)
    assert admission.decision.codes == ("TOKEN_DOES_NOT_COVER",)
    assert stands(house, admission) == (1, 0, 1)


def test_without_an_engine_nothing_is_decided(house: GateHouse, force: Force) -> None:
    services = house.services
    admissions = Admissions(
        database=services.database,
        log=services.log,
        receipts=services.receipts,
        policy=services.policy,
        recognition=EngineClient(house.settings.runtime / "nobody.sock"),
        incidents=services.incidents,
    )
    decision_id = uuid7()
    with pytest.raises(Unavailable):
        admissions.admit(force.caller, asking(force), decision_id=decision_id)
    assert house.leaves(decision_id=str(decision_id)) == []


def test_the_entry_says_in_clear_what_anybody_may_know_and_no_more(house: GateHouse, force: Force) -> None:
    admission = house.admit(force, asking(force, case_number="case-of-the-ferry"))
    (leaf,) = house.leaves(decision_id=str(admission.decision_id))
    assert leaf.keys() == {
        "_disclosed",
        "_sd", "agency", "client", "decision_id", "kind", "obligations", "operation", "packs", "permit", "purpose",
        "reasons", "revision", "time",
    }  # fmt: skip
    assert (leaf["kind"], leaf["permit"], leaf["operation"]) == ("search.decision", True, "identify_1_to_n")
    for secret in ("case-of-the-ferry", "examiner", str(force.gallery_id), "ferry terminal"):
        assert secret not in json.dumps(leaf)
    row = house.one(
        "SELECT to_jsonb(d)::text || to_jsonb(p)::text FROM enforcement.decisions AS d"
        " JOIN enforcement.permits AS p USING (decision_id) WHERE decision_id = %s",
        admission.decision_id,
    )
    assert "examiner" not in row[0]


def test_duties_go_on_the_docket_in_the_commit_of_the_decision_and_not_for_a_dry_run(house: GateHouse) -> None:
    force = house.force(jurisdiction="US-WA")
    rally = {"selected_because_of": "participation_in_lawful_event", "activity": "protest"}
    request = {"purpose": "identify_event_participants", "declared": {"subject": rally, "written_request": False}}
    denied = house.admit(force, asking(force, **request))
    duties = {obligation.code for obligation in denied.decision.obligations}
    asked = house.admit(force, asking(force, dry_run=True, **request))
    rows = [
        house.one(
            "SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM enforcement.docket WHERE decision_id = %s",
            one.decision_id,
        )[0]
        for one in (denied, asked)
    ]
    assert set(rows[0]) <= duties
    assert rows[1] == []
    assert not denied.decision.permit
