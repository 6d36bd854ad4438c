"""`encode`: from a picture's bytes to a template, beside face_recognition called directly; one process, one thread.

Ours also measures quality and refuses what is not good enough, and looks at a picture in the size that its pipeline
fixes; face_recognition looks at it as it is. Times are processor time, so faces per second are those of one core.
"""

from __future__ import annotations

import io
import time
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import face_recognition
import numpy as np
from benchmarks.report import Report, medians, paired

from gateway.cli.photographs import default_cache, photographs
from gateway.recognition import quality, weights
from gateway.recognition.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

PHOTOGRAPHS: Final = ("person_a_1.jpg", "person_a_2.jpg", "person_b_1.jpg")


class PhotographsMissing(Exception):  # noqa: N818 - it states what is so
    """The photographs could not be fetched."""


def run(*, rounds: int) -> Report:
    """Raises PhotographsMissing."""
    found = photographs(default_cache())
    if not found.keys() >= set(PHOTOGRAPHS):
        raise PhotographsMissing("The photographs of face_recognition's source distribution could not be fetched.")
    pictures = [found[name].read_bytes() for name in PHOTOGRAPHS]
    pipeline = Pipeline(weights.find())
    measured = []
    for number in range(rounds + 1):
        took: dict[str, list[float]] = {"ours": [], "face_recognition": []}
        for picture in pictures:
            took["ours"].append(_timed(lambda data: pipeline.read(data, quality.PROBE), picture))
            took["face_recognition"].append(_timed(_directly, picture))
        if number:  # the first loads the weights
            measured.append({f"{name}_faces_per_s_and_core": 1 / median(values) for name, values in took.items()})
    return Report(
        benchmark="encode",
        settings={"photographs": len(pictures), "detector": "HOG"},
        figures=medians(measured),
        ratios={
            "vs_face_recognition": paired(
                measured, "ours_faces_per_s_and_core", "face_recognition_faces_per_s_and_core"
            )
        },
        rounds=rounds,
    )


def _directly(data: bytes) -> Any:
    pixels = face_recognition.load_image_file(io.BytesIO(data))
    (encoding,) = face_recognition.face_encodings(pixels, model="small")[:1]
    return np.asarray(encoding)


def _timed(work: Callable[[bytes], Any], data: bytes) -> float:
    began = time.process_time()
    work(data)
    return time.process_time() - began
