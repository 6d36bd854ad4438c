"""Amazon as the engine: the same claims, outcomes and entries as here, and no failure passes for "nobody found"."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from amazon_house import Amazon, amazon, credentials, error
from botocore.stub import ANY, Stubber
from engine_house import EngineHouse, engine_house

from gateway.outbound import Outbound
from gateway.recognition import galleries
from gateway.recognition.claims import ClaimRefused
from gateway.recognition.upstream.calls import Calls
from gateway.recognition.upstream.deletions import Deletions
from gateway.recognition.upstream.rekognition import MOST_BYTES, RekognitionMatcher
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.postgres.deployment import Deployment
    from gateway.recognition.workers import Workers
    from gateway.settings import Settings

pytestmark = pytest.mark.photographs

PREFIX = "writgate-"


@pytest.fixture
def there() -> Iterator[Amazon]:
    with amazon() as server:
        yield server


@pytest.fixture
def calls(there: Amazon, tmp_path: Path) -> Calls:
    return Calls(outbound=Outbound([there.url]), url=there.url, region="us-east-1", keys=credentials(tmp_path))


@pytest.fixture
def upstream(settings: Settings, deployment: Deployment, workers: Workers, calls: Calls) -> Iterator[EngineHouse]:
    matcher = RekognitionMatcher(calls, prefix=PREFIX, pipeline=workers.pipeline())
    with engine_house(settings, deployment, workers, matcher=matcher) as house:
        yield house


def indexed(face: UUID) -> tuple[int, Any]:
    return 200, {"FaceRecords": [{"Face": {"FaceId": str(face)}}], "FaceModelVersion": "7.0", "UnindexedFaces": []}


def matches(*found: tuple[UUID, float]) -> tuple[int, Any]:
    return 200, {
        "SearchedFaceConfidence": 99.9,
        "FaceMatches": [{"Similarity": similarity, "Face": {"FaceId": str(face)}} for face, similarity in found],
        "FaceModelVersion": "7.0",
    }


def enrolled(house: EngineHouse, there: Amazon, gallery: UUID, image: bytes, name: str) -> UUID:
    face = uuid4()
    there.answers = [indexed(face)]
    outcome = house.enrol(gallery, image, name)
    assert (outcome.refusal, outcome.face_id) == (None, face)
    there.asked.clear()
    return face


def test_a_face_is_indexed_in_its_gallerys_collection_which_is_made_at_need(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes]
) -> None:
    gallery, face = upstream.gallery(), uuid4()
    there.answers = [error("ResourceNotFoundException"), (200, {}), indexed(face)]
    outcome = upstream.enrol(gallery, photographs["person_a_1.jpg"], "a-name-of-ours")
    assert (outcome.face_id, outcome.upstream_calls) == (face, 3)
    assert (outcome.engine.vendor, outcome.engine.calibrated) == ("amazon_rekognition", False)
    assert there.operations() == ["IndexFaces", "CreateCollection", "IndexFaces"]
    first, sent = there.asked[0][1], there.asked[-1][1]
    assert first == sent  # another try is the same request, so that it makes no second face
    assert sent["CollectionId"] == f"{PREFIX}{gallery}"
    assert base64.b64decode(sent["Image"]["Bytes"]) == photographs["person_a_1.jpg"]
    assert "a-name-of-ours" not in json.dumps(there.asked)
    assert upstream.rows("SELECT id, external_id FROM recognition.faces") == [(face, "a-name-of-ours")]


def test_candidates_are_faces_of_the_gallery_by_similarity_and_each_search_is_an_entry(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes]
) -> None:
    gallery = upstream.gallery()
    one = enrolled(upstream, there, gallery, photographs["person_a_1.jpg"], "one")
    other = enrolled(upstream, there, gallery, photographs["person_b_1.jpg"], "other")
    there.answers = [matches((uuid4(), 99.99), (other, 81.2345), (one, 98.7), (one, 79.9))]
    outcome = upstream.search(gallery, photographs["person_a_2.jpg"])
    told = [
        (found.face_id, found.external_id, found.similarity_thousandths, found.rank) for found in outcome.candidates
    ]
    assert told == [(one, "one", 98_700, 1), (other, "other", 81_234, 2)]
    assert {found.distance_micro for found in outcome.candidates} == {None}
    assert (outcome.faces_searched, outcome.upstream_calls, outcome.false_candidate) == (2, 1, None)
    assert outcome.case_usage is not None
    leaves = [json.loads(str(leaf)) for (leaf,) in upstream.rows("SELECT leaf FROM audit.staging")]
    (leaf,) = [leaf for leaf in leaves if leaf["decision_id"] == str(outcome.decision_id)]
    assert (leaf["engine"]["vendor"], leaf["upstream_calls"]) == ("amazon_rekognition", 1)


def test_a_face_that_was_deleted_here_is_nobody_whatever_amazon_says(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes]
) -> None:
    gallery = upstream.gallery()
    gone = enrolled(upstream, there, gallery, photographs["person_a_1.jpg"], "gone")
    enrolled(upstream, there, gallery, photographs["person_b_1.jpg"], "other")
    with upstream.web.transaction() as connection:
        assert galleries.delete_face(connection, gallery, gone)
    there.answers = [matches((gone, 100.0))]
    assert upstream.search(gallery, photographs["person_a_2.jpg"]).candidates == ()


def test_an_enrolled_face_is_searched_with_by_its_id_and_is_no_candidate_of_itself(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes]
) -> None:
    gallery = upstream.gallery()
    one = enrolled(upstream, there, gallery, photographs["person_a_1.jpg"], "one")
    other = enrolled(upstream, there, gallery, photographs["person_a_2.jpg"], "other")
    there.answers = [matches((one, 100.0), (other, 97.0))]
    outcome = upstream.search_face(gallery, one)
    assert [found.face_id for found in outcome.candidates] == [other]
    assert there.asked[0][0] == "SearchFaces"
    assert there.asked[0][1]["FaceId"] == str(one)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error("AccessDeniedException"), "UPSTREAM_REFUSED"),
        (error("ResourceNotFoundException"), "UPSTREAM_REFUSED"),
        (error("ImageTooLargeException"), "IMAGE_TOO_LARGE"),
        (error("InvalidImageFormatException"), "IMAGE_FORMAT"),
        (error("InvalidParameterException"), "UPSTREAM_NO_FACE"),
        ((200, {"FaceMatches": [{"Similarity": 99.0, "Face": {"FaceId": "no id"}}]}), "UPSTREAM_MALFORMED"),
        ((200, b'{"FaceMatches": [{"Similarity": NaN, "Face": {"FaceId": "x"}}]}'), "UPSTREAM_MALFORMED"),
        ((200, {"FaceMatches": [{"Similarity": 100.1, "Face": {"FaceId": str(UUID(int=1))}}]}), "UPSTREAM_MALFORMED"),
        ((200, b"<html>"), "UPSTREAM_MALFORMED"),
    ],
    ids=str,
)
def test_a_failure_is_a_recorded_refusal_and_never_an_empty_answer(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes], answer: tuple[int, Any], code: str
) -> None:
    gallery = upstream.gallery()
    enrolled(upstream, there, gallery, photographs["person_a_1.jpg"], "one")
    there.answers = [answer]
    outcome = upstream.search(gallery, photographs["person_a_2.jpg"])
    assert outcome.refusal is not None
    assert outcome.refusal.code == code
    assert upstream.rows(
        "SELECT outcome, refused FROM enforcement.outcomes WHERE decision_id = %s", outcome.decision_id
    ) == [(code, True)]


def test_nothing_leaves_without_a_permit_for_an_empty_gallery_or_for_a_picture_that_the_gate_refuses(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes]
) -> None:
    gallery, image = upstream.gallery(), photographs["person_a_1.jpg"]
    assert upstream.engine.answers()
    assert upstream.engine.facts().vendor == "amazon_rekognition"
    with pytest.raises(ClaimRefused):
        upstream.engine.search(uuid4(), image)
    assert upstream.search(gallery, image).candidates == ()
    refused = upstream.enrol(gallery, photographs["no_face_1.png"], "nobody")
    assert refused.refusal is not None
    assert refused.refusal.code == "PROBE_NO_FACE"
    large = photographs["person_a_1.jpg"] + b"\0" * MOST_BYTES
    too_large = upstream.enrol(gallery, large, "large")
    assert too_large.refusal is not None
    assert too_large.refusal.code == "IMAGE_TOO_LARGE"
    assert there.connections == 0


def test_a_cap_on_false_candidates_is_refused_since_nobody_measured_amazon(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes]
) -> None:
    outcome = upstream.search(upstream.gallery(), photographs["person_a_1.jpg"], max_false_candidate_ppm=1_000_000)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "ENGINE_NOT_CALIBRATED"
    assert there.connections == 0


def test_an_enrolment_that_is_not_committed_is_taken_back(
    upstream: EngineHouse, there: Amazon, photographs: dict[str, bytes]
) -> None:
    gallery, face, image = upstream.gallery(), uuid4(), photographs["person_a_1.jpg"]

    def the_gallery_goes() -> None:
        with upstream.web.transaction() as connection:
            galleries.delete_gallery(connection, gallery)

    there.answers = [indexed(face), (200, {"DeletedFaces": [str(face)]})]
    there.meanwhile = the_gallery_goes
    outcome = upstream.enrol(gallery, image, "late")
    assert outcome.refusal is not None
    assert outcome.refusal.code == "GALLERY_GONE"
    assert there.operations() == ["IndexFaces", "DeleteFaces"]
    assert there.asked[-1][1]["FaceIds"] == [str(face)]


@contextmanager
def stubbed(calls: Calls) -> Iterator[Stubber]:
    """Amazon's own model judges what is sent and what is answered."""
    calls._current()
    with Stubber(calls._client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_what_is_sent_and_answered_is_of_amazons_model(
    upstream: EngineHouse, calls: Calls, photographs: dict[str, bytes]
) -> None:
    gallery, face = upstream.gallery(), uuid4()
    collection = f"{PREFIX}{gallery}"
    one, other = photographs["person_a_1.jpg"], photographs["person_a_2.jpg"]
    with stubbed(calls) as stub:
        stub.add_client_error("index_faces", "ResourceNotFoundException")
        stub.add_client_error("create_collection", "ResourceAlreadyExistsException")
        stub.add_response(
            "index_faces",
            {"FaceRecords": [{"Face": {"FaceId": str(face)}}]},
            {
                "CollectionId": collection,
                "Image": {"Bytes": one},
                "MaxFaces": 1,
                "QualityFilter": "NONE",
                "ExternalImageId": ANY,
            },
        )
        assert upstream.enrol(gallery, one, "one").face_id == face
        stub.add_response(
            "search_faces_by_image",
            {"FaceMatches": [{"Similarity": 97.5, "Face": {"FaceId": str(face)}}]},
            {
                "CollectionId": collection,
                "Image": {"Bytes": other},
                "MaxFaces": ANY,
                "FaceMatchThreshold": 80.0,
                "QualityFilter": "NONE",
            },
        )
        assert [found.face_id for found in upstream.search(gallery, other).candidates] == [face]
        stub.add_response(
            "compare_faces",
            {
                "FaceMatches": [
                    {"Similarity": 12.0, "Face": {"BoundingBox": {"Width": 0.1, "Height": 0.1, "Left": 0, "Top": 0}}},
                    {"Similarity": 98.5, "Face": {"BoundingBox": {"Width": 0.5, "Height": 0.4, "Left": 0, "Top": 0}}},
                ]
            },
            {
                "SourceImage": {"Bytes": one},
                "TargetImage": {"Bytes": other},
                "SimilarityThreshold": 0.0,
                "QualityFilter": "NONE",
            },
        )
        compared = upstream.engine.compare(upstream.permit(Operation.VERIFY_1_TO_1, one, other), one, other)
        assert (compared.similarity, compared.distance) == (98.5, None)
    for name, code in (
        ("ThrottlingException", "UPSTREAM_BUSY"),
        ("AccessDeniedException", "UPSTREAM_REFUSED"),
        ("InvalidSignatureException", "UPSTREAM_REFUSED"),
    ):
        with stubbed(calls) as stub:
            stub.add_client_error("search_faces_by_image", name, "what was sent", http_status_code=400)
            outcome = upstream.search(gallery, other)
            assert outcome.refusal is not None
            assert outcome.refusal.code == code


def test_what_is_deleted_here_is_deleted_there_and_tried_again_until_it_is(
    upstream: EngineHouse, there: Amazon, calls: Calls, photographs: dict[str, bytes]
) -> None:
    deletions = Deletions(upstream.own, calls, prefix=PREFIX)
    deletions.carry_out()
    gallery = upstream.gallery()
    gone = enrolled(upstream, there, gallery, photographs["person_a_1.jpg"], "gone")
    with upstream.web.transaction() as connection:
        galleries.delete_face(connection, gallery, gone)
    there.answers = [error("AccessDeniedException")]
    with pytest.raises(Exception, match="UPSTREAM_REFUSED"):
        deletions.carry_out()
    there.answers = [(200, {"DeletedFaces": [str(gone)]})]
    deletions.carry_out()
    assert there.asked[-1] == ("DeleteFaces", {"CollectionId": f"{PREFIX}{gallery}", "FaceIds": [str(gone)]})
    with upstream.web.transaction() as connection:
        galleries.delete_gallery(connection, gallery)
    there.answers = [error("ResourceNotFoundException")]  # gone already
    deletions.carry_out()
    assert there.asked[-1] == ("DeleteCollection", {"CollectionId": f"{PREFIX}{gallery}"})
    there.asked.clear()
    deletions.carry_out()
    assert there.asked == []


def test_what_has_no_face_here_goes_when_it_was_seen_twice_and_what_is_not_ours_stays(
    upstream: EngineHouse, there: Amazon, calls: Calls, photographs: dict[str, bytes]
) -> None:
    gallery, nobodys, stray = upstream.gallery(), uuid4(), uuid4()
    face = enrolled(upstream, there, gallery, photographs["person_a_1.jpg"], "kept")
    listed = [
        (200, {"CollectionIds": ["somebody-elses", f"{PREFIX}{gallery}"], "NextToken": "more"}),
        (200, {"CollectionIds": [f"{PREFIX}{nobodys}", str(gallery)]}),
        (200, {"Faces": [{"FaceId": str(face)}], "NextToken": "more"}),
        (200, {"Faces": [{"FaceId": str(stray)}]}),
    ]
    deletions = Deletions(upstream.own, calls, prefix=PREFIX)
    there.answers = [*listed, (200, {})]
    deletions.sweep()
    assert there.operations() == ["ListCollections", "ListCollections", "ListFaces", "ListFaces"]
    there.answers = [*listed, (200, {})]
    deletions.sweep()
    done = {(operation, body["CollectionId"], *body.get("FaceIds", [])) for operation, body in there.asked[8:]}
    assert done == {
        ("DeleteCollection", f"{PREFIX}{nobodys}"),
        ("DeleteFaces", f"{PREFIX}{gallery}", str(stray)),
    }
