"""A program for Amazon Rekognition's collections, as its documentation shows each call. It knows of no gateway.

`boto3_program.py FOLDER COLLECTION` with an AWS profile; prints what it saw as one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable

folder, collection = Path(sys.argv[1]), sys.argv[2]
client = boto3.client("rekognition")
seen: dict[str, Any] = {}
NOBODY = "00000000-0000-0000-0000-000000000000"


def picture(name: str) -> dict[str, bytes]:
    return {"Bytes": (folder / name).read_bytes()}


# Collections
made = client.create_collection(CollectionId=collection)
seen["created"] = made["StatusCode"], made["CollectionArn"].rpartition("/")[2]
try:
    client.create_collection(CollectionId=collection)
except client.exceptions.ResourceAlreadyExistsException as error:
    seen["created_again"] = error.response["Error"]["Code"]
pages = client.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 1})
seen["collections"] = [name for page in pages for name in page["CollectionIds"]]

# Faces
faces = {}
for name in ("person_a_1.jpg", "person_b_1.jpg", "person_d_1.jpg"):
    indexed = client.index_faces(
        CollectionId=collection,
        Image=picture(name),
        ExternalImageId=name,
        DetectionAttributes=["DEFAULT"],
        MaxFaces=1,
        QualityFilter="AUTO",
    )
    (record,) = indexed["FaceRecords"]
    faces[name] = record["Face"]["FaceId"]
    box = record["FaceDetail"]["BoundingBox"]
    assert 0 < box["Width"] < 1
    assert 0 < box["Height"] < 1
nobody = client.index_faces(CollectionId=collection, Image=picture("no_face_1.png"))
seen["nobody"] = nobody["FaceRecords"], nobody["UnindexedFaces"]
described = client.describe_collection(CollectionId=collection)
seen["described"] = described["FaceCount"], described["UserCount"], described["CreationTimestamp"].year > 2000
pages = client.get_paginator("list_faces").paginate(CollectionId=collection, PaginationConfig={"PageSize": 2})
listed = [[face["ExternalImageId"] for face in page["Faces"]] for page in pages]
seen["faces"] = listed

# Searches
found = client.search_faces_by_image(
    CollectionId=collection, Image=picture("person_a_2.jpg"), FaceMatchThreshold=80, MaxFaces=2
)
seen["by_image"] = [match["Face"]["ExternalImageId"] for match in found["FaceMatches"]]
assert found["SearchedFaceConfidence"] > 50
second = client.index_faces(CollectionId=collection, Image=picture("person_a_2.jpg"), ExternalImageId="again")
again = second["FaceRecords"][0]["Face"]["FaceId"]
found = client.search_faces(CollectionId=collection, FaceId=faces["person_a_1.jpg"], FaceMatchThreshold=80)
seen["by_face"] = [match["Face"]["ExternalImageId"] for match in found["FaceMatches"]]
compared = client.compare_faces(
    SourceImage=picture("person_a_1.jpg"), TargetImage=picture("person_a_2.jpg"), SimilarityThreshold=80
)
seen["same"] = len(compared["FaceMatches"]), len(compared["UnmatchedFaces"])
compared = client.compare_faces(
    SourceImage=picture("person_a_1.jpg"), TargetImage=picture("person_b_1.jpg"), SimilarityThreshold=80
)
seen["different"] = len(compared["FaceMatches"]), len(compared["UnmatchedFaces"])
detected = client.detect_faces(Image=picture("person_a_1.jpg"), Attributes=["DEFAULT"])
points = {point["Type"]: point["X"] for point in detected["FaceDetails"][0]["Landmarks"]}
seen["detected"] = len(detected["FaceDetails"]), points["leftEyeLeft"] < points["leftEyeRight"] < points["nose"]
assert points["nose"] < points["rightEyeLeft"] < points["rightEyeRight"]

# Users
client.create_user(CollectionId=collection, UserId="person-a")
client.create_user(CollectionId=collection, UserId="person-b")
try:
    client.create_user(CollectionId=collection, UserId="person-a")
except client.exceptions.ConflictException as error:
    seen["user_again"] = error.response["Error"]["Code"]
both = client.associate_faces(
    CollectionId=collection, UserId="person-a", FaceIds=[faces["person_a_1.jpg"], again], UserMatchThreshold=70
)
seen["associated"] = len(both["AssociatedFaces"]), both["UserStatus"]
taken = client.associate_faces(
    CollectionId=collection,
    UserId="person-b",
    FaceIds=[faces["person_b_1.jpg"], again, NOBODY],
)
seen["not_associated"] = sorted(why for one in taken["UnsuccessfulFaceAssociations"] for why in one["Reasons"])
pages = client.get_paginator("list_users").paginate(CollectionId=collection, PaginationConfig={"PageSize": 1})
seen["users"] = [(user["UserId"], user["UserStatus"]) for page in pages for user in page["Users"]]
by_image = client.search_users_by_image(
    CollectionId=collection, Image=picture("person_a_3.jpg"), UserMatchThreshold=80, MaxUsers=1
)
seen["users_by_image"] = [match["User"]["UserId"] for match in by_image["UserMatches"]]
by_face = client.search_users(CollectionId=collection, FaceId=again, UserMatchThreshold=80)
seen["users_by_face"] = [match["User"]["UserId"] for match in by_face["UserMatches"]]
by_user = client.search_users(CollectionId=collection, UserId="person-b", UserMatchThreshold=99)
seen["users_by_user"] = by_user["SearchedUser"]["UserId"], by_user["UserMatches"]
kept = client.delete_faces(CollectionId=collection, FaceIds=[again])
seen["kept"] = kept["UnsuccessfulFaceDeletions"][0]["Reasons"], kept["UnsuccessfulFaceDeletions"][0]["UserId"]
mine = client.list_faces(CollectionId=collection, UserId="person-a")
seen["of_user"] = sorted(face["ExternalImageId"] for face in mine["Faces"])
left = client.disassociate_faces(CollectionId=collection, UserId="person-a", FaceIds=[again])
seen["disassociated"] = len(left["DisassociatedFaces"]), left["UserStatus"]
client.delete_user(CollectionId=collection, UserId="person-b")
try:
    client.delete_user(CollectionId=collection, UserId="person-b")
except client.exceptions.ResourceNotFoundException as error:
    seen["no_user"] = error.response["Error"]["Code"]

# Errors
calls: dict[str, Callable[[], Any]] = {
    "no_face": lambda: client.search_faces_by_image(CollectionId=collection, Image=picture("no_face_1.png")),
    "no_collection": lambda: client.search_faces_by_image(
        CollectionId=collection + "-none", Image=picture("person_a_1.jpg")
    ),
    "no_picture": lambda: client.detect_faces(Image={"Bytes": b"%PDF-1.4"}),
    "too_large": lambda: client.detect_faces(Image={"Bytes": bytes(6 * 1024 * 1024)}),
    "too_many": lambda: client.search_faces(CollectionId=collection, FaceId=again, MaxFaces=5000),
    "threshold": lambda: client.search_faces(CollectionId=collection, FaceId=again, FaceMatchThreshold=120),
    "s3": lambda: client.detect_faces(Image={"S3Object": {"Bucket": "bucket", "Name": "a.jpg"}}),
    "page": lambda: client.list_faces(CollectionId=collection, NextToken="no token"),
    "no_face_id": lambda: client.search_faces(CollectionId=collection, FaceId=NOBODY),
    "labels": lambda: client.detect_labels(Image=picture("person_a_1.jpg")),
    "video": lambda: client.start_face_search(
        CollectionId=collection, Video={"S3Object": {"Bucket": "bucket", "Name": "a.mp4"}}
    ),
}
errors = {}
for name, call in calls.items():
    try:
        call()
    except client.exceptions.ClientError as error:
        errors[name] = error.response["Error"]["Code"]
seen["errors"] = errors

# The end
gone = client.delete_faces(CollectionId=collection, FaceIds=[again, NOBODY])
seen["deleted"] = len(gone["DeletedFaces"]), gone["UnsuccessfulFaceDeletions"][0]["Reasons"]
seen["removed"] = client.delete_collection(CollectionId=collection)["StatusCode"]
try:
    client.describe_collection(CollectionId=collection)
except client.exceptions.ResourceNotFoundException as error:
    seen["gone"] = error.response["Error"]["Code"]
json.dump(seen, sys.stdout)
