"""An outcome crosses the socket unchanged."""

from __future__ import annotations

import json
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition import wire
from gateway.recognition.models import Candidate, Caution, EngineFacts, Outcome, Quality, Refusal

NUMBERS = st.integers(-(2**31), 2**31)
WORDS = st.text(max_size=20)
QUALITIES = st.builds(
    Quality,
    NUMBERS,
    *[NUMBERS] * 6,
    inside=st.booleans(),
    faces=NUMBERS,
    box=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    width=NUMBERS,
    height=NUMBERS,
    warnings=st.lists(st.builds(Caution, WORDS, WORDS), max_size=2).map(tuple),
)
OUTCOMES = st.builds(
    Outcome,
    decision_id=st.uuids(),
    operation=WORDS,
    engine=st.builds(EngineFacts, WORDS, WORDS, WORDS, WORDS, WORDS),
    refusal=st.none() | st.builds(Refusal, WORDS, WORDS, WORDS),
    quality=st.lists(QUALITIES, max_size=2).map(tuple),
    candidates=st.lists(st.builds(Candidate, st.uuids(), WORDS, NUMBERS, NUMBERS, NUMBERS), max_size=3).map(tuple),
    faces_searched=st.none() | NUMBERS,
    faces_not_searched=st.none() | NUMBERS,
    proof=st.none() | WORDS,
    similarity_thousandths=st.none() | NUMBERS,
    distance_micro=st.none() | NUMBERS,
    face_id=st.none() | st.uuids(),
)


@given(OUTCOMES)
def test_an_outcome_crosses_the_socket_unchanged(outcome: Outcome) -> None:
    assert wire.load(json.loads(json.dumps(wire.dump(outcome)))) == outcome


def test_what_people_read_is_rounded_and_what_the_log_keeps_is_not() -> None:
    candidate = Candidate(UUID(int=1), "one", similarity_thousandths=97_839, distance_micro=429_012, rank=1)
    assert candidate.similarity == 97.84
    assert candidate.distance == 0.429012
    assert candidate.document()["similarity_thousandths"] == 97_839
