"""Amazon Rekognition as the matcher: a collection for each gallery, and a face of it for each enrolled face.

Faces keep the ids that Amazon gave them. The gallery here stays the truth: a face that is not in it is no candidate,
whatever Amazon answers. What is read of a picture here (its quality, the sealed template by which a case knows its
faces again) is read as for the local engine; templates made here are compared with each other, never with Amazon's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
import structlog

from gateway.clock import uuid7
from gateway.recognition.matching import Found, Likeness, Place
from gateway.recognition.models import Candidate, EngineFacts
from gateway.recognition.refusals import Refused, refusal
from gateway.recognition.similarity import HIGHEST, thousandths
from gateway.recognition.upstream.calls import UpstreamFailed

if TYPE_CHECKING:
    from gateway.recognition.claims import Permit
    from gateway.recognition.feed import LoadedGallery
    from gateway.recognition.matching import Seen
    from gateway.recognition.upstream.calls import Calls

VENDOR: Final = "amazon_rekognition"
API_VERSION: Final = "2016-06-27"
MOST_BYTES: Final = 5 * 1024 * 1024  # of a picture, Amazon's limit
MOST_FACES: Final = 4096  # of an answer, Amazon's limit
# Faces that were deleted here and are still there may stand before others; so many more are asked for.
SPARE: Final = 100
_GONE: Final = "ResourceNotFoundException"
# Amazon's words for what is the picture's own fault.
_OF_THE_PICTURE: Final = {
    "ImageTooLargeException": ("IMAGE_TOO_LARGE", {"limit_mb": MOST_BYTES // 1024**2}),
    "InvalidImageFormatException": ("IMAGE_FORMAT", {}),
    "InvalidParameterException": ("UPSTREAM_NO_FACE", {}),
}

_log = structlog.get_logger()


class Box(msgspec.Struct):
    Width: float
    Height: float


class Face(msgspec.Struct):
    FaceId: str


class FaceMatch(msgspec.Struct):
    Similarity: float
    Face: Face


class Searched(msgspec.Struct):
    FaceMatches: list[FaceMatch]


class ComparedFace(msgspec.Struct):
    BoundingBox: Box


class ComparedMatch(msgspec.Struct):
    Similarity: float
    Face: ComparedFace


class Compared(msgspec.Struct):
    FaceMatches: list[ComparedMatch]


class FaceRecord(msgspec.Struct):
    Face: Face


class Indexed(msgspec.Struct):
    FaceRecords: list[FaceRecord]


class Done(msgspec.Struct):
    """Whatever is answered to what has no answer."""


class RekognitionMatcher:
    """Many threads may call it at once."""

    def __init__(self, calls: Calls, *, prefix: str, pipeline: str) -> None:
        self._calls = calls
        self._prefix = prefix
        self.facts = EngineFacts(
            vendor=VENDOR,
            name="Amazon Rekognition",
            version=API_VERSION,
            pipeline=pipeline_of(pipeline),
            calibration="uncalibrated:amazon-rekognition",
        )

    def candidates(self, permit: Permit, gallery: LoadedGallery, seen: Seen) -> Found:
        if permit.max_false_candidate_ppm is not None:
            raise Refused(refusal("ENGINE_NOT_CALIBRATED"))
        floor = thousandths(permit.min_similarity)
        if not len(gallery.index) or permit.max_candidates <= 0:
            return Found(())
        self._calls.made()
        known: list[tuple[int, UUID, str]] = []
        for most in (min(MOST_FACES, permit.max_candidates + SPARE), MOST_FACES):
            answered = self._search(permit, seen, most)
            names = gallery.index.named([face for _, face in answered])
            known = [(similarity, face, names[face]) for similarity, face in answered if face in names]
            if len(answered) < most or len(known) >= permit.max_candidates:
                break
        ranked = sorted((-similarity, face, name) for similarity, face, name in known if similarity >= floor)
        return Found(
            candidates=tuple(
                Candidate(
                    face_id=face,
                    external_id=name,
                    similarity_thousandths=-similarity,
                    distance_micro=None,
                    rank=rank,
                )
                for rank, (similarity, face, name) in enumerate(ranked[: permit.max_candidates], start=1)
            ),
            calls=self._calls.made(),
        )

    def likeness(self, one: Seen, other: Seen) -> Likeness:
        """Of the largest face of either picture, which the gate here has found to be the one that is meant."""
        self._calls.made()
        answer: Compared = self._ask(
            "compare_faces",
            Compared,
            SourceImage=_picture(one),
            TargetImage=_picture(other),
            SimilarityThreshold=0.0,
            QualityFilter="NONE",
        )
        largest = max(
            answer.FaceMatches,
            key=lambda match: match.Face.BoundingBox.Width * match.Face.BoundingBox.Height,
            default=None,
        )
        similarity = 0 if largest is None else _thousandths(largest.Similarity)
        return Likeness(similarity, calls=self._calls.made())

    def enrol(self, permit: Permit, seen: Seen) -> Place:
        self._calls.made()
        collection = self._collection(permit)
        members: dict[str, Any] = {
            "CollectionId": collection,
            "Image": _picture(seen),
            "MaxFaces": 1,
            "QualityFilter": "NONE",
            # Of one picture under one such id Amazon keeps one face: a second try makes no second, and no other
            # enrolment's face is ever given for this one.
            "ExternalImageId": str(uuid7()),
        }
        try:
            answer = self._calls.ask("index_faces", Indexed, **members)
        except UpstreamFailed as failed:
            if failed.error != _GONE:
                raise _refusal(failed) from None
            self._make(collection)
            answer = self._ask("index_faces", Indexed, **members)
        if not answer.FaceRecords:
            raise Refused(refusal("UPSTREAM_NO_FACE"))
        return Place(_face(answer.FaceRecords[0].Face), calls=self._calls.made())

    def withdraw(self, permit: Permit, face_id: UUID) -> None:
        try:
            self._calls.ask("delete_faces", Done, CollectionId=self._collection(permit), FaceIds=[str(face_id)])
        except UpstreamFailed as failed:
            # It is in no gallery, so no answer tells of it, and `Deletions` finds it.
            _log.warning("recognition.upstream_face_left", code=failed.code)

    def _search(self, permit: Permit, seen: Seen, most: int) -> list[tuple[int, UUID]]:
        about: dict[str, Any] = {
            "CollectionId": self._collection(permit),
            "MaxFaces": most,
            "FaceMatchThreshold": permit.min_similarity,
        }
        if seen.face is not None:
            answer = self._ask("search_faces", Searched, FaceId=str(seen.face), **about)
        else:
            answer = self._ask("search_faces_by_image", Searched, Image=_picture(seen), QualityFilter="NONE", **about)
        return [(_thousandths(match.Similarity), _face(match.Face)) for match in answer.FaceMatches]

    def _ask(self, operation: str, answer: type[Any], **members: Any) -> Any:
        try:
            return self._calls.ask(operation, answer, **members)
        except UpstreamFailed as failed:
            raise _refusal(failed) from None

    def _make(self, collection: str) -> None:
        """There is a collection afterwards, whoever made it."""
        try:
            self._calls.ask("create_collection", Done, CollectionId=collection)
        except UpstreamFailed as failed:
            if failed.error != "ResourceAlreadyExistsException":
                raise _refusal(failed) from None

    def _collection(self, permit: Permit) -> str:
        if permit.gallery is None:
            raise Refused(refusal("GALLERY_GONE"))
        return collection_of(self._prefix, permit.gallery)


def pipeline_of(local: str) -> str:
    """The name under which faces are kept that Amazon enrolled; templates beside them are of the local pipeline."""
    return f"amazon-rekognition+{local}"


def collection_of(prefix: str, gallery: UUID) -> str:
    return f"{prefix}{gallery}"


def _picture(seen: Seen) -> dict[str, bytes]:
    image = seen.image or b""
    if len(image) > MOST_BYTES:
        raise Refused(refusal("IMAGE_TOO_LARGE", limit_mb=MOST_BYTES // 1024**2))
    return {"Bytes": image}


def _thousandths(similarity: float) -> int:
    """Rounded down, so that a candidate never reaches a floor by rounding."""
    if not 0 <= similarity <= 100:  # noqa: PLR2004 - the ends of the scale; NaN is outside
        raise Refused(refusal("UPSTREAM_MALFORMED"))
    return min(HIGHEST, int(round(similarity * 1000, 6)))


def _face(face: Face) -> UUID:
    try:
        return UUID(face.FaceId)
    except ValueError:
        raise Refused(refusal("UPSTREAM_MALFORMED")) from None


def _refusal(failed: UpstreamFailed) -> Refused:
    code, words = _OF_THE_PICTURE.get(failed.error, (failed.code, {}))
    _log.warning("recognition.upstream_failed", code=failed.code, error=failed.error)
    return Refused(refusal(code, **words))
