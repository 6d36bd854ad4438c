"""Collections are galleries, and their faces the galleries' faces."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gateway.enforcement.errors import NotYours
from gateway.vocabulary import Scope
from gateway.web.problems import Problem
from gateway.web.rekognition import documents, inputs
from gateway.web.rekognition.operations import Performed, operation
from gateway.web.rekognition.story import story

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_NAME: Final = re.compile(r"[a-zA-Z0-9_.\-]{1,255}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@operation(Scope.GALLERIES_WRITE, inputs.CreateCollection)
def create_collection(caller: Caller, services: Services, asked: inputs.CreateCollection) -> Performed:
    services.galleries.create(caller, name=asked.CollectionId, keep_crops=story().keep_crops)
    return Performed(
        {
            "StatusCode": 200,
            "CollectionArn": _arn(caller, asked.CollectionId),
            "FaceModelVersion": model_version(services),
        }
    )


@operation(Scope.GALLERIES_READ, inputs.OfCollection)
def describe_collection(caller: Caller, services: Services, asked: inputs.OfCollection) -> Performed:
    gallery = services.galleries.show(caller, asked.CollectionId)
    return Performed(
        {
            "FaceCount": gallery["faces"],
            "FaceModelVersion": model_version(services),
            "CollectionARN": _arn(caller, asked.CollectionId),
            "CreationTimestamp": datetime.fromisoformat(gallery["created_at"]).timestamp(),
            "UserCount": gallery["groups"],
        }
    )


@operation(Scope.GALLERIES_READ, inputs.ListCollections)
def list_collections(caller: Caller, services: Services, asked: inputs.ListCollections) -> Performed:
    after = read_token(asked.NextToken, _NAME)
    page = services.galleries.list(caller, after=after, limit=asked.limit)
    names = [gallery["name"] for gallery in page["items"]]
    version = model_version(services) if names else ""
    return Performed(
        {"CollectionIds": names, "FaceModelVersions": [version] * len(names), **next_token(page["next_cursor"])}
    )


@operation(Scope.GALLERIES_WRITE, inputs.OfCollection)
def delete_collection(caller: Caller, services: Services, asked: inputs.OfCollection) -> Performed:
    services.galleries.delete(caller, asked.CollectionId, with_faces=True)
    return Performed({"StatusCode": 200})


@operation(Scope.GALLERIES_READ, inputs.ListFaces)
def list_faces(caller: Caller, services: Services, asked: inputs.ListFaces) -> Performed:
    after = read_token(asked.NextToken, _UUID)
    found = services.galleries.described_faces(
        caller,
        asked.CollectionId,
        after=UUID(after) if after else None,
        limit=asked.limit + 1,
        only=[UUID(face) for face in asked.FaceIds] if asked.FaceIds else None,
        group=asked.UserId,
    )
    version = model_version(services)
    page = found[: asked.limit]
    more = page[-1]["face_id"] if len(found) > asked.limit else None
    return Performed(
        {
            "Faces": [documents.face(stored, version) for stored in page],
            "FaceModelVersion": version,
            **next_token(more),
        }
    )


@operation(Scope.GALLERIES_WRITE, inputs.DeleteFaces)
def delete_faces(caller: Caller, services: Services, asked: inputs.DeleteFaces) -> Performed:
    """A face of a user stays, as with Amazon, until it is disassociated."""
    faces = [UUID(face) for face in dict.fromkeys(asked.FaceIds)]
    groups = services.face_groups.groups_of(caller, asked.CollectionId, faces)
    deleted: list[str] = []
    kept: list[dict[str, Any]] = []
    for face in faces:
        if face in groups:
            why = {"UserId": groups[face], "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"]}
            kept.append({"FaceId": str(face), **why})
            continue
        try:
            services.galleries.delete_face(caller, asked.CollectionId, face)
        except NotYours:
            kept.append({"FaceId": str(face), "Reasons": ["FACE_NOT_FOUND"]})
        else:
            deleted.append(str(face))
    return Performed({"DeletedFaces": deleted, "UnsuccessfulFaceDeletions": kept})


def model_version(services: Services) -> str:
    return documents.model_version(services.gate.engine_facts()["version"])


def read_token(token: str | None, form: re.Pattern[str]) -> str | None:
    """The place in a list that a token of ours names. Raises Problem."""
    if token is not None and not form.fullmatch(token):
        raise Problem(
            status=422,
            code="PAGINATION_TOKEN",
            detail="The NextToken is not one that this gateway gave.",
            remedy="Begin the list again without a token.",
        )
    return token


def next_token(place: str | None) -> dict[str, str]:
    return {} if place is None else {"NextToken": place}


def _arn(caller: Caller, name: str) -> str:
    """Names a resource of this gateway, in the form and not in the name space of Amazon's."""
    return f"arn:writgate:rekognition::{caller.agency}:collection/{name}"
