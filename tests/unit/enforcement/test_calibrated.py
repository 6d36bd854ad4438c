"""A contract that limits false candidates: a measured engine cuts the answer, and without one nothing is searched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from engine_house import find_photographs
from gate_house import Copies, Force, GateHouse, asking, gate_house

from gateway.clock import uuid7
from gateway.enforcement.answers import Refused, Released
from gateway.enforcement.request import Probe
from gateway.enforcement.results import result_of
from gateway.recognition import calibration, weights
from gateway.recognition.encoder import pipeline_of
from gateway.recognition.similarity import SHIPPED
from gateway.vocabulary import Operation
from gateway.web.api.results import SearchResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.enforcement.answers import Answer

pytestmark = pytest.mark.photographs

LIMIT = 100_000


@pytest.fixture(scope="module")
def calibrated(copies: Copies, cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GateHouse]:
    file = tmp_path_factory.mktemp("calibration") / "calibration.json"
    file.write_bytes(
        calibration.Measured(
            format=calibration.FORMAT,
            pipeline=pipeline_of(weights.find()),
            people=1000,
            people_of_several_photographs=500,
            photographs=2000,
            confidence_permille=950,
            scale=list(SHIPPED.anchors),
            rates=[(360_000, 0, 20_000_000), (1_000_000, 500_000_000, 10**9)],
        ).encode()
    )
    with gate_house(copies, cluster_home, with_engine=True, calibration=file) as house:
        yield house


def perform(house: GateHouse, force: Force, **fields: Any) -> Answer:
    return house.services.gate.perform(force.caller, asking(force, **fields), decision_id=uuid7())


def enrol(house: GateHouse, force: Force, *names: str) -> None:
    photographs = find_photographs()
    for name in names:
        answer = perform(
            house,
            force,
            operation=Operation.ENROL_GALLERY,
            probe=Probe(images=(photographs[name],), source="cctv_still"),
            external_id=name,
        )
        assert isinstance(answer, Released), answer


def search(house: GateHouse, force: Force, name: str = "person_a_1.jpg", **fields: Any) -> Answer:
    picture = find_photographs()[name]
    return perform(house, force, probe=Probe(images=(picture,), source="cctv_still"), **fields)


def test_the_answer_names_its_calibration_and_the_chance_of_each_false_candidate(calibrated: GateHouse) -> None:
    force = calibrated.force(min_similarity=0)
    enrol(calibrated, force, "person_a_2.jpg", "person_b_1.jpg")
    answer = search(calibrated, force)
    assert isinstance(answer, Released)
    told = SearchResult.model_validate(answer.document)
    assert told.engine.calibrated
    assert told.engine.calibration.startswith("sha256:")
    near, far = (candidate.false_candidate for candidate in told.candidates)
    assert near is not None
    assert far is not None
    assert (near.probability, near.bound) == (0.0, 0.0396)  # 1 - 0.98 ^ 2
    assert (far.probability, far.bound) == (0.75, 1.0)
    assert told.false_candidate is not None
    assert told.false_candidate.probability == 1.0


def test_a_contracts_limit_cuts_the_candidates_that_are_likely_false(calibrated: GateHouse) -> None:
    force = calibrated.force(min_similarity=0, max_false_candidate_ppm=LIMIT)
    enrol(calibrated, force, "person_a_2.jpg", "person_b_1.jpg")
    answer = search(calibrated, force)
    assert isinstance(answer, Released)
    assert [candidate["external_id"] for candidate in answer.document["candidates"]] == ["person_a_2.jpg"]
    assert answer.document["false_candidate"] == {"probability": 0.0, "bound": 0.0396}
    assert "MAX_FALSE_CANDIDATE" in {obligation["code"] for obligation in answer.document["obligations"]}
    stricter = calibrated.force(min_similarity=0, max_false_candidate_ppm=1_000)
    enrol(calibrated, stricter, "person_a_2.jpg")
    nobody = search(calibrated, stricter)
    assert isinstance(nobody, Released)
    assert (nobody.document["candidates"], nobody.document["faces_searched"]) == ([], 1)


def test_a_contract_that_limits_what_nobody_measured_permits_no_search(house: GateHouse) -> None:
    force = house.force(max_false_candidate_ppm=LIMIT)
    answer = perform(house, force)
    assert isinstance(answer, Refused)
    assert answer.code == "ENGINE_NOT_CALIBRATED"
    assert "uncalibrated:dlib-anchors-1" in answer.detail


def test_a_result_beyond_a_limit_that_came_meanwhile_is_not_released(calibrated: GateHouse) -> None:
    """As when people examined it in the meantime: what was found under one contract is released under another."""
    force = calibrated.force(min_similarity=0)
    enrol(calibrated, force, "person_a_2.jpg", "person_b_1.jpg")
    picture = find_photographs()["person_a_1.jpg"]
    admission = calibrated.admit(force, asking(force, probe=Probe(images=(picture,), source="cctv_still")))
    outcome = calibrated.engine.search(admission.decision_id, picture)
    assert len(outcome.candidates) == 2
    limited = {**admission.document["contract"], "max_false_candidate_ppm": LIMIT}
    worked = replace(admission.worked(), document={**admission.document, "contract": limited})
    answer = calibrated.services.gate._releases.decide(worked, outcome, result_of(worked.request, outcome, 0))
    assert isinstance(answer, Refused)
    assert answer.code == "FALSE_CANDIDATE_LIKELY"
