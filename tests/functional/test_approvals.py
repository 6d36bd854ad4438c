"""Requests that wait for supervisors, over HTTP with real processes: who may approve, and what comes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from examiner_house import APPROVING, Squad, squad
from patience import until

from gateway.cli.demo.seed import AGENCY_SCOPES
from gateway.cli.http import Api
from gateway.identity.client_credentials import request_token
from gateway.identity.client_sender import Sender

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs


@pytest.fixture(scope="module")
def one(house: House) -> Squad:
    """Each search waits for one supervisor."""
    return squad(house, approvers=1, enrolled=("person_a_1.jpg", "person_b_1.jpg"))


@pytest.fixture(scope="module")
def two(house: House) -> Squad:
    """Each search waits for two supervisors."""
    return squad(house, approvers=2, enrolled=("person_a_1.jpg",))


def held(squad: Squad, **changes: Any) -> str:
    answer = squad.search(**changes)
    assert (answer.status, answer.document.get("status")) == (202, "awaiting_approval"), answer.document
    return str(answer.document["id"])


def entries(house: House, **filters: str) -> list[dict[str, Any]]:
    """Entries as the auditor reads them, once they are integrated."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return [item["entry"] for item in house.api("auditor").get(f"/v1/audit/entries?{query}").document["items"]]


def test_an_approved_search_is_made_and_only_the_requester_reads_its_result(one: Squad) -> None:
    body = one.search_body()
    waiting = one.api("asker").post("/v1/searches", body)
    assert (waiting.status, waiting.document["status"]) == (202, "awaiting_approval")
    assert waiting.document["needed"] == 1
    assert "candidates" not in waiting.document
    search = str(waiting.document["id"])
    assert one.shown(search)["status"] == "awaiting_approval"
    assert search in {item["id"] for item in one.api("boss-1").get("/v1/approvals").document["items"]}

    seen = one.api("boss-1").get(f"/v1/approvals/{search}").document
    assert seen["images"] == [body["probe"]["image"]]
    assert seen["request"]["justification"] == body["justification"]
    assert seen["request"]["case_number"] == body["case_number"]
    decided = one.vote("boss-1", search)
    assert (decided.status, decided.document["state"]) == (200, "approved")
    assert "candidates" not in str(decided.document)

    shown = one.shown(search)
    assert shown["status"] == "completed"
    assert [candidate["external_id"] for candidate in shown["answer"]["candidates"]] == ["person_a_1"]
    assert one.shown(shown["continued_as"])["answer"] == shown["answer"]


def test_each_step_is_an_entry(one: Squad, house: House) -> None:
    search = held(one)
    one.vote("boss-1", search)
    continued = one.shown(search)["continued_as"]
    kinds = _until_logged(house, search, "approval.decided")
    assert {"search.decision", "approval.requested", "approval.viewed", "approval.decided"} <= kinds
    assert {"search.decision", "search.outcome", "search.release"} <= _until_logged(house, continued, "search.release")


def test_a_rejected_search_is_never_made(one: Squad) -> None:
    search = held(one)
    assert one.vote("boss-1", search, "reject").document["state"] == "rejected"
    shown = one.shown(search)
    assert (shown["status"], shown["answer"]) == ("rejected", None)
    again = one.vote("boss-2", search)
    assert (again.status, again.code) == (409, "NOT_AWAITED")


def test_a_contract_that_asks_for_two_waits_for_two(two: Squad) -> None:
    search = held(two)
    first = two.vote("boss-1", search)
    assert (first.document["state"], first.document["approved"]) == ("awaiting", 1)
    again = two.vote("boss-1", search)
    assert (again.status, again.code) == (409, "ALREADY_DECIDED")
    assert two.shown(search)["status"] == "awaiting_approval"
    assert two.vote("boss-2", search).document["state"] == "approved"
    assert two.shown(search)["status"] == "completed"


def test_a_vote_is_about_what_was_seen(one: Squad) -> None:
    search, other = held(one), held(one, justification="seen at the north gate of the market at 14:10 on 12 November")
    of_other = one.api("boss-1").get(f"/v1/approvals/{other}").document["request_sha256"]
    refused = one.vote("boss-1", search, request_sha256=of_other)
    assert (refused.status, refused.code) == (409, "APPROVAL_OF_SOMETHING_ELSE")
    assert one.vote("boss-1", search, reason="").status == 422


def test_nobody_approves_through_a_second_account_of_the_same_person(one: Squad, house: House) -> None:
    """The requester's own badge, written otherwise, on an account that is a supervisor's."""
    one.person("ann-2", badge=" b-1", roles=["supervisor_approver"], client="ann-2", scopes=APPROVING)
    search = held(one)
    refused = one.vote("ann-2", search)
    assert (refused.status, refused.code) == (403, "SAME_PERSON")
    assert one.api("ann-2").get(f"/v1/approvals/{search}").code == "SAME_PERSON"
    assert one.shown(search)["status"] == "awaiting_approval"
    assert "access.refused" in _until_logged(house, search, "access.refused")


def test_an_account_of_nobody_known_approves_nothing_and_is_approved_nothing(one: Squad) -> None:
    one.person("nobody", badge=None, roles=["supervisor_approver"], client="nobody", scopes=APPROVING)
    search = held(one)
    assert one.vote("nobody", search).code == "PERSON_UNKNOWN"
    one.person("anon", badge=None, roles=["investigator"], client="anon", scopes=AGENCY_SCOPES)
    answer = one.api("anon").post("/v1/searches", one.search_body())
    assert answer.status == 202
    assert one.vote("boss-1", str(answer.document["id"])).code == "PERSON_UNKNOWN"


def test_one_client_that_names_both_users_is_one_person(one: Squad, house: House) -> None:
    both = (*AGENCY_SCOPES, *APPROVING)
    one.person("gil", badge="B-7", roles=["investigator"], client="desk", scopes=both)
    search = str(one.api("desk").post("/v1/searches", one.search_body()).document["id"])
    supervisor = _as_user(house, f"{one.agency}-desk", f"{one.agency}/bo")
    seen = supervisor.get(f"/v1/approvals/{search}")
    assert (seen.status, seen.code) == (403, "SAME_CLIENT")


def test_an_investigator_and_another_agency_see_no_approvals(one: Squad, two: Squad) -> None:
    search = held(one)
    for path in ("/v1/approvals", f"/v1/approvals/{search}"):
        assert one.api("all").get(path).code == "ROLE_REQUIRED"
    assert two.api("boss-1").get(f"/v1/approvals/{search}").code == "NOT_FOUND"
    assert search not in str(two.api("boss-1").get("/v1/approvals").document)


def test_the_same_face_under_another_story_is_held_and_another_reason_is_not(one: Squad) -> None:
    picture = "person_d_1.jpg"
    rally = one.search(
        picture,
        case_number="2026-0501",
        purpose="identify_event_participants",
        subject={"selected_because_of": "participation_in_lawful_event", "activity": "protest"},
    )
    assert rally.status == 403
    again = one.search(picture, case_number="2026-0502")
    assert again.status == 202
    assert "PRIOR_DENIAL_OTHER_STORY" in again.codes
    # An approval cures no missing justification, so nothing waits.
    hopeless = one.search(picture, case_number="2026-0503", justification="suspect")
    assert hopeless.status == 403
    assert one.vote("boss-1", str(again.document["id"])).document["state"] == "approved"
    assert one.shown(str(again.document["id"]))["status"] == "completed"


def test_what_is_approved_is_decided_afresh(one: Squad, house: House) -> None:
    """The contract's end comes between the question and the approval."""
    search = held(one)
    contract = house.api("admin-1").get(f"/v1/contracts/{one.agency}/contract").document
    assert house.api("admin-1").patch(f"/v1/contracts/{one.agency}/contract", {"status": "terminated"}).status == 200
    try:
        assert one.vote("boss-1", search).document["state"] == "approved"
        shown = one.shown(search)
        assert shown["status"] == "denied"
        assert "CONTRACT_NOT_IN_FORCE" in str(shown["decision"]["reasons"])
    finally:
        house.api("admin-1").patch(f"/v1/contracts/{one.agency}/contract", {"status": contract["status"]})


def test_a_repeat_with_the_same_key_waits_as_the_first_did(one: Squad) -> None:
    body = one.search_body()
    first = one.api("asker").post("/v1/searches", body, Idempotency_Key="held-1")
    again = one.api("asker").post("/v1/searches", body, Idempotency_Key="held-1")
    assert (first.status, first.document) == (again.status, again.document)
    assert first.status == 202


def _as_user(house: House, client: str, user: str) -> Api:
    """The client, naming another user than its own."""
    held = json.loads((house.settings.clients / f"{client}.json").read_text(encoding="utf-8"))
    sender = Sender(house.settings.issuer)
    token = request_token(house.url, held["client_id"], held["private_jwk"], user=user, sender=sender)
    return Api(house.url, str(token["access_token"]), sender)


def _until_logged(house: House, decision: str, kind: str) -> set[str]:
    """The kinds of a decision's entries, once one of `kind` is integrated."""

    def kinds() -> set[str] | None:
        found = {entry["kind"] for entry in entries(house, decision_id=decision)}
        return found if kind in found else None

    return until(kinds, f"{kind} is an entry")
