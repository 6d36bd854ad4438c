"""A probe is tied to its case by its face: what only the search can tell holds the result, before anybody sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from examiner_house import Squad, squad

if TYPE_CHECKING:
    from gateway_house import House

    from gateway.cli.http import Answer

pytestmark = pytest.mark.photographs

FACES = ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")


@pytest.fixture
def force(house: House) -> Squad:
    return squad(house, enrolled=("person_a_1.jpg",))


def held(answer: Answer, code: str) -> str:
    """A search that was made, and whose result waits for a supervisor; nothing of it is told."""
    assert (answer.status, answer.document.get("status")) == (202, "awaiting_approval"), answer.document
    assert code in answer.codes
    assert "candidates" not in answer.document
    return str(answer.document["id"])


def found(shown: dict[str, Any]) -> list[str]:
    return [candidate["external_id"] for candidate in shown["answer"]["candidates"]]


def test_the_same_face_by_other_photographs_under_case_after_case_waits_for_a_supervisor(force: Squad) -> None:
    pictures = ("person_a_1.jpg", "person_a_2.jpg", "person_a_3.jpg")
    for number, picture in enumerate(pictures):
        assert force.search(picture, case_number=f"case-{number}").status == 200
    search = held(force.search("person_a_4.png", case_number="case-4"), "CASE_REUSE_ANOMALY")
    assert force.shown(search)["status"] == "awaiting_approval"
    assert not _told_of("person_a_1", force, search)
    assert force.vote("boss-1", search).document["state"] == "approved"
    shown = force.shown(search)
    assert (shown["status"], found(shown)) == ("completed", ["person_a_1"])


def test_one_face_by_many_photographs_in_one_case_is_one_subject(force: Squad) -> None:
    for picture in ("person_a_1.jpg", "person_a_2.jpg", "person_a_3.jpg", "person_a_4.png", "person_a_cut_1.jpg"):
        body = force.search_body(picture)
        body["probe"]["source"] = "social_media" if picture != "person_a_cut_1.jpg" else "cctv_still"
        answer = force.api("asker").post("/v1/searches", body)
        assert answer.status == 200, answer.document


def test_the_face_of_a_colleague_waits_for_a_supervisor(force: Squad) -> None:
    asker = force.api("asker")
    assert asker.post("/v1/galleries", {"name": "our-own", "staff": True}).status == 201
    enrolled = asker.post(
        "/v1/galleries/our-own/faces",
        {
            "image": force.house.image("person_b_1.jpg"),
            "external_id": "colleague",
            "purpose": "locate_missing_person",
            "case_number": "staff",
            "justification": "photograph taken for the service card on 12 November",
        },
    )
    assert enrolled.status == 200, enrolled.document
    search = held(force.search("person_b_1.jpg"), "COLLEAGUE_SEARCHED")
    assert force.vote("boss-1", search, "reject").document["state"] == "rejected"
    shown = force.shown(search)
    assert (shown["status"], shown["answer"]) == ("withheld", None)


def test_an_approval_before_the_search_is_none_of_what_it_found(house: House) -> None:
    force = squad(house, approvers=1, enrolled=("person_a_1.jpg",))
    for number in range(3):
        search = str(force.search(case_number=f"case-{number}").document["id"])
        force.vote("boss-1", search)
        assert force.shown(search)["status"] == "completed"
    last = str(force.search(case_number="case-4").document["id"])
    force.vote("boss-1", last)
    shown = force.shown(last)
    assert shown["status"] == "awaiting_approval"
    assert force.vote("boss-2", shown["continued_as"]).document["state"] == "approved"
    assert found(force.shown(last)) == ["person_a_1"]


def test_another_agency_s_cases_are_no_concern_of_this_one(house: House, force: Squad) -> None:
    other = squad(house, enrolled=("person_a_1.jpg",))
    for number in range(3):
        assert other.search(case_number=f"case-{number}").status == 200
    assert force.search(case_number="case-9").status == 200


def _told_of(name: str, force: Squad, search: str) -> bool:
    """Whether the requester, or a supervisor's preview, is told who was found."""
    seen = force.api("boss-1").get(f"/v1/approvals/{search}").document
    listed = force.api("asker").get("/v1/searches?limit=200").document
    return name in json.dumps([seen, listed, force.shown(search)])
