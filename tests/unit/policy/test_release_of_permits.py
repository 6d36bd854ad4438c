"""What a pack admits it lets out: a search that was permitted is not made for a result that nobody may ever see.

Asked of every permitted row of the scenarios, with two examiners who agree. Enrolments have no result to release.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.policy.input_document import from_scenario
from gateway.policy.revisions import build_shipped
from gateway.policy.scenarios import read_rows
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.json"))
SEARCHES = frozenset({"identify_1_to_n", "verify_1_to_1"})
# A company verifies people for another body: that the body is told is a disclosure, which has a rule of its own.
REFUSED_BY_A_RULE_OF_DISCLOSURE = frozenset({"ILX-035"})


@pytest.fixture(scope="module")
def shipped(policy_keys: Path) -> Iterator[WasmEngine]:
    engine = WasmEngine(build_shipped(policy_keys), instances=1)
    yield engine
    engine.close()


def released(document: dict[str, Any]) -> dict[str, Any]:
    return document | {
        "operation": "release_result",
        "search": {"operation": document["operation"], "candidates": 1, "warnings": []},
        "verification": {"independent_verifiers": 2},
    }


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_permitted_search_can_be_released(shipped: WasmEngine, path: Path) -> None:
    withheld = {}
    for row in read_rows(path):
        document = from_scenario(row)
        if document["operation"] not in SEARCHES or not shipped.decide(document).permit:
            continue
        decision = shipped.decide(released(document))
        if not decision.permit:
            withheld[row["id"]] = decision.codes
    assert not withheld.keys() - REFUSED_BY_A_RULE_OF_DISCLOSURE, withheld
