"""Whoever asks while others are served is served with those who came at the same time; nobody waits for company."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from patience import until

from gateway.recognition.together import Together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Work:
    """Doubles numbers, once it may; refuses those below nothing."""

    def __init__(self) -> None:
        self.done: list[list[int]] = []
        self.may = threading.Event()

    def __call__(self, asked: Sequence[int]) -> list[int]:
        self.done.append(list(asked))
        self.may.wait()
        if min(asked) < 0:
            raise ValueError(asked)
        return [2 * one for one in asked]


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=8) as pool:
        yield pool


def test_those_who_come_while_others_are_served_are_served_together(callers: ThreadPoolExecutor) -> None:
    together, work = Together[int, int](at_once=1, most=3), Work()
    first = callers.submit(together.ask, 0, work)
    until(lambda: work.done == [[0]], "the first is done")
    later = []
    for number in range(1, 6):
        later.append(callers.submit(together.ask, number, work))
        until(lambda: len(together._waiting) == len(later), "the others wait")
    work.may.set()
    assert [one.result() for one in (first, *later)] == [0, 2, 4, 6, 8, 10]
    assert work.done == [[0], [1, 2, 3], [4, 5]]
    assert together.ask(6, work) == 12
    assert work.done[-1] == [6]


def test_so_many_are_served_alone_at_the_same_time(callers: ThreadPoolExecutor) -> None:
    together, work = Together[int, int](at_once=2, most=3), Work()
    asked = [callers.submit(together.ask, 1, work), callers.submit(together.ask, 2, work)]
    until(lambda: sorted(work.done) == [[1], [2]], "both are done")
    work.may.set()
    assert [one.result() for one in asked] == [2, 4]


def test_what_fails_fails_for_everybody_it_was_done_for_and_for_nobody_else(callers: ThreadPoolExecutor) -> None:
    together, work = Together[int, int](at_once=1, most=2), Work()
    asked = [callers.submit(together.ask, 0, work)]
    until(lambda: work.done == [[0]], "the first is done")
    for number in (1, -1, 3):
        asked.append(callers.submit(together.ask, number, work))
        until(lambda: len(together._waiting) == len(asked) - 1, "the others wait")
    work.may.set()
    assert [one.exception() is None for one in asked] == [True, False, False, True]
    assert asked[3].result() == 6
    assert together.ask(4, work) == 8


def test_everybody_gets_an_answer_of_their_own(callers: ThreadPoolExecutor) -> None:
    together, work = Together[int, int](at_once=2, most=3), Work()
    work.may.set()
    assert list(callers.map(lambda number: together.ask(number, work), range(500))) == [2 * n for n in range(500)]
