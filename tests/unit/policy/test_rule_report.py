"""A report by rule counts what the entries say, names what never spoke, and does not lose what was erased."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.policy.recorded import Recorded
from gateway.policy.rule_report import rule_report

if TYPE_CHECKING:
    from gateway.policy.revisions import Revision


def entry(index: int, *rules: str, erased: bool = False) -> Recorded:
    reasons = [{"code": "AGENCY_SUSPENDED", "pack": "base", "rule": rule, "parameters": {}} for rule in rules]
    clear: dict[str, Any] = {
        "decision_id": f"d{index}",
        "time": 1_750_000_000_000_000_000 + index,
        "permit": False,
        "revision": 7,
        "reasons": ["AGENCY_SUSPENDED"],
        "obligations": [],
        "packs": ["base"],
    }
    sealed = None if erased else json.dumps(reasons).encode()
    return Recorded(index, clear, b"{}", sealed, None if erased else b"[]")


def test_hits_last_hit_never_and_gone(tiny: Revision) -> None:
    (rule, *_) = sorted(rule for rule, words in tiny.annotations["base"].items() if words["kind"] == "denial")
    found = rule_report([entry(3, rule), entry(1, rule), entry(2, "of_an_older_revision"), entry(4, erased=True)], tiny)
    assert found["decisions"] == 4
    (hit,) = [one for one in found["rules"] if (one["pack"], one["rule"]) == ("base", rule)]
    assert hit["hits"] == 2
    assert hit["last"]["decision_id"] == "d3"
    assert hit["last"]["at"].startswith("2025-06-15")
    assert {"pack": "base", "rule": rule} not in found["never"]
    assert len(found["never"]) == len(found["rules"]) - 1
    assert [(one["rule"], one["hits"]) for one in found["gone"]] == [("of_an_older_revision", 1)]
    assert found["erased"] == {"decisions": 1, "by_code": {"AGENCY_SUSPENDED": 1}}
