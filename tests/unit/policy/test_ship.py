"""What is generated from the Rego and committed is what would be generated now."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gateway import vocabulary
from gateway.policy import opa_program, ship
from gateway.policy.annotations import AnnotationError, collect, kinds, midnight, rules_data
from gateway.policy.folder import POLICIES
from gateway.policy.keys import signing_key
from gateway.policy.revisions import build
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from pathlib import Path

CUSTOM = {
    "code": "AGENCY_SUSPENDED",
    "citation": "contract",
    "source": "product policy",
    "confidence": "P",
    "counsel_review": "none",
    "sentence": "The agency is {status}.",
    "remedy": "Ask.",
    "effective_from": "2021-07-01",
    "effective_to": None,
}


@pytest.fixture(scope="module")
def opa() -> Path:
    program = opa_program.find()
    if program is None:
        pytest.skip("needs the opa program")
    return program


@pytest.mark.opa
@pytest.mark.parametrize("folder", ["shipped", "tiny"])
def test_nothing_committed_is_stale(opa: Path, folder: str, tiny_folder: Path) -> None:
    policies = POLICIES if folder == "shipped" else tiny_folder
    generated = ship.generate(policies, opa=opa)
    if folder == "tiny":
        del generated["data/vocabulary/data.json"]
    assert ship.stale(generated, policies) == [], "run `python -m gateway.policy.ship` and commit what it wrote"


@pytest.mark.opa
def test_policy_that_uses_a_builtin_outside_the_capabilities_cannot_be_shipped(
    opa: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    policies = shutil.copytree(tiny_folder, tmp_path / "policies")
    (policies / "packs" / "base" / "more.rego").write_text(
        'package writgate.packs.base\n\nseen := sprintf("%s", [input.purpose])\n'
    )
    with pytest.raises(ship.ShipError, match="undefined function sprintf"):
        ship.generate(policies, opa=opa)


def test_the_shipped_module_asks_its_host_for_nothing(policy_keys: Path) -> None:
    revision = build(1, policies=POLICIES, key=signing_key(policy_keys))
    engine = WasmEngine(revision, instances=1)
    assert engine._borrow().host_builtins == frozenset()
    engine.close()


def test_the_vocabulary_in_the_data_is_that_of_the_code() -> None:
    committed = json.loads((POLICIES / "data" / "vocabulary" / "data.json").read_bytes())
    assert committed == ship.vocabulary_data()
    assert set(committed["reasons"]) == vocabulary.REASONS
    assert committed["suspicion"] == ["none", "reasonable_suspicion", "fair_probability", "probable_cause"]


def test_capabilities_hold_nothing_that_reaches_out_of_the_decision() -> None:
    capabilities = json.loads((POLICIES / "capabilities.json").read_bytes())
    names = {builtin["name"] for builtin in capabilities["builtins"]}
    assert capabilities["allow_net"] == []
    outward = ("http.", "opa.", "time.", "rand.", "uuid.", "crypto.", "io.")
    assert not {name for name in names if name.startswith(outward)}
    assert not names & {"sprintf", "net.lookup_ip_addr", "rego.parse_module", "print", "trace"}


def test_an_annotation_becomes_rule_and_words() -> None:
    annotations = collect([_inspected(CUSTOM)])
    assert annotations["base"]["suspended"]["sentence"] == "The agency is {status}."
    assert kinds(annotations) == {("base", "suspended"): ("denial", "AGENCY_SUSPENDED")}
    assert rules_data(annotations) == {
        "base": {
            "suspended": {
                "kind": "denial",
                "code": "AGENCY_SUSPENDED",
                "effective_from": 1_625_097_600 * 10**9,
                "effective_to": None,
            }
        }
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"code": "NO_SUCH_CODE"}, "not in the vocabulary"),
        ({"code": "LEAD_ONLY"}, "not in the vocabulary of a denial"),
        ({"code": None}, "code is missing"),
        ({"citation": None}, "citation is missing"),
        ({"remedy": ""}, "remedy"),
        ({"sentence": "The agency is {status!r}."}, "braces"),
        ({"effective_from": None}, "effective_from is not a date"),
        ({"effective_from": "July 2021"}, "effective_from is not a date"),
        ({"effective_to": "2021-02-30"}, "effective_to is not a date"),
    ],
)
def test_a_rule_that_is_not_fully_annotated_cannot_be_shipped(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(AnnotationError, match=fault):
        collect([_inspected(CUSTOM | change)])


def test_a_name_stands_for_one_rule_of_a_pack() -> None:
    duty = _inspected(CUSTOM | {"code": "LEAD_ONLY"})
    duty["path"][4]["value"] = "obligations"
    with pytest.raises(AnnotationError, match="name is taken"):
        collect([_inspected(CUSTOM), duty])


def test_annotations_of_tests_and_of_other_packages_are_not_rules() -> None:
    test = _inspected(CUSTOM)
    test["location"]["file"] = "packs/base/standing_test.rego"
    other = _inspected(CUSTOM)
    other["path"][1]["value"] = "elsewhere"
    assert collect([test, other]) == {}


def test_a_date_begins_at_midnight_utc() -> None:
    assert midnight("1970-01-02") == 86_400 * 10**9
    assert midnight("2021-07-01T00:00:00Z") == midnight("2021-07-01")


def _inspected(custom: dict[str, Any]) -> dict[str, Any]:
    """One annotation as `opa inspect` gives it."""
    path = ["data", "writgate", "packs", "base", "denials", "suspended"]
    return {
        "annotations": {"title": "Suspended", "description": "No search.", "custom": custom},
        "location": {"file": "packs/base/standing.rego", "row": 4},
        "path": [{"type": "string", "value": step} for step in path],
    }
