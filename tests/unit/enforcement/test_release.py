"""A release that the database gave up, so that others could go on, happens all the same, and once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from gate_house import asking

from gateway.enforcement.answers import Answer, Released
from gateway.recognition.models import Candidate, CaseUsage, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gate_house import Force, GateHouse

# As PostgreSQL does to one of those who wait for each other; numbers of a sequence are not taken back.
GIVEN_UP = """
CREATE SEQUENCE enforcement.given_up;
CREATE FUNCTION enforcement.give_up() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF pg_catalog.nextval('enforcement.given_up') <= {times} THEN
        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER give_up BEFORE INSERT ON enforcement.releases
FOR EACH ROW EXECUTE FUNCTION enforcement.give_up();
"""
NOT_ANY_MORE = """
DROP TRIGGER give_up ON enforcement.releases;
DROP FUNCTION enforcement.give_up;
DROP SEQUENCE enforcement.given_up;
"""


@contextmanager
def given_up(house: GateHouse, times: int) -> Iterator[None]:
    house.write(GIVEN_UP.format(times=times))
    try:
        yield
    finally:
        house.write(NOT_ANY_MORE)


def let_out(house: GateHouse, force: Force) -> Answer:
    admission = house.admit(force, asking(force))
    house.claim(admission.decision_id)
    house.complete(admission.decision_id)
    found = Outcome(
        admission.decision_id,
        "identify_1_to_n",
        house.engine.facts(),
        candidates=(Candidate(force.gallery_id, "a", similarity_thousandths=97_000, distance_micro=300_000, rank=1),),
        faces_searched=1,
        case_usage=CaseUsage(1, social_media_subjects=0, other_cases_of_face=0, of_staff=False),
    )
    return house.services.gate._releases.decide(admission.worked(), found, {})


def test_a_release_that_was_given_up_for_another_is_tried_once_more(house: GateHouse, force: Force) -> None:
    with given_up(house, times=1):
        answer = let_out(house, force)
    assert isinstance(answer, Released)
    shown = house.services.records.show(force.caller, answer.document["decision_id"])
    assert shown["answer"] == answer.document
    (leaf,) = house.leaves(kind="search.release", decision_id=answer.document["decision_id"])
    assert leaf["agency"] == force.agency


def test_a_release_is_not_tried_for_ever(house: GateHouse, force: Force) -> None:
    with given_up(house, times=2), pytest.raises(psycopg.errors.DeadlockDetected):
        let_out(house, force)
    assert house.leaves(kind="search.release", agency=force.agency) == []
