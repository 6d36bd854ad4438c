"""A semantic diff tells rules, dates, codes and numbers; the text diff tells lines."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.policy.folder import POLICIES
from gateway.policy.keys import signing_key
from gateway.policy.revisions import Revision, build
from gateway.policy.semantic_diff import semantic_diff, text_diff

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def shipped(policy_keys: Path) -> Revision:
    return build(1, policies=POLICIES, key=signing_key(policy_keys))


def edited(revision: Revision, **changes: Any) -> Revision:
    """The revision with other files: `annotations`, `data` or a module's text, as a function of what is there."""
    files = dict(revision.files)
    annotations, data = copy.deepcopy(revision.annotations), copy.deepcopy(revision.data)
    if "annotations" in changes:
        changes["annotations"](annotations)
    if "data" in changes:
        changes["data"](data)
    for name, (old, new) in changes.get("text", {}).items():
        assert old in files[name].decode()
        files[name] = files[name].decode().replace(old, new).encode()
    files["annotations.json"] = json.dumps(annotations).encode()
    files["data.json"] = json.dumps(data).encode()
    return Revision(2, revision.tar, files)


def test_nothing_differs_from_itself(shipped: Revision) -> None:
    found = semantic_diff(shipped, shipped)
    assert found["rules"] == {"added": [], "removed": [], "changed": []}
    assert found["data"] == found["thresholds"] == found["modules"] == []
    assert text_diff(shipped, shipped) == ""


def test_rules_that_come_and_go_are_named_with_their_citation(shipped: Revision) -> None:
    def remove(annotations: dict[str, Any]) -> None:
        annotations["us_wa"].pop("sketch")
        annotations["us_mars"] = {"dust": annotations["base"]["case_missing"]}

    found = semantic_diff(shipped, edited(shipped, annotations=remove))
    assert [(rule["pack"], rule["rule"]) for rule in found["rules"]["removed"]] == [("us_wa", "sketch")]
    assert found["rules"]["removed"][0]["citation"].startswith("RCW")
    assert [(rule["pack"], rule["rule"]) for rule in found["rules"]["added"]] == [("us_mars", "dust")]
    assert found["packs"] == {"added": ["us_mars"], "removed": []}


def test_dates_codes_and_words_are_told_apart(shipped: Revision) -> None:
    def change(annotations: dict[str, Any]) -> None:
        annotations["us_wa"]["sketch"] |= {
            "effective_from": "2030-01-01",
            "code": "PROBE_MANIPULATED",
            "title": "Other",
        }

    (rule,) = semantic_diff(shipped, edited(shipped, annotations=change))["rules"]["changed"]
    assert rule["dates"] == {"effective_from": {"from": "2021-07-01", "to": "2030-01-01"}}
    assert rule["code"] == {"from": "PROBE_SKETCH_PROHIBITED", "to": "PROBE_MANIPULATED"}
    assert set(rule["words"]) == {"title"}
    assert "conditions" not in rule


def test_a_threshold_in_the_data_is_named_by_its_path(shipped: Revision) -> None:
    def change(data: dict[str, Any]) -> None:
        data["justification"] = {"changed": 12}

    found = semantic_diff(shipped, edited(shipped, data=change))
    assert {"path": "justification.changed", "from": None, "to": 12} in found["thresholds"]
    assert "data/justification/data.json" in text_diff(shipped, edited(shipped, data=change))


def test_a_number_in_a_rule_is_a_threshold_too(shipped: Revision) -> None:
    name = "packs/vendor_amazon_rekognition/terms.rego"
    found = semantic_diff(shipped, edited(shipped, text={name: ("99", "95")}))
    assert found["modules"] == [{"file": name, "change": "changed"}]
    changed = [rule for rule in found["rules"]["changed"] if "numbers" in rule]
    assert changed
    assert any("99" in rule["numbers"]["from"] and "95" in rule["numbers"]["to"] for rule in changed)
    assert {rule["rule"] for rule in changed} <= {item.get("rule") for item in found["thresholds"]}
    assert "-" in text_diff(shipped, edited(shipped, text={name: ("99", "95")}))


def test_a_condition_that_changed_shows_both_texts(shipped: Revision) -> None:
    name = "packs/us_wa/limits.rego"
    found = semantic_diff(shipped, edited(shipped, text={name: ("input.result_use.other_evidence == true", "true")}))
    texts = {rule["rule"]: rule["conditions"] for rule in found["rules"]["changed"]}
    assert {"sole_basis", "corroborated"} <= texts.keys()
    assert "other_evidence" in texts["sole_basis"]["from"]
    assert "other_evidence" not in texts["sole_basis"]["to"]
