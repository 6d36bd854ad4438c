"""Two engines, one answer: the shipped policy in WebAssembly and in a real OPA server give equal documents.

The corpus is made from the scenario rows by a seeded generator: each input changes up to four facts of a row, to values
that other rows have in the same place, to null, or by leaving the fact out, and sometimes says that the caller declared
one. It reaches every rule of the shipped revision; what only a row of `data.holds` can reach, of which there is none to
ship, is reached by the same revision with such rows.
"""

from __future__ import annotations

import copy
import json
import random
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.policy import opa_program
from gateway.policy.folder import POLICIES
from gateway.policy.input_document import from_scenario
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.opa_engine import OpaEngine, opa_engine
from gateway.policy.revisions import Revision, build, build_shipped
from gateway.policy.scenarios import judge, read_rows
from gateway.policy.wasm_engine import WasmEngine
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.policy.engine import PolicyEngine

    Engines = tuple[WasmEngine, OpaEngine]
    Rules = set[tuple[str, str]]

SEED = 20261123
INPUTS = 5000
INPUTS_WITH_HOLDS = 300
HOLDS = {
    "missing-persons-paused": {"match": {"purpose": "locate_missing_person"}, "expires_at": 2**62},
    "lapsed": {"match": {"operation": "identify_1_to_n"}, "expires_at": 0},
}
DECLARED_SHARE = 0.05
HOLD_RULE = ("base", "policy_hold")
ROWS = [
    row
    for path in sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
    for row in read_rows(path)
]  # fmt: skip


@contextmanager
def both(revision_of: Callable[[Settings], Revision]) -> Iterator[Engines]:
    if opa_program.find() is None:
        pytest.skip("needs the opa program")
    with tempfile.TemporaryDirectory(prefix="wg-") as folder:
        settings = Settings(home=Path(folder), policy_engine="opa", web_threads=2)
        create_keys(settings.keys)
        revision = revision_of(settings)
        wasm, opa = WasmEngine(revision, instances=1), opa_engine(revision, settings)
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


def compare(engines: Engines, inputs: int) -> tuple[int, Rules]:
    """How many of the inputs were permitted, and the rules that spoke; that both engines say the same is asserted."""
    differences = []
    permits = 0
    reached: Rules = set()
    for document in corpus(inputs):
        first, second = (engine.decide(document) for engine in engines)
        permits += first.permit
        reached |= {(reason.pack, reason.rule) for reason in first.reasons}
        reached |= {(obligation.pack, obligation.rule) for obligation in first.obligations}
        if json.dumps(first.document(), sort_keys=True) != json.dumps(second.document(), sort_keys=True):
            differences.append((document, first, second))
    assert differences == []
    return permits, reached


@pytest.mark.opa
def test_both_engines_give_equal_documents_whichever_rule_speaks(engines: Engines) -> None:
    permits, reached = compare(engines, INPUTS)
    assert INPUTS / 10 < permits < INPUTS * 9 / 10, "the corpus reaches permits and denials"
    annotations = engines[0].source.annotations
    rules = {(pack, rule): words["code"] for pack, of_pack in annotations.items() for rule, words in of_pack.items()}
    assert set(rules) - reached == {HOLD_RULE}, "every rule speaks at least once"
    assert reached - set(rules) == set(), "an engine's error has no rule"
    assert set(rules.values()) - {rules[rule] for rule in reached} == {"POLICY_HOLD"}, "and so does every code"


@pytest.mark.opa
def test_both_engines_give_equal_documents_where_policy_is_held() -> None:
    with both(with_holds) as engines:
        permits, reached = compare(engines, INPUTS_WITH_HOLDS)
    assert permits
    assert HOLD_RULE in reached


@pytest.mark.opa
@pytest.mark.parametrize("position", [0, 1], ids=["wasm", "opa"])
def test_each_engine_answers_every_scenario_as_the_law_does(engines: Engines, position: int) -> None:
    engine: PolicyEngine = engines[position]
    assert [verdict.failure() for verdict in judge(engine, ROWS) if not verdict.right] == []


def corpus(size: int) -> Iterator[dict[str, Any]]:
    """`size` input documents, the same in every run."""
    chance = random.Random(SEED)  # noqa: S311 - variety, not secrecy
    documents = [from_scenario(row) for row in ROWS]
    values: dict[tuple[str, ...], list[Any]] = {}
    for document in documents:
        for path, value in _facts(document):
            seen = values.setdefault(path, [])
            if value not in seen:
                seen.append(value)
    for number in range(size):
        document = copy.deepcopy(documents[number % len(documents)])
        for path in chance.sample(sorted(values), chance.randint(0, 4)):
            _change(document, path, chance.choice([*values[path], None, _ABSENT]))
        if chance.random() < DECLARED_SHARE and isinstance(document.get("origins"), dict):
            declared = chance.choice(sorted(values))
            document["origins"][".".join(declared)] = "declared"
        yield document


_ABSENT = object()


def _facts(document: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in document.items():
        yield (*path, name), value
        if isinstance(value, dict):
            yield from _facts(value, (*path, name))


def _change(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    *parents, name = path
    place: Any = document
    for parent in parents:
        place = place.get(parent)
        if not isinstance(place, dict):
            return
    if value is _ABSENT:
        place.pop(name, None)
    else:
        place[name] = copy.deepcopy(value)
