"""Inputs have Amazon's members and limits, the maxima too, which its SDK does not check."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError
from rekognition_house import MODEL

from gateway.web.problems import Problem
from gateway.web.rekognition import inputs, searches
from gateway.web.rekognition.operations import OFFERED

FACE = "01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b11"
GOOD: dict[str, dict[str, Any]] = {
    "SearchFaces": {"CollectionId": "c", "FaceId": FACE},
    "SearchFacesByImage": {"CollectionId": "c", "Image": {"Bytes": "aGk="}},
    "ListFaces": {"CollectionId": "c"},
    "ListUsers": {"CollectionId": "c"},
    "AssociateFaces": {"CollectionId": "c", "UserId": "u", "FaceIds": [FACE]},
    "SearchUsers": {"CollectionId": "c", "UserId": "u"},
}


def read(operation: str, **changes: Any) -> inputs.Input:
    return OFFERED[operation].model.model_validate_json(json.dumps(GOOD[operation] | changes))


@pytest.mark.parametrize("operation", sorted(OFFERED))
def test_the_members_are_those_of_the_model(operation: str) -> None:
    shape, model = MODEL.operation_model(operation).input_shape, OFFERED[operation].model
    assert model.model_fields.keys() == shape.members.keys()
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert required == set(shape.required_members)


@pytest.mark.parametrize("operation", sorted(GOOD))
def test_what_the_model_allows_is_read(operation: str) -> None:
    assert read(operation).model_dump(exclude_unset=True) == GOOD[operation]


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ("SearchFaces", {"MaxFaces": 5000}),
        ("SearchFaces", {"MaxFaces": 0}),
        ("SearchFaces", {"FaceMatchThreshold": 120}),
        ("SearchFaces", {"FaceMatchThreshold": -1}),
        ("SearchFaces", {"FaceId": FACE.upper()}),
        ("SearchFaces", {"FaceId": FACE + "\n"}),
        ("SearchFaces", {"CollectionId": "a" * 256}),
        ("SearchFaces", {"CollectionId": "c\n"}),
        ("SearchFaces", {"Purpose": "x"}),
        ("SearchFaces", {"MaxFaces": "5"}),
        ("SearchFacesByImage", {"QualityFilter": "BEST"}),
        ("ListFaces", {"MaxResults": 4097}),
        ("ListFaces", {"FaceIds": []}),
        ("ListFaces", {"NextToken": "a" * 256}),
        ("ListUsers", {"MaxResults": 501}),
        ("AssociateFaces", {"FaceIds": [FACE] * 101}),
        ("AssociateFaces", {"ClientRequestToken": "a" * 65}),
        ("SearchUsers", {"FaceId": FACE}),
        ("SearchUsers", {"UserId": None}),
    ],
)
def test_what_it_does_not_allow_is_refused(operation: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(operation, **changes)


def test_tags_are_refused_and_none_are_no_tags() -> None:
    model = OFFERED["CreateCollection"].model
    assert model.model_validate_json('{"CollectionId": "c", "Tags": {}}').model_dump()["Tags"] == {}
    with pytest.raises(ValidationError, match="tags are not offered"):
        model.model_validate_json('{"CollectionId": "c", "Tags": {"a": "b"}}')


def test_a_picture_is_bytes() -> None:
    assert inputs.Picture(Bytes="aGk=").content("Image") == b"hi"
    for picture, code in (
        (inputs.Picture(), "IMAGE_MISSING"),
        (inputs.Picture(S3Object=inputs.S3Picture(Bucket="b", Name="n")), "S3_NOT_OFFERED"),
        (inputs.Picture(Bytes="%"), "IMAGE_BASE64"),
        (inputs.Picture(Bytes="A" * 6990512), "IMAGE_TOO_LARGE"),
    ):
        with pytest.raises(Problem) as refused:
            picture.content("Image")
        assert refused.value.code == code


def test_the_reasons_for_a_face_that_is_not_indexed_are_words_of_the_model() -> None:
    words = MODEL.shape_for("Reason").enum
    assert set(searches._NOT_INDEXED.values()) <= set(words)
    assert re.fullmatch(r"PROBE_\w+", next(iter(searches._NOT_INDEXED)))
