"""Who is like whom: the one thing in which engines differ. Claim, quality gate, outcome and entry are the engine's own.

What must always hold: a matcher is asked only after its permit was claimed, and says nothing of a face that the gallery
no longer has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.clock import uuid7
from gateway.recognition import weights
from gateway.recognition.distance import micro
from gateway.recognition.models import Candidate, EngineFacts
from gateway.recognition.refusals import Refused, refusal
from gateway.recognition.similarity import thousandths

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.recognition.calibration import Calibration
    from gateway.recognition.claims import Permit
    from gateway.recognition.feed import LoadedGallery
    from gateway.recognition.models import Chance
    from gateway.recognition.workers import Encoding


@dataclass(frozen=True, slots=True)
class Seen:
    """A face that is worked with: what was read of it, and the picture that it was read from or the enrolled face."""

    encoding: Encoding
    image: bytes | None = None
    face: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave. `calls` were made to an engine elsewhere; the others are as in `Outcome`."""

    candidates: tuple[Candidate, ...]
    proof: str | None = None
    false_candidate: Chance | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Likeness:
    """How close two faces are; `distance_micro` where the engine tells one."""

    similarity_thousandths: int
    distance_micro: int | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """The id of a new face, which the matcher may have given it."""

    face_id: UUID
    calls: int = 0


class Matcher(Protocol):
    """Many threads may call it at once. Each call may raise Refused, which becomes the outcome."""

    @property
    def facts(self) -> EngineFacts: ...

    def candidates(self, permit: Permit, gallery: LoadedGallery, seen: Seen) -> Found: ...

    def likeness(self, one: Seen, other: Seen) -> Likeness: ...

    def enrol(self, permit: Permit, seen: Seen) -> Place: ...

    def withdraw(self, permit: Permit, face_id: UUID) -> None:
        """What `enrol` did is undone, because the enrolment did not come to its end."""


class LocalMatcher:
    """Distances of templates by the weights of face_recognition, exactly."""

    def __init__(self, *, calibration: Calibration, pipeline: str) -> None:
        self._calibration = calibration
        self.facts = EngineFacts(
            vendor="dlib",
            name="face_recognition",
            version=weights.version(),
            pipeline=pipeline,
            calibration=calibration.id,
            calibrated=calibration.measured,
        )

    def candidates(self, permit: Permit, gallery: LoadedGallery, seen: Seen) -> Found:
        calibration, faces = self._calibration, len(gallery.index)
        limit, furthest = self._within(permit, faces)
        answer = gallery.index.nearest(seen.encoding.template, limit=limit, furthest_micro=furthest)
        return Found(
            candidates=tuple(
                Candidate(
                    face_id=hit.face_id,
                    external_id=hit.external_id,
                    similarity_thousandths=calibration.scale.similarity_thousandths(hit.distance_micro),
                    distance_micro=hit.distance_micro,
                    rank=rank,
                    false_candidate=calibration.false_candidate(hit.distance_micro, faces),
                )
                for rank, hit in enumerate(answer.hits, start=1)
            ),
            proof=answer.proof,
            false_candidate=calibration.false_candidate(furthest, faces if limit else 0),
        )

    def likeness(self, one: Seen, other: Seen) -> Likeness:
        distance = micro(one.encoding.template, other.encoding.template)
        return Likeness(self._calibration.scale.similarity_thousandths(distance), distance)

    def enrol(self, permit: Permit, seen: Seen) -> Place:  # noqa: ARG002 - the template is kept by the engine
        return Place(uuid7())

    def withdraw(self, permit: Permit, face_id: UUID) -> None:
        """Nothing was done."""

    def _within(self, permit: Permit, faces: int) -> tuple[int, int | None]:
        """How many candidates, and within which distance, the permit's floor and its cap on false candidates leave.

        Raises:
            Refused: it caps false candidates, and nobody measured how likely they are.
        """
        furthest = self._calibration.scale.furthest_micro(thousandths(permit.min_similarity))
        if permit.max_false_candidate_ppm is None:
            return permit.max_candidates, furthest
        if not self._calibration.measured:
            raise Refused(refusal("ENGINE_NOT_CALIBRATED"))
        within = self._calibration.furthest_micro(permit.max_false_candidate_ppm, faces)
        if within is None:
            return 0, furthest
        return permit.max_candidates, within if furthest is None else min(furthest, within)
