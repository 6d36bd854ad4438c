"""`search`: the nearest faces of one gallery, exactly, beside faiss.IndexFlatL2 called directly; one thread each.

The templates are made up: people who lie as far from each other, and their pictures as far from each other, as real
ones do. Every answer is compared with the reference's.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any, Final
from uuid import UUID

import faiss
import numpy as np
from benchmarks.report import Goal, Report, medians, paired

from gateway.recognition.index import FlatIndex, micro
from gateway.recognition.similarity import furthest_micro

TEMPLATES: Final = 100_000
PICTURES: Final = 4  # of each person
LIMIT: Final = 20
QUERIES: Final = 100
FLOOR: Final = 90_000  # the floor of similarity in the demonstration's contracts, in thousandths
PEOPLE_APART: Final = 0.6
PICTURES_APART: Final = 0.2
GOALS: Final = (Goal("vs_IndexFlatL2", most=0.45),)


def run(*, rounds: int, templates: int = TEMPLATES, queries: int = QUERIES) -> Report:
    """Raises RuntimeError when an answer is not the reference's."""
    stored, probes = _faces(templates, queries)
    reference = faiss.IndexFlatL2(stored.shape[1])
    reference.add(stored)
    ours = FlatIndex()
    began = time.thread_time()
    ours.add([(UUID(int=row), str(row)) for row in range(templates)], stored)
    adding = time.thread_time() - began
    measured = []
    for _ in range(rounds):
        took: dict[str, list[float]] = {"IndexFlatL2": [], "exact": [], "exact_with_floor": []}
        for probe in probes:
            began = time.thread_time()
            _, rows = reference.search(probe.reshape(1, -1), LIMIT)
            took["IndexFlatL2"].append(time.thread_time() - began)
            began = time.thread_time()
            hits = ours.nearest(probe, limit=LIMIT, furthest_micro=None)
            took["exact"].append(time.thread_time() - began)
            began = time.thread_time()
            ours.nearest(probe, limit=LIMIT, furthest_micro=furthest_micro(FLOOR))
            took["exact_with_floor"].append(time.thread_time() - began)
            expected = sorted(micro(probe, stored[row]) for row in rows[0])
            if [hit.distance_micro for hit in hits] != expected:
                raise RuntimeError("the index and its reference differ")
        measured.append({f"{name}_processor_ms": median(values) * 1000 for name, values in took.items()})
    return Report(
        benchmark="search",
        settings={"templates": templates, "limit": LIMIT, "queries": queries, "threads": 1},
        figures={**medians(measured), "adding_seconds": adding},
        ratios={
            "vs_IndexFlatL2": paired(measured, "exact_processor_ms", "IndexFlatL2_processor_ms"),
            "with_floor_vs_IndexFlatL2": paired(measured, "exact_with_floor_processor_ms", "IndexFlatL2_processor_ms"),
        },
        rounds=rounds,
        goals=GOALS,
    )


def _faces(templates: int, queries: int) -> tuple[Any, Any]:
    numbers = np.random.default_rng(2026)
    dimensions = 128
    middle = numbers.normal(size=dimensions)
    middle *= 1.3 / np.linalg.norm(middle)
    people = numbers.normal(size=(-(-templates // PICTURES), dimensions)) * PEOPLE_APART / dimensions**0.5

    def pictures(of: Any) -> Any:
        return (middle + of + numbers.normal(size=of.shape) * PICTURES_APART / dimensions**0.5).astype(np.float32)

    stored = pictures(np.repeat(people, PICTURES, axis=0)[:templates])
    return stored, pictures(people[numbers.integers(0, len(people), queries)])
