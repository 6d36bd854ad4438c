"""The engine on real photographs and a real database: who is found, what is written, what is refused."""

from __future__ import annotations

import json

import psycopg
import pytest
from engine_house import EngineHouse

from gateway.clock import uuid7
from gateway.postgres.deployment import DatabaseRole
from gateway.recognition.claims import ClaimRefused
from gateway.vocabulary import EntryKind, Operation

pytestmark = pytest.mark.photographs


def test_the_right_person_is_at_rank_1_from_a_different_photograph(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = house.gallery()
    enrolled = {
        name: house.enrol(gallery, photographs[name], name.removesuffix(".jpg").removesuffix(".png"))
        for name in ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")
    }
    assert not any(outcome.refused for outcome in enrolled.values())
    for probe in ("person_a_2.jpg", "person_a_3.jpg", "person_a_cut_1.jpg", "person_a_cut_2.jpg", "person_a_4.png"):
        outcome = house.search(gallery, photographs[probe])
        assert [candidate.external_id for candidate in outcome.candidates] == ["person_a_1"], probe
        assert outcome.candidates[0].rank == 1
        assert outcome.candidates[0].face_id == enrolled["person_a_1.jpg"].face_id
        assert outcome.candidates[0].similarity > 95
        assert outcome.faces_searched == 4
