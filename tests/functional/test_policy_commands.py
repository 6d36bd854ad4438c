"""`writgate scenarios` and `writgate opa install`, as a person or a script runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.opa import opa
from gateway.cli.scenarios import scenarios
from gateway.policy import opa_program, regal_program

ROWS = Path(__file__).parents[1] / "scenarios" / "us_wa.json"


def test_rows_that_are_right_end_with_zero_and_a_table() -> None:
    done = CliRunner().invoke(scenarios, [str(ROWS), "--only", "WAX-00"])
    assert done.exit_code == 0, done.output
    assert "US-WA" in done.output
    assert "9 of 9 rows right" in done.output


def test_one_wrong_row_ends_with_one_and_says_what_was_missing(tmp_path: Path) -> None:
    (row,) = [row for row in json.loads(ROWS.read_bytes())["scenarios"] if row["id"] == "WAX-001"]
    row["expected"] = {"permit": not row["expected"]["permit"], "reason_codes": ["SALE_PROHIBITED"]}
    row["expected"]["obligations_must_include"] = ["DELETE_NOW"]
    wrong = tmp_path / "rows.json"
    wrong.write_text(json.dumps([row]))
    told = CliRunner().invoke(scenarios, [str(wrong)])
    assert told.exit_code == 1
    assert "expected one of SALE_PROHIBITED" in told.output
    assert "missing DELETE_NOW" in told.output
    document = json.loads(CliRunner().invoke(scenarios, [str(wrong), "--json"]).stdout)
    assert document["rows"] == 1
    assert (document["right"], document["missing_reasons"], document["missing_obligations"]) == (0, 1, 1)
    assert document["failures"][0]["id"] == "WAX-001"
    named = "engine revision rows right permits denials missing_reasons missing_obligations failures"
    assert set(document) == set(named.split())


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "cannot be read"), ("[]", "holds no scenarios"), ('[{"id": "X"}]', "row 0 lacks"), ("[1]", "row 0 lacks")],
)
def test_a_file_that_holds_no_scenarios_is_explained(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(content)
    done = CliRunner().invoke(scenarios, [str(path)])
    assert done.exit_code == 1
    assert said in done.output


def test_a_row_with_a_field_that_nobody_knows_is_not_silently_asked_without_it(tmp_path: Path) -> None:
    row = json.loads(ROWS.read_bytes())["scenarios"][0]
    row["request"]["porpoise"] = "x"
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([row]))
    done = CliRunner().invoke(scenarios, [str(path)])
    assert done.exit_code == 1
    assert "porpoise" in done.output


@pytest.mark.opa
def test_an_opa_that_is_there_is_found_and_not_built_again(tmp_path: Path) -> None:
    if opa_program.find() is None or regal_program.find() is None:
        pytest.skip("needs the opa and regal programs")
    done = CliRunner().invoke(opa, ["install", "--home", str(tmp_path), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["installed_now"] is False
    assert not (tmp_path / "bin").exists()


def test_without_opa_and_without_go_the_way_to_get_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "GOBIN", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    done = CliRunner().invoke(opa, ["install", "--home", str(tmp_path)])
    assert done.exit_code == 1
    assert "Install Go" in done.output
    path = tmp_path / "rows.json"
    path.write_bytes(ROWS.read_bytes())
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    done = CliRunner().invoke(scenarios, [str(path), "--engine", "opa"])
    assert done.exit_code == 1
    assert "writgate opa install" in done.output
