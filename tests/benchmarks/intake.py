"""`intake`: pictures that were damaged or made to harm, through real workers of at most a gigabyte.

Whatever a picture is, it must be answered within two seconds, by a template or a refusal with a code, and leave the
worker alive. The pictures are those of `image_fuzz`, and the same ones each time. `slowest_ms` is by the clock, from
handing a picture to a worker to its answer, with two workers at work; `slowest_processor_ms` is what the worker itself
spent on a picture, which a busy machine does not lengthen, so the goal is about that.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.encode import PhotographsMissing
from benchmarks.report import Goal, Report, medians
from image_fuzz import Corpus

from gateway.cli.photographs import default_cache, photographs
from gateway.recognition.refusals import Refused
from gateway.recognition.runtime import PROCESSOR, Runtime
from gateway.recognition.worker import ADDRESS_SPACE
from gateway.recognition.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURES: Final = 20_000
SEED: Final = 20261129
WORKERS: Final = 2
FACES: Final = ("person_a_2.jpg", "person_d_1.jpg")
ACCEPTED: Final = "accepted"
GOALS: Final = (
    Goal("workers_lost", most=0),
    Goal("slowest_processor_ms", most=2000),
    Goal("worker_memory_mb", most=1024),
)


@dataclass(slots=True)
class Intake:
    """What became of the pictures: `codes` counts the answers. Times are in milliseconds, with the picture's number."""

    codes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, -1)
    dearest: tuple[float, int] = (0.0, -1)  # of processor time
    workers_lost: int = 0
    memory_mb: float = 0.0

    def add(self, other: Intake) -> None:
        self.codes += other.codes
        self.slowest = max(self.slowest, other.slowest)
        self.dearest = max(self.dearest, other.dearest)
        self.workers_lost += other.workers_lost
        self.memory_mb = max(self.memory_mb, other.memory_mb)


def take_in(corpus: Corpus, numbers: Sequence[int], runtime: Runtime) -> Intake:
    """Hands the pictures of these numbers to workers, each its share."""
    whole = Intake()
    with ThreadPoolExecutor(WORKERS) as callers:
        shares = [numbers[share::WORKERS] for share in range(WORKERS)]
        for part in callers.map(lambda share: _share(corpus, share, runtime), shares):
            whole.add(part)
    return whole


def _share(corpus: Corpus, numbers: Sequence[int], runtime: Runtime) -> Intake:
    intake = Intake()
    with Workers(1, runtime) as workers:
        workers.pipeline()
        for number in numbers:
            picture, (pid,) = corpus.picture(number), workers.pids()
            before, began = _spent_ms(pid), time.perf_counter()
            intake.codes[_answer(workers, picture)] += 1
            intake.slowest = max(intake.slowest, ((time.perf_counter() - began) * 1000, number))
            if workers.pids() != [pid]:
                intake.workers_lost += 1
            else:
                intake.dearest = max(intake.dearest, (_spent_ms(pid) - before, number))
                intake.memory_mb = max(intake.memory_mb, _memory_mb(pid))
    return intake


def run(*, rounds: int, pictures: int = PICTURES) -> Report:
    """The rounds share the pictures. Raises PhotographsMissing."""
    found = photographs(default_cache())
    if not found.keys() >= set(FACES):
        raise PhotographsMissing("The photographs of face_recognition's source distribution could not be fetched.")
    corpus, intake, measured = Corpus([found[name].read_bytes() for name in FACES], seed=SEED), Intake(), []
    with tempfile.TemporaryDirectory(prefix="writgate-bench-") as folder:
        runtime = Runtime(encoder="onnxruntime", provider=PROCESSOR, folder=Path(folder))
        runtime.prepare()
        for number in range(rounds):
            numbers = range(number, pictures, rounds)
            began = time.perf_counter()
            intake.add(take_in(corpus, numbers, runtime))
            measured.append({"pictures_per_s": len(numbers) / (time.perf_counter() - began)})
    return Report(
        benchmark="intake",
        settings={"pictures": pictures, "seed": SEED, "workers": WORKERS, "address_space_mb": ADDRESS_SPACE >> 20},
        figures={
            **medians(measured),
            "pictures": intake.codes.total(),
            **dict(intake.codes.most_common()),
            "slowest_ms": intake.slowest[0],
            "slowest_processor_ms": intake.dearest[0],
            "dearest_picture": intake.dearest[1],
            "workers_lost": intake.workers_lost,
            "worker_memory_mb": intake.memory_mb,
        },
        ratios={},
        rounds=rounds,
        goals=GOALS,
    )


def _answer(workers: Workers, picture: bytes) -> str:
    try:
        workers.read(picture, gate="probe")
    except Refused as refused:
        return refused.reason.code
    return ACCEPTED


def _spent_ms(pid: int) -> float:
    """Processor time so far; a worker has one thread that works."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def _memory_mb(pid: int) -> float:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024
