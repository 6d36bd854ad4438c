"""Rekognition programs are governed like all others: the same gate, the same entries, the same people to wait for."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from engine_house import side_by_side
from examiner_house import GALLERY as SQUADS
from examiner_house import squad
from PIL import Image
from rekognition_house import TRIAL_CASE, WHY, rekognition

from gateway.cli.demo.seed import CASE, GALLERY, STANDING_ORDER
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway_house import House

pytestmark = pytest.mark.photographs
MISSING = "locate_missing_person"


@pytest.fixture(scope="module")
def collection(house: House) -> Iterator[str]:
    """One face of person a."""
    name = "trial-governed"
    client = trial(house, name)
    client.create_collection(CollectionId=name)
    client.index_faces(CollectionId=name, Image=picture(house, "person_a_1.jpg"), ExternalImageId="person_a")
    yield name
    client.delete_collection(CollectionId=name)


def trial(house: House, *galleries: str, **bound: Any) -> Any:
    story = {
        "purpose": MISSING,
        "case_number": TRIAL_CASE,
        "instrument": STANDING_ORDER,
        "justification": WHY,
        "galleries": list(galleries),
    }
    return rekognition(house, **{name: value for name, value in (story | bound).items() if value is not None})


def lakeport(house: House, **bound: Any) -> Any:
    story = {"purpose": MISSING, "case_number": CASE, "galleries": [GALLERY]}
    return rekognition(house, client="lakeport", **story | bound)


def picture(house: House, name: str) -> dict[str, bytes]:
    return {"Bytes": house.photographs[name].read_bytes()}


def with_headers(client: Any, **headers: str) -> Any:
    """As a program adds them, before its request is signed."""

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"].update({f"x-writgate-{name.replace('_', '-')}": value for name, value in headers.items()})

    client.meta.events.register("before-call.rekognition", add)
    return client


def refused(call: Any, **members: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**members)
    error: ClientError = caught.value
    return error


def code(error: ClientError) -> str:
    """Ours, which begins the message."""
    return str(error.response["Error"]["Message"]).partition(":")[0]


def kind(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def headers(answer: Any) -> dict[str, str]:
    found: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    return found


def test_a_denial_names_its_code_and_the_decision_and_is_not_tried_again(house: House) -> None:
    client = lakeport(house)
    image = picture(house, "person_a_2.jpg")
    error = refused(client.search_faces_by_image, CollectionId=GALLERY, Image=image)
    assert kind(error) == "AccessDeniedException"
    told = headers(error.response)
    decision = told["x-writgate-decision-id"]
    assert f"[decision {decision}]" in error.response["Error"]["Message"]
    assert told["x-writgate-receipt"].count(".") == 2
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 0
    shown = house.api().get(f"/v1/searches/{decision}").document
    assert (shown["permit"], shown["status"]) == (False, "denied")
    assert code(error) in {reason["code"] for reason in shown["decision"]["reasons"]}


def test_headers_say_what_the_token_leaves_open_and_the_threshold_only_raises_the_floor(house: House) -> None:
    client = with_headers(
        lakeport(house), instrument=house.order(), justification=WHY, probe_source="cctv_still", purpose=MISSING
    )
    found = client.search_faces_by_image(
        CollectionId=GALLERY, Image=picture(house, "person_a_2.jpg"), FaceMatchThreshold=10
    )
    assert [match["Face"]["ExternalImageId"] for match in found["FaceMatches"]] == ["person_a_1"]
    told = headers(found)
    assert "LEAD_ONLY" in told["x-writgate-obligations"] or "HUMAN_REVIEW" in told["x-writgate-obligations"]
    assert told["x-writgate-receipt"].count(".") == 2
    assert "lead" in told["x-writgate-notice"]
    answer = house.api().get(f"/v1/searches/{told['x-writgate-decision-id']}").document["answer"]
    assert answer["min_similarity"] >= 90


def test_a_header_never_widens_its_token(house: House) -> None:
    image = picture(house, "person_a_2.jpg")
    for header, value in {"case": "2026-9999", "purpose": "investigate_named_offence"}.items():
        client = with_headers(lakeport(house), justification=WHY, **{header: value})
        error = refused(client.search_faces_by_image, CollectionId=GALLERY, Image=image)
        assert (kind(error), code(error)) == ("AccessDeniedException", "TOKEN_DOES_NOT_COVER")
    client = with_headers(lakeport(house), purpos="missing")
    error = refused(client.search_faces_by_image, CollectionId=GALLERY, Image=image)
    assert (kind(error), code(error)) == ("InvalidParameterException", "HEADER_UNKNOWN")


def test_a_call_that_is_tried_again_is_one_search(house: House, collection: str) -> None:
    client = trial(house, collection)

    def again(request: Any, **_: Any) -> None:
        """As where the answer to an attempt was lost: the SDK has signed anew, and the id is the same."""
        request.headers["amz-sdk-invocation-id"] = "11111111-2222-3333-4444-555555555555"

    client.meta.events.register("before-send.rekognition.*", again)
    ask = {"CollectionId": collection, "Image": picture(house, "person_a_3.jpg")}
    first, second = client.search_faces_by_image(**ask), client.search_faces_by_image(**ask)
    assert headers(first)["x-writgate-decision-id"] == headers(second)["x-writgate-decision-id"]
    assert first["FaceMatches"] == second["FaceMatches"]
    error = refused(client.search_faces_by_image, **ask, MaxFaces=1)
    assert code(error) == "IDEMPOTENCY_KEY_REUSED"
    other = trial(house, collection).search_faces_by_image(**ask)
    assert headers(other)["x-writgate-decision-id"] != headers(first)["x-writgate-decision-id"]


def test_what_examiners_must_judge_is_refused_and_the_same_call_later_gets_it(house: House) -> None:
    team = squad(house, second_examiner=True, enrolled=("person_a_1.jpg", "person_b_1.jpg"))
    bound: dict[str, Any] = {
        "client": f"{team.agency}-asker",
        "purpose": MISSING,
        "case_number": f"{team.agency}-case",
        "galleries": [SQUADS],
        "justification": WHY,
    }
    ask = {"CollectionId": SQUADS, "Image": picture(house, "person_a_2.jpg"), "FaceMatchThreshold": 80}
    first = refused(rekognition(house, **bound).search_faces_by_image, **ask)
    assert (kind(first), code(first)) == ("AccessDeniedException", "AWAITING_REVIEW")
    search = headers(first.response)["x-writgate-decision-id"]
    again = refused(rekognition(house, **bound).search_faces_by_image, **ask)
    assert (code(again), headers(again.response)["x-writgate-decision-id"]) == ("AWAITING_REVIEW", search)
    faces = team.api("asker").get(f"/v1/galleries/{SQUADS}/faces").document["items"]
    right = next(face["face_id"] for face in faces if face["external_id"] == "person_a_1")
    for examiner in ("eye-1", "eye-2"):
        team.examine(examiner, search, right)
    found = rekognition(house, **bound).search_faces_by_image(**ask)
    assert [match["Face"]["FaceId"] for match in found["FaceMatches"]] == [right]
    assert headers(found)["x-writgate-decision-id"] == search
    searches = [
        item
        for item in team.api("asker").get("/v1/searches").document["items"]
        if item["operation"] == "identify_1_to_n"
    ]
    assert len(searches) == 1
    another = refused(rekognition(house, **bound).search_faces_by_image, **ask)
    assert headers(another.response)["x-writgate-decision-id"] != search


def test_a_face_that_is_searched_with_is_examined_by_its_own_picture(house: House) -> None:
    team = squad(house, second_examiner=True, enrolled=("person_a_1.jpg", "person_a_2.jpg"))
    client = rekognition(
        house, client=f"{team.agency}-asker", purpose=MISSING, case_number=f"{team.agency}-case", galleries=[SQUADS],
        justification=WHY,
    )  # fmt: skip
    faces = team.api("asker").get(f"/v1/galleries/{SQUADS}/faces").document["items"]
    own = next(face["face_id"] for face in faces if face["external_id"] == "person_a_1")
    error = refused(client.search_faces, CollectionId=SQUADS, FaceId=own)
    assert code(error) == "AWAITING_REVIEW"
    search = headers(error.response)["x-writgate-decision-id"]
    examiner = team.api("eye-1")
    assert examiner.post(f"/v1/reviews/{search}/take", {}).status == 201
    seen = examiner.get(f"/v1/reviews/{search}").document
    assert seen["probe"]
    assert own not in {one["candidate"] for one in seen["candidates"]}
    assert all(one["picture"] for one in seen["candidates"])


def test_of_several_faces_the_largest_is_used_and_the_others_are_told_of(house: House) -> None:
    name = "trial-several"
    client = trial(house, name)
    client.create_collection(CollectionId=name)
    names = ("person_a_1.jpg", "person_b_1.jpg")
    both = {"Bytes": side_by_side(*(house.photographs[name].read_bytes() for name in names))}
    indexed = client.index_faces(CollectionId=name, Image=both, MaxFaces=5)
    assert len(indexed["FaceRecords"]) == 1
    face = indexed["FaceRecords"][0]["Face"]
    assert "ExternalImageId" not in face
    assert [one["Reasons"] for one in indexed["UnindexedFaces"]] == [["EXCEEDS_MAX_FACES"]]
    listed = client.list_faces(CollectionId=name)["Faces"]
    assert [(one["FaceId"], one["ImageId"]) for one in listed] == [(face["FaceId"], face["ImageId"])]
    detected = client.detect_faces(Image=both)["FaceDetails"]
    assert len(detected) == 2
    client.create_user(CollectionId=name, UserId="a")
    client.associate_faces(CollectionId=name, UserId="a", FaceIds=[face["FaceId"]])
    found = client.search_users_by_image(CollectionId=name, Image=both)
    assert [one["Reasons"] for one in found["UnsearchedFaces"]] == [["FACE_NOT_LARGEST"]]
    assert [match["User"]["UserId"] for match in found["UserMatches"]] == ["a"]
    blurred = Image.open(house.photographs["person_a_1.jpg"]).convert("RGB")
    small = blurred.resize((blurred.width // 8, blurred.height // 8)).resize(blurred.size)
    file = io.BytesIO()
    small.save(file, "JPEG")
    unsharp = client.index_faces(CollectionId=name, Image={"Bytes": file.getvalue()})
    assert unsharp["FaceRecords"] == []
    assert [one["Reasons"] for one in unsharp["UnindexedFaces"]] == [["LOW_SHARPNESS"]]
    client.delete_collection(CollectionId=name)


def test_a_picture_that_is_indexed_again_is_the_face_that_is_there_and_no_second_template(house: House) -> None:
    """The calls differ in what they ask, so that none is a retry of another: the gallery itself knows the picture."""
    name = "trial-again"
    client = trial(house, name)
    client.create_collection(CollectionId=name)
    first, again, other = (
        client.index_faces(
            CollectionId=name, Image=picture(house, "person_a_1.jpg"), ExternalImageId=external_id, MaxFaces=most
        )
        for external_id, most in (("person_a", 1), ("person_a", 2), ("person_b", 1))
    )
    assert again["FaceRecords"] == first["FaceRecords"]
    assert headers(again)["x-writgate-decision-id"] != headers(first)["x-writgate-decision-id"]
    listed = client.list_faces(CollectionId=name)["Faces"]
    assert [one["FaceId"] for one in listed] == [one["FaceRecords"][0]["Face"]["FaceId"] for one in (first, other)]
    assert templates(house, name) == len(listed)
    client.delete_collection(CollectionId=name)


def templates(house: House, gallery: str) -> int:
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row = connection.execute(
            "SELECT count(*) FROM recognition.faces JOIN recognition.galleries ON galleries.id = gallery"
            " WHERE galleries.name = %s",
            (gallery,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def bearing(house: House, name: str) -> Any:
    """The explicit way, as docs/rekognition.md shows it; `house` takes bearer tokens."""
    client = boto3.client(
        "rekognition", region_name="us-east-1", endpoint_url=house.url, config=Config(signature_version=UNSIGNED)
    )
    token = house.bearer(name)

    def say(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["Authorization"] = f"Bearer {token}"

    client.meta.events.register("before-call.rekognition", say)
    return client


def test_another_agencys_collection_is_not_there(house: House, collection: str) -> None:
    theirs = bearing(house, "lakeport")
    for call in (theirs.describe_collection, theirs.list_faces, theirs.list_users, theirs.delete_collection):
        assert kind(refused(call, CollectionId=collection)) == "ResourceNotFoundException"
    assert collection not in theirs.list_collections()["CollectionIds"]
    story = with_headers(theirs, purpose=MISSING, case=CASE, instrument=house.order(), justification=WHY)
    image = picture(house, "person_a_2.jpg")
    for name in (collection, "missing-none"):
        error = refused(story.search_faces_by_image, CollectionId=name, Image=image)
        assert kind(error) == "ResourceNotFoundException", name


def test_the_explicit_way_sends_a_bearer_token_and_says_the_rest_in_headers(house: House, collection: str) -> None:
    client = bearing(house, "trial")
    with_headers(client, purpose=MISSING, case=TRIAL_CASE, instrument=STANDING_ORDER, justification=WHY)
    found = client.search_faces_by_image(CollectionId=collection, Image=picture(house, "person_a_4.png"))
    assert [match["Face"]["ExternalImageId"] for match in found["FaceMatches"]] == ["person_a"]


def test_credentials_that_are_none_are_refused_by_the_names_that_aws_has_for_it(house: House) -> None:
    def ask(**sent: str) -> str:
        request = urllib.request.Request(
            house.url + "/",
            data=b"{}",
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "RekognitionService.ListCollections",
                **sent,
            },
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=60)
        with caught.value as answer:
            return str(json.loads(answer.read())["__type"])

    assert ask() == "MissingAuthenticationTokenException"
    assert ask(Authorization="Bearer a.b.c") == "UnrecognizedClientException"
    token = {"Authorization": f"Bearer {house.bearer('trial')}"}
    assert ask(**token, **{"X-Amz-Target": "RekognitionService.Nothing"}) == "UnknownOperationException"
    assert ask(**token, **{"Content-Type": "application/json"}) == "SerializationException"


def test_every_act_on_a_collection_is_an_entry(house: House) -> None:
    name = "trial-entries"
    client = trial(house, name)
    client.create_collection(CollectionId=name)
    client.detect_faces(Image=picture(house, "person_a_1.jpg"))
    record = client.index_faces(CollectionId=name, Image=picture(house, "person_a_1.jpg"))["FaceRecords"][0]
    client.create_user(CollectionId=name, UserId="a")
    client.associate_faces(CollectionId=name, UserId="a", FaceIds=[record["Face"]["FaceId"]])
    client.disassociate_faces(CollectionId=name, UserId="a", FaceIds=[record["Face"]["FaceId"]])
    client.delete_user(CollectionId=name, UserId="a")
    client.delete_collection(CollectionId=name)
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        leaves = connection.execute("SELECT leaf FROM audit.entries UNION ALL SELECT leaf FROM audit.staging")
        kinds = {json.loads(leaf)["kind"] for (leaf,) in leaves}
    assert {
        "gallery.created", "faces.detected", "search.decision", "search.outcome", "search.release",
        "face_group.created", "face_group.face_added", "face_group.face_removed", "face_group.deleted",
        "gallery.deleted",
    } <= kinds  # fmt: skip
