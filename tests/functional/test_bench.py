"""`writgate bench` measures and says what it promises. No time is judged here."""

from __future__ import annotations

import json

from benchmarks import audit
from click.testing import CliRunner

from gateway.cli import main


def test_a_benchmark_prints_machine_settings_figures_and_ratios_as_json() -> None:
    done = CliRunner().invoke(main, ["bench", "search", "--rounds", "1", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["benchmark"] == "search"
    assert document["rounds"] == 1
    assert document.keys() >= {"machine", "settings", "figures", "ratios"}
    assert "vs_IndexFlatL2" in document["ratios"]


def test_whatever_is_appended_while_the_log_is_measured_is_integrated() -> None:
    document = audit.run(rounds=1, seconds=1, clients=(2,)).document()
    assert set(document["ratios"]) == {"vs_bare_insert_2"}
    assert document["figures"]["lost"] == 0
    assert document["figures"]["appended"] > 0
