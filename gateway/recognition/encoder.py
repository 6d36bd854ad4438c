"""From a box to a template: five landmarks, a 150-pixel aligned face, 128 numbers by the library's own network.

Whatever computes the numbers stands behind `Encoder.encode`, so that another runtime of the same weights can take its
place. Deterministic: the same pixels and box give the same template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import dlib
import numpy as np

if TYPE_CHECKING:
    from gateway.recognition.detector import Detection
    from gateway.recognition.images import Pixels
    from gateway.recognition.weights import Weights

Template = np.ndarray[tuple[int], np.dtype[np.float32]]

CHIP_SIDE: Final = 150
CHIP_PADDING: Final = 0.25
CHANGES: Final = 1  # raised with every change of detection, alignment or encoding that moves a template


@dataclass(frozen=True, slots=True)
class AlignedFace:
    """The face as the network sees it: `chip` 150 by 150 by 3, `points` the five landmarks in the original's pixels
    (outer and inner corner of one eye, outer and inner of the other, below the nose).
    """

    chip: Pixels
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]]


class Encoder:
    """Not for several threads at once; a worker process holds one. Loading takes half a second."""

    def __init__(self, weights: Weights) -> None:
        self._landmarks = dlib.shape_predictor(str(weights.landmarks))
        self._network = dlib.face_recognition_model_v1(str(weights.network))
        self.pipeline = f"dlib-hog800-lm5-resnet-{weights.network_digest()[:8]}/{CHANGES}"

    def align(self, pixels: Pixels, face: Detection) -> AlignedFace:
        shape = self._landmarks(pixels, face.rectangle())
        points = np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)
        return AlignedFace(chip=dlib.get_face_chip(pixels, shape, CHIP_SIDE, CHIP_PADDING), points=points)

    def encode(self, face: AlignedFace) -> Template:
        """128 float32. Not of unit length: distances are Euclidean, never cosine."""
        # The network's own numbers are float32; dlib hands them out widened, so nothing is lost here.
        return np.array(self._network.compute_face_descriptor(face.chip), dtype=np.float32)
