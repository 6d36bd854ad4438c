"""One gateway as the engine of another, through boto3; and Amazon's terms, which refuse before a byte leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from amazon_house import amazon, credentials
from gate_house import Force, GateHouse, asking, gate_house
from gateway_house import gateway_house
from patience import until
from rekognition_house import TRIAL_CASE, WHY, rekognition

from gateway.cli.demo.seed import STANDING_ORDER
from gateway.clock import uuid7
from gateway.enforcement.answers import Refused, Released
from gateway.enforcement.errors import EngineRefusal
from gateway.enforcement.request import Probe
from gateway.identity.client_credentials import request_token
from gateway.vocabulary import Operation
from gateway.web.api.results import SearchResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from amazon_house import Amazon
    from gate_house import Copies
    from gateway_house import House

    from gateway.enforcement.answers import Answer

pytestmark = pytest.mark.photographs

PREFIX = "trial-"
BOUND: dict[str, Any] = {
    "purpose": "locate_missing_person",
    "case_number": TRIAL_CASE,
    "instrument": STANDING_ORDER,
    "justification": WHY,
}


@pytest.fixture(scope="module")
def above(
    house: House, copies: Copies, cluster_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GateHouse]:
    """A gateway whose engine is another gateway, with credentials that are good for nothing yet."""
    with _upstream(copies, cluster_home, house.url, credentials(tmp_path_factory.mktemp("keys"))) as above:
        yield above


def force_of(above: GateHouse, house: House) -> Force:
    """An agency, and credentials of the other gateway that are good for its gallery's collection."""
    force = above.force()
    file = above.settings.rekognition_credentials
    assert file is not None
    credentials(file.parent, **session(house, galleries=[collection(force)]))
    return force


def session(house: House, **bound: Any) -> dict[str, str]:
    """Credentials of the other gateway."""
    held = json.loads((house.settings.clients / "trial.json").read_text(encoding="utf-8"))
    given = request_token(
        house.url,
        held["client_id"],
        held["private_jwk"],
        user=held.get("user"),
        authorization_details=[{"type": "face_search", **BOUND, **bound}],
        session_credentials="aws",
    )
    return {
        "access_key_id": given["access_key_id"],
        "secret_access_key": given["secret_access_key"],
        "session_token": given["access_token"],
    }


def collection(force: Force) -> str:
    return f"{PREFIX}{force.gallery_id}"


@pytest.fixture
def there() -> Iterator[Amazon]:
    with amazon() as server:
        yield server


def _upstream(copies: Copies, cluster_home: Path, url: str, file: Path) -> Any:
    return gate_house(
        copies,
        cluster_home,
        with_engine=True,
        recognition_engine="amazon_rekognition",
        rekognition_url=url,
        rekognition_credentials=file,
        rekognition_prefix=PREFIX,
        outbound=(url,),
    )


def perform(above: GateHouse, force: Force, pictures: dict[str, Path], name: str, **fields: Any) -> Answer:
    probe = Probe(images=(pictures[name].read_bytes(),), source="cctv_still")
    return above.services.gate.perform(force.caller, asking(force, probe=probe, **fields), decision_id=uuid7())


def enrol(above: GateHouse, force: Force, pictures: dict[str, Path], name: str) -> UUID:
    answer = perform(above, force, pictures, name, operation=Operation.ENROL_GALLERY, external_id=name)
    assert isinstance(answer, Released), answer
    return UUID(answer.document["face_id"])


def found(above: GateHouse, force: Force, pictures: dict[str, Path], name: str) -> SearchResult:
    answer = perform(above, force, pictures, name)
    assert isinstance(answer, Released), answer
    return SearchResult.model_validate(answer.document)


def test_a_face_is_enrolled_found_and_deleted_through_another_gateway(
    above: GateHouse, house: House, pictures: dict[str, Path]
) -> None:
    force = force_of(above, house)
    face = enrol(above, force, pictures, "person_a_2.jpg")
    enrol(above, force, pictures, "person_b_1.jpg")
    result = found(above, force, pictures, "person_a_4.png")
    assert [(one.face_id, one.external_id, one.distance) for one in result.candidates] == [
        (str(face), "person_a_2.jpg", None)
    ]
    assert result.candidates[0].similarity >= 99
    assert (result.engine.vendor, result.engine.calibrated, result.faces_searched) == ("amazon_rekognition", False, 2)
    assert "MIN_SIMILARITY_99" in {duty["code"] for duty in result.obligations}  # by the vendor's terms

    there, name = rekognition(house, client="trial", galleries=[collection(force)], **BOUND), collection(force)
    assert str(face) in {one["FaceId"] for one in there.list_faces(CollectionId=name)["Faces"]}
    above.services.galleries.delete_face(force.caller, force.gallery, face)
    assert found(above, force, pictures, "person_a_4.png").candidates == []
    until(
        lambda: str(face) not in {one["FaceId"] for one in there.list_faces(CollectionId=name)["Faces"]},
        "the vendor deletes the face",
    )


def test_a_comparison_through_amazons_edge_is_made_by_the_engine_behind_it(
    house: House, pictures: dict[str, Path], tmp_path: Path
) -> None:
    """boto3 asks one gateway, whose adapter asks another, whose engine compares: the answer is that of the last."""
    # Credentials are bound to collections, whether the call is about one or not.
    bound = BOUND | {"galleries": ["trial-compared"]}
    below = rekognition(house, client="trial", **bound)
    below.create_collection(CollectionId="trial-compared")
    with gateway_house(
        pictures,
        recognition_engine="amazon_rekognition",
        rekognition_url=house.url,
        rekognition_credentials=credentials(tmp_path, **session(house, **bound)),
        rekognition_prefix=PREFIX,
        outbound=(house.url,),
    ) as above:
        asked = rekognition(above, client="trial", **bound)
        asked.create_collection(CollectionId="trial-compared")
        same, other = (
            [
                client.compare_faces(
                    SourceImage={"Bytes": pictures["person_a_1.jpg"].read_bytes()},
                    TargetImage={"Bytes": pictures[name].read_bytes()},
                    SimilarityThreshold=0,
                )
                for client in (asked, below)
            ]
            for name in ("person_a_2.jpg", "person_b_1.jpg")
        )
        below.delete_collection(CollectionId="trial-compared")
        through, direct = same
        assert through["FaceMatches"][0]["Similarity"] == direct["FaceMatches"][0]["Similarity"] >= 99
        assert through["FaceMatches"][0]["Face"]["BoundingBox"] == direct["FaceMatches"][0]["Face"]["BoundingBox"]
        # The vendor's terms raise the floor, whatever the program asked for.
        assert (other[0]["FaceMatches"], len(other[0]["UnmatchedFaces"])) == ([], 1)


def test_police_may_not_compare_faces_in_a_criminal_case_and_nobody_is_called(
    copies: Copies, cluster_home: Path, there: Amazon, tmp_path: Path, pictures: dict[str, Path]
) -> None:
    with _upstream(copies, cluster_home, there.url, credentials(tmp_path)) as above:
        force = above.force()
        assert there.connections == 0
        face = uuid4()
        there.answers = [(200, {"FaceRecords": [{"Face": {"FaceId": str(face)}}]})]
        enrol(above, force, pictures, "person_a_2.jpg")
        assert there.connections == 1
        answer = perform(
            above,
            force,
            pictures,
            "person_a_1.jpg",
            purpose="investigate_named_offence",
            suspicion="probable_cause",
            instrument=above.order(force, purposes=["investigate_named_offence"]),
        )
        assert isinstance(answer, Refused)
        assert "VENDOR_MORATORIUM" in {reason["code"] for reason in answer.reasons}
        assert there.connections == 1
        # A missing person is another matter: with the same picture, the engine is called.
        other = above.force()
        there.answers = [(200, {"FaceRecords": [{"Face": {"FaceId": str(uuid4())}}]}), (200, {"FaceMatches": []})]
        enrol(above, other, pictures, "person_b_1.jpg")
        assert found(above, other, pictures, "person_a_1.jpg").candidates == []
        assert there.operations() == ["IndexFaces", "IndexFaces", "SearchFacesByImage"]


def test_an_engine_that_fails_is_a_refusal_with_its_reason_and_releases_nothing(
    copies: Copies, cluster_home: Path, there: Amazon, tmp_path: Path, pictures: dict[str, Path]
) -> None:
    with _upstream(copies, cluster_home, there.url, credentials(tmp_path)) as above:
        force = above.force()
        there.answers = [(200, {"FaceRecords": [{"Face": {"FaceId": str(uuid4())}}]}), (200, b"{")]
        enrol(above, force, pictures, "person_a_2.jpg")
        with pytest.raises(EngineRefusal) as refused:
            perform(above, force, pictures, "person_a_1.jpg")
        assert refused.value.code == "UPSTREAM_MALFORMED"
