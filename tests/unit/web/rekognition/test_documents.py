"""Faces in Amazon's words: shares of the picture, scales that rise, and nothing that was not measured."""

from __future__ import annotations

from typing import Any

import pytest
from rekognition_house import MODEL, faults

from gateway.web.rekognition import documents

QUALITY: dict[str, Any] = {
    "detector_score_thousandths": 1160,
    "inter_eye_px": 50,
    "sharpness": 240,
    "brightness": 120,
    "clipped_permille": 1,
    "roll_degrees": -2,
    "yaw_permille": 10,
    "inside": True,
    "faces": 2,
    "box": [100, 50, 299, 249],
    "width": 1000,
    "height": 500,
    "warnings": [],
    "others": [[600, 60, 699, 159]],
}
STORED = {
    "face_id": "01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b11",
    "decision_id": "01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b12",
    "external_id": "person_a",
    "quality": QUALITY,
    "group": None,
}
SHAPES = MODEL.operation_model("IndexFaces").output_shape.members


def test_a_box_is_a_share_of_the_picture() -> None:
    assert documents.place(QUALITY)["BoundingBox"] == {"Width": 0.2, "Height": 0.4, "Left": 0.1, "Top": 0.1}
    assert documents.others(QUALITY) == [{"BoundingBox": {"Width": 0.1, "Height": 0.2, "Left": 0.6, "Top": 0.12}}]
    assert documents.others({name: value for name, value in QUALITY.items() if name != "others"}) == []


def test_a_face_is_one_of_the_model() -> None:
    face = documents.face(STORED | {"group": "person-1"}, "1.3.0")
    record = {"Face": face, "FaceDetail": documents.detail(QUALITY, [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)])}
    assert faults(SHAPES["FaceRecords"], [record], "records") == []
    assert (face["ExternalImageId"], face["UserId"]) == ("person_a", "person-1")


def test_an_external_id_that_the_gateway_gave_is_not_shown() -> None:
    assert "ExternalImageId" not in documents.face(STORED | {"external_id": STORED["decision_id"]}, "1")


def test_a_match_of_a_face_that_is_gone_says_what_the_result_said() -> None:
    candidate = {"face_id": STORED["face_id"], "external_id": "person_a", "similarity": 97.5}
    match = documents.face_match(candidate, None, "1")
    assert match == {"Similarity": 97.5, "Face": {"FaceId": STORED["face_id"], "ExternalImageId": "person_a"}}
    assert documents.face_match(candidate, STORED, "1")["Face"]["Confidence"] > 98


@pytest.mark.parametrize("measure", ["detector_score_thousandths", "sharpness", "brightness"])
def test_each_scale_rises_within_0_and_100(measure: str) -> None:
    def shown(value: int) -> float:
        detail = documents.detail(QUALITY | {measure: value})
        scales = {
            "detector_score_thousandths": detail["Confidence"],
            "sharpness": detail["Quality"]["Sharpness"],
            "brightness": detail["Quality"]["Brightness"],
        }
        found: float = scales[measure]
        return found

    values = [shown(value) for value in (0, 10, 60, 120, 255)]
    assert values == sorted(set(values))
    assert 0 <= values[0] < values[-1] <= 100


def test_a_version_has_the_letters_of_the_model() -> None:
    assert [documents.model_version(text) for text in ("1.3.0", "7.0-beta", "unknown")] == ["1.3.0", "7.0", "0"]
