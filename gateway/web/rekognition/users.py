"""Users of a collection are groups of its faces. To associate compares nothing, so no threshold can fail."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from flask import g

from gateway.enforcement.idempotency import IdempotencyMismatch, Kept
from gateway.vocabulary import Scope
from gateway.web.problems import Problem
from gateway.web.rekognition import inputs
from gateway.web.rekognition.collections import next_token, read_token
from gateway.web.rekognition.operations import Performed, operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_NAME: Final = re.compile(r"[a-zA-Z0-9_.\-:]{1,128}")


@operation(Scope.GALLERIES_WRITE, inputs.OfUser)
def create_user(caller: Caller, services: Services, asked: inputs.OfUser) -> Performed:
    def act() -> dict[str, Any]:
        services.face_groups.create(caller, asked.CollectionId, asked.UserId)
        return {}

    return _once(caller, services, "CreateUser", asked, act)


@operation(Scope.GALLERIES_WRITE, inputs.OfUser)
def delete_user(caller: Caller, services: Services, asked: inputs.OfUser) -> Performed:
    def act() -> dict[str, Any]:
        services.face_groups.delete(caller, asked.CollectionId, asked.UserId)
        return {}

    return _once(caller, services, "DeleteUser", asked, act)


@operation(Scope.GALLERIES_READ, inputs.ListUsers)
def list_users(caller: Caller, services: Services, asked: inputs.ListUsers) -> Performed:
    after = read_token(asked.NextToken, _NAME)
    found = services.face_groups.page(caller, asked.CollectionId, after=after or "", limit=asked.MaxResults + 1)
    page = found[: asked.MaxResults]
    users = [{"UserId": name, "UserStatus": _status(faces)} for name, faces in page]
    return Performed({"Users": users, **next_token(page[-1][0] if len(found) > asked.MaxResults else None)})


@operation(Scope.GALLERIES_WRITE, inputs.AssociateFaces)
def associate_faces(caller: Caller, services: Services, asked: inputs.AssociateFaces) -> Performed:
    def act() -> dict[str, Any]:
        groups = services.face_groups.add(caller, asked.CollectionId, asked.UserId, asked.faces)
        return {
            "AssociatedFaces": [{"FaceId": str(face)} for face, group in groups.items() if group == asked.UserId],
            "UnsuccessfulFaceAssociations": [
                _unsuccessful(str(face), group) for face, group in groups.items() if group != asked.UserId
            ],
            "UserStatus": _status(sum(group == asked.UserId for group in groups.values())),
        }

    return _once(caller, services, "AssociateFaces", asked, act)


@operation(Scope.GALLERIES_WRITE, inputs.FacesOfUser)
def disassociate_faces(caller: Caller, services: Services, asked: inputs.FacesOfUser) -> Performed:
    def act() -> dict[str, Any]:
        groups = services.face_groups.remove(caller, asked.CollectionId, asked.UserId, asked.faces)
        left = services.face_groups.first_face(caller, asked.CollectionId, asked.UserId)
        return {
            "DisassociatedFaces": [{"FaceId": str(face)} for face, group in groups.items() if group == asked.UserId],
            "UnsuccessfulFaceDisassociations": [
                _unsuccessful(str(face), group) for face, group in groups.items() if group != asked.UserId
            ],
            "UserStatus": _status(left is not None),
        }

    return _once(caller, services, "DisassociateFaces", asked, act)


def _status(faces: int) -> str:
    return "ACTIVE" if faces else "CREATED"


def _unsuccessful(face: str, group: str | None) -> dict[str, Any]:
    if group is None:
        return {"FaceId": face, "Reasons": ["FACE_NOT_FOUND"]}
    return {"FaceId": face, "UserId": group, "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER"]}


def _once(
    caller: Caller, services: Services, target: str, asked: inputs.OfUser, act: Callable[[], dict[str, Any]]
) -> Performed:
    """Once for each ClientRequestToken, which an SDK makes up where the program gives none."""
    if asked.ClientRequestToken is None:
        return Performed(act())
    client, key = caller.client, f"ClientRequestToken {asked.ClientRequestToken}"
    taken: dict[str, Any] = {"client": client, "key": key, "decision_id": g.decision_id}
    said = f"{target}\n{caller.user}\n{asked.model_dump_json()}"
    try:
        kept = services.idempotency.begin(**taken, request=said.encode())
    except IdempotencyMismatch:
        raise Problem(
            status=422,
            code="REQUEST_TOKEN_REUSED",
            detail="This ClientRequestToken was used for another request.",
            remedy="Use a new token for a new request.",
        ) from None
    if kept is not None:
        return Performed(json.loads(kept.body))
    try:
        output = act()
    except Exception:
        services.idempotency.forget(**taken)
        raise
    services.idempotency.end(
        client=client, key=key, agency=caller.agency, kept=Kept(status=200, body=json.dumps(output))
    )
    return Performed(output)
