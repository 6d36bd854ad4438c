"""Where the Rego, its data and what is generated from them lie, and which of these files make up a revision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

POLICIES: Final = Path(__file__).resolve().parents[2] / "policies"
CAPABILITIES: Final = POLICIES / "capabilities.json"
REGO_FOLDERS: Final = ("decision", "lib", "packs")
SCENARIOS: Final = POLICIES.parent / "tests" / "scenarios"


def rego_files(policies: Path) -> list[Path]:
    """The modules of the decision, without their tests, in a fixed order."""
    return [path for path in written_files(policies) if not path.name.endswith("_test.rego")]


def written_files(policies: Path) -> list[Path]:
    """All Rego, tests among it, in a fixed order."""
    return sorted(path for folder in REGO_FOLDERS for path in (policies / folder).rglob("*.rego"))


def data_documents(policies: Path) -> dict[str, Any]:
    """Everything under `policies/data`: a folder's name is its key under `data`."""
    return {path.parent.name: json.loads(path.read_bytes()) for path in sorted(policies.glob("data/*/data.json"))}
