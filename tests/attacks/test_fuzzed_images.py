"""Thousands of damaged and malicious pictures through the real intake: each is answered, and no worker is lost.

As many as `WRITGATE_FUZZED_PICTURES` says; `writgate bench intake` takes all of them and says how long each took.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from benchmarks.intake import ACCEPTED, FACES, SEED, take_in
from engine_house import find_photographs, runtime
from image_fuzz import Corpus

from gateway.recognition.refusals import REFUSALS

if TYPE_CHECKING:
    from gateway.recognition.runtime import Runtime

PICTURES = int(os.environ.get("WRITGATE_FUZZED_PICTURES", "600"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return runtime(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    found = find_photographs()
    return Corpus([found[name] for name in FACES], seed=SEED)


def test_every_picture_is_answered_with_a_code_and_no_worker_is_lost(prepared: Runtime, corpus: Corpus) -> None:
    intake = take_in(corpus, range(PICTURES), prepared)
    assert intake.codes.total() == PICTURES
    assert intake.codes.keys() <= REFUSALS.keys() | {ACCEPTED}
    assert intake.codes[ACCEPTED] > 0
    assert intake.workers_lost == 0


def test_the_same_number_gives_the_same_picture(corpus: Corpus) -> None:
    found = find_photographs()
    other = Corpus([found[name] for name in FACES], seed=SEED)
    assert all(corpus.picture(number) == other.picture(number) for number in range(120))
