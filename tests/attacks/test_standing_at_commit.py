"""Standing and limits hold when the answer leaves and when the permit is committed, not only when they were looked at.

The attacker is simply fast, or the operator is: between the reading of the facts and the commit, or between the
engine's outcome and the release, something is taken away. Everything is real: the database, the policy, the engine, and
photographs where a face must be found.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from engine_house import find_photographs
from gate_house import OPERATOR, Copies, Force, GateHouse, asking, gate_house

from gateway.clock import uuid7
from gateway.enforcement.admission import Admissions
from gateway.enforcement.answers import Answer, Refused, Released
from gateway.enforcement.request import Probe
from gateway.identity.revocation import hold_caller, kill_tokens, revoke_token
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from gateway.enforcement.admitted import Admission
    from gateway.recognition.models import Outcome

WEB = DatabaseRole.WEB
# One face under case after case would be held for a supervisor.
ONE_CASE = "case-of-person-a"


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


@pytest.fixture
def force(house: GateHouse) -> Force:
    return house.force()


@pytest.fixture(scope="module")
def photographs() -> Mapping[str, bytes]:
    return find_photographs()


@pytest.fixture(scope="module")
def found(house: GateHouse, photographs: Mapping[str, bytes]) -> Force:
    """An agency that has one missing person in its gallery."""
    force = house.force()
    house.enrol(force, photographs["person_a_1.jpg"], "person_a")
    return force


def worked(house: GateHouse, force: Force, image: bytes) -> tuple[Admission, Outcome]:
    """A search as far as the engine's committed outcome: the answer exists, and is not out."""
    who = house.caller(force.caller.client, force.agency, force.caller.user)
    request = asking(force, probe=Probe(images=(image,), source="cctv_still"), case_number=ONE_CASE)
    admission = house.admissions.admit(who, request, decision_id=uuid7())
    assert admission.decision.permit, admission.decision.codes
    outcome = house.engine.search(admission.decision_id, image)
    assert [candidate.external_id for candidate in outcome.candidates] == ["person_a"]
    return admission, outcome


def let_out(house: GateHouse, admission: Admission, outcome: Outcome) -> Answer:
    candidates = [{"external_id": candidate.external_id} for candidate in outcome.candidates]
    return house.services.gate._releases.decide(admission.worked(), outcome, {"candidates": candidates})


def is_withheld(house: GateHouse, admission: Admission, answer: Answer, code: str) -> None:
    assert isinstance(answer, Refused)
    assert answer.code == code
    assert answer.receipt
    assert "person_a" not in str(answer)
    identity = {"decision_id": str(admission.decision_id)}
    (leaf,) = house.leaves(kind="search.withheld", **identity)
    assert (leaf["permit"], leaf["reasons"], leaf["of"]) == (False, [code], "identify_1_to_n")
    assert house.leaves(kind="search.release", **identity) == []
    assert house.count("releases", admission.decision_id) == 0
    shown = house.services.records.show(admission.caller, admission.decision_id)
    assert (shown["status"], shown["answer"]) == ("withheld", None)


def _suspend(kind: str, subject: str) -> Callable[[GateHouse, Admission], None]:
    def act(house: GateHouse, admission: Admission) -> None:
        identifier = getattr(admission.caller, subject)
        house.services.registry.set_status(kind, identifier, "suspended", actor=OPERATOR)

    return act


def _revoke(house: GateHouse, admission: Admission) -> None:
    caller = admission.caller
    with house.services.database.transaction() as connection:
        revoke_token(connection, token_id=caller.token_id, expires_at=caller.expires_at)


def _kill(house: GateHouse, admission: Admission) -> None:
    with house.services.database.transaction() as connection:
        kill_tokens(connection, kind="user", identifier=str(admission.caller.user))


TAKEN = {
    "AGENCY_SUSPENDED": _suspend("agency", "agency"),
    "USER_SUSPENDED": _suspend("user", "user"),
    "CLIENT_SUSPENDED": _suspend("client", "client"),
    "TOKEN_REVOKED": _revoke,
    "every token of the user": _kill,
}


@pytest.mark.photographs
@pytest.mark.parametrize("what", sorted(TAKEN))
def test_a_result_that_was_found_stays_where_its_caller_lost_its_standing(
    house: GateHouse, photographs: Mapping[str, bytes], what: str
) -> None:
    force = house.force()
    house.enrol(force, photographs["person_a_1.jpg"], "person_a")
    admission, outcome = worked(house, force, photographs["person_a_2.jpg"])
    TAKEN[what](house, admission)
    code = what if what.isupper() else "TOKEN_REVOKED"
    is_withheld(house, admission, let_out(house, admission, outcome), code)


@pytest.mark.photographs
def test_a_suspension_under_way_is_waited_for(house: GateHouse, photographs: Mapping[str, bytes]) -> None:
    """A release is before a suspension or after it, never astride: here it waits and then is after."""
    force = house.force()
    house.enrol(force, photographs["person_a_1.jpg"], "person_a")
    admission, outcome = worked(house, force, photographs["person_a_2.jpg"])
    with ThreadPoolExecutor(1) as pool:
        with house.services.database.transaction() as suspending:
            house.services.registry.set_status("agency", force.agency, "suspended", suspending)
            answer = pool.submit(let_out, house, admission, outcome)
            wait_for_a_lock(house)
            assert not answer.done()
        is_withheld(house, admission, answer.result(), "AGENCY_SUSPENDED")


@pytest.mark.photographs
def test_a_suspension_waits_for_a_release_under_way(
    house: GateHouse, found: Force, photographs: Mapping[str, bytes]
) -> None:
    admission, _ = worked(house, found, photographs["person_a_2.jpg"])
    caller = admission.caller
    with (
        psycopg.connect(house.deployment.conninfo(WEB)) as releasing,
        psycopg.connect(house.deployment.conninfo(WEB)) as suspending,
    ):
        assert hold_caller(releasing, caller) is None
        suspending.execute("SET lock_timeout = '50ms'")
        for table, identifier in (("agencies", caller.agency), ("users", caller.user), ("clients", caller.client)):
            with pytest.raises(psycopg.errors.LockNotAvailable), suspending.transaction():
                suspending.execute(
                    f"UPDATE registry.{table} SET status = 'suspended' WHERE id = %s".encode(), (identifier,)
                )
        suspending.rollback()


@pytest.mark.photographs
def test_with_its_standing_the_same_answer_leaves_and_only_once(
    house: GateHouse, found: Force, photographs: Mapping[str, bytes]
) -> None:
    admission, outcome = worked(house, found, photographs["person_a_2.jpg"])
    assert isinstance(let_out(house, admission, outcome), Released)
    with pytest.raises(psycopg.errors.UniqueViolation):
        let_out(house, admission, outcome)
    assert len(house.leaves(kind="search.release", decision_id=str(admission.decision_id))) == 1


# A permit.


def wait_for_a_lock(house: GateHouse) -> None:
    """Until somebody in this database waits for somebody else's row."""
    while house.one(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ) == (0,):
        pass


@pytest.mark.parametrize("counted", ["contract", "instrument"])
def test_a_hundred_at_once_against_a_limit_of_ten_are_ten(house: GateHouse, counted: str) -> None:
    force = house.force(searches=10 if counted == "contract" else None)
    order = house.order(force, searches=10 if counted == "instrument" else None)

    def decide(_: int) -> tuple[str, ...]:
        decision = house.admit(force, asking(force, instrument=order)).decision
        return () if decision.permit else decision.codes

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(decide, range(100)))
    assert answers.pop(()) == 10
    assert {code for codes in answers for code in codes} <= {
        "QUOTA_EXHAUSTED", "INSTRUMENT_EXHAUSTED", "FACTS_CHANGED"
    }  # fmt: skip
    assert house.used(counted, force.contract if counted == "contract" else order) == 10
    assert house.one(
        "SELECT count(*) FROM enforcement.permits AS p JOIN enforcement.decisions AS d USING (decision_id)"
        " WHERE d.agency = %s",
        force.agency,
    ) == (10,)
    assert len(house.leaves(kind="search.decision", agency=force.agency)) == 100


def test_a_permit_that_waits_for_a_row_sees_what_became_of_it(house: GateHouse, force: Force) -> None:
    """The decision was made on an active user; before it commits, the suspension does."""
    user = force.caller.user
    with ThreadPoolExecutor(1) as pool:
        with house.services.database.transaction() as suspending:
            suspending.execute("UPDATE registry.users SET status = 'suspended' WHERE id = %s", (user,))
            deciding = pool.submit(house.admit, force, asking(force))
            wait_for_a_lock(house)
            assert not deciding.done()
        admission = deciding.result()
    assert not admission.decision.permit
    assert "USER_SUSPENDED" in admission.decision.codes
    assert house.count("permits", admission.decision_id) == 0
    assert admission.facts.user is not None
    assert admission.facts.user["version"] == 2


def test_a_stricter_contract_that_begins_meanwhile_is_not_slipped_past(house: GateHouse, force: Force) -> None:
    """The old contract's row does not change; it is no longer the one in force."""
    policy = house.services.policy

    class Slow:
        """Between the reading of the facts and the commit, once, the operator registers the next contract."""

        done = False

        def current(self) -> Any:
            if not self.done:
                self.done = True
                house.write(
                    "INSERT INTO registry.contracts (id, agency, valid_from_ns, valid_to_ns, status, terms)"
                    " SELECT id || '-2', agency, ops.now_ns() - 1, valid_to_ns, status,"
                    ' terms || \'{"purposes": ["identify_deceased"]}\' FROM registry.contracts WHERE agency = %s',
                    force.agency,
                )
            return policy.current()

        def refresh(self) -> Any:
            return policy.refresh()

    services = house.services
    admissions = Admissions(
        database=services.database,
        log=services.log,
        receipts=services.receipts,
        policy=Slow(),  # type: ignore[arg-type]  # the real one, with something happening in between
        recognition=house.engine,
        incidents=services.incidents,
    )
    admission = admissions.admit(force.caller, asking(force), decision_id=uuid7())
    assert "PURPOSE_NOT_IN_CONTRACT" in admission.decision.codes
