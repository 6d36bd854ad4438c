"""A fitted scale never rises with distance, says what was measured, and grants little where few were measured."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.recognition import calibration, fitting
from gateway.recognition.error_rates import STEP_MICRO, measure
from gateway.recognition.models import DIMENSIONS


def templates(seed: int, count: int, *, spread: float) -> tuple[np.ndarray[Any, Any], list[int]]:
    random = np.random.default_rng(seed)
    centres = random.normal(0, 0.06, (count, DIMENSIONS))
    owners = np.repeat(np.arange(count), 3)
    return (centres[owners] + random.normal(0, spread, (len(owners), DIMENSIONS))).astype(np.float32), owners.tolist()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60))
def test_pools_fall_hold_everything_once_and_keep_their_sums(shares: list[tuple[float, float]]) -> None:
    parts = np.array([part for part, _ in shares])
    weights = parts + np.array([rest for _, rest in shares])
    assume(weights.any())
    found = fitting.pools(parts, weights)
    values = [value for value, _, _ in found]
    assert all(near > far for near, far in pairwise(values))
    assert sum(value * held.sum() for value, held, _ in found) == pytest.approx(parts.sum())
    assert sum(held.sum() for _, held, _ in found) == pytest.approx(weights.sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 30), st.floats(0.005, 0.09))
def test_whatever_was_measured_makes_a_calibration_that_can_be_read(seed: int, count: int, spread: float) -> None:
    measured = measure(*templates(seed, count, spread=spread))
    content = fitting.calibrate(measured, pipeline="p", photographs=count * 3).encode()
    found = calibration.parse(content, pipeline="p")
    for place in range(0, len(measured.genuine), 37):
        told = found.false_candidate(place * STEP_MICRO, 1)
        assert told is not None
        assert told.ppm >= measured.false_match.rate[place] * 1e6 - 1e-3
        assert told.bound_ppm >= measured.false_match.upper[place] * 1e6 - 1e-3


def test_similarity_is_the_share_of_pairs_of_one_person_where_both_kinds_are_as_many() -> None:
    measured = measure(*templates(5, 120, spread=0.09))
    scale = fitting.scale(measured)
    far = len(measured.genuine) - 1
    for distance in (1_420_000, 1_500_000, 1_540_000, 1_580_000, 1_620_000):
        around = slice(distance // STEP_MICRO - 15, min(far, distance // STEP_MICRO + 15))
        genuine, impostor = measured.genuine[around].sum(), measured.impostor[around].sum()
        assert scale.similarity_thousandths(distance) / 100_000 == pytest.approx(
            genuine / (genuine + impostor), abs=0.05
        )


def test_few_people_support_no_similarity_near_100() -> None:
    """People whose photographs are never confused: what is granted depends on how many there are."""
    supported = []
    for count in (10, 100, 400):
        measured = measure(*templates(6, count, spread=0.01))
        typical = int(np.average(np.arange(len(measured.genuine)), weights=measured.genuine)) * STEP_MICRO
        supported.append(fitting.scale(measured).similarity_thousandths(typical))
    assert supported[0] < 90_000 < supported[1] < 99_000 < supported[2]


def test_the_same_photographs_give_the_same_file() -> None:
    made = {
        fitting.calibrate(measure(*templates(8, 20, spread=0.03)), pipeline="p", photographs=60).encode()
        for _ in range(2)
    }
    assert len(made) == 1
