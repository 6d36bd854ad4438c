"""Error rates count people, not pairs; their intervals hold what is true as often as they say."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.recognition.distance import micros
from gateway.recognition.error_rates import STEP_MICRO, ErrorRates, TooFewPeople, measure, wilson
from gateway.recognition.models import DIMENSIONS


def people(
    seed: int, count: int, *, photographs: int = 2, spread: float = 0.02, families: int = 0
) -> tuple[np.ndarray[Any, Any], list[int]]:
    """Synthetic templates: centres of people, and photographs around them. Of `families` some centres lie close."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 0.06, (count, DIMENSIONS))
    if families:
        centres = 0.75 * random.normal(0, 0.06, (families, DIMENSIONS))[np.arange(count) % families] + 0.66 * centres
    owners = np.repeat(np.arange(count), photographs)
    return (centres[owners] + random.normal(0, spread, (len(owners), DIMENSIONS))).astype(np.float32), owners.tolist()


def by_hand(templates: np.ndarray[Any, Any], owners: list[int], distance_micro: int) -> tuple[float, float]:
    """Both rates from their definition: means over people of means over their pairs of photographs."""
    of = {person: [place for place, owner in enumerate(owners) if owner == person] for person in set(owners)}

    def share(pairs: list[tuple[int, int]]) -> float:
        near = [int(micros(templates[one], templates[[other]])[0]) <= distance_micro for one, other in pairs]
        return sum(near) / len(near)

    false_matches = [share(list(product(of[one], of[other]))) for one, other in combinations(of, 2)]
    matches = [share(list(combinations(places, 2))) for places in of.values() if len(places) > 1]
    return sum(false_matches) / len(false_matches), 1 - sum(matches) / len(matches)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 4), min_size=2, max_size=7), st.integers(0, 1400))
def test_the_rates_are_means_over_people_of_means_over_photographs(seed: int, counts: list[int], step: int) -> None:
    counts[0] = 2
    owners = [person for person, count in enumerate(counts) for _ in range(count)]
    templates = np.random.default_rng(seed).normal(0, 0.05, (len(owners), DIMENSIONS)).astype(np.float32)
    measured = measure(templates, owners)
    place = min(step, len(measured.genuine) - 1)
    false_match, false_non_match = by_hand(templates, owners, step * STEP_MICRO)
    assert measured.false_match.rate[place] == pytest.approx(false_match, abs=1e-9)
    assert measured.false_non_match.rate[place] == pytest.approx(false_non_match, abs=1e-9)


def test_a_person_of_many_photographs_weighs_as_much_as_another() -> None:
    """Two alike people: one of two photographs, one of forty. A third is far from both."""
    near = np.zeros((42, DIMENSIONS), dtype=np.float32)
    near[:, 0] = np.linspace(0, 0.01, 42)
    far = np.ones((2, DIMENSIONS), dtype=np.float32)
    measured = measure(np.concatenate((near, far)), [0] * 2 + [1] * 40 + [2] * 2)
    assert measured.false_match.rate[100] == pytest.approx(1 / 3)


def test_there_are_no_rates_of_one_person_or_of_single_photographs() -> None:
    templates, _ = people(1, 4)
    for owners in ([0] * 8, list(range(8))):
        with pytest.raises(TooFewPeople):
            measure(templates, owners)


@given(st.floats(0, 1), st.floats(0.5, 10**9))
def test_wilsons_interval_holds_its_rate_and_is_the_same_from_the_other_side(rate: float, trials: float) -> None:
    one = wilson(np.array([rate]), np.float64(trials))
    other = wilson(np.array([1 - rate]), np.float64(trials))
    assert 0 <= one.lower[0] <= one.rate[0] <= one.upper[0] <= 1
    assert one.lower[0] == pytest.approx(1 - other.upper[0], abs=1e-9)


@pytest.mark.parametrize(
    ("errors", "trials", "lower", "upper"), [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (50, 100, 0.4038, 0.5962)]
)
def test_wilsons_interval_is_the_published_one(errors: int, trials: int, lower: float, upper: float) -> None:
    found = wilson(np.array([errors / trials]), np.float64(trials))
    assert (found.lower[0], found.upper[0]) == (pytest.approx(lower, abs=5e-5), pytest.approx(upper, abs=5e-5))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 60), st.integers(0, 6))
def test_bounds_hold_their_rates_and_never_fall_with_distance(seed: int, count: int, families: int) -> None:
    measured = measure(*people(seed, count, families=families))
    found = measured.false_match
    assert ((found.lower <= found.rate) & (found.rate <= found.upper)).all()
    assert (np.diff(found.lower) >= 0).all()
    assert (np.diff(found.upper) >= 0).all()
    other = measured.false_non_match
    assert ((other.lower <= other.rate) & (other.rate <= other.upper)).all()
    assert (np.diff(other.rate) <= 1e-12).all()


def test_where_no_false_match_was_seen_the_bound_is_that_of_half_as_many_trials_as_people() -> None:
    """Not that of their hundreds of pairs: nobody may be used twice."""
    measured = measure(*people(7, 20))
    assert measured.false_match.rate[200] == 0
    assert measured.false_match.upper[200] == pytest.approx(wilson(np.zeros(1), np.float64(10)).upper[0])


def covered(measured: ErrorRates, place: int, truth: float) -> bool:
    return bool(measured.false_match.lower[place] <= truth <= measured.false_match.upper[place])


@pytest.mark.parametrize("families", [0, 8], ids=["strangers", "families"])
def test_the_interval_holds_the_true_false_match_rate_of_19_in_20_sets_of_people(families: int) -> None:
    """Truth is the rate of a thousand people; each set has sixty of its own. Families make pairs depend on each other,
    so an interval that took pairs for independent would be far too narrow.
    """
    place = 880
    random = np.random.default_rng(11)
    whole, owners = people(3, 1000, families=families)
    truth = measure(whole, owners).false_match.rate[place]
    assert 0.005 < truth < 0.2
    held, as_pairs = 0, 0
    for _ in range(200):
        chosen = random.choice(1000, 60, replace=False)
        places = np.concatenate([(2 * chosen), (2 * chosen + 1)])
        measured = measure(whole[places], [owners[at] for at in places])
        held += covered(measured, place, truth)
        naive = wilson(measured.false_match.rate, np.float64(60 * 59 * 2))
        as_pairs += bool(naive.lower[place] <= truth <= naive.upper[place])
    assert held >= 186  # 190 are meant; 186 or more come of that in 95 of 100 runs
    if families:
        assert as_pairs < 160
