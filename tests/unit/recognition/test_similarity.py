"""The scale is monotone, stays within 0 and 100, and a floor is never undercut by rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.similarity import ANCHORS, furthest_micro, similarity_thousandths, thousandths

DISTANCES = st.integers(0, 3_000_000)


@pytest.mark.parametrize(("distance", "similarity"), ANCHORS)
def test_every_anchor_is_met(distance: int, similarity: int) -> None:
    assert similarity_thousandths(distance) == similarity


@given(DISTANCES, DISTANCES)
def test_a_greater_distance_never_has_a_higher_similarity(one: int, other: int) -> None:
    near, far = sorted((one, other))
    assert 100_000 >= similarity_thousandths(near) >= similarity_thousandths(far) >= 0


@given(st.integers(1, 100_000))
def test_the_furthest_distance_of_a_floor_is_the_last_that_reaches_it(floor: int) -> None:
    furthest = furthest_micro(floor)
    assert furthest is not None
    assert similarity_thousandths(furthest) >= floor
    assert similarity_thousandths(furthest + 1) < floor


def test_a_floor_of_zero_bars_nobody() -> None:
    assert furthest_micro(0) is None


@given(st.floats(0, 100))
def test_a_floor_is_never_lowered_by_rounding(floor: float) -> None:
    assert floor * 1000 - 1e-6 <= thousandths(floor) < floor * 1000 + 1


@pytest.mark.parametrize(("floor", "expected"), [(99.9, 99_900), (80, 80_000), (0.0001, 1), (100, 100_000)])
def test_floors_of_contracts_are_exact(floor: float, expected: int) -> None:
    assert thousandths(floor) == expected


@pytest.mark.parametrize("floor", [-0.1, 100.1, float("nan"), float("inf")])
def test_what_is_not_a_similarity_is_refused(floor: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        thousandths(floor)


def test_a_negative_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        similarity_thousandths(-1)


def test_a_floor_outside_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        furthest_micro(100_001)
