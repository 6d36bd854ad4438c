"""Two examiners, blind to each other, judge first; that nothing shows meanwhile: `test_withheld_results`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from examiner_house import EXAMINING, GALLERY, Squad, squad

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs

ENROLLED = ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png")


@pytest.fixture(scope="module")
def team(house: House) -> Squad:
    """Every result is judged by two examiners; the floor is so low that everybody enrolled is a candidate."""
    return squad(house, second_examiner=True, enrolled=ENROLLED)


def searched(team: Squad, **changes: Any) -> str:
    answer = team.search(**{"min_similarity": 0} | changes)
    assert (answer.status, answer.document.get("status")) == (202, "awaiting_review"), answer.document
    return str(answer.document["id"])


def faces(team: Squad) -> dict[str, str]:
    """external_id to face id of the whole gallery."""
    listed = team.api("asker").get(f"/v1/galleries/{GALLERY}/faces").document["items"]
    return {item["external_id"]: item["face_id"] for item in listed}


def test_two_who_agree_release_what_they_agreed_on(team: Squad) -> None:
    search, right = searched(team), faces(team)["person_a_1"]
    assert team.examine("eye-1", search, right).document == {"id": search, "state": "judged"}
    assert team.shown(search)["status"] == "awaiting_review"
    assert team.examine("eye-2", search, right).document == {"id": search, "state": "judged"}
    shown = team.shown(search)
    assert shown["status"] == "completed"
    assert [candidate["external_id"] for candidate in shown["answer"]["candidates"]] == ["person_a_1"]
    assert (shown["answer"]["examined"], shown["answer"]["lead"]) == (True, True)


def test_examiners_who_differ_are_followed_by_a_third(team: Squad) -> None:
    search, found = searched(team), faces(team)
    team.examine("eye-1", search, found["person_a_1"])
    team.examine("eye-2", search, found["person_b_1"])
    assert team.shown(search)["status"] == "awaiting_review"
    team.examine("eye-3", search, found["person_a_1"])
    assert [one["external_id"] for one in team.shown(search)["answer"]["candidates"]] == ["person_a_1"]


def test_three_who_differ_end_as_no_lead(team: Squad) -> None:
    search, found = searched(team), faces(team)
    for client, person in (("eye-1", "person_a_1"), ("eye-2", "person_b_1"), ("eye-3", "person_c_1")):
        team.examine(client, search, found[person])
    answer = team.shown(search)["answer"]
    assert (answer["candidates"], answer["lead"]) == ([], False)


def test_a_search_that_finds_nobody_is_examined_like_any_other(team: Squad) -> None:
    """Or the waiting itself would tell that somebody was found."""
    search = searched(team, picture="person_d_1.jpg", min_similarity=99)
    for client in ("eye-1", "eye-2"):
        assert team.examine(client, search).status == 200
    answer = team.shown(search)["answer"]
    assert (answer["candidates"], answer["lead"]) == ([], False)


def test_examiners_see_pictures_without_scores_and_only_until_they_have_judged(team: Squad) -> None:
    search, right = searched(team), faces(team)["person_a_1"]
    eye = team.api("eye-1")
    assert eye.get(f"/v1/reviews/{search}").code == "NOT_FOUND"
    assert eye.post(f"/v1/reviews/{search}/take", {}).status == 201
    seen = eye.get(f"/v1/reviews/{search}").document
    assert {one["candidate"] for one in seen["candidates"]} == set(faces(team).values())
    assert all(one["picture"].startswith("/9j/") for one in seen["candidates"])
    assert [one["candidate"] for one in seen["candidates"]] == sorted(one["candidate"] for one in seen["candidates"])
    assert not re.search(r"similarity|distance|rank|external_id|person_", json.dumps(seen))
    partly = eye.post(
        f"/v1/reviews/{search}/judgement",
        {"verdicts": [{"candidate": right, "verdict": "same_person"}], "reason": "the scar"},
    )
    assert (partly.status, partly.code) == (422, "JUDGEMENT_INCOMPLETE")
    assert team.examine("eye-1", search, right).status == 200
    assert eye.get(f"/v1/reviews/{search}").code == "NOT_FOUND"
    assert eye.post(f"/v1/reviews/{search}/take", {}).code == "NO_PLACE"
    assert search not in str(eye.get("/v1/reviews").document)


def test_neither_who_asked_nor_their_second_account_nor_the_untrained_examines(team: Squad) -> None:
    search = searched(team)
    team.person("ann-3", badge="b-1", roles=["trained_examiner"], client="ann-3", scopes=EXAMINING)
    assert team.api("ann-3").post(f"/v1/reviews/{search}/take", {}).code == "SAME_PERSON"
    assert search not in str(team.api("ann-3").get("/v1/reviews").document)
    assert team.api("all").post(f"/v1/reviews/{search}/take", {}).code == "ROLE_REQUIRED"
    with team._registry() as (registry, _):
        team._user(registry, "hal", badge="E-9", roles=["trained_examiner"], training_valid_to_ns=1)
    team.person("ivy", badge="E-1", roles=["trained_examiner"], client="ivy", scopes=EXAMINING)
    assert team.examine("eye-1", search).status == 200
    # Another account of the examiner who has judged.
    assert team.api("ivy").post(f"/v1/reviews/{search}/take", {}).code == "NO_PLACE"


def test_a_gallery_without_crops_cannot_serve_such_a_search(team: Squad) -> None:
    asker = team.api("asker")
    assert asker.post("/v1/galleries", {"name": "bare", "keep_crops": False}).status == 201
    refused = team.search(gallery="bare")
    assert (refused.status, refused.code) == (403, "GALLERY_WITHOUT_CROPS")


def test_a_comparison_is_judged_like_a_search(team: Squad) -> None:
    body = team.search_body(reference=team.house.image("person_a_1.jpg"))
    del body["gallery"]
    waiting = team.api("asker").post("/v1/comparisons", body)
    assert (waiting.status, waiting.document["status"]) == (202, "awaiting_review")
    search = str(waiting.document["id"])
    assert not re.search(r"similarity\":|above_floor", json.dumps(waiting.document).replace("min_similarity", ""))
    for client in ("eye-1", "eye-2"):
        assert team.examine(client, search, "reference").status == 200
    assert team.shown(search)["answer"]["similarity"] > 90
