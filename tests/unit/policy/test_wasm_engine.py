"""The WebAssembly engine decides as the Rego says, from any thread, and forgets what it was asked before."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from patience import PATIENCE_SECONDS

from gateway.policy.decision import Decision
from gateway.policy.wasm_engine import WasmEngine


def test_what_is_shown_is_permitted_with_its_reasons_and_duties(engine: WasmEngine, permitted: dict[str, Any]) -> None:
    decision = engine.decide(permitted)
    assert decision.permit
    assert decision.revision == 7
    assert decision.packs == ("base", "contract")
    assert [(reason.code, dict(reason.parameters)) for reason in decision.reasons] == [
        ("PURPOSE_PERMITTED", {"purpose": "locate_missing_person"}),
        ("CONTRACT_IN_FORCE", {"id": "c1"}),
    ]
    assert [(duty.code, duty.due) for duty in decision.obligations] == [("LEAD_ONLY", None)]


def test_a_denial_carries_its_reasons_and_its_own_duties(engine: WasmEngine, permitted: dict[str, Any]) -> None:
    decision = engine.decide(permitted | {"agency": {"status": "suspended"}})
    assert not decision.permit
    assert decision.codes == ("AGENCY_SUSPENDED",)
    due = permitted["now"] + 86_400 * 10**9
    assert ("LOG_DENIED_ATTEMPT", due) in [(duty.code, duty.due) for duty in decision.obligations]


@pytest.mark.parametrize("missing", ["agency", "contract", "purpose"])
def test_a_fact_that_is_missing_never_helps(engine: WasmEngine, permitted: dict[str, Any], missing: str) -> None:
    del permitted[missing]
    assert not engine.decide(permitted).permit


def test_an_answer_does_not_depend_on_what_was_asked_before(engine: WasmEngine, permitted: dict[str, Any]) -> None:
    first = engine.decide(permitted)
    for size in (1, 10_000, 300_000, 3, 70_000):
        other = engine.decide(permitted | {"agency": {"status": "x" * size}})
        assert other.reasons[0].parameters == {"status": "x" * size}
        assert engine.decide(permitted) == first


def test_many_threads_share_an_engine_and_each_gets_its_own_answer(
    engine: WasmEngine, permitted: dict[str, Any]
) -> None:
    """Two instances for eight threads; on a busy machine one waits for longer than a request would."""
    patient = WasmEngine(engine.source, instances=2, deadline_seconds=PATIENCE_SECONDS)

    def ask(number: int) -> Decision:
        return patient.decide(permitted | {"contract": permitted["contract"] | {"id": f"c{number}"}})

    with closing(patient), ThreadPoolExecutor(8) as pool:
        decisions = list(pool.map(ask, range(400)))
    assert [decision.reasons[1].parameters["id"] for decision in decisions] == [f"c{n}" for n in range(400)]


@pytest.mark.parametrize(
    "document",
    [{"now": float("nan")}, {"now": object()}, {"now": "\ud800"}, {("a",): 1}],
    ids=["not a number", "no JSON type", "half a character", "no JSON key"],
)
def test_a_document_that_is_no_json_is_an_engine_error(engine: WasmEngine, document: dict[str, Any]) -> None:
    assert engine.decide(document).codes == ("ENGINE_ERROR",)


def test_a_closed_engine_denies(engine: WasmEngine, permitted: dict[str, Any]) -> None:
    engine.close()
    assert engine.decide(permitted) == Decision.error(7)


def test_an_engine_that_is_let_go_leaves_nothing_that_warns(engine: WasmEngine) -> None:
    engine.close()
    del engine
    gc.collect()
