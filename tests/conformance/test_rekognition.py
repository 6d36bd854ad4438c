"""A program written for Amazon Rekognition runs unchanged, and every body that it is sent is one of Amazon's model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from gateway_house import House, gateway_house
from rekognition_house import MODEL, faults, profile

from gateway.cli.photographs import default_cache, photographs

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent / "python"
pytestmark = pytest.mark.photographs


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    found = photographs(default_cache())
    if "person_a_2.jpg" not in found:
        pytest.skip("the photographs could not be fetched")
    with gateway_house(found) as running:
        yield running


@pytest.fixture(scope="module")
def folder(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photographs side by side, wherever each came from."""
    folder = tmp_path_factory.mktemp("photographs")
    for name, path in house.photographs.items():
        (folder / name).write_bytes(Path(path).read_bytes())
    return folder


def run(house: House, tmp_path: Path, collection: str, *command: object) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", *map(str, command)],
        env=profile(house, tmp_path, gallery=[collection, "trial-other"]),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_a_program_that_knows_of_no_gateway_does_what_it_does_with_amazon(
    house: House, folder: Path, tmp_path: Path
) -> None:
    collection = "trial-program"
    seen = run(house, tmp_path, collection, HERE / "boto3_program.py", folder, collection)
    assert seen == {
        "created": [200, collection],
        "created_again": "ResourceAlreadyExistsException",
        "collections": [collection],
        "nobody": [[], []],
        "described": [3, 0, True],
        "faces": [["person_a_1.jpg", "person_b_1.jpg"], ["person_d_1.jpg"]],
        "by_image": ["person_a_1.jpg"],
        "by_face": ["again"],
        "same": [1, 0],
        "different": [0, 1],
        "detected": [1, True],
        "user_again": "ConflictException",
        "associated": [2, "ACTIVE"],
        "not_associated": ["ASSOCIATED_TO_A_DIFFERENT_USER", "FACE_NOT_FOUND"],
        "users": [["person-a", "ACTIVE"], ["person-b", "ACTIVE"]],
        "users_by_image": ["person-a"],
        "users_by_face": ["person-a"],
        "users_by_user": ["person-b", []],
        "kept": [["ASSOCIATED_TO_AN_EXISTING_USER"], "person-a"],
        "of_user": ["again", "person_a_1.jpg"],
        "disassociated": [1, "ACTIVE"],
        "no_user": "ResourceNotFoundException",
        "errors": {
            "no_face": "InvalidParameterException",
            "no_collection": "AccessDeniedException",
            "no_picture": "InvalidImageFormatException",
            "too_large": "ImageTooLargeException",
            "too_many": "InvalidParameterException",
            "threshold": "InvalidParameterException",
            "s3": "InvalidS3ObjectException",
            "page": "InvalidPaginationTokenException",
            "no_face_id": "InvalidParameterException",
            "labels": "AccessDeniedException",
            "video": "AccessDeniedException",
        },
        "deleted": [1, ["FACE_NOT_FOUND"]],
        "removed": 200,
        "gone": "ResourceNotFoundException",
    }


def test_every_body_is_one_of_the_model_with_no_member_too_many_or_missing(
    house: House, folder: Path, tmp_path: Path
) -> None:
    collection, output = "trial-recorded", tmp_path / "bodies.json"
    run(house, tmp_path, collection, HERE / "boto3_recorder.py", output, HERE / "boto3_program.py", folder, collection)
    bodies = json.loads(output.read_text(encoding="utf-8"))
    answered = {one["operation"] for one in bodies if one["status"] == 200}
    assert answered == {
        "AssociateFaces", "CompareFaces", "CreateCollection", "CreateUser", "DeleteCollection", "DeleteFaces",
        "DeleteUser", "DescribeCollection", "DetectFaces", "DisassociateFaces", "IndexFaces", "ListCollections",
        "ListFaces", "ListUsers", "SearchFaces", "SearchFacesByImage", "SearchUsers", "SearchUsersByImage",
    }  # fmt: skip
    for one in bodies:
        assert one["headers"]["content-type"] == "application/x-amz-json-1.1"
        if one["status"] == 200:
            assert faults(MODEL.operation_model(one["operation"]).output_shape, one["body"], one["operation"]) == []
        else:
            assert one["body"].keys() == {"__type", "Message"}, one


def test_the_check_of_bodies_finds_what_is_wrong() -> None:
    shape = MODEL.operation_model("SearchFacesByImage").output_shape
    match = {"Similarity": 101.0, "Face": {"FaceId": "NOT-A-UUID", "Extra": 1}}
    assert sorted(faults(shape, {"FaceMatches": [match], "More": {}}, "out")) == [
        "out.FaceMatches[0].Face.Extra: unknown",
        "out.FaceMatches[0].Face.FaceId: not of the pattern",
        "out.FaceMatches[0].Similarity: outside its limits",
        "out.More: unknown",
    ]
    needed = MODEL.operation_model("CompareFaces").input_shape
    assert "in.TargetImage: missing" in faults(needed, {}, "in")
