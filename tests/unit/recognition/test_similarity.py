"""A scale is monotone, stays within 0 and 100, and a floor is never undercut by rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.similarity import SHIPPED, Scale, thousandths

DISTANCES = st.integers(0, 3_000_000)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    distances = sorted(draw(st.sets(st.integers(1, 2_000_000), min_size=1, max_size=40)))
    inner = st.sets(st.integers(1, 99_999), min_size=len(distances) - 1, max_size=len(distances) - 1)
    similarities = [*sorted(draw(inner), reverse=True), 0]
    return Scale(((0, 100_000), *zip(distances, similarities, strict=True)))


@pytest.mark.parametrize(("distance", "similarity"), SHIPPED.anchors)
def test_every_anchor_is_met(distance: int, similarity: int) -> None:
    assert SHIPPED.similarity_thousandths(distance) == similarity


@given(scales(), DISTANCES, DISTANCES)
def test_a_greater_distance_never_has_a_higher_similarity(scale: Scale, one: int, other: int) -> None:
    near, far = sorted((one, other))
    assert 100_000 >= scale.similarity_thousandths(near) >= scale.similarity_thousandths(far) >= 0


@given(scales(), st.integers(1, 100_000))
def test_the_furthest_distance_of_a_floor_is_the_last_that_reaches_it(scale: Scale, floor: int) -> None:
    furthest = scale.furthest_micro(floor)
    assert furthest is not None
    assert scale.similarity_thousandths(furthest) >= floor
    assert scale.similarity_thousandths(furthest + 1) < floor


def test_a_floor_of_zero_bars_nobody() -> None:
    assert SHIPPED.furthest_micro(0) is None


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
        SHIPPED.similarity_thousandths(-1)


def test_a_floor_outside_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        SHIPPED.furthest_micro(100_001)


@pytest.mark.parametrize(
    "anchors",
    [
        (),
        ((0, 100_000),),
        ((1, 100_000), (2, 0)),
        ((0, 99_000), (2, 0)),
        ((0, 100_000), (2, 1)),
        ((0, 100_000), (3, 50), (2, 0)),
        ((0, 100_000), (2, 50), (3, 50), (4, 0)),
    ],
)
def test_what_is_no_scale_is_refused(anchors: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="scale"):
        Scale(anchors)
