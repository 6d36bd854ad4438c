"""What an import that was killed knows when it is given again; and the report that its journal becomes."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.cli.enrolment import report
from gateway.cli.enrolment.journal import Journal
from gateway.cli.enrolment.refusals import SourceUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OF = {"gallery": "missing", "source": "/people"}
KEY, OTHER = "ab" * 16, "cd" * 16
QUALITY = {"inter_eye_px": 90, "sharpness": 200, "brightness": 120, "detector_score_thousandths": 1500, "warnings": []}


def test_a_journal_goes_on_under_its_name_and_knows_what_it_was_told(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", of=OF) as journal:
        name = journal.name
        journal.add(KEY, {"file": "a.jpg", "status": "enrolled"})
        journal.stop("WARRANT_REQUIRED")
    with Journal(tmp_path / "j", of=OF) as journal:
        assert (journal.name, journal.stops) == (name, 1)
        assert (journal.knows(KEY), journal.knows(OTHER)) == (True, False)
        assert list(journal.lines()) == [{"file": "a.jpg", "status": "enrolled"}]


def test_wherever_the_last_line_was_cut_off_the_lines_before_it_stand(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", of=OF) as journal:
        journal.add(KEY, {"file": "a.jpg"})
        journal.add(OTHER, {"file": "b.jpg"})
    whole = (tmp_path / "j").read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for length in range(last, len(whole)):
        (tmp_path / "j").write_bytes(whole[:length])
        with Journal(tmp_path / "j", of=OF) as journal:
            assert (journal.knows(KEY), journal.knows(OTHER)) == (True, False)
            journal.add(OTHER, {"file": "b.jpg"})
        assert (tmp_path / "j").read_bytes() == whole


def test_a_journal_serves_one_import_and_one_process(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", of=OF), pytest.raises(SourceUnusable, match="Another import is writing"):
        Journal(tmp_path / "j", of=OF)
    with pytest.raises(SourceUnusable, match="journal of another import"):
        Journal(tmp_path / "j", of=OF | {"gallery": "other"})
    (tmp_path / "k").write_text("a letter\n")
    with pytest.raises(SourceUnusable, match="no journal"):
        Journal(tmp_path / "k", of=OF)


LINES: list[dict[str, Any]] = [
    {"file": "a.jpg", "external_id": "a", "status": "enrolled", "face_id": "1", "quality": [QUALITY]},
    {
        "file": "b.jpg", "external_id": "b", "status": "enrolled", "face_id": "2",
        "quality": [QUALITY | {"sharpness": 100, "warnings": [{"code": "TILTED", "sentence": "It is tilted."}]}],
    },
    {"file": '=cmd("x")', "external_id": "c", "status": "refused", "code": "IMAGE_FORMAT", "sentence": "It is none."},
    {"file": "d.jpg", "external_id": "a", "status": "duplicate", "code": "FACE_ENROLLED", "sentence": "There."},
]  # fmt: skip


def test_a_report_has_a_line_for_each_file_and_no_formula(tmp_path: Path) -> None:
    report.write(tmp_path / "r.csv", LINES)
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["enrolled", "enrolled", "refused", "duplicate"]
    assert rows[2]["file"] == '\'=cmd("x")'
    assert rows[2]["code"] == "IMAGE_FORMAT"
    report.write(tmp_path / "r.jsonl", LINES)
    assert [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()] == LINES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "r.jsonl"]


def test_the_summary_counts_and_says_how_good_the_enrolled_are(tmp_path: Path) -> None:
    summary = report.write(tmp_path / "r.csv", LINES)
    assert summary.document() == {
        "files": 4,
        "enrolled": 2,
        "duplicate": 1,
        "waiting": 0,
        "refused": {"IMAGE_FORMAT": 1},
        "quality": {
            "inter_eye_px": [90, 90, 90],
            "sharpness": [100, 150, 200],
            "brightness": [120, 120, 120],
            "detector_score_thousandths": [1500, 1500, 1500],
            "cautions": {"TILTED": 1},
        },
    }
    assert not summary.complete
    assert "1 refused, IMAGE_FORMAT: It is none." in summary.text()


def test_a_report_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    def lines() -> Iterator[dict[str, Any]]:
        yield LINES[0]
        raise OSError("the disk is full")

    (tmp_path / "r.csv").write_text("before")
    with pytest.raises(OSError, match="full"):
        report.write(tmp_path / "r.csv", lines())
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]
