"""What waits for people lapses after its term, once; what was approved and cut short is carried on, or lapses too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from docket_house import Runner, awaiting

from gateway.audit.clock import ClockNotTrusted
from gateway.enforcement import approval_rows, waits
from gateway.enforcement.errors import PersonRefused
from gateway.identity.caller import digest_of
from gateway.identity.revocation import revoke_token
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from uuid import UUID

    from gate_house import Force, GateHouse

    from gateway.enforcement.waiting import Approval
    from gateway.identity.caller import Caller

HOUR_NS = 3600 * 10**9
TERM_HOURS = 72


def sergeant(house: GateHouse, force: Force) -> Caller:
    return house.caller("desk", force.agency, f"{force.agency}/sergeant", scopes=frozenset(Scope))


def state(house: GateHouse, decision: UUID) -> str:
    return str(house.one("SELECT state FROM enforcement.approvals WHERE decision_id = %s", decision)[0])


def vote(house: GateHouse, force: Force, decision: UUID) -> dict[str, object]:
    digest = house.one("SELECT encode(request_sha256, 'hex') FROM enforcement.parked WHERE decision_id = %s", decision)
    return house.services.approvals.decide(
        sergeant(house, force), decision, approves=True, reason="known to me", request_sha256=digest[0]
    )


def refused(house: GateHouse, force: Force, decision: UUID) -> str:
    with pytest.raises(PersonRefused) as refusal:
        house.services.approvals.decide(
            sergeant(house, force), decision, approves=True, reason="known to me", request_sha256="0" * 64
        )
    return refusal.value.code


def lapse(house: GateHouse) -> int:
    return waits.lapse(house.services.database, house.services.log)


def test_a_request_lapses_after_its_term_and_not_before_once_whoever_sweeps(house: GateHouse, runner: Runner) -> None:
    force, decision = awaiting(house)
    runner.move((TERM_HOURS - 1) * HOUR_NS)
    lapse(house)
    assert state(house, decision) == "awaiting"
    runner.move(HOUR_NS)
    assert refused(house, force, decision) == "APPROVAL_EXPIRED", "also before anybody swept"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: lapse(house), range(4)))
    assert state(house, decision) == "expired"
    assert len(house.leaves(kind="approval.expired", decision_id=str(decision))) == 1
    assert refused(house, force, decision) == "NOT_AWAITED"


def test_a_request_that_was_approved_and_cut_short_is_carried_on_when_who_asked_looks(
    house: GateHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that took the vote dies before the search."""
    force, decision = awaiting(house)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.approvals, "_carry_on", lambda _: None)
        assert vote(house, force, decision)["state"] == "approved"
    with house.services.database.transaction() as connection:
        found = approval_rows.find(connection, decision)
    assert found is not None
    assert house.leaves(kind="search.decision", decision_id=str(found.resumes_as)) == []
    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(lambda _: house.services.records.show(force.caller, decision), range(4)))
    assert len(house.leaves(kind="search.decision", decision_id=str(found.resumes_as))) == 1
    assert house.services.records.show(force.caller, decision)["continued_as"] == str(found.resumes_as)
    assert {one["id"] for one in shown} == {str(decision)}


def test_a_request_that_was_approved_and_that_nobody_carried_out_lapses_too(
    house: GateHouse, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    force, decision = awaiting(house)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.approvals, "_carry_on", lambda _: None)
        vote(house, force, decision)
    left = "SELECT count(*) FROM enforcement.parked WHERE decision_id = %s"
    lapse(house)
    assert house.one(left, decision) == (1,)
    runner.move(TERM_HOURS * HOUR_NS)
    lapse(house)
    assert house.one(left, decision) == (0,)
    lapse(house)
    assert len(house.leaves(kind="approval.expired", decision_id=str(decision))) == 1
    assert "continued_as" not in house.services.records.show(force.caller, decision)


def test_a_request_that_lapses_as_it_is_carried_out_is_not_searched(
    house: GateHouse, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last moment of its time passes between the reading and the commit of the new decision."""
    force, decision = awaiting(house)
    given = approval_rows.given

    def and_then_lapses(*asked: Any) -> tuple[Approval, ...]:
        runner.move(TERM_HOURS * HOUR_NS)
        lapse(house)
        return given(*asked)

    monkeypatch.setattr(approval_rows, "given", and_then_lapses)
    assert vote(house, force, decision)["state"] == "approved"
    (resumes_as,) = house.one("SELECT resumes_as::text FROM enforcement.approvals WHERE decision_id = %s", decision)
    assert len(house.leaves(kind="approval.expired", decision_id=str(decision))) == 1
    assert house.leaves(decision_id=resumes_as) == []
    assert house.one("SELECT count(*) FROM enforcement.permits WHERE decision_id = %s", resumes_as) == (0,)


def test_a_request_is_not_waited_for_any_more_once_it_is_decided_afresh(
    house: GateHouse, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process dies after the new decision's commit, and its time passes."""
    force, decision = awaiting(house)
    with monkeypatch.context() as dies:
        dies.setattr(house.services.gate, "_carry_out", lambda *_: None)
        vote(house, force, decision)
    assert house.one("SELECT count(*) FROM enforcement.parked WHERE decision_id = %s", decision) == (0,)
    runner.move(TERM_HOURS * HOUR_NS)
    lapse(house)
    assert house.leaves(kind="approval.expired", decision_id=str(decision)) == []
    assert "continued_as" in house.services.records.show(force.caller, decision)


def revoke(house: GateHouse, token: str) -> None:
    """The token would have been good for five minutes."""
    with house.services.database.transaction() as connection:
        revoke_token(connection, token_id=token, expires_at=house.now() // 10**9 + 300)


def ended(house: GateHouse, token: str) -> int:
    found = house.one("SELECT count(*) FROM identity.revocations WHERE kind = 'token' AND id = %s", digest_of(token))
    return int(found[0])


def test_who_waits_with_a_token_that_was_revoked_is_refused_however_much_later(
    house: GateHouse, runner: Runner
) -> None:
    force, decision = awaiting(house)
    revoke(house, force.caller.token_id)
    runner.move((TERM_HOURS - 1) * HOUR_NS)
    revoke(house, "another")
    assert vote(house, force, decision)["state"] == "approved"
    (resumes_as,) = house.one("SELECT resumes_as::text FROM enforcement.approvals WHERE decision_id = %s", decision)
    (leaf,) = house.leaves(kind="search.decision", decision_id=resumes_as)
    assert (leaf["permit"], leaf["reasons"]) == (False, ["TOKEN_REVOKED"])
    assert house.services.records.show(force.caller, decision)["status"] == "denied"


def test_a_token_that_is_revoked_after_a_late_yes_stops_the_release(house: GateHouse, runner: Runner) -> None:
    """What was decided afresh waits for examiners now, and is younger than the token that asked."""
    force, decision = awaiting(house, keep_crops=True, second_examiner=True)
    house.write("UPDATE enforcement.parked SET ended_ns = 1 WHERE decision_id <> %s AND ended_ns IS NULL", decision)
    expires_at = house.now() // 10**9 + 300
    runner.move(10 * HOUR_NS)
    vote(house, force, decision)
    (resumes_as,) = house.one("SELECT resumes_as FROM enforcement.approvals WHERE decision_id = %s", decision)
    assert house.one("SELECT count(*) FROM enforcement.parked WHERE decision_id = %s", resumes_as) == (1,)
    with house.services.database.transaction() as connection:
        revoke_token(connection, token_id=force.caller.token_id, expires_at=expires_at)
    assert ended(house, force.caller.token_id) == 1


def test_the_end_of_a_token_is_forgotten_once_nothing_waits_that_is_as_old(house: GateHouse, runner: Runner) -> None:
    house.write("UPDATE enforcement.parked SET ended_ns = 1 WHERE ended_ns IS NULL")
    revoke(house, "nobody-waits-with-it")
    runner.move(2 * HOUR_NS)
    revoke(house, "another")
    assert ended(house, "nobody-waits-with-it") == 0


def test_the_last_yes_counts_where_the_gallery_is_gone_meanwhile(house: GateHouse) -> None:
    force, decision = awaiting(house)
    house.services.galleries.delete(force.caller, force.gallery, with_faces=True)
    assert vote(house, force, decision)["state"] == "approved"
    shown = house.services.records.show(force.caller, decision)
    assert [reason["code"] for reason in shown["decision"]["reasons"]] == ["GALLERY_NOT_FOUND"]


@pytest.mark.parametrize("hours", [TERM_HOURS, 1])
def test_by_a_clock_that_was_set_back_nobody_votes_and_nothing_lapses(
    house: GateHouse, runner: Runner, hours: int
) -> None:
    force, decision = awaiting(house)
    runner.move(hours * HOUR_NS)
    runner.sign()
    runner.move(-HOUR_NS)
    try:
        with pytest.raises(ClockNotTrusted):
            vote(house, force, decision)
        with pytest.raises(ClockNotTrusted):
            lapse(house)
        assert state(house, decision) == "awaiting"
    finally:
        runner.move(HOUR_NS)
    lapse(house)
    assert state(house, decision) == ("expired" if hours == TERM_HOURS else "awaiting")


def test_what_nobody_waits_for_any_more_goes_with_an_entry_that_names_it(house: GateHouse, runner: Runner) -> None:
    force, decision = awaiting(house)
    kept = [
        {
            "what": f"enforcement.{table}",
            "sha256": house.one(
                f"SELECT encode(sha256({part}), 'hex') FROM enforcement.{table} WHERE decision_id = %s", decision
            )[0],
        }
        for table, part in (("parked", "document"), ("parked_images", "image"))
    ]
    runner.move(TERM_HOURS * HOUR_NS)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: lapse(house), range(4)))
    (entry,) = house.leaves(kind="probe.deleted", decision_id=str(decision))
    assert entry["agency"] == force.agency
    assert entry["deleted"] == kept
