"""The engine measured on photographs: rates of people, never a word of one, and a calibration that the engine takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from engine_house import find_photographs

from gateway.recognition import accuracy, calibration
from gateway.recognition.error_rates import TooFewPeople

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.recognition.workers import Workers

pytestmark = pytest.mark.photographs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four people, one of them in five photographs, and a picture of nobody."""
    people = tmp_path / "people"
    for name, content in find_photographs().items():
        person = "person_d" if name.startswith("no_face") else name[:8]
        (people / person).mkdir(parents=True, exist_ok=True)
        (people / person / name).write_bytes(content)
    return people


def test_rates_come_with_what_they_are_worth_and_refusals_with_their_codes(
    folder: Path, workers: Workers, tmp_path: Path
) -> None:
    table = tmp_path / "groups.csv"
    table.write_text("person,group\nperson_a,one\nperson_b,one\nperson_c,two\n", encoding="utf-8")
    said: list[tuple[int, int]] = []
    target = tmp_path / "calibration.json"
    found = accuracy.report(workers, folder, table=table, target=target, told=lambda read, of: said.append((read, of)))
    assert (found["people"], found["people_of_several_photographs"], found["photographs"]) == (4, 1, 9)
    assert found["refused"] == {"PROBE_NO_FACE": 1}
    assert said == [(read, 10) for read in range(1, 11)]
    for row in found["rates"]:
        for rate in (row["false_match"], row["false_non_match"]):
            assert 0 <= rate["lower"] <= rate["rate"] <= rate["upper"] <= 1
        # Nothing near certainty is said of four people.
        assert row["false_match"]["upper"] > 0.5
    assert found["groups"]["one"]["people"] == 2
    assert found["groups"]["two"] == {"people": 1, "photographs": 1, "rates": []}
    assert calibration.load(target, pipeline=workers.pipeline()).id == found["calibration"]


def test_nothing_that_is_written_or_said_names_a_person_or_a_file(
    folder: Path, workers: Workers, tmp_path: Path
) -> None:
    target = tmp_path / "calibration.json"
    found = accuracy.report(workers, folder, target=target)
    for text in (json.dumps(found), target.read_text()):
        assert "person_" not in text
        assert str(folder) not in text


def test_the_calibration_tells_the_persons_own_photographs_from_those_of_others(
    folder: Path, workers: Workers, tmp_path: Path
) -> None:
    target = tmp_path / "calibration.json"
    accuracy.report(workers, folder, target=target)
    scale = calibration.load(target, pipeline=workers.pipeline()).scale
    assert scale.similarity_thousandths(330_000) > scale.similarity_thousandths(700_000)


def test_one_person_is_too_few(folder: Path, workers: Workers, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    (folder / "person_a").rename(alone / "person_a")
    with pytest.raises(TooFewPeople):
        accuracy.report(workers, alone)
