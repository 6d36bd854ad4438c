"""What two or three examiners say together: pure, and the same in whatever order they judged.

A candidate is a lead when two examiners, each alone, took it for the same person. Two who found the same leads, or the
same absence of any, agree; where they differ a third judges, and a candidate that two of three took is a lead.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Judgement = Mapping[str, "Verdict"]

ENOUGH: Final = 2
MOST: Final = 3


class Verdict(StrEnum):
    SAME_PERSON = "same_person"
    DIFFERENT_PERSON = "different_person"
    INCONCLUSIVE = "inconclusive"


def leads(judgements: Sequence[Judgement]) -> frozenset[str]:
    """The candidates that at least two took for the same person."""
    taken = [_taken(judgement) for judgement in judgements]
    return frozenset(
        candidate for found in taken for candidate in found if sum(candidate in other for other in taken) >= ENOUGH
    )


def settled(judgements: Sequence[Judgement]) -> bool:
    """Whether nobody else must judge: two agree, or three have judged."""
    if len(judgements) >= MOST:
        return True
    return len(judgements) == ENOUGH and _taken(judgements[0]) == _taken(judgements[1])


def places(judgements: Sequence[Judgement]) -> int:
    """How many examiners there may be by now."""
    return MOST if len(judgements) >= ENOUGH and not settled(judgements[:ENOUGH]) else ENOUGH


def _taken(judgement: Judgement) -> frozenset[str]:
    return frozenset(name for name, verdict in judgement.items() if verdict == Verdict.SAME_PERSON)
