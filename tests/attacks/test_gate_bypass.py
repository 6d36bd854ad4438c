"""Ways around the gate: work without a permit, a permit used twice or for something else, an answer let out twice.

The attacker holds a database role's password, or the socket of the engine. Everything is real: the database, its
roles, the policy, the engine, and photographs where a face must be found.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from engine_house import find_photographs
from gate_house import PURPOSE, WHY, Copies, Force, GateHouse, a_picture, asking, gate_house, sqlstate
from psycopg.types.json import Jsonb

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.cli.demo.seed import LAKEPORT
from gateway.clock import uuid7
from gateway.enforcement.answers import Released
from gateway.enforcement.errors import GalleryExists, NotYours
from gateway.enforcement.request import Probe
from gateway.enforcement.sweeper import Sweeper
from gateway.postgres.deployment import DatabaseRole
from gateway.recognition.claims import ClaimRefused
from gateway.recognition.client import EngineUnavailable
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

ENGINE, WEB = DatabaseRole.ENGINE, DatabaseRole.WEB
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


def refused_claim(house: GateHouse, decision_id: UUID, operation: str = "identify_1_to_n") -> str:
    """The SQLSTATE with which the database refuses the engine's claim; the empty string where it does not."""
    try:
        with house.pool(ENGINE).transaction() as connection:
            connection.execute("SELECT enforcement.claim(%s, %s)", (decision_id, operation))
    except psycopg.Error as error:
        return sqlstate(error)
    return ""


def release(house: GateHouse, force: Force, decision_id: UUID) -> None:
    """What the web role can try by itself, with an entry of its own making."""
    entry = Entry(kind=EntryKind.RELEASE, clear={"decision_id": str(decision_id)}, disclosed={})
    with house.pool(WEB).transaction() as connection:
        sealed = house.services.log.seal(connection, entry, now_ns=database_now(connection))
        connection.execute(
            "SELECT enforcement.release(%s, %s, %s, '\\x00', %s, NULL, '{}', '{}', NULL, NULL, NULL)",
            (decision_id, Jsonb(force.caller.standing()), uuid7(), sealed.leaf),
        )


# Work without a permit.


def test_the_engine_cannot_claim_what_was_not_permitted(house: GateHouse, force: Force) -> None:
    denied = house.admit(force, asking(force, purpose="general_surveillance"))
    asked = house.admit(force, asking(force, dry_run=True))
    assert (denied.decision.permit, asked.decision.permit) == (False, True)
    for decision_id in (uuid7(), denied.decision_id, asked.decision_id):
        assert refused_claim(house, decision_id) == "WG003"
        with pytest.raises(EngineUnavailable, match="ENGINE_CLAIM_REFUSED"):
            house.engine.search(decision_id, a_picture())
        assert house.count("outcomes", decision_id) == 0


def test_the_engine_cannot_claim_a_permit_past_its_minute(house: GateHouse, force: Force) -> None:
    late = house.permit(force)
    assert house.one(
        "SELECT p.expires_ns - d.decided_ns FROM enforcement.permits AS p JOIN enforcement.decisions AS d"
        " USING (decision_id) WHERE decision_id = %s",
        late,
    ) == (60 * 10**9,)
    house.write("UPDATE enforcement.permits SET expires_ns = ops.now_ns() - 1 WHERE decision_id = %s", late)
    assert refused_claim(house, late) == "WG004"
    assert house.count("claims", late) == 0


def test_a_permit_that_is_not_committed_is_none(house: GateHouse, force: Force) -> None:
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as uncommitted:
        decision_id = uuid7()
        made = house.permit(force)
        for table in ("decisions", "permits"):
            uncommitted.execute(
                f"INSERT INTO enforcement.{table} SELECT (jsonb_populate_record(t, jsonb_build_object("
                f"'decision_id', %s::text))).* FROM enforcement.{table} AS t WHERE decision_id = %s".encode(),
                (decision_id, made),
            )
        assert refused_claim(house, decision_id) == "WG003"
        uncommitted.rollback()


def test_of_twenty_claims_at_once_one_holds(house: GateHouse, force: Force) -> None:
    permit = house.permit(force)
    barrier = threading.Barrier(20)

    def claim(_: int) -> str:
        barrier.wait()
        return refused_claim(house, permit)

    with ThreadPoolExecutor(20) as pool:
        assert Counter(pool.map(claim, range(20))) == {"": 1, "WG004": 19}


def test_what_is_claimed_once_is_used_whatever_became_of_it(house: GateHouse, force: Force) -> None:
    permit = house.permit(force)
    assert refused_claim(house, permit) == ""
    assert refused_claim(house, permit) == "WG004"
    house.complete(permit, "PROBE_BLURRED", refused=True)
    assert refused_claim(house, permit) == "WG004"


def test_nothing_ends_that_was_not_claimed_and_nothing_ends_twice(house: GateHouse) -> None:
    """Else refusals could be made up, and each gives a search back."""
    force = house.force(searches=5)
    permit = house.permit(force)
    for unclaimed in (permit, uuid7()):
        with pytest.raises(ClaimRefused):
            house.complete(unclaimed, "PROBE_NO_FACE", refused=True)
    assert house.used("contract", force.contract) == 1
    refused_claim(house, permit)
    house.complete(permit, "PROBE_NO_FACE", refused=True)
    assert house.used("contract", force.contract) == 0
    with pytest.raises(ClaimRefused):
        house.complete(permit, "PROBE_NO_FACE", refused=True)
    assert house.used("contract", force.contract) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO enforcement.{} SELECT * FROM enforcement.{} LIMIT 0",
        "UPDATE enforcement.{} SET decision_id = decision_id WHERE false",
        "DELETE FROM enforcement.{} WHERE false",
        "TRUNCATE enforcement.{} CASCADE",
        "COPY enforcement.{} FROM STDIN",
    ],
)
@pytest.mark.parametrize("table", ["decisions", "permits", "claims", "outcomes", "releases", "docket"])
@pytest.mark.parametrize("role", [WEB, ENGINE])
def test_neither_role_writes_the_gates_tables(house: GateHouse, role: DatabaseRole, table: str, statement: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        house.pool(role).transaction() as connection,
    ):
        connection.execute(statement.replace("{}", table).encode())


@pytest.mark.parametrize(
    ("role", "call"),
    [
        (WEB, "enforcement.claim(%s, 'identify_1_to_n')"),
        (WEB, "enforcement.complete(%s, 'CANDIDATES', false, '{}', NULL, '{}', '{}', NULL, NULL, NULL)"),
        (WEB, "enforcement.end_permit(%s, 'CANDIDATES', false)"),
        (ENGINE, "enforcement.end_permit(%s, 'CANDIDATES', false)"),
        (ENGINE, "enforcement.abandon(%s)"),
        (ENGINE, "enforcement.release(%s, '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"),
        (WEB, "registry.give_back('contract', %s::text, 'all')"),
        (ENGINE, "registry.give_back('contract', %s::text, 'all')"),
        (ENGINE, "registry.take('contract', %s::text, 'all', 1)"),
    ],
)
def test_neither_role_does_the_others_part(house: GateHouse, force: Force, role: DatabaseRole, call: str) -> None:
    permit = house.permit(force)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        house.pool(role).transaction() as connection,
    ):
        connection.execute(f"SELECT {call}".encode(), (permit,))


# A permit for something else.


def test_a_picture_swapped_after_the_decision_is_not_looked_at(house: GateHouse) -> None:
    force = house.force(searches=5)
    permit = house.permit(force)
    outcome = house.engine.search(permit, a_picture())
    assert outcome.refusal is not None
    assert outcome.refusal.code == "PROBE_CHANGED"
    assert (outcome.candidates, outcome.quality) == ((), ())
    (leaf,) = house.leaves(kind="search.outcome", decision_id=str(permit))
    assert leaf["outcome"] == "PROBE_CHANGED"
    assert refused_claim(house, permit) == "WG004"
    with pytest.raises(psycopg.Error, match="no outcome to release"):
        release(house, force, permit)
    assert house.used("contract", force.contract) == 0


def test_pictures_of_a_comparison_cannot_be_exchanged_or_left_out(house: GateHouse, force: Force) -> None:
    one, two = a_picture(), a_picture()
    for sent in ((two, one), (one, one), (one, a_picture())):
        permit = house.permit(
            force, operation=Operation.VERIFY_1_TO_1, gallery=None, probe=Probe(images=(one, two)), max_candidates=1
        )
        outcome = house.engine.compare(permit, *sent)
        assert outcome.refusal is not None
        assert outcome.refusal.code == "PROBE_CHANGED"


def test_a_permit_for_one_operation_is_not_spent_on_another(house: GateHouse, force: Force) -> None:
    picture = a_picture()
    permit = house.permit(force, probe=Probe(images=(picture,)))
    with pytest.raises(EngineUnavailable, match="ENGINE_CLAIM_REFUSED"):
        house.engine.enrol(permit, picture, external_id="x")
    with pytest.raises(EngineUnavailable, match="ENGINE_CLAIM_REFUSED"):
        house.engine.compare(permit, picture, picture)
    assert refused_claim(house, permit) == ""


def test_the_gallery_of_another_agency_is_not_there(house: GateHouse, force: Force) -> None:
    owner = house.force(galleries=["*"])
    house.services.galleries.create(owner.caller, name="theirs", keep_crops=False)
    request = asking(force, gallery="theirs")
    with pytest.raises(NotYours):
        house.services.gate.perform(force.caller, request, decision_id=uuid7())
    admission = house.admit(force, request)
    assert admission.decision.codes == ("GALLERY_NOT_FOUND",)
    assert house.count("permits", admission.decision_id) == 0


@pytest.mark.photographs
def test_a_permit_searches_its_own_gallery_only(
    house: GateHouse, force: Force, found: Force, photographs: Mapping[str, bytes]
) -> None:
    """The person is in another agency's gallery of the same name, and in another gallery of the same agency."""
    house.services.galleries.create(found.caller, name="missing-2", keep_crops=False)
    probe = Probe(images=(photographs["person_a_2.jpg"],), source="cctv_still")
    answers = [
        house.services.gate.perform(
            who.caller, asking(who, probe=probe, gallery=gallery, case_number=ONE_CASE), decision_id=uuid7()
        )
        for who, gallery in ((force, "missing"), (found, "missing-2"), (found, "missing"))
    ]
    assert [
        [candidate["external_id"] for candidate in answer.document["candidates"]]
        for answer in answers
        if isinstance(answer, Released)
    ] == [[], [], ["person_a"]]


# An answer let out.


@pytest.mark.parametrize("state", ["unknown", "permitted", "claimed", "refused", "abandoned", "denied"])
def test_without_an_outcome_there_is_no_release(house: GateHouse, force: Force, state: str) -> None:
    decision_id = house.permit(force)
    if state == "unknown":
        decision_id = uuid7()
    if state == "denied":
        decision_id = house.admit(force, asking(force, purpose="general_surveillance")).decision_id
    if state in {"claimed", "refused"}:
        refused_claim(house, decision_id)
    if state == "refused":
        house.complete(decision_id, "PROBE_NO_FACE", refused=True)
    if state == "abandoned":
        house.write("UPDATE enforcement.permits SET expires_ns = 1 WHERE decision_id = %s", decision_id)
        Sweeper(database=house.services.database, log=house.services.log).run_once()
        assert house.count("outcomes", decision_id) == 1
    with pytest.raises(psycopg.Error, match="no outcome to release") as refused:
        release(house, force, decision_id)
    assert sqlstate(refused.value) == "WG005"
    assert house.count("releases", decision_id) == 0


def test_an_answer_is_released_once(house: GateHouse, force: Force) -> None:
    permit = house.permit(force)
    refused_claim(house, permit)
    house.complete(permit)
    release(house, force, permit)
    with pytest.raises(psycopg.errors.UniqueViolation):
        release(house, force, permit)
    assert house.count("releases", permit) == 1


# One answer for another question.


@pytest.mark.parametrize("other", [{"case_number": "2026-0002"}, {"user": f"{LAKEPORT}/okafor"}])
def test_a_kept_answer_is_not_given_to_a_token_of_another_case_or_user(house: GateHouse, other: dict[str, str]) -> None:
    """The body leaves the case open, so the token decides what is asked; the key alone does not say it."""
    browser, key = house.browser(), str(uuid7())
    probe = {"image": "aGVsbG8="}
    body = {"gallery": "missing-persons", "purpose": PURPOSE, "justification": WHY, "probe": probe}

    def send(**bound: str) -> Any:
        user = bound.pop("user", None)
        token = house.token("lakeport", user=user, **bound)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return browser.post("/v1/searches", json=body, headers=headers)

    with contextlib.suppress(GalleryExists):
        lakeport = house.caller("lakeport", LAKEPORT, None)
        house.services.galleries.create(lakeport, name="missing-persons", keep_crops=False)
    first = send(case_number="2026-0001")
    assert first.status_code == 403
    again = send(case_number="2026-0001")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first.json
    stolen = send(**({"case_number": "2026-0001"} | other))
    assert (stolen.status_code, stolen.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
