"""An outcome crosses the socket unchanged."""

from __future__ import annotations

import json
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition import wire
from gateway.recognition.models import Candidate, Caution, Chance, EngineFacts, Outcome, Quality, Refusal

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
CHANCES = st.none() | st.builds(Chance, NUMBERS, NUMBERS)
OUTCOMES = st.builds(
    Outcome,
    decision_id=st.uuids(),
    operation=WORDS,
    engine=st.builds(EngineFacts, WORDS, WORDS, WORDS, WORDS, WORDS, st.booleans()),
    refusal=st.none() | st.builds(Refusal, WORDS, WORDS, WORDS),
    quality=st.lists(QUALITIES, max_size=2).map(tuple),
    candidates=st.lists(st.builds(Candidate, st.uuids(), WORDS, NUMBERS, NUMBERS, NUMBERS, CHANCES), max_size=3).map(
        tuple
    ),
    false_candidate=CHANCES,
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


def test_an_outcome_that_was_sealed_before_there_were_calibrations_is_still_read() -> None:
    facts = EngineFacts("dlib", "face_recognition", "1", "a pipeline", "a scale")
    outcome = Outcome(
        UUID(int=2), "identify_1_to_n", facts, candidates=(Candidate(UUID(int=1), "one", 97_839, 429, 1),)
    )
    document = wire.dump(outcome)
    del document["false_candidate"], document["engine"]["calibrated"], document["candidates"][0]["false_candidate"]
    assert wire.load(document) == outcome


def test_what_people_read_is_rounded_and_what_the_log_keeps_is_not() -> None:
    candidate = Candidate(UUID(int=1), "one", similarity_thousandths=97_839, distance_micro=429_012, rank=1)
    assert candidate.similarity == 97.84
    assert candidate.distance == 0.429012
    assert candidate.document()["similarity_thousandths"] == 97_839
