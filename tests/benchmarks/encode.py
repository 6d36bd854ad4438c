"""`encode`: from a picture's bytes to a template, beside face_recognition called directly, in the same run.

Four things are measured: encoding alone, for the same box of the same picture; a whole picture of a megapixel, with
everything that each does to it by default; two workers beside one; and how far the numbers are apart. Ours also
measures quality and refuses what is not good enough. Times are processor time, so faces per second are those of one
core, but for the workers, whose pictures per second are counted by the clock: on a busy machine they say little.
"""

from __future__ import annotations

import io
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dlib
import numpy as np
from benchmarks.report import Goal, Report, medians, paired
from PIL import Image
from reference_library import face_recognition

from gateway.cli.photographs import default_cache, photographs
from gateway.recognition import images, networks, quality, weights
from gateway.recognition.detector import MIN_SCORE, Detector
from gateway.recognition.encoder import Encoder
from gateway.recognition.pipeline import Pipeline
from gateway.recognition.refusals import Refused
from gateway.recognition.runtime import PROCESSOR, Runtime
from gateway.recognition.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.recognition.detector import Detection
    from gateway.recognition.images import Pixels

PEOPLE: Final = (
    "person_a_1.jpg",
    "person_a_2.jpg",
    "person_a_3.jpg",
    "person_b_1.jpg",
    "person_c_1.png",
    "person_d_1.jpg",
)
MEGAPIXEL: Final = 1_000_000
FACES_EACH: Final = 5  # ours are so much quicker that more are needed to time them
PICTURES_EACH: Final = 60  # that the workers read in a round
GOALS: Final = (
    Goal("encoding_vs_face_recognition", least=15),
    Goal("probe_vs_face_recognition", least=8),
    Goal("two_workers_vs_one", least=1.8),
    Goal("worker_memory_mb", most=700),
    Goal("largest_component_difference", most=1e-5),
    Goal("largest_distance_difference", most=1e-5),
    Goal("faces_missed", most=0),
)


class PhotographsMissing(Exception):  # noqa: N818 - it states what is so
    """The photographs could not be fetched."""


def run(*, rounds: int) -> Report:
    """Raises PhotographsMissing."""
    found = photographs(default_cache())
    if not found.keys() >= set(PEOPLE):
        raise PhotographsMissing("The photographs of face_recognition's source distribution could not be fetched.")
    everything = [path.read_bytes() for path in found.values()]
    probes = [_megapixel(found[name].read_bytes()) for name in PEOPLE]
    with tempfile.TemporaryDirectory(prefix="writgate-bench-") as folder:
        runtime = Runtime(encoder="onnxruntime", provider=PROCESSOR, folder=Path(folder))
        runtime.prepare()
        installed, library = weights.find(), face_recognition()
        network = runtime.network(installed)
        pipeline, encoder = Pipeline(installed, network), Encoder(installed, network)
        boxes = [(pixels, Detector().detect(pixels)[0]) for pixels in map(images.decode, probes)]
        measured = []
        for number in range(rounds + 1):
            figures = _encoding(library, encoder, boxes) | _whole(library, pipeline, probes)
            if number:  # the first loads the weights
                measured.append(figures | _workers(runtime, probes))
        memory = _memory(runtime, everything)
        faces = _faces(encoder, everything)
    return Report(
        benchmark="encode",
        settings={"pictures": len(probes), "pixels": MEGAPIXEL, "detector": "HOG", "photographs": len(everything)},
        figures={**medians(measured), "worker_memory_mb": memory, **faces},
        ratios={
            "encoding_vs_face_recognition": paired(
                measured, "ours_faces_per_s_and_core", "face_recognition_faces_per_s_and_core"
            ),
            "probe_vs_face_recognition": paired(measured, "face_recognition_probe_ms", "ours_probe_ms"),
            "two_workers_vs_one": paired(measured, "two_workers_probes_per_s", "one_worker_probes_per_s"),
        },
        rounds=rounds,
        goals=GOALS,
    )


def _megapixel(data: bytes) -> bytes:
    """The picture as a JPEG of a million pixels."""
    picture = Image.fromarray(images.decode(data))
    scale = (MEGAPIXEL / (picture.width * picture.height)) ** 0.5
    file = io.BytesIO()
    size = (round(picture.width * scale), round(picture.height * scale))
    picture.resize(size, Image.Resampling.LANCZOS).save(file, "JPEG", quality=90)
    return file.getvalue()


def _encoding(library: Any, encoder: Encoder, boxes: list[tuple[Pixels, Detection]]) -> dict[str, float]:
    """Alignment and encoding of faces whose boxes are known, one after the other."""

    def ours() -> None:
        for pixels, face in boxes * FACES_EACH:
            encoder.encode(encoder.align(pixels, face))

    def theirs() -> None:
        for pixels, face in boxes:
            library.face_encodings(pixels, [(face.top, face.right, face.bottom, face.left)])

    return {
        "ours_faces_per_s_and_core": len(boxes) * FACES_EACH / _timed(ours),
        "face_recognition_faces_per_s_and_core": len(boxes) / _timed(theirs),
    }


def _whole(library: Any, pipeline: Pipeline, probes: list[bytes]) -> dict[str, float]:
    """Decode, detect, align and encode: the mean of the pictures, since what detection costs depends on their shape."""

    def ours() -> None:
        for probe in probes:
            pipeline.read(probe, quality.PROBE)

    def theirs() -> None:
        for probe in probes:
            library.face_encodings(library.load_image_file(io.BytesIO(probe)))

    return {
        "ours_probe_ms": _timed(ours) / len(probes) * 1000,
        "face_recognition_probe_ms": _timed(theirs) / len(probes) * 1000,
    }


def _timed(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _workers(runtime: Runtime, probes: list[bytes]) -> dict[str, float]:
    """Pictures per second by the clock."""
    figures = {}
    for name, count in (("one_worker", 1), ("two_workers", 2)):
        with Workers(count, runtime) as workers, ThreadPoolExecutor(count) as callers:
            pictures = (probes * PICTURES_EACH)[: PICTURES_EACH * count]
            _read(workers, callers, probes * count)  # all are up, and warm
            began = time.perf_counter()
            _read(workers, callers, pictures)
            figures[f"{name}_probes_per_s"] = len(pictures) / (time.perf_counter() - began)
    return figures


def _read(workers: Workers, callers: ThreadPoolExecutor, pictures: Iterable[bytes]) -> None:
    list(callers.map(lambda data: workers.read(data, gate="probe"), pictures))


def _memory(runtime: Runtime, pictures: list[bytes]) -> float:
    """The most that a worker held in memory while it read every photograph, in megabytes."""
    with Workers(1, runtime) as workers:
        for data in pictures:
            with suppress(Refused):
                workers.read(data, gate="probe")
        (pid,) = workers.pids()
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def _faces(encoder: Encoder, pictures: list[bytes]) -> dict[str, float]:
    """How far the numbers are from dlib's, and the library's faces that we did not find."""
    reference, ours, theirs, missed = networks.Reference(weights.find().network), [], [], 0
    for pixels in map(images.decode, pictures):
        found = Detector().detect(pixels)
        boxes, scores, _ = dlib.get_frontal_face_detector().run(pixels, 1, 0.0)  # as face_locations does by default
        certain = [box for box, score in zip(boxes, scores, strict=True) if score >= MIN_SCORE]
        missed += sum(not any(_same(box, face.rectangle()) for face in found) for box in certain)
        for face in found:
            aligned = encoder.align(pixels, face)
            ours.append(encoder.encode(aligned))
            theirs.append(reference.describe(aligned.chip))
    one, other = np.stack(ours), np.stack(theirs)
    return {
        "faces": len(ours),
        "faces_missed": missed,
        "largest_component_difference": float(np.abs(one - other).max()),
        "largest_distance_difference": float(np.abs(_distances(one) - _distances(other)).max()),
    }


def _same(one: dlib.rectangle, other: dlib.rectangle) -> bool:
    """Whether two boxes overlap by half of what they cover together."""
    common = one.intersect(other).area()
    return bool(2 * common >= one.area() + other.area() - common)


def _distances(templates: Any) -> Any:
    wide = templates.astype(np.float64)
    return np.linalg.norm(wide[:, None] - wide[None], axis=2)
