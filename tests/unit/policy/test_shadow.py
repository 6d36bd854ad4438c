"""A sample of the decisions is asked of a second engine; a difference is an alarm, and no caller waits for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from gateway.policy import opa_program
from gateway.policy.folder import POLICIES
from gateway.policy.input_document import from_scenario
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.live import NoEngine, make_engine
from gateway.policy.revisions import Revision, build
from gateway.policy.scenarios import read_rows
from gateway.policy.shadow import ShadowedEngine
from gateway.policy.wasm_engine import WasmEngine
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.policy.engine import PolicyEngine

DOCUMENTS = [from_scenario(row) for row in read_rows(Path(__file__).parents[2] / "scenarios" / "us_wa.json")[:20]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    create_keys(settings.keys)
    return settings


@pytest.fixture(scope="module")
def shipped(home: Settings) -> Revision:
    return build(1, policies=POLICIES, key=signing_key(home.keys))


@pytest.fixture(scope="module")
def stricter(home: Settings) -> Revision:
    """The same number, and a row that denies everything: what a corrupted second node would hold."""
    policies = home.home / "policies"
    shutil.copytree(POLICIES, policies)
    (policies / "data" / "holds" / "data.json").write_text(json.dumps({"all": {"match": {}, "expires_at": 2**62}}))
    return build(1, policies=policies, key=signing_key(home.keys))


def shadowed(first: Revision, second: PolicyEngine, *, share: float) -> ShadowedEngine:
    return ShadowedEngine(WasmEngine(first, instances=1), second, share=share)


def test_equal_engines_raise_no_alarm(shipped: Revision) -> None:
    engine = shadowed(shipped, WasmEngine(shipped, instances=1), share=1)
    with structlog.testing.capture_logs() as logs:
        for document in DOCUMENTS:
            engine.decide(document)
        engine.settle()
    engine.close()
    assert logs == []
    assert engine.counts == {"compared": len(DOCUMENTS), "differed": 0, "unanswered": 0, "left_out": 0}


def test_a_difference_is_an_alarm_that_says_nothing_of_the_question(shipped: Revision, stricter: Revision) -> None:
    engine, alone = shadowed(shipped, WasmEngine(stricter, instances=1), share=1), WasmEngine(shipped, instances=1)
    with structlog.testing.capture_logs() as logs:
        decisions = [engine.decide(document) for document in DOCUMENTS]
        engine.settle()
    engine.close()
    assert decisions == [alone.decide(document) for document in DOCUMENTS], "the first engine's word stands"
    alone.close()
    assert engine.counts["differed"] == len(DOCUMENTS)
    assert {(line["event"], line["log_level"]) for line in logs} == {("policy.engines_differ", "critical")}
    assert all("base.policy_hold" in line["rules"] for line in logs)
    assert "locate" not in json.dumps(logs)


def test_a_second_engine_without_an_answer_is_counted_apart(shipped: Revision) -> None:
    engine = shadowed(shipped, NoEngine(1, name="opa"), share=1)
    with structlog.testing.capture_logs() as logs:
        assert "ENGINE_ERROR" not in engine.decide(DOCUMENTS[0]).codes
        engine.settle()
    engine.close()
    assert [line["event"] for line in logs] == ["policy.shadow_unanswered"]
    assert (engine.counts["unanswered"], engine.counts["compared"]) == (1, 0)


def test_without_a_share_nobody_else_is_asked(shipped: Revision, home: Settings) -> None:
    engine = shadowed(shipped, NoEngine(1, name="opa"), share=0)
    engine.decide(DOCUMENTS[0])
    engine.settle()
    engine.close()
    assert engine.counts.total() == 0
    plain = make_engine(shipped, home)
    assert isinstance(plain, WasmEngine)
    plain.close()


@pytest.mark.opa
def test_the_settings_put_a_real_opa_in_the_shadow(shipped: Revision, home: Settings) -> None:
    assert opa_program.find() is not None
    engine = make_engine(shipped, home.model_copy(update={"shadow_share": 1.0}))
    assert isinstance(engine, ShadowedEngine)
    assert engine.name == "wasm"
    for document in DOCUMENTS:
        engine.decide(document)
    engine.settle()
    engine.close()
    assert engine.counts == {"compared": len(DOCUMENTS), "differed": 0, "unanswered": 0, "left_out": 0}
