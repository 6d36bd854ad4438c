"""What a deployment measured of its own error rates: the scale of similarity, and the chance of a false candidate.

`writgate bench accuracy` writes the file, and the engine reads it at its start. Its id is the digest of its bytes, and
stands on every outcome. It holds for the one pipeline whose templates it was measured on, and is refused for any other.
Without one the shipped scale serves, whose id says that nothing was measured; then no chance of a false candidate is
told, and whatever demands one is refused.

With a false-match rate f at a distance, a search among N faces for somebody who is not there gives a candidate at least
as near with the chance 1 - (1 - f)^N (ISO/IEC 19795-1, identification from comparisons that are independent; several
faces of one person are not, which makes it smaller). Chances are rounded up, in millionths.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from gateway.recognition.models import Chance
from gateway.recognition.similarity import SHIPPED, Scale

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "writgate-calibration-1"
UNCALIBRATED: Final = "uncalibrated:dlib-anchors-1"
LARGEST_FILE: Final = 1024 * 1024
_CERTAIN: Final = 10**9  # rates are in billionths
_MILLION: Final = 10**6


class CalibrationUnusable(Exception):  # noqa: N818 - it states a condition
    """The file cannot be read, is not a calibration, or is one of another pipeline; the message says which."""


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `scale` and `rates` are those of `Calibration`; `people` are those with a readable photograph."""

    format: str
    pipeline: str
    people: int
    people_of_several_photographs: int
    photographs: int
    confidence_permille: int
    scale: list[tuple[int, int]]
    rates: list[tuple[int, int, int]]

    def encode(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


@dataclass(frozen=True, slots=True)
class Calibration:
    """`rates` are (distance in millionths, false-match rate at that distance or nearer and its upper bound, both in
    billionths), by rising distance; empty where nothing was measured.
    """

    id: str
    scale: Scale
    rates: tuple[tuple[int, int, int], ...] = ()

    @property
    def measured(self) -> bool:
        return bool(self.rates)

    def false_candidate(self, distance_micro: int | None, faces: int) -> Chance | None:
        """The chance that a search among so many faces for somebody else gives a candidate at least as near.

        None where nothing was measured. Beyond the last distance that was, and at any (None), it is certain.
        """
        if not self.rates:
            return None
        place = len(self.rates)
        if distance_micro is not None:
            place = bisect_left(self.rates, distance_micro, key=lambda row: row[0])
        _, rate, bound = self.rates[place] if place < len(self.rates) else (0, _CERTAIN, _CERTAIN)
        return Chance(ppm=among(rate, faces), bound_ppm=among(bound, faces))

    def furthest_micro(self, limit_ppm: int, faces: int) -> int | None:
        """The largest distance at which the bound of a false candidate's chance keeps the limit; None if none does."""
        within = bisect_right(self.rates, limit_ppm, key=lambda row: among(row[2], faces))
        return self.rates[within - 1][0] if within else None


def among(rate_ppb: int, faces: int) -> int:
    """1 - (1 - f)^N in millionths, rounded up."""
    if faces == 0 or rate_ppb == 0:
        return 0
    if rate_ppb >= _CERTAIN:
        return _MILLION
    return min(_MILLION, math.ceil(-math.expm1(faces * math.log1p(-rate_ppb / _CERTAIN)) * _MILLION))


SHIPPED_CALIBRATION: Final = Calibration(id=UNCALIBRATED, scale=SHIPPED)


def load(path: Path | None, *, pipeline: str) -> Calibration:
    """The calibration in the file, for templates of this pipeline; the shipped one where no file is named.

    Raises:
        CalibrationUnusable: as named there.
    """
    if path is None:
        return SHIPPED_CALIBRATION
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CalibrationUnusable(f"the calibration cannot be read: {error.strerror}") from error
    return parse(content, pipeline=pipeline)


def parse(content: bytes, *, pipeline: str) -> Calibration:
    """Inverse of `Measured.encode`, with the digest of the bytes as its id. Raises as `load`."""
    if len(content) > LARGEST_FILE:
        raise CalibrationUnusable("the file is too large for a calibration")
    try:
        found = msgspec.json.decode(content, type=Measured)
        scale = Scale(tuple(found.scale))
    except (msgspec.MsgspecError, ValueError) as error:
        raise CalibrationUnusable("the file is not a calibration that `writgate bench accuracy` wrote") from error
    if found.format != FORMAT or not _are_rates(found.rates):
        raise CalibrationUnusable("the file is not a calibration that `writgate bench accuracy` wrote")
    if found.pipeline != pipeline:
        raise CalibrationUnusable(
            f"the calibration was measured on templates of {found.pipeline}, and the engine makes those of {pipeline}"
        )
    digest = hashlib.sha256(content).hexdigest()
    return Calibration(id=f"sha256:{digest}", scale=scale, rates=tuple(found.rates))


def _are_rates(rates: list[tuple[int, int, int]]) -> bool:
    """Whether there are any, distances rise, and no rate or bound falls."""
    return (
        bool(rates)
        and rates[0][0] >= 0
        and all(0 <= rate <= bound <= _CERTAIN for _, rate, bound in rates)
        and all(one[0] < other[0] and one[1] <= other[1] and one[2] <= other[2] for one, other in pairwise(rates))
    )
