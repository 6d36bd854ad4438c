"""From a box to a template: five landmarks, a 150-pixel aligned face, 128 numbers by the library's own network.

The pipeline's name says what a template means: how the face was found and aligned, and by which weights it was
described. Which runtime multiplied is no part of it (`networks` says why). Deterministic: the same pixels and box give
the same template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import dlib
import numpy as np

if TYPE_CHECKING:
    from gateway.recognition.detector import Detection
    from gateway.recognition.images import Pixels
    from gateway.recognition.networks import Network, Template
    from gateway.recognition.weights import Weights

CHIP_SIDE: Final = 150
CHIP_PADDING: Final = 0.25
CHANGES: Final = 2  # raised with every change of detection, alignment or encoding that moves a template


def pipeline_of(weights: Weights) -> str:
    """The name of the pipeline that describes faces with these weights."""
    return f"dlib-hog720-lm5-resnet-{weights.network_digest()[:8]}/{CHANGES}"


@dataclass(frozen=True, slots=True)
class AlignedFace:
    """The face as the network sees it: `chip` 150 by 150 by 3, `points` the five landmarks in the original's pixels
    (outer and inner corner of one eye, outer and inner of the other, below the nose).
    """

    chip: Pixels
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]]


class Encoder:
    """Not for several threads at once; a worker process holds one."""

    def __init__(self, weights: Weights, network: Network) -> None:
        self._landmarks = dlib.shape_predictor(str(weights.landmarks))
        self._network = network
        self.pipeline = pipeline_of(weights)

    def align(self, pixels: Pixels, face: Detection) -> AlignedFace:
        shape = self._landmarks(pixels, face.rectangle())
        points = np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)
        return AlignedFace(chip=dlib.get_face_chip(pixels, shape, CHIP_SIDE, CHIP_PADDING), points=points)

    def encode(self, face: AlignedFace) -> Template:
        """128 float32. Not of unit length: distances are Euclidean, never cosine."""
        return self._network.describe(face.chip)
