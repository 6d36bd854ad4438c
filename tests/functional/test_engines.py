"""Two engines, one answer: the shipped policy in WebAssembly and in a real OPA server give equal documents.

The corpus (`tests/corpus.py`) grows with the packs. It reaches every rule of the shipped revision; what only a row of
`data.holds` can reach, of which there is none to ship, is reached by the same revision with such rows.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from corpus import ROWS, grown, rules_of
from patience import PATIENCE_SECONDS

from gateway.policy import opa_program
from gateway.policy.folder import POLICIES
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.opa_engine import OpaEngine, opa_engine
from gateway.policy.revisions import Revision, build, build_shipped
from gateway.policy.scenarios import judge
from gateway.policy.wasm_engine import WasmEngine
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.policy.engine import PolicyEngine

    Engines = tuple[WasmEngine, OpaEngine]
    Rules = set[tuple[str, str]]

INPUTS = 5000
INPUTS_WITH_HOLDS = 300
HOLDS = {
    "missing-persons-paused": {"match": {"purpose": "locate_missing_person"}, "expires_at": 2**62},
    "lapsed": {"match": {"operation": "identify_1_to_n"}, "expires_at": 0},
}
HOLD_RULE = ("base", "policy_hold")


@contextmanager
def both(revision_of: Callable[[Settings], Revision]) -> Iterator[Engines]:
    if opa_program.find() is None:
        pytest.skip("needs the opa program")
    with tempfile.TemporaryDirectory(prefix="wg-") as folder:
        settings = Settings(home=Path(folder), policy_engine="opa", web_threads=2)
        create_keys(settings.keys)
        revision = revision_of(settings)
        wasm = WasmEngine(revision, instances=1, deadline_seconds=PATIENCE_SECONDS)
        opa = opa_engine(revision, settings, timeout=PATIENCE_SECONDS)
        yield wasm, opa
        wasm.close()
        opa.close()


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with both(lambda settings: build_shipped(settings.keys)) as pair:
        yield pair


def with_holds(settings: Settings) -> Revision:
    policies = settings.home / "policies"
    shutil.copytree(POLICIES, policies)
    (policies / "data" / "holds" / "data.json").write_text(json.dumps(HOLDS))
    return build(2, policies=policies, key=signing_key(settings.keys))


def compare(engines: Engines, inputs: int, *, unreachable: frozenset[tuple[str, str]]) -> tuple[float, Rules]:
    """The share of permits, and the rules that spoke; that both engines say the same is asserted."""
    wasm, opa = engines
    corpus = grown(wasm, wasm.source, inputs, unreachable=unreachable)
    differences = []
    for document in corpus.documents:
        first, second = wasm.decide(document), opa.decide(document)
        if json.dumps(first.document(), sort_keys=True) != json.dumps(second.document(), sort_keys=True):
            differences.append((document, first, second))
    rules = rules_of(wasm.source)
    print(  # noqa: T201 - the figures of the corpus
        f"\n{len(corpus.documents)} inputs, {corpus.permits} permitted; {len(corpus.reached & rules.keys())} of"
        f" {len(rules)} rules reached; {len(differences)} differences"
    )
    assert differences == []
    return corpus.permits / len(corpus.documents), corpus.reached


@pytest.mark.opa
def test_both_engines_give_equal_documents_whichever_rule_speaks(engines: Engines) -> None:
    permits, reached = compare(engines, INPUTS, unreachable=frozenset({HOLD_RULE}))
    assert 1 / 10 < permits < 9 / 10, "the corpus reaches permits and denials"
    rules = rules_of(engines[0].source)
    assert rules.keys() - reached == {HOLD_RULE}, "every rule speaks at least once"
    assert reached - rules.keys() == set(), "an engine's error has no rule"
    codes = {words["code"] for words in rules.values()}
    assert codes - {rules[rule]["code"] for rule in reached} == {"POLICY_HOLD"}, "and so does every code"


@pytest.mark.opa
def test_both_engines_give_equal_documents_where_policy_is_held() -> None:
    with both(with_holds) as engines:
        permits, reached = compare(engines, INPUTS_WITH_HOLDS, unreachable=frozenset(rules_of(engines[0].source)))
    assert permits
    assert HOLD_RULE in reached


@pytest.mark.opa
@pytest.mark.parametrize("position", [0, 1], ids=["wasm", "opa"])
def test_each_engine_answers_every_scenario_as_the_law_does(engines: Engines, position: int) -> None:
    engine: PolicyEngine = engines[position]
    assert [verdict.failure() for verdict in judge(engine, ROWS) if not verdict.right] == []
