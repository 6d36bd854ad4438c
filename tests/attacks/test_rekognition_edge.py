"""What can be tried at the Rekognition edge: requests altered on their way, sent again, or asking for more."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from gateway_house import House, gateway_house
from rekognition_house import TRIAL_CASE, WHY, rekognition

from gateway.cli.demo.seed import STANDING_ORDER
from gateway.cli.photographs import default_cache, photographs

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.photographs
COLLECTION = "trial-attacked"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    found = photographs(default_cache())
    if "person_a_2.jpg" not in found:
        pytest.skip("the photographs could not be fetched")
    with gateway_house(found) as running:
        client = trial(running)
        client.create_collection(CollectionId=COLLECTION)
        client.index_faces(CollectionId=COLLECTION, Image=picture(running, "person_a_1.jpg"))
        yield running


def trial(house: House, **bound: Any) -> Any:
    story = {
        "purpose": "locate_missing_person",
        "case_number": TRIAL_CASE,
        "instrument": STANDING_ORDER,
        "justification": WHY,
        "galleries": [COLLECTION],
    }
    return rekognition(house, **story | bound)


def picture(house: House, name: str) -> dict[str, bytes]:
    return {"Bytes": house.photographs[name].read_bytes()}


def recorded(client: Any, **members: Any) -> tuple[dict[str, str], bytes, Any]:
    """The headers and the body of a search as they went over the wire, and its answer."""
    sent: list[tuple[dict[str, str], bytes]] = []

    def look(request: Any, **_: Any) -> None:
        text = {name: v.decode() if isinstance(v, bytes) else str(v) for name, v in request.headers.items()}
        sent.append((text, request.body))

    client.meta.events.register("before-send.rekognition.*", look)
    answer = client.search_faces_by_image(CollectionId=COLLECTION, **members)
    return (*sent[0], answer)


def send(house: House, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any], Any]:
    request = urllib.request.Request(house.url + "/", data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers


def searches(house: House) -> int:
    listed = house.api("trial").get("/v1/searches?limit=200").document["items"]
    return sum(item["operation"] == "identify_1_to_n" for item in listed)


def refused(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return str(caught.value.response["Error"]["Code"])


def test_a_body_that_was_altered_on_its_way_is_refused(house: House) -> None:
    headers, body, _ = recorded(trial(house), Image=picture(house, "person_a_2.jpg"))
    before = searches(house)
    status, answer, _ = send(house, headers, body.replace(b'"CollectionId"', b' "CollectionId"'))
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    assert searches(house) == before


def test_a_recorded_request_gets_the_same_answer_and_no_other_search_whatever_id_is_put_into_it(house: House) -> None:
    headers, body, first = recorded(trial(house), Image=picture(house, "person_a_3.jpg"))
    decision = first["ResponseMetadata"]["HTTPHeaders"]["x-writgate-decision-id"]
    before = searches(house)
    for invocation in (headers["amz-sdk-invocation-id"], "00000000-0000-0000-0000-000000000001"):
        status, answer, told = send(house, headers | {"amz-sdk-invocation-id": invocation}, body)
        assert (status, told["x-writgate-decision-id"]) == (200, decision)
        assert answer["FaceMatches"] == first["FaceMatches"]
    without = {name: value for name, value in headers.items() if not name.startswith("amz-sdk")}
    assert send(house, without, body)[2]["x-writgate-decision-id"] == decision
    assert searches(house) == before


def test_a_header_that_was_put_in_on_the_way_is_refused(house: House) -> None:
    headers, body, _ = recorded(trial(house), Image=picture(house, "person_a_2.jpg"))
    for name, value in {"x-writgate-justification": "another", "x-writgate-case": TRIAL_CASE}.items():
        status, answer, _ = send(house, headers | {name: value}, body)
        assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    target = headers | {"X-Amz-Target": "RekognitionService.DeleteCollection"}
    assert send(house, target, body)[1]["__type"] == "InvalidSignatureException"


def test_a_signature_with_anothers_credentials_is_refused(house: House) -> None:
    headers, body, _ = recorded(trial(house), Image=picture(house, "person_a_2.jpg"))
    other, _, _ = recorded(trial(house), Image=picture(house, "person_a_2.jpg"))
    mixed = headers | {"X-Amz-Security-Token": other["X-Amz-Security-Token"]}
    assert send(house, mixed, body)[1]["__type"] == "InvalidSignatureException"
    plain = {name: value for name, value in headers.items() if name != "Authorization"}
    assert send(house, plain, body)[1]["__type"] == "MissingAuthenticationTokenException"
    stolen = plain | {"Authorization": f"Bearer {headers['X-Amz-Security-Token']}"}
    assert send(house, stolen, body)[1]["__type"] == "UnrecognizedClientException"


def test_a_token_for_another_case_or_collection_does_not_reach_this_one(house: House) -> None:
    image = picture(house, "person_a_2.jpg")
    other = trial(house, case_number="26-MP-0002")

    def claim(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-writgate-case"] = TRIAL_CASE

    other.meta.events.register("before-call.rekognition", claim)
    assert refused(other.search_faces_by_image, CollectionId=COLLECTION, Image=image) == "AccessDeniedException"
    elsewhere = trial(house, galleries=["trial-elsewhere"])
    for call in (
        elsewhere.describe_collection,
        elsewhere.delete_collection,
        elsewhere.list_faces,
        elsewhere.list_users,
    ):
        assert refused(call, CollectionId=COLLECTION) == "AccessDeniedException"
    assert refused(elsewhere.create_user, CollectionId=COLLECTION, UserId="a") == "AccessDeniedException"
    assert refused(elsewhere.search_faces_by_image, CollectionId=COLLECTION, Image=image) == "AccessDeniedException"
    assert refused(elsewhere.create_collection, CollectionId="trial-third") == "AccessDeniedException"
    assert elsewhere.list_collections()["CollectionIds"] == []


def test_what_is_larger_than_the_model_allows_is_refused(house: House) -> None:
    client = trial(house)
    face = client.list_faces(CollectionId=COLLECTION)["Faces"][0]["FaceId"]
    large = {"Bytes": bytes(6 * 1024 * 1024)}
    before = searches(house)
    assert refused(client.search_faces_by_image, CollectionId=COLLECTION, Image=large) == "ImageTooLargeException"
    assert refused(client.detect_faces, Image={"Bytes": bytes(12 * 1024 * 1024)}) == "ImageTooLargeException"
    for members in ({"MaxFaces": 5000}, {"FaceMatchThreshold": 120.0}, {"FaceMatchThreshold": float("nan")}):
        error = refused(client.search_faces, CollectionId=COLLECTION, FaceId=face, **members)
        assert error in {"InvalidParameterException", "SerializationException"}
    assert refused(client.list_faces, CollectionId=COLLECTION, MaxResults=5000) == "InvalidParameterException"
    assert refused(client.list_users, CollectionId=COLLECTION, MaxResults=501) == "InvalidParameterException"
    faces = [f"{number:08x}-0000-0000-0000-000000000000" for number in range(4097)]
    assert refused(client.delete_faces, CollectionId=COLLECTION, FaceIds=faces) == "InvalidParameterException"
    assert refused(client.describe_collection, CollectionId="trial\n") == "InvalidParameterException"
    assert searches(house) == before


def test_a_face_of_another_collection_is_no_probe(house: House) -> None:
    """Nor does its id say whether it exists."""
    other = trial(house, galleries=["trial-other-faces"])
    other.create_collection(CollectionId="trial-other-faces")
    face = trial(house).list_faces(CollectionId=COLLECTION)["Faces"][0]["FaceId"]
    assert refused(other.search_faces, CollectionId="trial-other-faces", FaceId=face) == "InvalidParameterException"
    other.create_user(CollectionId="trial-other-faces", UserId="a")
    added = other.associate_faces(CollectionId="trial-other-faces", UserId="a", FaceIds=[face])
    assert [one["Reasons"] for one in added["UnsuccessfulFaceAssociations"]] == [["FACE_NOT_FOUND"]]
    gone = other.delete_faces(CollectionId="trial-other-faces", FaceIds=[face])
    assert (gone["DeletedFaces"], gone["UnsuccessfulFaceDeletions"][0]["Reasons"]) == ([], ["FACE_NOT_FOUND"])
