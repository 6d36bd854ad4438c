"""A calibration holds for one pipeline, is named by its digest, and tells no chance of a false candidate too low."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.calibration import (
    FORMAT,
    LARGEST_FILE,
    SHIPPED_CALIBRATION,
    Calibration,
    CalibrationUnusable,
    Measured,
    among,
    load,
    parse,
)
from gateway.recognition.models import Chance
from gateway.recognition.similarity import SHIPPED

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = "a pipeline"
RATES = [(300_000, 0, 2_000_000), (400_000, 1_000_000, 5_000_000), (500_000, 50_000_000, 90_000_000)]
MEASURED = Measured(
    format=FORMAT,
    pipeline=PIPELINE,
    people=1000,
    people_of_several_photographs=400,
    photographs=2000,
    confidence_permille=950,
    scale=list(SHIPPED.anchors),
    rates=RATES,
)


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    distances = sorted(draw(st.sets(st.integers(0, 2_000_000), min_size=1, max_size=20)))
    rates = sorted(draw(st.lists(st.integers(0, 10**9), min_size=len(distances), max_size=len(distances))))
    above = sorted(draw(st.lists(st.integers(0, 10**9), min_size=len(distances), max_size=len(distances))))
    bounds = [max(pair) for pair in zip(rates, above, strict=True)]
    return Calibration(id="x", scale=SHIPPED, rates=tuple(zip(distances, rates, bounds, strict=True)))


def test_what_was_written_is_read_and_named_by_its_digest() -> None:
    content = MEASURED.encode()
    found = parse(content, pipeline=PIPELINE)
    assert found.id == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert (found.scale, list(found.rates), found.measured) == (SHIPPED, RATES, True)


def test_templates_of_two_pipelines_never_share_a_calibration() -> None:
    with pytest.raises(CalibrationUnusable, match="measured on templates of a pipeline"):
        parse(MEASURED.encode(), pipeline="another")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "writgate-calibration-2"},
        {"rates": []},
        {"rates": [(2, 5, 6), (1, 5, 6)]},
        {"rates": [(1, 5, 6), (2, 4, 6)]},
        {"rates": [(1, 5, 6), (2, 5, 5)]},
        {"rates": [(1, 7, 6)]},
        {"rates": [(1, 7, 10**9 + 1)]},
        {"rates": [(-1, 7, 8)]},
        {"scale": [(0, 100_000), (1, 5), (2, 6)]},
    ],
)
def test_a_file_that_says_anything_impossible_is_refused(change: dict[str, object]) -> None:
    content = msgspec.json.encode(msgspec.to_builtins(MEASURED) | change)
    with pytest.raises(CalibrationUnusable):
        parse(content, pipeline=PIPELINE)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", MEASURED.encode() + b" " * LARGEST_FILE])
def test_what_is_no_calibration_is_refused(content: bytes) -> None:
    with pytest.raises(CalibrationUnusable):
        parse(content, pipeline=PIPELINE)


def test_a_file_that_is_not_there_is_refused_and_none_is_the_shipped_scale(tmp_path: Path) -> None:
    with pytest.raises(CalibrationUnusable, match="cannot be read"):
        load(tmp_path / "none", pipeline=PIPELINE)
    assert load(None, pipeline=PIPELINE) is SHIPPED_CALIBRATION


def test_the_shipped_scale_says_that_nothing_was_measured_and_tells_no_chance() -> None:
    assert SHIPPED_CALIBRATION.id.startswith("uncalibrated:")
    assert not SHIPPED_CALIBRATION.measured
    assert SHIPPED_CALIBRATION.false_candidate(100_000, 1) is None


@given(st.integers(0, 10**9), st.integers(0, 3000))
def test_the_chance_among_many_is_one_minus_that_of_no_false_match_rounded_up(rate: int, faces: int) -> None:
    exact = (1 - (1 - Fraction(rate, 10**9)) ** faces) * 10**6
    assert exact - Fraction(1, 1000) <= among(rate, faces) <= exact + 1 + Fraction(1, 1000)


@given(calibrations(), st.integers(0, 2_500_000), st.integers(0, 2_500_000), st.integers(0, 10**7), st.integers(0, 99))
def test_the_chance_grows_with_distance_and_with_the_gallery(
    calibration: Calibration, one: int, other: int, faces: int, more: int
) -> None:
    near, far = (calibration.false_candidate(distance, faces) for distance in sorted((one, other)))
    larger = calibration.false_candidate(min(one, other), faces + more)
    assert near is not None
    assert far is not None
    assert larger is not None
    assert near.ppm <= min(far.ppm, larger.ppm)
    assert near.bound_ppm <= min(far.bound_ppm, larger.bound_ppm)
    assert near.ppm <= near.bound_ppm <= 10**6


def test_the_rate_of_the_next_measured_distance_holds_and_beyond_the_last_everybody_is_a_false_candidate() -> None:
    calibration = parse(MEASURED.encode(), pipeline=PIPELINE)
    assert calibration.false_candidate(300_001, 1) == Chance(ppm=1_000, bound_ppm=5_000)
    assert calibration.false_candidate(400_000, 1) == Chance(ppm=1_000, bound_ppm=5_000)
    assert calibration.false_candidate(500_001, 1) == Chance(ppm=10**6, bound_ppm=10**6)
    assert calibration.false_candidate(None, 1) == Chance(ppm=10**6, bound_ppm=10**6)
    assert calibration.false_candidate(None, 0) == Chance(ppm=0, bound_ppm=0)


@given(calibrations(), st.integers(0, 10**6), st.integers(1, 10**7))
def test_within_the_furthest_distance_of_a_limit_no_bound_exceeds_it(
    calibration: Calibration, limit: int, faces: int
) -> None:
    furthest = calibration.furthest_micro(limit, faces)
    if furthest is not None:
        within = calibration.false_candidate(furthest, faces)
        assert within is not None
        assert within.bound_ppm <= limit
    beyond = calibration.false_candidate(0 if furthest is None else furthest + 1, faces)
    assert beyond is not None
    assert beyond.bound_ppm > limit or limit == 10**6
