"""The engine on real photographs and a real database: who is found, what is written, what is refused."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from engine_house import side_by_side

from gateway.clock import uuid7
from gateway.postgres.deployment import DatabaseRole
from gateway.recognition import galleries
from gateway.recognition.claims import ClaimRefused
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from engine_house import EngineHouse

pytestmark = pytest.mark.photographs


def test_the_right_person_is_at_rank_1_from_a_different_photograph(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = house.gallery()
    enrolled = {
        name: house.enrol(gallery, photographs[name], name.removesuffix(".jpg").removesuffix(".png"))
        for name in ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")
    }
    assert not any(outcome.refused for outcome in enrolled.values())
    for probe in ("person_a_2.jpg", "person_a_3.jpg", "person_a_cut_1.jpg", "person_a_cut_2.jpg", "person_a_4.png"):
        outcome = house.search(gallery, photographs[probe])
        assert [candidate.external_id for candidate in outcome.candidates] == ["person_a_1"], probe
        assert outcome.candidates[0].rank == 1
        assert outcome.candidates[0].face_id == enrolled["person_a_1.jpg"].face_id
        assert outcome.candidates[0].similarity > 95
        assert (outcome.faces_searched, outcome.proof) == (4, "full")


def entries(house: EngineHouse) -> list[dict[str, object]]:
    return [json.loads(str(leaf)) for (leaf,) in house.rows("SELECT leaf FROM audit.staging ORDER BY 1")]


def test_every_outcome_is_an_entry_with_who_was_found_kept_out_of_the_clear(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = house.gallery()
    house.enrol(gallery, photographs["person_a_1.jpg"], "secret-name")
    outcome = house.search(gallery, photographs["person_a_2.jpg"])
    (entry,) = [entry for entry in entries(house) if entry["decision_id"] == str(outcome.decision_id)]
    assert entry["kind"] == EntryKind.OUTCOME
    assert (entry["outcome"], entry["refused"]) == ("SEARCHED", None)
    assert "candidates" not in entry
    assert entry["agency"] == "lakeport-pd"
    assert entry["engine"] == house.engine.facts().document()
    assert "secret-name" not in json.dumps(entry)
    assert house.rows(
        "SELECT outcome, refused FROM enforcement.outcomes WHERE decision_id = %s", outcome.decision_id
    ) == [("SEARCHED", False)]


def test_nobody_found_is_an_outcome_too(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    gallery = house.gallery()
    house.enrol(gallery, photographs["person_b_1.jpg"], "b")
    outcome = house.search(gallery, photographs["person_a_1.jpg"])
    assert (outcome.refused, outcome.candidates, outcome.faces_searched) == (False, (), 1)
    assert house.rows("SELECT outcome FROM enforcement.outcomes WHERE decision_id = %s", outcome.decision_id) == [
        ("SEARCHED",)
    ]


def test_the_floor_and_the_cap_of_the_permit_are_kept(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    gallery = house.gallery()
    for name in ("person_a_1.jpg", "person_a_2.jpg", "person_a_3.jpg", "person_b_1.jpg"):
        house.enrol(gallery, photographs[name], name)
    probe = photographs["person_a_cut_1.jpg"]
    everyone = house.search(gallery, probe, min_similarity=0).candidates
    assert [candidate.rank for candidate in everyone] == [1, 2, 3, 4]
    assert everyone[3].external_id == "person_b_1.jpg"
    similarities = [candidate.similarity_thousandths for candidate in everyone]
    assert similarities == sorted(similarities, reverse=True)
    assert house.search(gallery, probe, min_similarity=0, max_candidates=2).candidates == everyone[:2]
    second = everyone[1].similarity_thousandths / 1000
    assert house.search(gallery, probe, min_similarity=second).candidates == everyone[:2]
    assert house.search(gallery, probe, min_similarity=second + 0.002).candidates == everyone[:1]


def test_a_picture_without_a_face_is_refused_and_recorded(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    outcome = house.search(house.gallery(), photographs["no_face_1.png"])
    assert outcome.refusal is not None
    assert outcome.refusal.code == "PROBE_NO_FACE"
    assert house.rows(
        "SELECT outcome, refused FROM enforcement.outcomes WHERE decision_id = %s", outcome.decision_id
    ) == [("PROBE_NO_FACE", True)]
    (entry,) = entries(house)
    assert entry["refused"] == "PROBE_NO_FACE"


def test_another_picture_than_the_one_decided_about_is_not_looked_at(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    decision = house.permit(Operation.IDENTIFY_1_TO_N, photographs["person_a_1.jpg"], gallery=house.gallery())
    outcome = house.engine.search(decision, photographs["person_b_1.jpg"])
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.quality) == ("PROBE_CHANGED", ())


def test_a_permit_works_once(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    image = photographs["no_face_1.png"]
    decision = house.permit(Operation.IDENTIFY_1_TO_N, image, gallery=house.gallery())
    house.engine.search(decision, image)
    with pytest.raises(ClaimRefused):
        house.engine.search(decision, image)
    assert len(entries(house)) == 1


def test_without_a_permit_nothing_is_done(house: EngineHouse) -> None:
    with pytest.raises(ClaimRefused):
        house.engine.search(uuid7(), b"")
    assert entries(house) == []


def test_a_permit_for_one_operation_is_not_one_for_another(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    image = photographs["person_a_1.jpg"]
    decision = house.permit(Operation.IDENTIFY_1_TO_N, image, gallery=house.gallery())
    with pytest.raises(ClaimRefused):
        house.engine.enrol(decision, image, external_id="a")
    assert not house.engine.search(decision, image).refused, "the mistaken call used nothing up"


def test_two_pictures_are_compared_and_neither_is_kept(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    def compare(first: str, second: str) -> float:
        images = (photographs[first], photographs[second])
        outcome = house.engine.compare(house.permit(Operation.VERIFY_1_TO_1, *images), *images)
        assert outcome.similarity is not None
        assert len(outcome.quality) == 2
        return outcome.similarity

    assert compare("person_a_1.jpg", "person_a_2.jpg") > 99
    assert compare("person_a_1.jpg", "person_b_1.jpg") < 30
    assert compare("person_a_1.jpg", "person_a_1.jpg") == 100
    assert house.rows("SELECT count(*) FROM recognition.faces") == [(0,)]


def test_a_comparison_says_which_picture_was_refused_by_how_many_were_measured(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    images = (photographs["person_a_1.jpg"], photographs["no_face_1.png"])
    outcome = house.engine.compare(house.permit(Operation.VERIFY_1_TO_1, *images), *images)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, len(outcome.quality)) == ("PROBE_NO_FACE", 1)


def test_an_enrolment_into_a_deleted_gallery_is_refused_and_leaves_nothing(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    image = photographs["person_a_1.jpg"]
    gallery = house.gallery()
    decision = house.permit(Operation.ENROL_GALLERY, image, gallery=gallery)
    with house.web.transaction() as connection:
        connection.execute("SELECT recognition.delete_gallery(%s)", (gallery,))
    outcome = house.engine.enrol(decision, image, external_id="a")
    assert outcome.refusal is not None
    assert outcome.refusal.code == "GALLERY_GONE"
    assert outcome.face_id is None
    assert house.rows("SELECT count(*) FROM recognition.faces") == [(0,)]


def test_an_external_id_outside_its_alphabet_is_refused(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    gallery = house.gallery()
    for external_id in ("", "a b", "\u00e4", "x" * 256, "a\n"):
        outcome = house.enrol(gallery, photographs["person_a_1.jpg"], external_id)
        assert outcome.refusal is not None
        assert outcome.refusal.code == "EXTERNAL_ID_INVALID"


def test_a_picture_is_enrolled_once_in_a_gallery_under_one_external_id(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery, other, image = house.gallery(), house.gallery("other"), photographs["person_a_1.jpg"]
    first = house.enrol(gallery, image, "a")
    again = house.enrol(gallery, image, "a")
    assert again.refusal is not None
    assert (again.refusal.code, again.face_id) == ("FACE_ENROLLED", first.face_id)
    for into, picture, name in (
        (gallery, image, "b"),
        (other, image, "a"),
        (gallery, photographs["person_a_2.jpg"], "a"),
    ):
        assert not house.enrol(into, picture, name).refused
    with house.web.transaction() as connection:
        assert first.face_id
        assert galleries.delete_face(connection, gallery, first.face_id)
    assert not house.enrol(gallery, image, "a").refused
    assert house.rows("SELECT count(*) FROM recognition.faces") == [(4,)]


def test_of_many_that_enrol_one_picture_at_once_one_does(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    gallery, image = house.gallery(), photographs["person_a_1.jpg"]
    permits = [house.permit(Operation.ENROL_GALLERY, image, gallery=gallery) for _ in range(6)]
    with ThreadPoolExecutor(len(permits)) as pool:
        outcomes = list(pool.map(lambda permit: house.engine.enrol(permit, image, external_id="a"), permits))
    assert sorted(outcome.refusal.code if outcome.refusal else "" for outcome in outcomes) == [
        "", *["FACE_ENROLLED"] * 5,
    ]  # fmt: skip
    assert house.rows("SELECT count(*) FROM recognition.faces") == [(1,)]


def test_what_is_kept_of_a_picture_tells_nobody_which_it_was(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    image = photographs["person_a_1.jpg"]
    for name in ("one", "other"):
        house.enrol(house.gallery(name), image, "a")
    kept = [row[0] for row in house.rows("SELECT picture FROM recognition.faces")]
    assert len({*kept, hashlib.sha256(image).digest()}) == 3


def test_a_crop_is_kept_sealed_and_only_where_the_gallery_says_so(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    house.enrol(house.gallery("with", keep_crops=True), photographs["person_a_1.jpg"], "with")
    house.enrol(house.gallery("without", keep_crops=False), photographs["person_a_1.jpg"], "without")
    (with_crop, without) = house.rows("SELECT crop FROM recognition.faces ORDER BY external_id")
    assert without == (None,)
    assert isinstance(with_crop[0], bytes)
    assert b"JFIF" not in with_crop[0]


def test_an_enrolment_that_fails_at_its_end_leaves_neither_face_nor_entry(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    """The permit is ended under the engine's hands, as the sweeper does with one that took too long."""
    image = photographs["person_a_1.jpg"]
    decision = house.permit(Operation.ENROL_GALLERY, image, gallery=house.gallery())
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        admin.execute("INSERT INTO enforcement.outcomes VALUES (%s, 'ABANDONED', false, ops.now_ns())", (decision,))
    with pytest.raises(ClaimRefused):
        house.engine.enrol(decision, image, external_id="a")
    assert house.rows("SELECT count(*) FROM recognition.faces") == [(0,)]
    assert entries(house) == []


def test_an_enrolled_face_is_searched_with_and_is_no_candidate_of_itself(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery, elsewhere = house.gallery(), house.gallery("elsewhere")
    faces = {
        name: house.enrol(gallery, photographs[name], name.partition(".")[0]).face_id
        for name in ("person_a_1.jpg", "person_a_2.jpg", "person_b_1.jpg")
    }
    face = faces["person_a_1.jpg"]
    assert face is not None
    outcome = house.search_face(gallery, face)
    assert [(found.external_id, found.rank) for found in outcome.candidates] == [("person_a_2", 1)]
    assert outcome.case_usage is not None
    assert house.search_face(gallery, face, max_candidates=1).candidates == outcome.candidates
    strangers = house.search_face(gallery, face, min_similarity=0.0, max_candidates=1)
    assert [found.external_id for found in strangers.candidates] == ["person_a_2"]
    refused = house.search_face(elsewhere, face)
    assert refused.refusal is not None
    assert refused.refusal.code == "FACE_GONE"


def test_a_permit_for_one_face_is_not_good_for_another(house: EngineHouse, photographs: dict[str, bytes]) -> None:
    gallery = house.gallery()
    one = house.enrol(gallery, photographs["person_a_1.jpg"], "a").face_id
    other = house.enrol(gallery, photographs["person_b_1.jpg"], "b").face_id
    assert one is not None
    assert other is not None
    outcome = house.search_face(gallery, other, permitted=one)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "PROBE_CHANGED"


def test_of_several_faces_the_largest_is_meant_only_where_it_is_said(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = house.gallery()
    both = side_by_side(photographs["person_a_1.jpg"], photographs["person_c_1.png"])
    assert house.enrol(gallery, both, "one").refused
    enrolled = house.enrol(gallery, both, "one", largest=True)
    assert not enrolled.refused
    (quality,) = enrolled.quality
    assert (quality.faces, len(quality.others)) == (2, 1)
    assert not house.search(gallery, both).candidates
    found = house.search(gallery, photographs["person_a_2.jpg"])
    assert [candidate.external_id for candidate in found.candidates] == ["one"]


def test_faces_are_found_without_a_permit_and_nothing_is_written(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    before = len(entries(house))
    both = side_by_side(photographs["person_a_1.jpg"], photographs["person_c_1.png"])
    found = house.engine.detect(both)
    assert found.refusal is None
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (face.quality.box for face in found.faces)]
    assert (len(areas), areas) == (2, sorted(areas, reverse=True))
    outer_right, inner_right, outer_left, inner_left, nose = (x for x, _ in found.faces[0].points)
    assert outer_left < inner_left < nose < inner_right < outer_right
    assert house.engine.detect(photographs["no_face_1.png"]).faces == ()
    broken = house.engine.detect(b"%PDF-1.4").refusal
    assert broken is not None
    assert broken.code == "IMAGE_FORMAT"
    assert len(entries(house)) == before
