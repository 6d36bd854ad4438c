"""`search`: the nearest faces of one gallery, exactly, one thread.

Two sizes, each beside its reference: 100,000 templates beside faiss.IndexFlatL2 called directly, and `templates`
(a million) beside the time that reading one byte of each of their numbers takes, measured in the same rounds. The
templates are made up: people who lie as far from each other, and their pictures as far from each other, as real ones
do. Every answer is compared with the reference's.
"""

from __future__ import annotations

import ctypes
import threading
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

import faiss
import numpy as np
from benchmarks.report import Goal, Report, medians, paired

from gateway.recognition import sealing
from gateway.recognition.distance import micros, on_grid
from gateway.recognition.index import ExactIndex
from gateway.recognition.roster import ids_of
from gateway.recognition.similarity import SHIPPED

SMALL: Final = 100_000
TEMPLATES: Final = 1_000_000
PICTURES: Final = 4  # of each person
LIMIT: Final = 20
QUERIES: Final = 40
CALLERS: Final = 16
FLOOR: Final = 90_000  # the floor of similarity in the demonstration's contracts, in thousandths
DIMENSIONS: Final = 128
NORM: Final = 1.3  # of the middle of all; 1.44 with what people and pictures add
PEOPLE_APART: Final = 0.89
PICTURES_APART: Final = 0.28
PAGE: Final = 8192
GOALS: Final = (
    Goal("vs_IndexFlatL2", most=0.45),
    Goal("with_floor_vs_reading_a_byte", most=0.5),
    Goal("without_floor_vs_reading_a_byte", most=1.7),
    Goal("callers_16_vs_one_per_core", least=1.4),
    Goal("opening_and_loading_seconds", most=10),
    Goal("bytes_a_template", most=400),
)


def run(*, rounds: int, templates: int = TEMPLATES, queries: int = QUERIES) -> Report:
    """Raises RuntimeError when an answer is not the reference's."""
    small, large = _small(rounds, queries), _large(rounds, templates, queries)
    pairs = [{**one, **other} for one, other in zip(small, large.measured, strict=True)]
    return Report(
        benchmark="search",
        settings={"templates": [SMALL, templates], "limit": LIMIT, "queries": queries, "threads": 1},
        figures={**medians(pairs), **large.figures},
        ratios={
            "vs_IndexFlatL2": paired(pairs, "exact_processor_ms", "IndexFlatL2_processor_ms"),
            "with_floor_vs_reading_a_byte": paired(pairs, "with_floor_processor_ms", "reading_a_byte_processor_ms"),
            "without_floor_vs_reading_a_byte": paired(
                pairs, "without_floor_processor_ms", "reading_a_byte_processor_ms"
            ),
            "callers_16_vs_one_per_core": paired(pairs, "callers_1_processor_ms", "callers_16_processor_ms"),
        },
        rounds=rounds,
        goals=GOALS,
    )


def _small(rounds: int, queries: int) -> list[dict[str, float]]:
    stored, probes = _faces(SMALL, queries)
    reference = faiss.IndexFlatL2(DIMENSIONS)
    reference.add(stored)
    ours = ExactIndex()
    ours.add([(UUID(int=row), str(row)) for row in range(SMALL)], stored)
    ours.settle()
    measured = []
    for _ in range(rounds):
        took: dict[str, list[float]] = {"IndexFlatL2": [], "exact": [], "exact_with_floor": []}
        for probe in probes:
            began = time.thread_time()
            _, rows = reference.search(probe.reshape(1, -1), LIMIT)
            took["IndexFlatL2"].append(time.thread_time() - began)
            took["exact"].append(_searched(ours, probe, None, stored[rows[0]]))
            took["exact_with_floor"].append(_searched(ours, probe, SHIPPED.furthest_micro(FLOOR), stored[rows[0]]))
        measured.append({f"{name}_processor_ms": median(values) * 1000 for name, values in took.items()})
    return measured


class _large:  # noqa: N801 - reads as the function that it is
    def __init__(self, rounds: int, templates: int, queries: int) -> None:
        stored, probes = _faces(templates, queries)
        before = _resident()
        self.figures: dict[str, Any] = {}
        index, self.figures["opening_and_loading_seconds"] = _loaded(stored)
        began = time.perf_counter()
        index.settle()
        self.figures["learning_seconds"] = time.perf_counter() - began
        self.figures["bytes_a_template"] = (_resident() - before) / templates
        nearest = [_brute(stored, probe) for probe in probes]
        byte_each = np.ones(templates * DIMENSIONS // 8, dtype=np.int64)
        proofs: list[str] = []
        self.measured = []
        for _ in range(rounds):
            took: dict[str, list[float]] = {"reading_a_byte": [], "with_floor": [], "without_floor": []}
            for probe, near in zip(probes, nearest, strict=True):
                began = time.thread_time()
                byte_each.sum()
                took["reading_a_byte"].append(time.thread_time() - began)
                took["with_floor"].append(_searched(index, probe, SHIPPED.furthest_micro(FLOOR), near, proofs))
                took["without_floor"].append(_searched(index, probe, None, near))
            self.measured.append(
                {
                    **{f"{name}_processor_ms": median(values) * 1000 for name, values in took.items()},
                    "callers_1_processor_ms": _by_callers(index, probes, 1),
                    "callers_16_processor_ms": _by_callers(index, probes, CALLERS),
                }
            )
        self.figures["proven_by_fast_scan"] = proofs.count("fast_scan") / len(proofs)


def _searched(index: ExactIndex, probe: Any, furthest: int | None, near: Any, proofs: list[str] | None = None) -> float:
    """The processor's seconds; the answer is compared with the reference's nearest."""
    began = time.thread_time()
    answer = index.nearest(probe, limit=LIMIT, furthest_micro=furthest)
    took = time.thread_time() - began
    expected = sorted(one for one in micros(probe, near).tolist() if furthest is None or one <= furthest)
    if [hit.distance_micro for hit in answer.hits] != expected:
        raise RuntimeError("the index and its reference differ")
    if proofs is not None:
        proofs.append(answer.proof)
    return took


def _by_callers(index: ExactIndex, probes: Any, count: int) -> float:
    """Milliseconds of processor for each search with a floor, when so many callers search at once."""

    def call(first: int) -> None:
        for probe in np.roll(probes, first, axis=0):  # no two search for the same at once
            index.nearest(probe, limit=LIMIT, furthest_micro=SHIPPED.furthest_micro(FLOOR))

    callers = [threading.Thread(target=call, args=(first,)) for first in range(count)]
    began = time.process_time()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return (time.process_time() - began) / (count * len(probes)) * 1000


def _loaded(stored: Any) -> tuple[ExactIndex, float]:
    """The index as an engine loads it, sealed page by sealed page, and the seconds of opening and adding alone."""
    key, gallery, index, took = bytes(32), UUID(int=1), ExactIndex(), 0.0
    for at in range(0, len(stored), PAGE):
        templates = stored[at : at + PAGE]
        faces = [UUID(int=at + row) for row in range(len(templates))]
        sealed = b"".join(
            sealing.seal_template(key, template, gallery=gallery, face=face, pipeline="made-up")
            for face, template in zip(faces, templates, strict=True)
        )
        ids, names = b"".join(face.bytes for face in faces), [f"face-{face.int}".encode() for face in faces]
        began = time.perf_counter()
        opened, _ = sealing.open_templates(key, sealed, gallery=gallery, faces=ids, pipeline="made-up")
        index.add_rows(ids_of(ids), names, opened)
        took += time.perf_counter() - began
    return index, took


def _brute(stored: Any, probe: Any) -> Any:
    """The templates that are nearest by a comparison with all of them."""
    distances = np.concatenate([micros(probe, stored[at : at + PAGE]) for at in range(0, len(stored), PAGE)])
    return stored[np.argpartition(distances, LIMIT)[:LIMIT]]


def _resident() -> int:
    """Bytes of this process in memory, without what the allocator keeps for later."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/statm")
    return int(status.read_text(encoding="ascii").split()[1]) * 4096 if status.exists() else 0


def _faces(templates: int, queries: int) -> tuple[Any, Any]:
    numbers = np.random.default_rng(2026)
    middle = numbers.normal(size=DIMENSIONS)
    middle *= NORM / np.linalg.norm(middle)
    # Two who are drawn alike are the root of two further apart than each is from the middle.
    picture = PICTURES_APART / 2**0.5
    person = (PEOPLE_APART**2 / 2 - picture**2) ** 0.5
    people = numbers.standard_normal((-(-templates // PICTURES), DIMENSIONS), dtype=np.float32)
    people *= np.float32(person / DIMENSIONS**0.5)

    def pictures(of: Any) -> Any:
        noise = numbers.standard_normal(of.shape, dtype=np.float32) * np.float32(picture / DIMENSIONS**0.5)
        return on_grid(of + noise + middle.astype(np.float32))

    stored = np.empty((templates, DIMENSIONS), dtype=np.float32)
    for at in range(0, templates, PAGE):
        stored[at : at + PAGE] = pictures(people[np.arange(at, min(at + PAGE, templates)) // PICTURES])
    return stored, pictures(people[numbers.integers(0, len(people), queries)])
