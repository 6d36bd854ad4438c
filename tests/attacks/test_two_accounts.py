"""One person with two accounts: whatever needs two people refuses them, each with the code that says why.

The attacker holds two accounts, or two clients, that the registry knows for one person's, or a client that may name
anybody. What they try is tried once more by somebody else, who may.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
from docket_house import to_examine
from gate_house import OPERATOR, SECOND, Copies, Force, GateHouse, asking, gate_house

from gateway.audit.witness import WitnessKey
from gateway.cli.demo.seed import DAY_NS
from gateway.compliance.subjects import Subject
from gateway.enforcement import approval_rows
from gateway.enforcement.errors import NotYours
from gateway.enforcement.judgements import Verdict
from gateway.enforcement.waiting import Hold
from gateway.refusal import Refusal
from gateway.registry.models import Actor, ClientWrite, ExigencyWrite, InstrumentWrite, UserWrite
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from gateway.identity.caller import Caller

# Two spellings of one badge are one badge.
BADGE, AGAIN = "Badge 7  Lakeport", "badge 7 LAKEPORT"


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


@pytest.fixture
def force(house: GateHouse) -> Force:
    return house.force()


@pytest.fixture(scope="module")
def administrators(house: GateHouse) -> tuple[Actor, Actor, Actor]:
    """Three clients: the first two are one person's, the third is somebody else's, from outside the vendor."""
    for name, person, affiliation in (("one", BADGE, "vendor"), ("two", AGAIN, "oversight"), ("three", None, "court")):
        write = {"id": name, "agency": None, "name": name, "scopes": ["sanctions:write"], "person": person}
        house.services.registry.put_client(
            ClientWrite.model_validate(write | {"affiliation": affiliation}),
            actor=Actor(kind="gateway", id="test"),
        )
    one, two, three = (Actor(kind="client", id=name) for name in ("one", "two", "three"))
    return one, two, three


def enlist(house: GateHouse, force: Force, name: str, role: str, person: str | None) -> str:
    user = f"{force.agency}/{name}"
    write = {"id": user, "agency": force.agency, "name": name, "roles": [role], "person": person}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)
    return user


def clerk(house: GateHouse, force: Force, name: str, person: str | None, *, client: str, signed_in: bool) -> Actor:
    """A clerk's account, through a client of the agency that cannot search."""
    user, own = enlist(house, force, name, "court_clerk", person), f"{force.agency}-{client}"
    write = {"id": own, "agency": force.agency, "name": client, "scopes": ["registry:write"]}
    house.services.registry.put_client(ClientWrite.model_validate(write), actor=OPERATOR)
    return Actor(kind="client", id=own, agency=force.agency, user=user, signed_in=signed_in)


def entered(house: GateHouse, force: Force, actor: Actor) -> str:
    now = house.now()
    write = {
        "id": f"{force.agency}/paper",
        "agency": force.agency,
        "type": "court_order",
        "court": "Superior Court",
        "docket_number": "26-1",
        "galleries": ["*"],
        "modes": ["still_image"],
        "operations": ["identify_1_to_n"],
        "purposes": ["locate_missing_person"],
        "valid_from_ns": now - DAY_NS,
        "expires_at_ns": now + DAY_NS,
        "document_sha256": "cd" * 32,
    }
    return house.services.registry.put_instrument(InstrumentWrite.model_validate(write), actor=actor).id


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({"person": BADGE, "client": "a"}, {"person": AGAIN, "client": "b"}, "SAME_PERSON"),
        ({"person": BADGE, "client": "a"}, {"person": AGAIN, "client": "a"}, "SAME_PERSON"),
        ({"person": BADGE, "client": "a"}, {"person": "badge 8", "client": "a"}, "SAME_CLIENT"),
        ({"person": BADGE, "client": "a", "signed_in": True}, {"person": "badge 8", "client": "a"}, "SAME_CLIENT"),
        ({"person": BADGE, "client": "a"}, {"person": "badge 8", "client": "a", "signed_in": True}, "SAME_CLIENT"),
        ({"person": BADGE, "client": "a"}, {"person": None, "client": "b"}, "PERSON_UNKNOWN"),
        ({"person": None, "client": "a"}, {"person": "badge 8", "client": "b"}, "PERSON_UNKNOWN"),
        ({"person": BADGE, "client": "a"}, {"person": "badge 8", "client": "b"}, None),
        (
            {"person": BADGE, "client": "a", "signed_in": True},
            {"person": "badge 8", "client": "a", "signed_in": True},
            None,
        ),
    ],
)
def test_a_paper_is_confirmed_by_another_person_and_not_by_another_account(
    house: GateHouse, force: Force, first: dict[str, Any], second: dict[str, Any], code: str | None
) -> None:
    one = clerk(house, force, "one", **({"signed_in": False} | first))
    other = clerk(house, force, "other", **({"signed_in": False} | second))
    paper = entered(house, force, one)

    def confirm() -> Any:
        return house.services.confirmations.instrument(paper, actor=other)

    if code is None:
        assert confirm().verified
    else:
        assert refusal(confirm) == code


def test_an_emergency_is_confirmed_by_another_person_than_who_certified_and_who_entered_it(
    house: GateHouse, force: Force
) -> None:
    detective = enlist(house, force, "detective", "investigator", BADGE)
    same = enlist(house, force, "detective-2", "supervisor_approver", AGAIN)
    typist = enlist(house, force, "typist", "court_clerk", "badge 8")
    same_as_typist = enlist(house, force, "typist-2", "supervisor_approver", "badge 8")
    sergeant = enlist(house, force, "sergeant", "supervisor_approver", "badge 9")
    nobody = enlist(house, force, "nobody", "supervisor_approver", None)
    desk = Actor(kind="client", id="desk", agency=force.agency, user=typist)
    now = house.now()
    write = {
        "id": f"{force.agency}/emergency",
        "agency": force.agency,
        "certified_by": detective,
        "rank": "detective",
        "facts": "A child was taken.",
        "harm": "Serious harm.",
        "risk": "imminent_threat_to_individual",
        "started_at_ns": now - 60 * 10**9,
        "why_no_order": "No judge could be reached.",
        "deadline_ns": now + DAY_NS,
    }
    exigency = house.services.registry.put_exigency(ExigencyWrite.model_validate(write), actor=desk).id

    def confirm(user: str, client: str) -> Callable[[], Any]:
        actor = Actor(kind="client", id=client, agency=force.agency, user=user)
        return lambda: house.services.confirmations.exigency(exigency, actor=actor)

    assert refusal(confirm(same, "other")) == "SAME_PERSON"
    assert refusal(confirm(same_as_typist, "other")) == "SAME_PERSON"
    assert refusal(confirm(sergeant, "desk")) == "SAME_CLIENT"
    assert refusal(confirm(nobody, "other")) == "PERSON_UNKNOWN"
    assert confirm(sergeant, "other")().confirmed_by == sergeant


def test_an_operator_who_entered_an_emergency_does_not_say_that_somebody_confirmed_it(
    house: GateHouse, force: Force
) -> None:
    exigency = house.emergency(force, confirmed=False)
    confirm = partial(house.services.confirmations.exigency, exigency, by=f"{force.agency}/sergeant")
    assert refusal(partial(confirm, actor=OPERATOR)) == "SAME_PERSON"
    assert confirm(actor=SECOND).confirmed_by == f"{force.agency}/sergeant"


def test_a_proposal_is_approved_by_another_person(house: GateHouse, administrators: tuple[Actor, Actor, Actor]) -> None:
    one, two, three = administrators
    auditor = {"id": "auditor-9", "agency": None, "name": "Oversight", "scopes": ["audit:read"]}
    proposals = house.services.proposals
    made = proposals.propose("auditor.add", auditor, why="named by the county", actor=one)

    def approve(actor: Actor) -> Any:
        return proposals.decide(made["id"], approve=True, reason="known to me", actor=actor)

    assert refusal(lambda: approve(two)) == "SAME_PERSON"
    assert approve(three)["state"] == "approved"


def test_the_witnesses_of_the_log_are_changed_by_two_people_of_whom_one_is_from_outside(
    house: GateHouse, administrators: tuple[Actor, Actor, Actor], tmp_path: Path
) -> None:
    one, two, three = administrators
    colleague = ClientWrite(id="colleague", agency=None, name="colleague", scopes=["sanctions:write"], person="badge 9")
    house.services.registry.put_client(colleague, actor=OPERATOR)
    key = WitnessKey.of(tmp_path, "court.example/witness").verifier
    proposals = house.services.proposals

    def propose(policy: str) -> Any:
        return proposals.propose("witnesses.change", {"policy": policy}, why="named by the court", actor=one)

    assert refusal(lambda: propose("witness court nonsense")) == "WITNESS_POLICY_MALFORMED"
    log = "log PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\nquorum none"
    assert refusal(lambda: propose(log)) == "WITNESS_POLICY_MALFORMED"
    assert refusal(lambda: propose(f"witness court {key} https://court.example")) == "WITNESS_NOT_ALLOWED"
    made = propose(f"witness court {key}")
    for actor, code in (
        (one, "SAME_PERSON"),
        (two, "SAME_PERSON"),
        (Actor(kind="client", id="colleague"), "TWO_PERSONS_REQUIRED"),
    ):
        attempt = partial(proposals.decide, made["id"], approve=True, reason="known to me", actor=actor)
        assert refusal(attempt) == code
    assert house.leaves(kind="witnesses.changed") == []
    assert proposals.decide(made["id"], approve=True, reason="known to me", actor=three)["state"] == "approved"
    (entry,) = house.leaves(kind="witnesses.changed")
    assert (entry["added"], entry["removed"]) == ([str(key)], [])


def test_two_accounts_of_an_administrator_are_one_person(house: GateHouse, force: Force) -> None:
    """Signed in at two programs, under two names; and the key of a client that is theirs is no third person."""
    enrolment = house.services.enrolment
    for account, person in (("jane", BADGE), ("jane.doe", AGAIN), ("ruth", None)):
        enrolment.invite(account, role=AccountRole.ADMINISTRATOR, name=account, by="operator:test", person=person)
    key = ClientWrite(id="janes", agency=None, name="janes", scopes=["sanctions:write"], person=BADGE)
    house.services.registry.put_client(key, actor=OPERATOR)
    jane, again, ruth = (
        Actor(kind="client", id=f"terminal-{number}", user=f"account:{name}", signed_in=True)
        for number, name in enumerate(("jane", "jane.doe", "ruth"))
    )
    sanction = house.services.sanctions.impose(
        actor=jane, kind="user", subject=force.caller.user or "", rule="PERSONAL", statement="why",
        entries=[house.integrate() - 1],
    ).id  # fmt: skip
    order = house.services.erasures.order(
        actor=jane, subject=Subject(force.agency, "26-7"), basis="statute", reference="26-1", statement="expunged"
    ).id
    for actor in (again, Actor(kind="client", id="janes")):
        lift = partial(house.services.sanctions.lift, actor=actor, sanction_id=sanction, statement="cleared")
        assert refusal(lift) == "SAME_PERSON"
        assert refusal(partial(house.services.erasures.approve, actor=actor, order_id=order)) == "SAME_PERSON"
    house.services.sanctions.lift(actor=ruth, sanction_id=sanction, statement="cleared")
    house.integrate()
    assert house.services.erasures.approve(actor=ruth, order_id=order)["status"] == "erased"


def test_an_erasure_a_hold_and_a_sanction_are_ended_by_another_person(
    house: GateHouse, force: Force, administrators: tuple[Actor, Actor, Actor]
) -> None:
    one, two, three = administrators
    services, words = house.services, {"reference": "26-1", "statement": "expunged"}
    order = services.erasures.order(actor=one, subject=Subject(force.agency, "26-9"), basis="statute", **words).id
    hold = services.legal_holds.place(actor=one, agency=force.agency, case="26-8", **words)["id"]
    sanction = services.sanctions.impose(
        actor=one, kind="user", subject=force.caller.user or "", rule="PERSONAL", statement="why",
        entries=[house.integrate() - 1],
    ).id  # fmt: skip
    acts: list[Callable[[Actor], Any]] = [
        lambda actor: services.erasures.approve(actor=actor, order_id=order),
        lambda actor: services.legal_holds.lift(actor=actor, hold_id=hold, statement="settled"),
        lambda actor: services.sanctions.lift(actor=actor, sanction_id=sanction, statement="cleared"),
    ]
    for act in acts:
        assert refusal(partial(act, two)) == "SAME_PERSON"
        house.integrate()
        act(three)


def test_a_policy_hold_is_lifted_by_another_person(
    house: GateHouse, administrators: tuple[Actor, Actor, Actor]
) -> None:
    one, two, three = administrators
    holds = house.services.holds
    placed = holds.place(one, what={"operation": "watchlist_live"}, seconds=600, reason="a fault was reported")
    assert refusal(lambda: holds.lift(two, placed["id"], reason="mended")) == "SAME_PERSON"
    assert holds.lift(three, placed["id"], reason="mended")["lifted_at"]


def test_a_draft_is_reviewed_by_another_person(house: GateHouse, administrators: tuple[Actor, Actor, Actor]) -> None:
    """Who is refused is asked before what was submitted is looked at, so the draft's checks may be left out."""
    one, two, three = administrators
    draft = house.services.drafts.create(one, title="t", why="w").id
    house.write(
        "UPDATE policy.drafts SET state = 'submitted', files_sha256 = '\\x00', submitted_ns = 1 WHERE id = %s", draft
    )

    def review(actor: Actor) -> Any:
        return house.services.reviews.review(actor, draft, verdict="reject", reason="not so")

    assert refusal(lambda: review(two)) == "SAME_PERSON"
    assert review(three).state == "rejected"


def test_a_client_that_names_users_is_not_two_people_by_signing_one_of_them_in(house: GateHouse, force: Force) -> None:
    one = clerk(house, force, "one", BADGE, client="a", signed_in=True)
    other = replace(one, user=enlist(house, force, "other", "court_clerk", "badge 8"), signed_in=False)
    paper = entered(house, force, one)
    assert refusal(lambda: house.services.confirmations.instrument(paper, actor=other)) == "SAME_CLIENT"


# Whether the first signed in and whether the second did, the client of the second (the first comes through `desk`), and
# whether they count for two.
WAYS: Final[list[tuple[bool, bool, str, bool]]] = [
    (False, False, "desk", False),
    (False, True, "desk", False),
    (True, False, "desk", False),
    (True, True, "desk", True),
    (False, False, "another desk", True),
]


def through(house: GateHouse, force: Force, name: str, client: str, *, signed_in: bool) -> Caller:
    strength = "authenticated" if signed_in else "asserted"
    return house.caller(client, force.agency, f"{force.agency}/{name}", user_strength=strength)


def vote(house: GateHouse, caller: Caller, decision: UUID) -> dict[str, Any]:
    digest = str(house.services.approvals.show(caller, decision)["request_sha256"])
    return house.services.approvals.decide(caller, decision, approves=True, reason="known to me", request_sha256=digest)


def take_and_judge(house: GateHouse, caller: Caller, decision: UUID, face: UUID) -> dict[str, Any]:
    house.services.examiner_reviews.take(caller, decision)
    return judge(house, caller, decision, face)


def judge(house: GateHouse, caller: Caller, decision: UUID, face: UUID) -> dict[str, Any]:
    verdicts = {str(face): Verdict.SAME_PERSON}
    return house.services.examiner_reviews.judge(caller, decision, verdicts=verdicts, reason="ears and scar compared")


def awaiting_release(house: GateHouse, force: Force, decision: UUID) -> None:
    """As if policy had asked for a supervisor before the result may be released."""
    with house.services.database.transaction() as connection:
        approval_rows.open_for(
            connection, house.services.log, decision, caller=force.caller, phase="release", hold=Hold(1, 72),
            request_sha256="00" * 32, now_ns=house.now(),
        )  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_two_supervisors_whom_one_client_may_have_named_are_one(
    house: GateHouse, way: tuple[bool, bool, str, bool]
) -> None:
    first, second, other, two = way
    force = house.force(approvers=2)
    for number in (1, 2):
        enlist(house, force, f"sergeant-{number}", "supervisor_approver", f"badge {number} {force.agency} s")
    decision = house.admit(force, asking(force)).decision_id
    vote(house, through(house, force, "sergeant-1", "desk", signed_in=first), decision)
    later = through(house, force, "sergeant-2", other, signed_in=second)
    if two:
        assert vote(house, later, decision)["state"] == "approved"
    else:
        assert refusal(partial(vote, house, later, decision)) == "SAME_CLIENT"
        elsewhere = through(house, force, "sergeant-2", "elsewhere", signed_in=False)
        assert vote(house, elsewhere, decision)["state"] == "approved"


@pytest.mark.parametrize("way", WAYS)
def test_two_examiners_whom_one_client_may_have_named_are_one(
    house: GateHouse, way: tuple[bool, bool, str, bool]
) -> None:
    first, second, other, two = way
    force = house.force(keep_crops=True, second_examiner=True)
    decision, face = to_examine(house, force)
    take_and_judge(house, through(house, force, "eye-1", "desk", signed_in=first), decision, face)
    later = through(house, force, "eye-2", other, signed_in=second)
    if two:
        take_and_judge(house, later, decision, face)
    else:
        assert house.services.examiner_reviews.list(later, limit=9) == {"items": []}
        assert refusal(lambda: take_and_judge(house, later, decision, face)) == "NO_PLACE"
        take_and_judge(house, through(house, force, "eye-2", "elsewhere", signed_in=False), decision, face)
    assert house.one("SELECT state FROM enforcement.reviews WHERE decision_id = %s", decision) == ("ended",)


@pytest.mark.parametrize("order", [("eye-1", "eye-2"), ("eye-2", "eye-1")])
def test_a_client_does_not_judge_for_two_examiners_of_whom_one_took_a_place_elsewhere(
    house: GateHouse, order: tuple[str, str]
) -> None:
    force = house.force(keep_crops=True, second_examiner=True)
    decision, face = to_examine(house, force)
    reviews = house.services.examiner_reviews
    reviews.take(through(house, force, "eye-1", "her own", signed_in=True), decision)
    reviews.take(through(house, force, "eye-2", "his own", signed_in=True), decision)
    one, other = (through(house, force, name, "desk", signed_in=False) for name in order)
    judge(house, one, decision, face)
    with pytest.raises(NotYours):
        judge(house, other, decision, face)
    assert house.one("SELECT state FROM enforcement.reviews WHERE decision_id = %s", decision) == ("open",)


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_may_have_named_the_supervisor_names_no_examiner(
    house: GateHouse, way: tuple[bool, bool, str, bool]
) -> None:
    first, second, other, two = way
    force = house.force(keep_crops=True, second_examiner=True)
    enlist(house, force, "sergeant", "supervisor_approver", f"badge s {force.agency}")
    decision, face = to_examine(house, force)
    awaiting_release(house, force, decision)
    vote(house, through(house, force, "sergeant", "desk", signed_in=first), decision)
    examiner = through(house, force, "eye-1", other, signed_in=second)
    if two:
        take_and_judge(house, examiner, decision, face)
    else:
        assert house.services.examiner_reviews.list(examiner, limit=9) == {"items": []}
        assert refusal(lambda: take_and_judge(house, examiner, decision, face)) == "SAME_CLIENT"


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_may_have_named_an_examiner_names_no_supervisor(
    house: GateHouse, way: tuple[bool, bool, str, bool]
) -> None:
    first, second, other, two = way
    force = house.force(keep_crops=True, second_examiner=True)
    enlist(house, force, "sergeant", "supervisor_approver", f"badge s {force.agency}")
    decision, face = to_examine(house, force)
    take_and_judge(house, through(house, force, "eye-1", "desk", signed_in=first), decision, face)
    awaiting_release(house, force, decision)
    supervisor = through(house, force, "sergeant", other, signed_in=second)
    if two:
        assert vote(house, supervisor, decision)["state"] == "approved"
    else:
        assert refusal(lambda: vote(house, supervisor, decision)) == "SAME_CLIENT"


def test_who_examines_does_not_approve_the_release_through_another_account(house: GateHouse) -> None:
    force = house.force(keep_crops=True, second_examiner=True)
    decision, face = to_examine(house, force)
    take_and_judge(house, through(house, force, "eye-1", "desk", signed_in=True), decision, face)
    awaiting_release(house, force, decision)
    enlist(house, force, "eye-1-again", "supervisor_approver", f"badge {force.agency} EYE-1")
    supervisor = through(house, force, "eye-1-again", "another desk", signed_in=True)
    assert refusal(lambda: vote(house, supervisor, decision)) == "APPROVER_EXAMINES"


def test_what_one_may_not_examine_is_left_out_of_what_one_may(house: GateHouse) -> None:
    """Another account of who asked; the reviews that others asked for are listed all the same."""
    force = house.force(keep_crops=True, second_examiner=True)
    to_examine(house, force)
    write: dict[str, Any] = {"id": f"{force.agency}/again", "agency": force.agency, "name": "again"}
    write |= {"roles": ["trained_examiner"], "person": f"badge {force.agency} 1"}
    write |= {"training_valid_to_ns": house.now() + DAY_NS}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)
    again = through(house, force, "again", "another desk", signed_in=True)
    assert house.services.examiner_reviews.list(again, limit=9) == {"items": []}
