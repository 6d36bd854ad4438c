"""Finding faces: the library's HOG detector on a scaled-down picture, boxes given in the original's pixels.

First at 800 pixels on the long side; only where that finds nothing, at 1,600 pixels enlarged twice. A third look, for
faces too small to be used, exists to tell "too small" from "no face", never to search with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import dlib
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from gateway.recognition.images import Pixels

# Below this the detector's finds are as often wallpaper as people (measured: false 0.12, lowest true 0.58).
MIN_SCORE: Final = 0.2
SMALLEST_FACE: Final = 80  # pixels, that the detector's window covers without enlarging


@dataclass(frozen=True, slots=True)
class Look:
    """One pass: the picture scaled to at most `long_side`, then enlarged 2 ** `doublings` by the detector."""

    long_side: int
    doublings: int


LOOKS: Final = (Look(800, 0), Look(1600, 1))
LOOK_FOR_TINY: Final = Look(800, 2)


@dataclass(frozen=True, slots=True)
class Detection:
    """A box in pixels of the original, right and bottom inclusive as dlib has them, and the detector's score."""

    left: int
    top: int
    right: int
    bottom: int
    score: float

    @property
    def area(self) -> int:
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)

    def rectangle(self) -> dlib.rectangle:
        return dlib.rectangle(self.left, self.top, self.right, self.bottom)


class Detector:
    """Not for several threads at once; a worker process holds one."""

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Faces by falling area, from the first look that finds any."""
        for look in LOOKS:
            found = self.look(pixels, look)
            if found:
                return found
        return []

    def look_for_tiny(self, pixels: Pixels) -> list[Detection]:
        """As `look`, after `detect` found nothing; of a large picture its last look was as close as this one is."""
        return [] if max(pixels.shape[:2]) >= LOOKS[-1].long_side else self.look(pixels, LOOK_FOR_TINY)

    def look(self, pixels: Pixels, look: Look) -> list[Detection]:
        """Faces by falling area that one pass finds with a score of at least MIN_SCORE."""
        height, width = pixels.shape[:2]
        small = _scaled(pixels, look.long_side)
        x, y = width / small.shape[1], height / small.shape[0]
        boxes, scores, _ = self._detector.run(small, look.doublings, 0.0)
        found = [
            Detection(
                left=round(box.left() * x),
                top=round(box.top() * y),
                right=round(box.right() * x),
                bottom=round(box.bottom() * y),
                score=score,
            )
            for box, score in zip(boxes, scores, strict=True)
            if score >= MIN_SCORE
        ]
        return sorted(found, key=lambda one: (-one.area, one.left, one.top))


def smallest_face(pixels: Pixels) -> int:
    """Width in pixels of the smallest face that `detect` can find in this picture."""
    longest = max(pixels.shape[0], pixels.shape[1])
    return min(round(SMALLEST_FACE / (1 << look.doublings) * max(1.0, longest / look.long_side)) for look in LOOKS)


def _scaled(pixels: Pixels, long_side: int) -> Pixels:
    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.ascontiguousarray(np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)))
