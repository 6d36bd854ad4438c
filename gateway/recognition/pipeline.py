"""One path from a file's bytes to a template, the same for a probe and an enrolment; only the gate differs.

Two paths would give two slightly different templates of one picture, and distances between them would mean nothing.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image

from gateway.recognition import detector, images, quality
from gateway.recognition.distance import on_grid
from gateway.recognition.encoder import Encoder
from gateway.recognition.models import MOST_FACES, FoundFace
from gateway.recognition.refusals import Refused, refusal

if TYPE_CHECKING:
    from gateway.recognition.detector import Detection
    from gateway.recognition.images import Pixels
    from gateway.recognition.models import Box, Quality, Refusal
    from gateway.recognition.networks import Network, Template
    from gateway.recognition.quality import Gate
    from gateway.recognition.weights import Weights

# A second face of this share of the largest one's area makes it unclear whom the picture is about.
RIVAL_AREA: Final = 0.4
CROP_MARGIN: Final = 0.4  # of the box, on each side: hair and chin, for the eye of a reviewer
CROP_SIDE: Final = 400


@dataclass(frozen=True, slots=True)
class Reading:
    template: Template
    quality: Quality
    crop: bytes | None  # JPEG without metadata


class Pipeline:
    """Not for several threads at once."""

    def __init__(self, weights: Weights, network: Network) -> None:
        self._detector = detector.Detector()
        self._encoder = Encoder(weights, network)

    @property
    def name(self) -> str:
        """Names everything that shapes a template; templates of two names are never compared."""
        return self._encoder.pipeline

    def read(self, data: bytes, gate: Gate, *, crop: bool = False, largest: bool = False) -> Reading:
        """The one dominant face of the picture; with `largest` the largest, whatever else is in it.

        Raises:
            Refused: with an IMAGE_* or PROBE_* code, and what was measured if it came to that.
        """
        pixels = images.decode(data)
        faces = self._detector.detect(pixels)
        if not faces:
            raise Refused(self._why_nothing(pixels, gate))
        face = faces[0]
        rivals = [other for other in faces if other.area > RIVAL_AREA * face.area]
        if len(rivals) > 1 and not largest:
            raise Refused(refusal("PROBE_SEVERAL_FACES", faces=len(rivals)))
        aligned = self._encoder.align(pixels, face)
        others = tuple(_box(other) for other in faces[1:MOST_FACES])
        measured = quality.with_cautions(quality.measure(pixels, face, aligned, faces=len(faces), others=others))
        reasons = quality.shortcomings(measured, gate)
        if reasons:
            raise Refused(reasons[0], measured)
        return Reading(
            template=on_grid(self._encoder.encode(aligned)),
            quality=measured,
            crop=_crop(pixels, face) if crop else None,
        )

    def detect(self, data: bytes) -> list[FoundFace]:
        """Every face by falling area, measured and not encoded. Raises Refused with an IMAGE_* code."""
        pixels = images.decode(data)
        found = []
        for face in self._detector.detect(pixels)[:MOST_FACES]:
            aligned = self._encoder.align(pixels, face)
            measured = quality.measure(pixels, face, aligned, faces=1)
            points = tuple((round(float(x)), round(float(y))) for x, y in aligned.points)
            found.append(FoundFace(quality=measured, points=points))
        return found

    def _why_nothing(self, pixels: Pixels, gate: Gate) -> Refusal:
        tiny = self._detector.look_for_tiny(pixels)
        if tiny:
            eyes = quality.measure(pixels, tiny[0], self._encoder.align(pixels, tiny[0]), faces=len(tiny)).inter_eye_px
            return refusal("PROBE_FACE_TOO_SMALL", inter_eye_px=eyes, limit=gate.inter_eye_px)
        return refusal("PROBE_NO_FACE", smallest=detector.smallest_face(pixels))


def _box(face: Detection) -> Box:
    return face.left, face.top, face.right, face.bottom


def _crop(pixels: Pixels, face: Detection) -> bytes:
    height, width = pixels.shape[:2]
    x, y = round((face.right - face.left) * CROP_MARGIN), round((face.bottom - face.top) * CROP_MARGIN)
    part = Image.fromarray(pixels).crop(
        (
            max(0, face.left - x),
            max(0, face.top - y),
            min(width, face.right + x),
            min(height, face.bottom + y),
        )
    )
    part.thumbnail((CROP_SIDE, CROP_SIDE))
    file = io.BytesIO()
    part.save(file, "JPEG", quality=85)
    return file.getvalue()
