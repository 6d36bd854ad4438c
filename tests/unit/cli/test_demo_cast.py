"""Who plays in the demonstration, whichever of the photographs could be had."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from gateway.cli.demo.story import ENROLLED, cast
from gateway.cli.photographs import FETCHED, SHIPPED

EVERY = {name: Path(name) for name in (*FETCHED, *SHIPPED)}


def test_with_every_photograph_somebody_is_found_by_another_than_the_enrolled_one() -> None:
    best = cast(EVERY)
    assert best is not None
    assert best.by_another_photograph


def test_with_those_that_ship_in_packages_alone_the_story_is_told_with_the_same_one() -> None:
    fallback = cast({name: EVERY[name] for name in SHIPPED})
    assert fallback is not None
    assert not fallback.by_another_photograph


def test_nobody_plays_who_is_not_there() -> None:
    """Of every subset of the photographs: who is looked for was enrolled, and is not who was at the rally."""
    for size in range(len(EVERY) + 1):
        for names in combinations(EVERY, size):
            found = cast({name: EVERY[name] for name in names})
            if found is None:
                assert "person_c_1.png" not in names or "person_d_1.jpg" not in names
            else:
                assert {found.enrolled, found.probe, found.rally_probe} <= set(names)
                assert found.enrolled in ENROLLED
                assert found.rally_probe not in {found.enrolled, found.probe}
