"""What policy is written as: Rego, its tests, its data and its scenario rows, by path below `policies`.

A tree is what a draft edits and what the checks read. Everything generated from it (`data.rules`, `data.vocabulary`,
`data.applies`, `decision/dispatch.rego`, annotations, module) is not in it, nor are the holds, which are no policy but
rows in force for a day. So two revisions of equal trees are the same policy, whatever their numbers: `sha256` says so.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.bundle import canonical
from gateway.policy.dispatch import DISPATCH
from gateway.policy.folder import POLICIES, REGO_FOLDERS, SCENARIOS, data_documents, written_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.policy.revisions import Revision

GENERATED_DATA: Final = frozenset({"applies", "rules", "vocabulary", "revision", "holds"})
LARGEST_FILE: Final = 4 * 1024 * 1024
MOST_FILES: Final = 2_000
_NAME: Final = "[a-z][a-z0-9_]{0,63}"
_PACK: Final = re.compile(rf"packs/{_NAME}/{_NAME}\.rego")
_DATA: Final = re.compile(rf"data/({_NAME})/data\.json")
_ROWS: Final = re.compile(rf"scenarios/{_NAME}\.json")
_PRODUCT: Final = re.compile(rf"(?:decision|lib(?:/{_NAME})+)/{_NAME}\.rego")
TEST: Final = "_test.rego"


@dataclass(frozen=True)
class Tree:
    """Path to content. `data/<key>/data.json` and `scenarios/<name>.json` are JSON; all else is Rego."""

    files: Mapping[str, bytes]

    @cached_property
    def sha256(self) -> str:
        """Of the meaning: JSON in one form whatever its spaces, Rego byte by byte."""
        return hashlib.sha256(canonical(self.digests)).hexdigest()

    @property
    def digests(self) -> dict[str, str]:
        """Path to SHA-256, likewise of the meaning."""
        return {path: hashlib.sha256(_meant(path, content)).hexdigest() for path, content in self.files.items()}

    @property
    def rego(self) -> dict[str, bytes]:
        """The modules that decide, without their tests."""
        return {path: text for path, text in self.files.items() if path.endswith(".rego") and not path.endswith(TEST)}

    @property
    def sources(self) -> dict[str, str]:
        """Tests and scenario rows: what decides nothing, and belongs to the policy all the same."""
        return {
            path: content.decode()
            for path, content in self.files.items()
            if path.endswith(TEST) or path.startswith("scenarios/")
        }

    @property
    def data(self) -> dict[str, Any]:
        return {
            found[1]: json.loads(content)
            for path, content in self.files.items()
            if (found := _DATA.fullmatch(path)) is not None
        }

    @property
    def packs(self) -> set[str]:
        return {path.split("/")[1] for path in self.rego if path.startswith("packs/")}

    def with_changes(self, changes: Mapping[str, bytes | None]) -> Tree:
        """This tree with files replaced and added, and without those that are None."""
        merged = {**self.files, **changes}
        return Tree({path: content for path, content in sorted(merged.items()) if content is not None})

    def changes_to(self, other: Tree) -> dict[str, bytes | None]:
        """What would have to be changed here to get `other`."""
        changed: dict[str, bytes | None] = {
            path: content
            for path, content in other.files.items()
            if path not in self.files or _meant(path, self.files[path]) != _meant(path, content)
        }
        return changed | dict.fromkeys(self.files.keys() - other.files.keys())

    def write(self, folder: Path) -> None:
        for path, content in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def shipped() -> Tree:
    """What came with this version of the product."""
    files = {str(path.relative_to(POLICIES)): path.read_bytes() for path in written_files(POLICIES)}
    del files[DISPATCH]
    files |= {
        f"data/{key}/data.json": pretty(value)
        for key, value in data_documents(POLICIES).items()
        if key not in GENERATED_DATA
    }
    files |= {f"scenarios/{path.name}": path.read_bytes() for path in sorted(SCENARIOS.glob("*.json"))}
    return Tree(dict(sorted(files.items())))


def of_revision(revision: Revision) -> Tree:
    """What a revision was written as. One from before revisions kept their tests has those that the product has."""
    files = {
        path: content
        for path, content in revision.rego.items()
        if path.split("/")[0] in REGO_FOLDERS and path != DISPATCH
    }
    files |= {
        f"data/{key}/data.json": pretty(value) for key, value in revision.data.items() if key not in GENERATED_DATA
    }
    sources = revision.sources
    if sources is None:
        sources = shipped().sources
    files |= {path: text.encode() for path, text in sources.items()}
    return Tree(dict(sorted(files.items())))


def fault_of_path(path: str, *, product: bool = False) -> str | None:
    """Why a draft may not have a file of this path; None where it may. `product`: a draft that an upgrade brought."""
    found = _DATA.fullmatch(path)
    if found and found[1] in GENERATED_DATA:
        return f"data.{found[1]} is made by the gateway and not written; see `policies/README.md`."
    if path == DISPATCH:
        return "decision/dispatch.rego is made by the gateway from the packs and not written."
    if found or _PACK.fullmatch(path) or _ROWS.fullmatch(path):
        return None
    if _PRODUCT.fullmatch(path):
        if product:
            return None
        return (
            "decision/ and lib/ say how packs are put together and belong to the product; a draft edits packs, data"
            " and scenario rows."
        )
    return (
        "A draft holds packs/<pack>/<name>.rego, data/<key>/data.json and scenarios/<name>.json, in lower case, digits"
        " and _."
    )


def fault_of_content(path: str, content: bytes) -> str | None:
    """Why this cannot be the content of the file; None where it can."""
    if len(content) > LARGEST_FILE:
        return f"The file is larger than {LARGEST_FILE // (1024 * 1024)} MiB."
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "The file is not UTF-8."
    if "\0" in text:
        return "The file holds U+0000."
    if path.endswith(".json"):
        try:
            parsed = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            return f"The file is not JSON: {error}."
        if path.startswith("data/") and not isinstance(parsed, dict | list):
            return "A data document is an object or a list."
    return None


def pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _meant(path: str, content: bytes) -> bytes:
    if not path.endswith(".json"):
        return content
    try:
        return canonical(json.loads(content))
    except ValueError:
        return content
