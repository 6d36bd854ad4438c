"""An engine that is calibrated says on every outcome by what, how likely false candidates are, and keeps their cap."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from engine_house import EngineHouse, engine_house

from gateway.recognition.calibration import Calibration, CalibrationUnusable
from gateway.recognition.engine_process import EngineServer
from gateway.recognition.models import Chance
from gateway.recognition.similarity import SHIPPED, Scale
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.postgres.deployment import Deployment
    from gateway.recognition.workers import Workers
    from gateway.settings import Settings

pytestmark = pytest.mark.photographs

# The pairs of one person in the photographs lie below 0.45, those of two above 0.69.
CALIBRATION = Calibration(
    id="sha256:test",
    scale=Scale(((0, 100_000), (500_000, 90_000), (900_000, 10_000), (1_000_000, 0))),
    rates=((350_000, 1_000_000, 10_000_000), (450_000, 20_000_000, 50_000_000), (1_000_000, 10**9, 10**9)),
)


@pytest.fixture
def calibrated(settings: Settings, deployment: Deployment, workers: Workers) -> Iterator[EngineHouse]:
    with engine_house(settings, deployment, workers, calibration=CALIBRATION) as house:
        yield house


def test_each_candidate_says_how_likely_a_false_one_is_among_so_many_faces(
    calibrated: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = calibrated.gallery()
    for name in ("person_a_2.jpg", "person_a_3.jpg", "person_b_1.jpg"):
        calibrated.enrol(gallery, photographs[name], name)
    outcome = calibrated.search(gallery, photographs["person_a_1.jpg"], min_similarity=50)
    assert (outcome.engine.calibration, outcome.engine.calibrated) == ("sha256:test", True)
    assert [candidate.external_id[:8] for candidate in outcome.candidates] == ["person_a", "person_a"]
    for candidate in outcome.candidates:
        assert candidate.distance_micro is not None
        assert candidate.false_candidate == CALIBRATION.false_candidate(candidate.distance_micro, 3)
        assert candidate.similarity_thousandths == CALIBRATION.scale.similarity_thousandths(candidate.distance_micro)
    assert outcome.false_candidate == Chance(ppm=1_000_000, bound_ppm=1_000_000)  # of the floor, which lies at 0.70
    (leaf,) = [
        json.loads(str(leaf))
        for (leaf,) in calibrated.rows("SELECT leaf FROM audit.staging")
        if json.loads(str(leaf))["decision_id"] == str(outcome.decision_id)
    ]
    assert leaf["engine"]["calibration"] == "sha256:test"


def test_a_comparison_names_the_calibration_too(calibrated: EngineHouse, photographs: dict[str, bytes]) -> None:
    one, other = photographs["person_a_1.jpg"], photographs["person_a_2.jpg"]
    outcome = calibrated.engine.compare(calibrated.permit(Operation.VERIFY_1_TO_1, one, other), one, other)
    assert outcome.engine.calibration == "sha256:test"
    assert outcome.distance_micro is not None
    assert outcome.similarity_thousandths == CALIBRATION.scale.similarity_thousandths(outcome.distance_micro)


def test_candidates_beyond_the_cap_are_left_out_however_similar(
    calibrated: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = calibrated.gallery()
    for name in ("person_a_2.jpg", "person_a_3.jpg", "person_b_1.jpg"):
        calibrated.enrol(gallery, photographs[name], name)
    probe = photographs["person_a_1.jpg"]
    everybody = calibrated.search(gallery, probe, min_similarity=0).candidates
    assert len(everybody) == 3
    for cap in (1, 29_700, 29_701, 142_625, 999_999, 1_000_000):
        outcome = calibrated.search(gallery, probe, min_similarity=0, max_false_candidate_ppm=cap)
        within = [one for one in everybody if one.false_candidate and one.false_candidate.bound_ppm <= cap]
        assert [one.face_id for one in outcome.candidates] == [one.face_id for one in within], cap
        assert outcome.false_candidate is not None
        assert outcome.false_candidate.bound_ppm <= cap
    assert len(calibrated.search(gallery, probe, min_similarity=0, max_false_candidate_ppm=142_626).candidates) == 2


def test_the_floor_stays_where_it_is_stricter_than_the_cap(
    calibrated: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = calibrated.gallery()
    calibrated.enrol(gallery, photographs["person_a_2.jpg"], "a")
    probe = photographs["person_a_1.jpg"]
    assert calibrated.search(gallery, probe, min_similarity=99, max_false_candidate_ppm=1_000_000).candidates == ()


def test_an_engine_that_is_not_calibrated_keeps_no_cap_and_so_finds_nobody(
    house: EngineHouse, photographs: dict[str, bytes]
) -> None:
    gallery = house.gallery()
    house.enrol(gallery, photographs["person_a_2.jpg"], "a")
    outcome = house.search(gallery, photographs["person_a_1.jpg"], max_false_candidate_ppm=1_000_000)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.candidates) == ("ENGINE_NOT_CALIBRATED", ())
    free = house.search(gallery, photographs["person_a_1.jpg"])
    assert (free.false_candidate, free.candidates[0].false_candidate) == (None, None)
    assert (free.engine.calibration, free.engine.calibrated) == ("uncalibrated:dlib-anchors-1", False)
    (found,) = free.candidates
    assert found.distance_micro is not None
    assert SHIPPED.similarity_thousandths(found.distance_micro) == found.similarity_thousandths


def test_an_engine_whose_calibration_cannot_be_used_does_not_start(
    settings: Settings, deployment: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "calibration.json").write_text("{}")
    changed = settings.model_copy(update={"calibration": tmp_path / "calibration.json", "encoder_workers": 1})
    with pytest.raises(CalibrationUnusable):
        EngineServer(changed).start()
    assert not (settings.runtime / "engine.sock").exists()
