"""False matches and false non-matches by distance, from templates whose people are known, with what they are worth.

People are the independent unit, not pairs: one person who resembles many makes many false matches that are one fact.
Each person counts alike, however many photographs there are of him or her:

- the false-match rate is the mean, over all pairs of two people, of the share of their pairs of photographs that lie
  within the distance;
- the false-non-match rate is the mean, over all people with several photographs, of the share of pairs that do not.

Intervals are Wilson's (E. B. Wilson, JASA 22, 1927; L. Brown, T. Cai, A. DasGupta, Statistical Science 16(2), 2001) for
as many independent trials as the people are worth (E. Korn, B. Graubard, Survey Methodology 24(2), 1998):

- for false non-matches one for each person;
- for false matches as many as would give the variance that leaving out one person after the other shows (the jackknife,
  B. Efron, C. Stein, Annals of Statistics 9(3), 1981, which never understates it on average), no fewer than the people
  can be paired off without using anyone twice, no more than there are pairs of people. With fewer than thirty people in
  a false match (after the rule of thirty, G. Doddington et al., Speech Communication 31, 2000), or fewer than thirty in
  none, that variance is not trusted, and the least number stands.

A false-match rate rises with distance, so an upper bound holds for every smaller distance too, and a lower one for
every larger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Shares = np.ndarray[Any, np.dtype[np.float64]]
    Templates = np.ndarray[tuple[int, int], np.dtype[np.floating]]

STEP_MICRO: Final = 1_000  # between two distances at which rates are told
_STEPS: Final = 1_000_000 / STEP_MICRO  # to one
_BILLIONTH: Final = 1e-6  # in steps
CONFIDENCE_PERMILLE: Final = 950
_Z: Final = 1.959963984540054  # of the normal distribution, for 95 % between both bounds
_RULE_OF_THIRTY: Final = 30


class TooFewPeople(ValueError):  # noqa: N818 - it states a condition
    """Fewer than two people, or nobody with several photographs: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A rate at each distance and the bounds of its interval, each from 0 to 1."""

    rate: Shares
    lower: Shares
    upper: Shares


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """At distance `k * STEP_MICRO` for each k: who is at that distance or nearer counts as matched.

    `genuine` and `impostor` are the shares of pairs that lie within each step: what the rates are sums of.
    """

    people: int
    people_of_several: int
    false_match: Interval
    false_non_match: Interval
    genuine: Shares
    impostor: Shares


def measure(templates: Templates, owners: Sequence[int]) -> ErrorRates:
    """`owners` names each template's person, by any number.

    Raises:
        TooFewPeople: as named there.
    """
    people, owner, photographs = np.unique(np.asarray(owners), return_inverse=True, return_counts=True)
    several = photographs > 1
    if len(people) < 2 or not several.any():  # noqa: PLR2004 - a pair
        raise TooFewPeople("two people are needed, and two photographs of one of them")
    exact = templates.astype(np.float64)
    squares = np.einsum("ij,ij->i", exact, exact)
    steps = 2 + int(2 * np.sqrt(squares.max()) * _STEPS)  # no two templates are further apart
    same, other = np.zeros((len(people), steps)), np.zeros((len(people), steps))
    for person, count in enumerate(photographs):
        own = owner == person
        # Squares are expanded, so that a matrix product does the work: that costs a billionth, a step is a thousandth.
        apart = np.sqrt(np.maximum(squares[own][:, None] + squares - 2 * (exact[own] @ exact.T), 0.0))
        within = np.ceil(apart * _STEPS - _BILLIONTH).astype(np.int64)
        share = 1.0 / (count * photographs[owner[~own]] * (len(people) - 1))
        other[person] = np.bincount(within[:, ~own].ravel(), weights=np.tile(share, count), minlength=steps)
        pairs = within[:, own][np.triu_indices(count, 1)]
        same[person] = np.bincount(pairs, minlength=steps) / max(1, len(pairs))
    genuine = same[several].mean(axis=0)
    return ErrorRates(
        people=len(people),
        people_of_several=int(several.sum()),
        false_match=_false_matches(np.minimum(other.cumsum(axis=1), 1.0)),
        false_non_match=wilson(np.clip(1.0 - genuine.cumsum(), 0.0, 1.0), np.float64(several.sum())),
        genuine=genuine,
        impostor=other.mean(axis=0),
    )


def wilson(rate: Shares, trials: Shares | np.float64) -> Interval:
    """Wilson's score interval of a rate in so many independent trials, neither of which need be a whole number."""
    z2 = _Z * _Z
    middle = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    reach = _Z * np.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return Interval(rate, np.clip(middle - reach, 0.0, rate), np.clip(middle + reach, rate, 1.0))


def _false_matches(shares: Shares) -> Interval:
    """`shares` are those of each person's comparisons with all others that lie within each distance."""
    people = len(shares)
    rate = shares.mean(axis=0)
    least, most = people // 2, people * (people - 1) / 2
    trials = np.full(len(rate), float(least))
    if people > 2:  # noqa: PLR2004 - of two nobody can be left out
        deviations = shares - rate
        variance = 4 * (people - 1) / (people * (people - 2) ** 2) * (deviations * deviations).sum(axis=0)
        sure = np.minimum((shares > 0).sum(axis=0), (shares < 1 - 1e-9).sum(axis=0)) >= _RULE_OF_THIRTY
        sure &= variance > 0
        trials[sure] = np.clip(rate[sure] * (1 - rate[sure]) / variance[sure], least, most)
    interval = wilson(rate, trials)
    return Interval(
        rate,
        np.maximum.accumulate(interval.lower),
        np.minimum.accumulate(interval.upper[::-1])[::-1],
    )
