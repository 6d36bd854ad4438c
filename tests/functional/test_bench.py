"""`writgate bench` measures and says what it promises. No time is judged here."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from benchmarks import audit, bulk, decision, encode, intake, query, token
from click.testing import CliRunner
from engine_house import find_photographs

from gateway.cli import main
from gateway.recognition.refusals import REFUSALS

if TYPE_CHECKING:
    from pathlib import Path


def test_a_benchmark_prints_machine_settings_figures_and_ratios_as_json() -> None:
    done = CliRunner().invoke(main, ["bench", "search", "--rounds", "1", "--templates", "40000", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["benchmark"] == "search"
    assert document["rounds"] == 1
    assert document.keys() >= {"machine", "settings", "figures", "ratios"}
    assert document["settings"]["templates"] == [100_000, 40_000]
    assert document["ratios"].keys() >= {"vs_IndexFlatL2", "with_floor_vs_reading_a_byte", "callers_16_vs_one_per_core"}


def test_denials_and_searches_are_measured_beside_a_bare_greeting() -> None:
    document = decision.run(rounds=1, seconds=0.3, connections=4, with_opa=False).document()
    assert {"denial_wasm_vs_hello", "search_wasm_vs_hello"} <= set(document["ratios"])
    assert document["figures"]["search_wasm_per_s"] > 0


def test_tokens_are_verified_with_and_without_the_cache_beside_bare_joserfc() -> None:
    document = token.run(rounds=1, requests=5).document()
    assert {name.removesuffix("_us") for name in document["figures"] if not name.endswith("_processor_us")} == {
        "joserfc_token", "joserfc_token_and_proof", "bearer_without_cache", "bearer_with_cache",
        "dpop_without_cache", "dpop_with_cache", "proof", "replay_store",
    }  # fmt: skip
    assert {"dpop_without_cache_vs_joserfc", "without_cache_vs_with"} <= set(document["ratios"])


@pytest.mark.photographs
def test_encoding_is_measured_beside_face_recognition_and_finds_the_same_faces_with_the_same_numbers() -> None:
    find_photographs()
    document = encode.run(rounds=1).document()
    assert set(document["ratios"]) == {
        "encoding_vs_face_recognition", "probe_vs_face_recognition", "two_workers_vs_one",
    }  # fmt: skip
    assert set(document["goals"]) == {goal.name for goal in encode.GOALS}
    assert all(
        document["goals"][name]["met"]
        for name in ("largest_component_difference", "largest_distance_difference", "faces_missed", "worker_memory_mb")
    )


@pytest.mark.photographs
def test_bulk_enrolment_is_measured_beside_the_encoder_alone() -> None:
    find_photographs()
    document = bulk.run(rounds=1, files=30).document()
    assert set(document["ratios"]) == {"vs_encoder_alone"}
    assert {"files_per_s", "encoder_alone_files_per_s", "cores_busy", "engine_ms", "client_ms"} <= set(
        document["figures"]
    )


@pytest.mark.photographs
def test_hostile_pictures_are_counted_by_what_became_of_them_and_no_worker_is_lost() -> None:
    find_photographs()
    document = intake.run(rounds=2, pictures=60).document()
    figures = document["figures"]
    assert figures["pictures"] == 60 == sum(value for name, value in figures.items() if name in {"accepted", *REFUSALS})
    assert document["goals"]["workers_lost"]["met"]
    assert document["goals"]["worker_memory_mb"]["met"]


def test_whatever_is_appended_while_the_log_is_measured_is_integrated() -> None:
    document = audit.run(rounds=1, seconds=1, clients=(2,), entries=1000).document()
    assert set(document["ratios"]) == {"vs_bare_insert_2", "vs_bare_hashing"}
    assert document["figures"]["lost"] == 0
    assert document["figures"]["appended"] > 0


def test_every_documented_question_is_asked_of_a_filled_log() -> None:
    document = query.run(rounds=1, seconds=0.5, entries=5000).document()
    assert document["settings"]["entries"] == 5000
    assert set(document["ratios"]) == {"append_vs_empty"}
    asked = {name for name in document["figures"] if name.endswith("_p95_ms")}
    assert asked == {name for name in document["goals"] if name != "append_vs_empty"}
    assert len(asked) > 12


@pytest.mark.photographs
def test_errors_are_measured_by_a_command_that_writes_a_calibration(tmp_path: Path) -> None:
    for name, content in find_photographs().items():
        (tmp_path / "people" / name[:8]).mkdir(parents=True, exist_ok=True)
        (tmp_path / "people" / name[:8] / name).write_bytes(content)
    target = tmp_path / "calibration.json"
    told = ["--calibration", str(target), "--home", str(tmp_path / "home"), "--json"]
    done = CliRunner().invoke(main, ["bench", "accuracy", str(tmp_path / "people"), *told])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["benchmark"] == "accuracy"
    assert document["calibration"] == f"sha256:{hashlib.sha256(target.read_bytes()).hexdigest()}"
    assert target.stat().st_mode & 0o077 == 0
    refused = CliRunner().invoke(main, ["bench", "accuracy", str(tmp_path / "home")])
    assert refused.exit_code == 1
    assert "folder" in refused.output or "people" in refused.output
