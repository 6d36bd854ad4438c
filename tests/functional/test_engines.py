"""Two engines, one answer: the shipped policy in WebAssembly and in a real OPA server give equal documents.

The corpus is made from the scenario rows by a seeded generator: each input changes up to four facts of a row, to values
that other rows have in the same place, to null, or by leaving the fact out.
"""

from __future__ import annotations

import copy
import json
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.policy import opa_program
from gateway.policy.input_document import from_scenario
from gateway.policy.keys import create_keys
from gateway.policy.opa_engine import OpaEngine, opa_engine
from gateway.policy.revisions import build_shipped
from gateway.policy.scenarios import judge, read_rows
from gateway.policy.wasm_engine import WasmEngine
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.policy.engine import PolicyEngine

SEED = 20261123
INPUTS = 600
ROWS = [
    row
    for path in sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
    for row in read_rows(path)
]  # fmt: skip


@pytest.fixture(scope="module")
def engines() -> Iterator[tuple[WasmEngine, OpaEngine]]:
    if opa_program.find() is None:
        pytest.skip("needs the opa program")
    with tempfile.TemporaryDirectory(prefix="wg-") as folder:
        settings = Settings(home=Path(folder), policy_engine="opa", web_threads=2)
        create_keys(settings.keys)
        revision = build_shipped(settings.keys)
        wasm, opa = WasmEngine(revision, instances=1), opa_engine(revision, settings)
        yield wasm, opa
        wasm.close()
        opa.close()


@pytest.mark.opa
def test_both_engines_give_equal_documents(engines: tuple[WasmEngine, OpaEngine]) -> None:
    differences = []
    permits = 0
    codes: set[str] = set()
    for document in corpus(INPUTS):
        first, second = (engine.decide(document) for engine in engines)
        permits += first.permit
        codes |= set(first.codes)
        if json.dumps(first.document(), sort_keys=True) != json.dumps(second.document(), sort_keys=True):
            differences.append((document, first, second))
    assert differences == []
    assert INPUTS / 10 < permits < INPUTS * 9 / 10, "the corpus reaches permits and denials"
    assert "ENGINE_ERROR" not in codes
    assert len(codes) > 30, "the corpus reaches most reason codes"


@pytest.mark.opa
@pytest.mark.parametrize("position", [0, 1], ids=["wasm", "opa"])
def test_each_engine_answers_every_scenario_as_the_law_does(
    engines: tuple[WasmEngine, OpaEngine], position: int
) -> None:
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
