"""A revision small enough to read in one glance (`tiny/`), and the keys that sign it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.policy.keys import create_keys, signing_key
from gateway.policy.revisions import Revision, build
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

TINY = Path(__file__).parent / "tiny"
NOW = 1_750_000_000_000_000_000


@pytest.fixture(scope="session")
def policy_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return folder


@pytest.fixture(scope="session")
def tiny(policy_keys: Path) -> Revision:
    return build(7, policies=TINY, key=signing_key(policy_keys))


@pytest.fixture(scope="session")
def tiny_folder() -> Path:
    return TINY


@pytest.fixture
def engine(tiny: Revision) -> Iterator[WasmEngine]:
    engine = WasmEngine(tiny, instances=2)
    yield engine
    engine.close()


@pytest.fixture
def permitted() -> dict[str, Any]:
    """A request that the tiny policy permits."""
    return {
        "now": NOW,
        "agency": {"status": "active"},
        "operation": "identify_1_to_n",
        "purpose": "locate_missing_person",
        "contract": {"id": "c1", "valid_from": NOW - 1, "valid_to": NOW + 1},
    }
