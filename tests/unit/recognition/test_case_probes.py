"""The probes of a case, by faces, as several engines see them that share one database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest

from gateway.clock import uuid7
from gateway.postgres.deployment import DatabaseRole
from gateway.recognition.case_probes import CaseProbes
from gateway.recognition.claims import Permit
from gateway.recognition.models import DIMENSIONS

if TYPE_CHECKING:
    from uuid import UUID

    from engine_house import EngineHouse

    from gateway.recognition.models import CaseUsage
    from gateway.recognition.sealing import Template

PIPELINE = "a-pipeline"
AGENCY = "lakeport-pd"


def face(number: int, *, photograph: int = 0) -> Template:
    """People lie 1.4 apart, photographs of one person 0.2."""
    template = np.zeros(DIMENSIONS, dtype=np.float32)
    template[number] = 1.0
    template[-1 - photograph] += 0.14
    return template


@dataclass
class Desk:
    """One engine's memory of probes, and who searches."""

    house: EngineHouse
    probes: CaseProbes = field(init=False)

    def __post_init__(self) -> None:
        self.probes = CaseProbes(master=self.house.master, pipeline=PIPELINE)

    def usage(self, template: Template, *, case: str = "case:1", source: str | None = None) -> CaseUsage:
        with self.house.own.statement() as connection:
            self.probes.catch_up(connection, AGENCY)
        return self.probes.measure(permit(case, source), template, of_staff=False)

    def search(self, template: Template, *, case: str = "case:1", source: str | None = None) -> UUID:
        decision = uuid7()
        with self.house.own.transaction() as connection:
            self.insert(connection, decision, template, case=case, source=source)
        return decision

    def insert(
        self,
        connection: psycopg.Connection[tuple[object, ...]],
        decision: UUID,
        template: Template,
        *,
        case: str = "case:1",
        source: str | None = None,
    ) -> None:
        connection.execute(
            """INSERT INTO recognition.probes (decision_id, agency, case_scope, source, pipeline, template, created_ns)
               VALUES (%s, %s, %s, %s, %s, %b, ops.now_ns())""",
            (decision, AGENCY, case, source, PIPELINE, self.probes.seal(template, decision=decision)),
        )

    def delete(self, decision: UUID) -> None:
        with psycopg.connect(self.house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            connection.execute("DELETE FROM recognition.probes WHERE decision_id = %s", (decision,))


def permit(case: str, source: str | None) -> Permit:
    return Permit(
        operation="identify_1_to_n",
        gallery=None,
        probe_sha256=[hashlib.sha256(b"").digest()],
        min_similarity=90.0,
        max_candidates=10,
        scope="result:1",  # what is sealed under its own key belongs to its case all the same
        clear={"agency": AGENCY, "case_scope": case, "probe_source": source},
        claimed_ns=0,
    )


@pytest.fixture
def desk(house: EngineHouse) -> Desk:
    return Desk(house)


def test_a_first_probe_is_the_only_subject_of_its_case(desk: Desk) -> None:
    usage = desk.usage(face(1), source="social_media")
    assert (usage.distinct_probe_subjects, usage.social_media_subjects, usage.other_cases_of_face) == (1, 1, 0)


def test_photographs_of_one_face_are_one_subject_and_another_face_is_another(desk: Desk) -> None:
    for photograph in range(3):
        desk.search(face(1, photograph=photograph))
    assert desk.usage(face(1, photograph=4)).distinct_probe_subjects == 1
    assert desk.usage(face(2)).distinct_probe_subjects == 2


def test_only_probes_from_social_media_count_as_such(desk: Desk) -> None:
    desk.search(face(1), source="social_media")
    desk.search(face(2), source="cctv_still")
    assert desk.usage(face(3), source="cctv_still").social_media_subjects == 1
    assert desk.usage(face(3), source="social_media").social_media_subjects == 2
    assert desk.usage(face(1), source="social_media").social_media_subjects == 1


def test_the_same_face_is_found_under_every_other_case_however_many_probes_lie_between(desk: Desk) -> None:
    desk.search(face(1), case="case:old")
    for number in range(600):
        desk.search(face(2 + number % 100), case="case:busy")
    desk.search(face(1), case="case:1")
    assert desk.usage(face(1, photograph=1)).other_cases_of_face == 1
    assert desk.usage(face(2, photograph=1)).other_cases_of_face == 1
    assert desk.usage(face(110)).other_cases_of_face == 0


def test_what_an_agency_searches_without_a_case_is_no_other_case(desk: Desk) -> None:
    desk.search(face(1), case="agency:lakeport-pd")
    assert desk.usage(face(1)).other_cases_of_face == 0


def test_a_probe_that_another_engine_added_is_counted_by_the_next_search(desk: Desk) -> None:
    assert desk.usage(face(2)).distinct_probe_subjects == 1
    Desk(desk.house).search(face(1))
    assert desk.usage(face(2)).distinct_probe_subjects == 2


def test_a_probe_whose_commit_came_late_is_not_missed(desk: Desk) -> None:
    with desk.house.own.transaction() as slow:
        desk.insert(slow, uuid7(), face(1))
        desk.search(face(2))  # begun later, committed earlier
        assert desk.usage(face(3)).distinct_probe_subjects == 2
    assert desk.usage(face(3)).distinct_probe_subjects == 3


def test_what_was_deleted_is_no_longer_counted(desk: Desk) -> None:
    gone = desk.search(face(1))
    desk.search(face(2))
    assert desk.usage(face(3)).distinct_probe_subjects == 3
    desk.delete(gone)
    assert desk.usage(face(3)).distinct_probe_subjects == 2


def test_a_probe_whose_seal_is_broken_is_left_out(desk: Desk) -> None:
    decision = uuid7()
    with desk.house.own.transaction() as connection:
        connection.execute(
            """INSERT INTO recognition.probes (decision_id, agency, case_scope, source, pipeline, template, created_ns)
               VALUES (%s, %s, 'case:1', NULL, %s, %b, ops.now_ns())""",
            (decision, AGENCY, PIPELINE, desk.probes.seal(face(1), decision=uuid7())),
        )
    assert desk.usage(face(2)).distinct_probe_subjects == 1
