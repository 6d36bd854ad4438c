"""Distance to similarity: a documented scale from 0 to 100, higher is closer, the same for every gallery.

It is a scale and not a probability: how often strangers reach a given value grows with the size of the gallery and
differs between groups of people. The raw distance and the calibration's id go beside it in every answer, and where
error rates were measured, the chance of a false candidate (`calibration`).

Between the anchors the line is straight. Those that are shipped were measured on nothing: they put the library's
documented limit of 0.60 at 80 and the value that Amazon advises for law enforcement, 99, at 0.40. The numbers of two
engines cannot be compared.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

HIGHEST: Final = 100_000  # thousandths


@dataclass(frozen=True, slots=True)
class Scale:
    """Anchors (distance in millionths, similarity in thousandths) from (0, 100,000) down to similarity 0.

    Raises:
        ValueError: an end is another, or from one anchor to the next distance does not rise or similarity not fall.
    """

    anchors: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if len(self.anchors) < 2 or self.anchors[0] != (0, HIGHEST) or self.anchors[-1][1] != 0:  # noqa: PLR2004
            raise ValueError("a scale begins at distance 0 with similarity 100 and ends with similarity 0")
        if not all(near < far and high > low for (near, high), (far, low) in pairwise(self.anchors)):
            raise ValueError("on a scale similarity falls as distance rises")

    def similarity_thousandths(self, distance_micro: int) -> int:
        """Similarity, in thousandths of a point (0 to 100,000), of a distance in millionths. Never rises with distance.

        Rounded down, so that a candidate never reaches a floor by rounding.

        Raises:
            ValueError: the distance is negative.
        """
        if distance_micro < 0:
            raise ValueError("a distance is not negative")
        if distance_micro >= self.anchors[-1][0]:
            return 0
        after = max(1, bisect_left(self.anchors, (distance_micro, 0)))
        (near, high), (far, low) = self.anchors[after - 1], self.anchors[after]
        return low + (high - low) * (far - distance_micro) // (far - near)

    def furthest_micro(self, floor_thousandths: int) -> int | None:
        """The largest distance whose similarity is at least the floor; None when every distance has it (a floor of 0).

        Raises:
            ValueError: the floor is not within 0 to 100,000.
        """
        if not 0 <= floor_thousandths <= HIGHEST:
            raise ValueError("a similarity is between 0 and 100")
        if floor_thousandths == 0:
            return None
        low, high = 0, self.anchors[-1][0]
        while low < high:  # the map is monotone, so bisection finds the last distance that still reaches the floor
            middle = (low + high + 1) // 2
            if self.similarity_thousandths(middle) >= floor_thousandths:
                low = middle
            else:
                high = middle - 1
        return low


SHIPPED: Final = Scale(
    (
        (0, 100_000),
        (300_000, 99_900),
        (400_000, 99_000),
        (450_000, 97_000),
        (500_000, 92_000),
        (550_000, 85_000),
        (600_000, 80_000),
        (700_000, 50_000),
        (800_000, 20_000),
        (900_000, 5_000),
        (1_100_000, 0),
    )
)


def thousandths(similarity: float) -> int:
    """A floor from a contract or request, rounded up: a floor is never lowered by rounding.

    Raises:
        ValueError: the floor is not within 0 to 100 (NaN included).
    """
    if not 0 <= similarity <= 100:  # noqa: PLR2004 - the ends of the scale
        raise ValueError("a similarity is between 0 and 100")
    # To the ninth decimal first: 99.9 is 99.900000000000005 and must not become 99.901.
    exact = round(similarity * 1000, 6)
    whole = int(exact)
    return whole if whole == exact else whole + 1
