"""Searches, comparisons, enrolment and detection: each a request to the gate, its answer in Amazon's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from flask import g

from gateway.enforcement.errors import EngineRefusal
from gateway.enforcement.request import Probe
from gateway.vocabulary import Operation, Scope
from gateway.web.problems import Problem
from gateway.web.rekognition import documents, inputs
from gateway.web.rekognition.governed import governed
from gateway.web.rekognition.operations import Performed, operation
from gateway.web.rekognition.story import story

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller
    from gateway.web.rekognition.story import Story
    from gateway.web.services import Services

MOST_CANDIDATES: Final = 100  # as in the native API
# Why a face was not indexed, of the engine's refusals; a picture without a face has none to tell of.
_NOT_INDEXED: Final = {
    "PROBE_FACE_TOO_SMALL": "SMALL_BOUNDING_BOX",
    "PROBE_UNCERTAIN": "LOW_CONFIDENCE",
    "PROBE_BLURRED": "LOW_SHARPNESS",
    "PROBE_TOO_DARK": "LOW_BRIGHTNESS",
    "PROBE_TOO_BRIGHT": "LOW_FACE_QUALITY",
    "PROBE_TURNED_AWAY": "EXTREME_POSE",
    "PROBE_FACE_CUT_OFF": "LOW_FACE_QUALITY",
}


@operation(Scope.SEARCHES_WRITE, inputs.SearchFacesByImage)
def search_faces_by_image(caller: Caller, services: Services, asked: inputs.SearchFacesByImage) -> Performed:
    answer = _search(caller, services, asked, _pictured(asked.Image), asked.FaceMatchThreshold, asked.MaxFaces)
    place = documents.place(answer["quality"][0])
    return Performed(
        {
            "SearchedFaceBoundingBox": place["BoundingBox"],
            "SearchedFaceConfidence": place["Confidence"],
            **_face_matches(caller, services, asked, answer),
        },
        answer,
    )


@operation(Scope.SEARCHES_WRITE, inputs.SearchFaces)
def search_faces(caller: Caller, services: Services, asked: inputs.SearchFaces) -> Performed:
    probe = _enrolled(caller, services, asked.CollectionId, UUID(asked.FaceId))
    answer = _search(caller, services, asked, probe, asked.FaceMatchThreshold, asked.MaxFaces)
    return Performed({"SearchedFaceId": asked.FaceId, **_face_matches(caller, services, asked, answer)}, answer)


@operation(Scope.SEARCHES_WRITE, inputs.SearchUsers)
def search_users(caller: Caller, services: Services, asked: inputs.SearchUsers) -> Performed:
    """The face of a user that was enrolled first is the one that is searched with: one search, one face."""
    collection = asked.CollectionId
    if asked.FaceId is not None:
        face, searched = UUID(asked.FaceId), {"SearchedFace": {"FaceId": asked.FaceId}}
    else:
        user = asked.UserId or ""
        found = services.face_groups.first_face(caller, collection, user)
        if found is None:
            raise _no_face("The user has no associated face to search with.")
        face, searched = found, {"SearchedUser": {"UserId": user}}
    probe = _enrolled(caller, services, collection, face)
    answer = _search(caller, services, asked, probe, asked.UserMatchThreshold, MOST_CANDIDATES)
    return Performed(_user_matches(caller, services, asked, answer, but=asked.UserId) | searched, answer)


@operation(Scope.SEARCHES_WRITE, inputs.SearchUsersByImage)
def search_users_by_image(caller: Caller, services: Services, asked: inputs.SearchUsersByImage) -> Performed:
    answer = _search(caller, services, asked, _pictured(asked.Image), asked.UserMatchThreshold, MOST_CANDIDATES)
    quality = answer["quality"][0]
    return Performed(
        {
            **_user_matches(caller, services, asked, answer),
            "SearchedFace": {"FaceDetail": documents.detail(quality)},
            "UnsearchedFaces": [
                {"FaceDetails": other, "Reasons": ["FACE_NOT_LARGEST"]} for other in documents.others(quality)
            ],
        },
        answer,
    )


@operation(Scope.COMPARISONS_WRITE, inputs.CompareFaces)
def compare_faces(caller: Caller, services: Services, asked: inputs.CompareFaces) -> Performed:
    """The largest face of the source with the one face of the target: whom else the target shows is not compared."""
    told = story()
    pictures = asked.SourceImage.content("SourceImage"), asked.TargetImage.content("TargetImage")
    answer = governed(
        caller,
        services,
        _request(
            told,
            Operation.VERIFY_1_TO_1,
            probe=_probe(told, *pictures),
            max_candidates=1,
            min_similarity=asked.SimilarityThreshold,
            raises_floor=True,
        ),
        told,
    )
    source, target = answer["quality"]
    matches = answer["above_floor"]
    face = documents.detail(target)
    return Performed(
        {
            "SourceImageFace": documents.place(source),
            "FaceMatches": [{"Similarity": answer["similarity"], "Face": face}] if matches else [],
            "UnmatchedFaces": [] if matches else [face],
        },
        answer,
    )


@operation(Scope.GALLERIES_WRITE, inputs.IndexFaces)
def index_faces(caller: Caller, services: Services, asked: inputs.IndexFaces) -> Performed:
    """One permit enrols one face, the largest; the others are told of, and why they were left out.

    The same picture under the same external id is no second face, as at Amazon: the answer shows the one that is there.
    """
    told = story()
    probe = _probe(told, asked.Image.content("Image"))
    version = documents.model_version(services.gate.engine_facts()["version"])
    try:
        answer = governed(
            caller,
            services,
            _request(
                told,
                Operation.ENROL_GALLERY,
                gallery=asked.CollectionId,
                probe=probe,
                external_id=asked.ExternalImageId or str(g.decision_id),
            ),
            told,
        )
    except EngineRefusal as refused:
        if refused.face_id is not None:
            known = services.galleries.described_faces(caller, asked.CollectionId, only=[refused.face_id], limit=1)
            return Performed(_indexed(known, version), {})
        return Performed({"FaceRecords": [], "FaceModelVersion": version, "UnindexedFaces": _unindexed(refused)}, {})
    quality = answer["quality"][0]
    enrolled = {
        "face_id": answer["face_id"],
        "external_id": answer["external_id"],
        "decision_id": answer["decision_id"],
        "quality": quality,
        "group": None,
    }
    return Performed(_indexed([enrolled], version), answer)


@operation(Scope.SEARCHES_WRITE, inputs.DetectFaces)
def detect_faces(caller: Caller, services: Services, asked: inputs.DetectFaces) -> Performed:
    picture = asked.Image.content("Image")
    found = services.detections.detect(caller, picture, decision_id=g.decision_id)
    return Performed({"FaceDetails": [documents.detail(face["quality"], face["points"]) for face in found]}, {})


def _search(  # noqa: PLR0917 - one call of each operation above
    caller: Caller,
    services: Services,
    asked: inputs.OfCollection,
    probe: Probe,
    threshold: float,
    most: int | None,
) -> dict[str, Any]:
    told = story()
    return governed(
        caller,
        services,
        _request(
            told,
            Operation.IDENTIFY_1_TO_N,
            gallery=asked.CollectionId,
            probe=probe,
            max_candidates=min(most, MOST_CANDIDATES) if most else None,
            min_similarity=threshold,
            raises_floor=True,
        ),
        told,
    )


def _request(told: Story, wanted: Operation, **fields: Any) -> GovernedRequest:
    return told.asked(wanted, largest_face=True, **fields)


def _pictured(image: inputs.Picture) -> Probe:
    return _probe(story(), image.content("Image"))


def _probe(told: Story, *pictures: bytes, face: UUID | None = None) -> Probe:
    said = told.probe
    return Probe(
        images=pictures,
        face=face,
        kind=said.kind,
        source=said.source,
        captured_at=said.captured_at,
        alterations=said.alterations,
        substantively_altered=said.substantively_altered,
    )


def _enrolled(caller: Caller, services: Services, collection: str, face: UUID) -> Probe:
    """The face as a probe. Raises Problem where the collection has none of that id."""
    if not services.galleries.described_faces(caller, collection, only=[face], limit=1):
        raise _no_face("The collection has no face of that id.")
    return _probe(story(), face=face)


def _no_face(sentence: str) -> Problem:
    return Problem(status=422, code="FACE_NOT_FOUND", detail=sentence, remedy="ListFaces tells which faces there are.")


def _face_matches(
    caller: Caller, services: Services, asked: inputs.OfCollection, answer: Mapping[str, Any]
) -> dict[str, Any]:
    candidates = answer["candidates"]
    faces = [UUID(candidate["face_id"]) for candidate in candidates]
    stored = services.galleries.described_faces(caller, asked.CollectionId, only=faces, limit=len(faces))
    by_id = {face["face_id"]: face for face in stored}
    version = documents.model_version(answer["engine"]["version"])
    return {
        "FaceMatches": [
            documents.face_match(candidate, by_id.get(candidate["face_id"]), version) for candidate in candidates
        ],
        "FaceModelVersion": version,
    }


def _user_matches(
    caller: Caller,
    services: Services,
    asked: inputs.UserSearch,
    answer: Mapping[str, Any],
    *,
    but: str | None = None,
) -> dict[str, Any]:
    """Each user by the best of its faces, the best first. Whoever is searched with is no match of itself."""
    candidates = answer["candidates"]
    groups = services.face_groups.groups_of(
        caller, asked.CollectionId, [UUID(candidate["face_id"]) for candidate in candidates]
    )
    best: dict[str, float] = {}
    for candidate in candidates:
        user = groups.get(UUID(candidate["face_id"]))
        if user is not None and user != but:
            best[user] = max(candidate["similarity"], best.get(user, 0.0))
    ranked = sorted(best.items(), key=lambda match: (-match[1], match[0]))[: asked.MaxUsers]
    return {
        "UserMatches": [
            {"Similarity": similarity, "User": {"UserId": user, "UserStatus": "ACTIVE"}} for user, similarity in ranked
        ],
        "FaceModelVersion": documents.model_version(answer["engine"]["version"]),
    }


def _indexed(faces: Sequence[Mapping[str, Any]], version: str) -> dict[str, Any]:
    return {
        "FaceRecords": [
            {"Face": documents.face(face, version), "FaceDetail": documents.detail(face["quality"])} for face in faces
        ],
        "FaceModelVersion": version,
        "UnindexedFaces": [
            {"Reasons": ["EXCEEDS_MAX_FACES"], "FaceDetail": other}
            for face in faces
            for other in documents.others(face["quality"])
        ],
    }


def _unindexed(refused: EngineRefusal) -> list[dict[str, Any]]:
    """Raises the refusal again where it is the picture's, not the face's."""
    if refused.code == "PROBE_NO_FACE":
        return []
    if refused.code not in _NOT_INDEXED:
        raise refused
    told: dict[str, Any] = {"Reasons": [_NOT_INDEXED[refused.code]]}
    if refused.quality:
        told["FaceDetail"] = documents.detail(refused.quality)
    left = [
        {"Reasons": ["EXCEEDS_MAX_FACES"], "FaceDetail": other}
        for other in (documents.others(refused.quality) if refused.quality else [])
    ]
    return [told, *left]
