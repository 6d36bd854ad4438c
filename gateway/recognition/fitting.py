"""From measured error rates to a calibration: what a distance means, and how often strangers reach it.

Similarity is fitted so that it says: of as many pairs of one person as of two, of all that are this far apart, so many
of a hundred are one person's. It is fitted by pooling adjacent violators, so that it never rises with distance, with
one more false match at the near end and one more false non-match at the far end, each as heavy as one of the
independent people (N. Brümmer, J. du Preez, Computer Speech & Language 20, 2006; D. Ramos, J. Gonzalez-Rodriguez,
Forensic Science International 230, 2013). A set of few people therefore never supports a similarity near 100 but at
distance 0. The figure is no probability of an identity: in a search strangers are many more than one in two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gateway.recognition.calibration import FORMAT, Measured
from gateway.recognition.error_rates import CONFIDENCE_PERMILLE, STEP_MICRO
from gateway.recognition.similarity import HIGHEST, Scale

if TYPE_CHECKING:
    from gateway.recognition.error_rates import ErrorRates, Shares

_BILLION = 10**9


def calibrate(measured: ErrorRates, *, pipeline: str, photographs: int) -> Measured:
    """The file for these error rates, which are of templates of this pipeline."""
    return Measured(
        format=FORMAT,
        pipeline=pipeline,
        people=measured.people,
        people_of_several_photographs=measured.people_of_several,
        photographs=photographs,
        confidence_permille=CONFIDENCE_PERMILLE,
        scale=list(scale(measured).anchors),
        rates=_rates(measured),
    )


def scale(measured: ErrorRates) -> Scale:
    """The scale of similarity, through the middle of each pool."""
    genuine = _with_one_more(measured.genuine, measured.people_of_several, at=-1)
    impostor = _with_one_more(measured.impostor, measured.people // 2, at=0)
    distances = np.arange(len(genuine)) * STEP_MICRO
    anchors = [(0, HIGHEST)]
    for shares, weights, places in pools(genuine, genuine + impostor):
        distance = round(float(np.average(distances[places], weights=weights)))
        similarity = int(shares * HIGHEST)
        if distance > anchors[-1][0] and 0 < similarity < anchors[-1][1]:
            anchors.append((distance, similarity))
    return Scale((*anchors, (max(int(distances[-1]), anchors[-1][0]) + STEP_MICRO, 0)))


def pools(parts: Shares, weights: Shares) -> list[tuple[float, Shares, slice]]:
    """Neighbours pooled until `parts / weights` falls from pool to pool: its value, the weights, and their places.

    M. Ayer et al., Annals of Mathematical Statistics 26(4), 1955. Somewhere there is weight.
    """
    found: list[tuple[float, float, int]] = []  # part, weight, first place
    for place in np.flatnonzero(weights > 0).tolist():
        part, weight, first = float(parts[place]), float(weights[place]), place
        while found and part * found[-1][1] >= found[-1][0] * weight:
            part, weight, first = part + found[-1][0], weight + found[-1][1], found[-1][2]
            found.pop()
        found.append((part, weight, first))
    ends = [first for _, _, first in found[1:]] + [len(weights)]
    return [
        (part / weight, weights[first:end], slice(first, end))
        for (part, weight, first), end in zip(found, ends, strict=True)
    ]


def _with_one_more(shares: Shares, people: int, *, at: int) -> Shares:
    more = shares * people
    more[at] += 1
    return more / (people + 1)


def _rates(measured: ErrorRates) -> list[tuple[int, int, int]]:
    """Where the rate or its bound changes, the last distance before that, rounded up; up to where both are certain."""
    rate, bound = (_up(values) for values in (measured.false_match.rate, measured.false_match.upper))
    last = np.flatnonzero((rate[1:] != rate[:-1]) | (bound[1:] != bound[:-1])).tolist()
    return [(place * STEP_MICRO, int(rate[place]), int(max(rate[place], bound[place]))) for place in last]


def _up(shares: Shares) -> np.ndarray[Any, np.dtype[np.int64]]:
    whole: np.ndarray[Any, np.dtype[np.int64]] = np.minimum(np.ceil(shares * _BILLION), _BILLION).astype(np.int64)
    return whole
