"""What is frozen or deleted is seen by nobody and used for nothing; what examiners were shown and said goes with it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from docket_house import Runner, examine, released, to_examine
from gate_house import HOUR_NS

from gateway.audit import queries
from gateway.audit.report import Check
from gateway.audit.verify import verify_online
from gateway.cli.init import verifier_key
from gateway.clock import uuid7
from gateway.enforcement import uses, waits
from gateway.enforcement.answers import Released
from gateway.enforcement.closed import closed
from gateway.enforcement.errors import NotYours, PersonRefused
from gateway.enforcement.judgements import Verdict
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import Consequence

if TYPE_CHECKING:
    from uuid import UUID

    from gate_house import Force, GateHouse

    from gateway.enforcement.release import Worked

DAY_NS = 24 * HOUR_NS


@pytest.fixture
def force(house: GateHouse) -> Force:
    """Its results may be used."""
    return house.force(exigency_hours=48, frozen_hours=72, operations=["identify_1_to_n", "use_result"])


@pytest.fixture
def examining(house: GateHouse) -> Force:
    """Its results are judged by two examiners first."""
    return house.force(exigency_hours=48, frozen_hours=120, keep_crops=True, second_examiner=True)


def emergency_of(house: GateHouse, force: Force) -> str:
    return house.emergency(force, started_at_ns=house.now() - 60 * 10**9, deadline_ns=house.now() + 6 * DAY_NS)


def used(house: GateHouse, force: Force, search: UUID) -> Released:
    said = {"for": "lead", "other_evidence": True, "other_evidence_independent": True}
    answer = house.services.uses.use(force.caller, search, result_use=said, proceeding_ns=None, decision_id=uuid7())
    assert isinstance(answer, Released), answer
    return answer


def refusal(house: GateHouse, force: Force, search: UUID) -> str:
    with pytest.raises(PersonRefused) as refused:
        used(house, force, search)
    assert refused.value.status == 403
    return refused.value.code


def test_a_frozen_result_is_used_for_nothing_and_a_deleted_one_neither(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    search = released(house, force, exigency=emergency_of(house, force))
    assert used(house, force, search).document["status"] == "permitted"
    runner.advance(48 * HOUR_NS)
    assert refusal(house, force, search) == "RESULT_FROZEN"
    runner.advance(72 * HOUR_NS)
    assert refusal(house, force, search) == "RESULT_DELETED"
    refused = [leaf["reasons"] for leaf in house.leaves(kind="access.refused", agency=force.agency)]
    assert refused == [["RESULT_FROZEN"], ["RESULT_DELETED"]]
    assert len(uses_of(house, search)) == 1
    # What became of it can still be said.
    told = house.services.uses.record_outcome(force.caller, search, outcome=Consequence.CLEARED, statement="an alibi")
    assert told["outcome"] == "cleared"


def test_a_use_that_was_asked_before_the_freeze_and_decided_after_it_is_none(
    house: GateHouse, force: Force, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database refuses it where the service looked too early; nothing is decided then."""
    search = released(house, force, exigency=emergency_of(house, force))
    decided = "SELECT count(*) FROM enforcement.decisions WHERE agency = %s AND operation = 'use_result'"
    monkeypatch.setattr(uses, "_require_usable", lambda _connection, _search: None)
    runner.advance(48 * HOUR_NS)
    assert refusal(house, force, search) == "RESULT_FROZEN"
    runner.advance(72 * HOUR_NS)
    assert refusal(house, force, search) == "RESULT_DELETED"
    assert house.one(decided, force.agency) == (0,)
    assert uses_of(house, search) == []


def uses_of(house: GateHouse, search: UUID) -> list[dict[str, Any]]:
    with house.services.database.transaction() as connection:
        found: list[dict[str, Any]] = uses.history(connection, search)["uses"]
    return found


TELLING = ["search.outcome", "search.release", "search.withheld", "review.ended", "approval.expired"]


def disclosed(house: GateHouse, search: UUID) -> dict[str, bytes]:
    """Kind, and the scope of the key, of each entry of the search that may tell of its result and still discloses."""
    with house.admin.transaction() as connection:
        rows = connection.execute(
            """
            SELECT e.kind, k.scope_blind FROM audit.disclosures AS d
            JOIN audit.entries AS e USING (index) LEFT JOIN audit.disclosure_keys AS k USING (key_id)
            WHERE e.decision_id = %(search)s AND e.kind = ANY(%(kinds)s)
            UNION ALL
            SELECT s.leaf::json ->> 'kind', k.scope_blind FROM audit.staging AS s
            JOIN audit.disclosure_keys AS k USING (key_id)
            WHERE s.leaf::json ->> 'decision_id' = %(search)s AND s.leaf::json ->> 'kind' = ANY(%(kinds)s)
            """,
            {"search": str(search), "kinds": TELLING},
        ).fetchall()
    return {kind: bytes(scope) for kind, scope in rows}


def judgements(house: GateHouse, search: UUID) -> list[str]:
    with house.admin.transaction() as connection:
        rows = connection.execute(
            "SELECT judgement FROM enforcement.review_examiners WHERE decision_id = %s AND judgement IS NOT NULL",
            (search,),
        ).fetchall()
    return sorted(hashlib.sha256(bytes(row[0])).hexdigest() for row in rows)


def assert_verifies(house: GateHouse) -> None:
    house.integrate()
    with house.pool(DatabaseRole.AUDITOR).snapshot() as connection:
        report = verify_online(connection, verifier_key(house.settings), keys=house.services.disclosure_keys)
    content = next(verdict for verdict in report.verdicts if verdict.check is Check.CONTENT)
    assert content.ok, content.sentence


@pytest.mark.parametrize("integrated", [True, False], ids=["integrated", "staged"])
def test_what_examiners_judged_goes_with_the_result_and_leaves_nothing_to_disclose(
    house: GateHouse, examining: Force, runner: Runner, *, integrated: bool
) -> None:
    search, face = to_examine(house, examining, exigency=emergency_of(house, examining))
    examine(house, examining, "eye-1", search, face)
    examine(house, examining, "eye-2", search, face)
    own = house.services.log.blind("scope", f"result:{search}")
    assert disclosed(house, search) == dict.fromkeys(("search.outcome", "search.release", "review.ended"), own)
    said = judgements(house, search)
    assert len(said) == 2
    if integrated:
        house.integrate()
    runner.advance(48 * HOUR_NS)
    assert disclosed(house, search) != {}, "it is frozen"
    runner.advance(120 * HOUR_NS)
    assert house.services.records.show(examining.caller, search)["status"] == "deleted"
    assert disclosed(house, search) == {}
    assert judgements(house, search) == []
    (deleted,) = house.leaves(kind="result.deleted", decision_id=str(search))
    gone = [one["sha256"] for one in deleted["deleted"] if one["what"] == "enforcement.review_examiners"]
    assert sorted(gone) == said
    assert len(deleted["erased_leaves"]) == 3
    # That two judged, and who, stays on the log.
    assert len(house.leaves(kind="review.judged", decision_id=str(search))) == 2
    assert_verifies(house)


def test_what_a_review_found_that_nobody_finished_goes_with_the_result(
    house: GateHouse, examining: Force, runner: Runner
) -> None:
    search, face = to_examine(house, examining, exigency=emergency_of(house, examining))
    examine(house, examining, "eye-1", search, face)
    runner.advance(48 * HOUR_NS)
    runner.advance(48 * HOUR_NS)
    waits.lapse(house.services.database, house.services.log)
    own = house.services.log.blind("scope", f"result:{search}")
    assert disclosed(house, search) == dict.fromkeys(("search.outcome", "review.ended"), own)
    runner.advance(72 * HOUR_NS)
    assert house.services.records.show(examining.caller, search)["status"] == "deleted"
    assert disclosed(house, search) == {}
    assert judgements(house, search) == []
    assert_verifies(house)


def test_a_result_that_is_deleted_while_it_waits_gives_its_end_nothing_to_tell(
    house: GateHouse, runner: Runner
) -> None:
    """The review lapses after the deletion; its entry says so, and is sealed under no key of the result's."""
    force = house.force(exigency_hours=1, frozen_hours=1, keep_crops=True, second_examiner=True)
    search, face = to_examine(house, force, exigency=emergency_of(house, force))
    examine(house, force, "eye-1", search, face)
    runner.advance(HOUR_NS)
    runner.advance(HOUR_NS)
    assert house.services.records.show(force.caller, search)["status"] == "deleted"
    runner.advance(96 * HOUR_NS)
    waits.lapse(house.services.database, house.services.log)
    (ended,) = house.leaves(kind="review.ended", decision_id=str(search))
    assert "withheld_sha256" not in ended
    own = house.services.log.blind("scope", f"result:{search}")
    assert own not in disclosed(house, search).values()
    assert judgements(house, search) == []


def test_a_review_of_a_deleted_result_is_not_there_for_an_examiner(house: GateHouse, runner: Runner) -> None:
    """The request still waits, without its pictures."""
    force = house.force(exigency_hours=1, frozen_hours=1, keep_crops=True, second_examiner=True)
    search, face = to_examine(house, force, exigency=emergency_of(house, force))
    examine(house, force, "eye-1", search, face)
    runner.advance(HOUR_NS)
    runner.advance(HOUR_NS)
    assert house.services.records.show(force.caller, search)["status"] == "deleted"
    eye = house.caller("eye-2", force.agency, f"{force.agency}/eye-2")
    reviews = house.services.examiner_reviews
    with pytest.raises(NotYours):
        reviews.take(eye, search)
    with pytest.raises(NotYours):
        reviews.show(eye, search)


def test_a_result_that_was_judged_and_is_deleted_before_it_is_carried_on_is_shown_as_deleted(
    house: GateHouse, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that took the last judgement dies, and who asked looks only afterwards."""
    force = house.force(exigency_hours=1, frozen_hours=1, keep_crops=True, second_examiner=True)
    search, face = to_examine(house, force, exigency=emergency_of(house, force))
    examine(house, force, "eye-1", search, face)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.gate, "carry_on", lambda _: None)
        examine(house, force, "eye-2", search, face)
    runner.advance(HOUR_NS)
    runner.advance(HOUR_NS)
    assert house.services.records.show(force.caller, search)["status"] == "deleted"


def test_a_result_that_is_deleted_while_it_is_carried_on_is_neither_released_nor_told_of(
    house: GateHouse, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last judgement was counted, and before the release."""
    force = house.force(exigency_hours=1, frozen_hours=1, keep_crops=True, second_examiner=True)
    search, face = to_examine(house, force, exigency=emergency_of(house, force))
    examine(house, force, "eye-1", search, face)
    revisit = house.admissions.revisit

    def and_then_deleted(*asked: Any, **named: Any) -> Worked:
        worked = revisit(*asked, **named)
        runner.advance(HOUR_NS)
        runner.advance(HOUR_NS)
        return worked

    monkeypatch.setattr(house.admissions, "revisit", and_then_deleted)
    examine(house, force, "eye-2", search, face)
    assert house.services.records.show(force.caller, search)["status"] == "deleted"
    assert disclosed(house, search) == {}
    told = {leaf["kind"] for leaf in house.leaves(decision_id=str(search))}
    assert told.isdisjoint({"search.release", "search.withheld"})


def test_an_examiner_with_a_place_sees_nothing_of_a_frozen_result(
    house: GateHouse, examining: Force, runner: Runner
) -> None:
    search, face = to_examine(house, examining, exigency=emergency_of(house, examining))
    eye = house.caller("eye-1", examining.agency, f"{examining.agency}/eye-1")
    reviews = house.services.examiner_reviews
    reviews.take(eye, search)
    opened = "SELECT enforcement.reviewed_gallery(%s)"
    assert [one["taken"] for one in reviews.list(eye, limit=50)["items"]] == [True]
    assert house.one(opened, search) == (examining.gallery_id,)
    runner.advance(48 * HOUR_NS)
    # A place lapses in that time, and would be taken again.
    with pytest.raises(NotYours):
        reviews.take(eye, search)
    house.write("UPDATE enforcement.review_examiners SET taken_ns = ops.now_ns() WHERE decision_id = %s", search)
    with pytest.raises(NotYours):
        reviews.show(eye, search)
    with pytest.raises(NotYours):
        reviews.judge(eye, search, verdicts={str(face): Verdict.SAME_PERSON}, reason="ears and scar compared")
    assert reviews.list(eye, limit=50)["items"] == []
    assert house.one(opened, search) == (None,), "nor does the engine open a crop"
    assert house.leaves(kind="review.viewed", decision_id=str(search)) == []


def shut(house: GateHouse, search: UUID) -> set[str]:
    """The kinds of the search's integrated entries whose values are opened to nobody."""
    house.integrate()
    with house.pool(DatabaseRole.AUDITOR).snapshot() as connection:
        queries.see(connection, None)
        rows = connection.execute(
            "SELECT index, kind FROM audit.entries WHERE decision_id = %s", (str(search),)
        ).fetchall()
        found = closed(connection, [index for index, _ in rows])
    return {kind for index, kind in rows if index in found}


def test_the_log_s_values_that_tell_of_a_result_are_shut_until_it_is_released_and_once_it_is_frozen(
    house: GateHouse, examining: Force, runner: Runner
) -> None:
    search, face = to_examine(house, examining, exigency=emergency_of(house, examining))
    assert shut(house, search) == {"search.outcome"}
    examine(house, examining, "eye-1", search, face)
    assert shut(house, search) == {"search.outcome"}
    examine(house, examining, "eye-2", search, face)
    assert shut(house, search) == set()
    runner.advance(48 * HOUR_NS)
    assert shut(house, search) == {"search.outcome", "search.release", "review.ended"}


def test_a_review_that_came_to_nothing_stays_shut_and_a_refused_picture_tells_of_nothing(house: GateHouse) -> None:
    force = house.force(keep_crops=True, second_examiner=True)
    search, _ = to_examine(house, force)
    house.write("UPDATE enforcement.reviews SET expires_ns = 1 WHERE decision_id = %s", search)
    waits.lapse(house.services.database, house.services.log)
    assert shut(house, search) == {"search.outcome", "review.ended"}
    refused = house.permit(force)
    house.claim(refused)
    house.complete(refused, "NO_FACE", refused=True)
    assert shut(house, refused) == set()


def test_what_is_shut_and_what_is_deleted_are_the_same_kinds(house: GateHouse) -> None:
    """Two lists in the database, which must not drift apart."""
    (listed,) = house.one("SELECT prosrc FROM pg_proc WHERE proname = 'closed_entries'")
    (deleted,) = house.one("SELECT prosrc FROM pg_proc WHERE proname = 'delete_result'")
    for kind in TELLING:
        assert f"'{kind}'" in listed, kind
        assert f"'{kind}'" in deleted, kind
