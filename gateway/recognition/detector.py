"""Finding faces: the library's HOG detector on a scaled-down picture, boxes given in the original's pixels.

First at 720 pixels on the long side; only where that finds nothing, at 1,600 pixels enlarged twice. A third look, for
faces too small to be used, exists to tell "too small" from "no face", never to search with. The pixels that a look goes
over are bounded, whatever the picture's shape.
"""

from __future__ import annotations

import math
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
MOST_SEEN: Final = 4_800_000  # pixels that one look goes over, those that enlarging adds included
# Whole squares of pixels are averaged first, as long as what is left is this many times too large: far quicker.
ROUGHLY: Final = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """One pass: the picture scaled to at most `long_side`, then enlarged 2 ** `doublings` by the detector; scaled
    further where that would be more than MOST_SEEN.
    """

    long_side: int
    doublings: int

    def scale(self, pixels: Pixels) -> float:
        """What the picture's sides are multiplied by before the detector has it; 1 at most."""
        height, width = pixels.shape[:2]
        most = math.sqrt(MOST_SEEN / (height * width)) / (1 << self.doublings)
        return min(1.0, self.long_side / max(height, width), most)

    def closeness(self, pixels: Pixels) -> float:
        """How large the detector sees what is one pixel wide in the picture."""
        return self.scale(pixels) * (1 << self.doublings)


LOOKS: Final = (Look(720, 0), Look(1600, 1))
LOOK_FOR_TINY: Final = Look(512, 2)


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
        closer = LOOK_FOR_TINY.closeness(pixels) > LOOKS[-1].closeness(pixels)
        return self.look(pixels, LOOK_FOR_TINY) if closer else []

    def look(self, pixels: Pixels, look: Look) -> list[Detection]:
        """Faces by falling area that one pass finds with a score of at least MIN_SCORE."""
        height, width = pixels.shape[:2]
        small = _scaled(pixels, look.scale(pixels))
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
    return min(round(SMALLEST_FACE / look.closeness(pixels)) for look in LOOKS)


def _scaled(pixels: Pixels, scale: float) -> Pixels:
    height, width = pixels.shape[:2]
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=ROUGHLY)
    return np.ascontiguousarray(np.asarray(small))
