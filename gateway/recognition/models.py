"""The words of recognition: what a picture was worth, what was found, and what the engine says of itself.

Whole numbers throughout, because these values go into the log's leaves, where there are no floats: similarity in
thousandths of a point, distance in millionths, measures in the units that their names give.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

DIMENSIONS: Final = 128  # of a template, float32 each
# What a worker is asked for where others name a gate: to find and measure the faces, and to encode none.
DETECTION: Final = "detection"
MOST_FACES: Final = 100  # of one picture, that are told of

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the upright picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no answer was given: a stable code, a sentence, and what the caller can do next."""

    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Caution:
    """A measure outside the comfortable range that does not refuse the picture."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on the one face used. Inspired by ISO/IEC 29794-5, not conformant to it."""

    detector_score_thousandths: int
    inter_eye_px: int
    sharpness: int  # variance of the Laplacian on the aligned 150-pixel face
    brightness: int  # mean of the same face, 0 to 255
    clipped_permille: int  # share of it above 250
    roll_degrees: int
    yaw_permille: int  # how far the nose stands off the middle of the eyes, in thousandths of their distance
    inside: bool  # the whole box lies in the picture
    faces: int  # detections that count as faces
    box: Box
    width: int
    height: int
    warnings: tuple[Caution, ...] = ()
    others: tuple[Box, ...] = ()  # the smaller faces of the picture, by falling area

    def document(self) -> dict[str, Any]:
        """Plain JSON values, no floats."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        others = [list(box) for box in self.others]
        return {**plain, "box": list(self.box), "warnings": list(plain["warnings"]), "others": others}

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Quality:
        """Inverse of `document`.

        Raises:
            KeyError, TypeError, ValueError: the document is not one that `document` made.
        """
        return cls(
            **{
                **document,
                "box": _box(document["box"]),
                "others": tuple(_box(box) for box in document.get("others", ())),
                "warnings": tuple(Caution(**warning) for warning in document["warnings"]),
            }
        )


def _box(values: Sequence[int]) -> Box:
    left, top, right, bottom = (int(value) for value in values)
    return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A face that was found in a picture and not recognised. `points` are the five landmarks, in pixels: outer and
    inner corner of the eye at the right of the picture, outer and inner of that at the left, below the nose.
    """

    quality: Quality
    points: tuple[tuple[int, int], ...]

    def document(self) -> dict[str, Any]:
        return {"quality": self.quality.document(), "points": [list(point) for point in self.points]}

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> FoundFace:
        """Inverse of `document`. Raises as `Quality.parse`."""
        points = tuple((int(x), int(y)) for x, y in document["points"])
        return cls(quality=Quality.parse(document["quality"]), points=points)


@dataclass(frozen=True, slots=True)
class Detection:
    """The faces of a picture by falling area, or why it could not be looked at."""

    faces: tuple[FoundFace, ...] = ()
    refusal: Refusal | None = None


def face_digest(face: UUID) -> bytes:
    """What stands in a permit for the picture where an enrolled face is searched with."""
    return hashlib.sha256(b"writgate-face\0" + face.bytes).digest()


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely a false candidate is, in millionths, and the upper bound of what was measured; rounded up."""

    ppm: int
    bound_ppm: int

    def answer(self) -> dict[str, float]:
        """From 0 to 1, as it is told."""
        return {"probability": self.ppm / 1_000_000, "bound": self.bound_ppm / 1_000_000}


@dataclass(frozen=True, slots=True)
class Candidate:
    """`false_candidate`: how likely this search had a candidate at least as near for somebody who is not enrolled; None
    where the engine is not calibrated.
    """

    face_id: UUID
    external_id: str
    similarity_thousandths: int
    distance_micro: int | None  # None where the engine tells none
    rank: int  # from 1
    false_candidate: Chance | None = None

    @property
    def similarity(self) -> float:
        """0 to 100 with two decimals."""
        return round(self.similarity_thousandths / 1000, 2)

    @property
    def distance(self) -> float | None:
        return None if self.distance_micro is None else self.distance_micro / 1_000_000

    def document(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """Facts that policy judges. `pipeline` names everything that shapes a template; `calibration` is what similarities
    come from, and `calibrated` whether error rates were measured for it.
    """

    vendor: str
    name: str
    version: str
    pipeline: str
    calibration: str
    calibrated: bool = False

    def document(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


@dataclass(frozen=True, slots=True)
class CaseUsage:
    """What the engine can tell of the case behind a search, in counts; the probe itself is among them."""

    distinct_probe_subjects: int
    social_media_subjects: int
    other_cases_of_face: int
    of_staff: bool

    def document(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one claimed permit came to. With `refusal` set there is no result, and the limits were given back."""

    decision_id: UUID
    operation: str
    engine: EngineFacts
    refusal: Refusal | None = None
    quality: tuple[Quality, ...] = ()  # one for each picture that was measured
    candidates: tuple[Candidate, ...] = ()
    false_candidate: Chance | None = None  # of the search at the floor in force
    faces_searched: int | None = None
    faces_not_searched: int | None = None  # of another pipeline, or with a broken seal
    proof: str | None = None  # the stage of the search that proved that nobody nearer was left out (`index.Proof`)
    similarity_thousandths: int | None = None  # of a comparison
    distance_micro: int | None = None
    face_id: UUID | None = None  # of an enrolment
    case_usage: CaseUsage | None = None  # of a search
    upstream_calls: int = 0  # to an engine elsewhere, tries that failed among them: what it is paid for

    @property
    def refused(self) -> bool:
        return self.refusal is not None

    @property
    def similarity(self) -> float | None:
        return None if self.similarity_thousandths is None else round(self.similarity_thousandths / 1000, 2)

    @property
    def distance(self) -> float | None:
        return None if self.distance_micro is None else self.distance_micro / 1_000_000


class RecognitionEngine(Protocol):
    """What enforcement may ask of an engine: work for a committed permit, and pictures for those who examine it.

    With `largest` the largest face of a picture (of a comparison's first) is meant, where several are of similar size.
    To find faces without recognising them needs no permit: no template is made, and nothing is kept.
    """

    def facts(self) -> EngineFacts: ...

    def answers(self) -> bool: ...

    def search(self, decision_id: UUID, image: bytes, *, largest: bool = False) -> Outcome: ...

    def search_face(self, decision_id: UUID, face_id: UUID) -> Outcome: ...

    def compare(self, decision_id: UUID, first: bytes, second: bytes, *, largest: bool = False) -> Outcome: ...

    def enrol(self, decision_id: UUID, image: bytes, *, external_id: str, largest: bool = False) -> Outcome: ...

    def detect(self, image: bytes) -> Detection: ...

    def crop(self, decision_id: UUID, face_id: UUID) -> bytes | None: ...
