"""Data and what Rego says of it: a misspelt field is an error on either side.

OPA's type checker knows fields from schemas, but a schema of a map (an object whose keys are names of places, packs or
vendors) tells it nothing of the rows. The documents are at hand, so they are the schema: a reference into `data` must
lead somewhere in at least one row, and a row may have only fields that rows of that document had before or that some
rule speaks of.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.findings import Finding, line_of
from gateway.policy.ship import vocabulary_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.policy.tree import Tree
    from gateway.policy.workbench import Bench

_TEST: Final = "_test.rego"
# Documents that the gateway makes, and the packages, which OPA itself checks.
_NOT_LOOKED_INTO: Final = frozenset({"writgate", "applies", "rules", "revision", "holds"})
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def misspelt(bench: Bench, tree: Tree, before: Tree) -> list[Finding]:
    """References that lead nowhere, in the modules that changed or whose data did; and fields that nobody knows."""
    documents = tree.data | {"vocabulary": vocabulary_data()}
    data_changed = {
        path for path, content in tree.files.items() if path.startswith("data/") and content != before.files.get(path)
    }
    found = []
    for path, content in sorted(tree.rego.items()):
        if data_changed or before.files.get(path) != content:
            done = bench.opa("parse", "--format=json", "--json-include=locations", path)
            if done.status == 0:
                found += list(_references(path, json.loads(done.out), documents))
    return found + [fault for path in sorted(data_changed) for fault in _fields(path, tree, before)]


def _references(path: str, module: Any, documents: Mapping[str, Any]) -> Iterator[Finding]:
    seen: set[tuple[str, int | None]] = set()
    for ref, line in _refs(module, None):
        key = ref[1].get("value") if len(ref) > 1 and ref[1].get("type") == "string" else None
        if not isinstance(key, str) or key in _NOT_LOOKED_INTO:
            continue
        if key not in documents:
            sentence = f"There is no data document `{key}`{_meant(key, documents)}."
        else:
            sentence = _leads_nowhere(documents[key], ref)
        if sentence and (sentence, line) not in seen:
            seen.add((sentence, line))
            yield Finding("check", "DATA_UNDEFINED", sentence, path, line)


def _leads_nowhere(document: Any, ref: list[dict[str, Any]]) -> str:
    """Why no row of the document has what is asked for; nothing where one has, or where it cannot be known."""
    rows = [document]
    for position, part in enumerate(ref[2:], start=2):
        inner = [row for row in rows if isinstance(row, dict | list) and row]
        if not inner:
            return ""
        if part.get("type") != "string":
            rows = [child for row in inner for child in (row.values() if isinstance(row, dict) else row)]
            continue
        name = str(part["value"])
        rows = [row[name] for row in inner if isinstance(row, dict) and name in row]
        if not rows:
            known = {key for row in inner if isinstance(row, dict) for key in row}
            return f"`{_written(ref[: position + 1])}` leads nowhere: no row has `{name}`{_meant(name, known)}."
    return ""


def _fields(path: str, tree: Tree, before: Tree) -> Iterator[Finding]:
    """Fields of rows that no row had and no rule names."""
    key = path.split("/")[1]
    known = {name for row in _rows(before.data.get(key)) for name in row}
    if not known:
        return
    spoken = {word for content in tree.rego.values() for word in _NAME.findall(content.decode())}
    text = tree.files[path].decode()
    for name in sorted({name for row in _rows(tree.data[key]) for name in row} - known - spoken):
        sentence = f"No row of data.{key} had a field `{name}`, and no rule speaks of it{_meant(name, known)}."
        yield Finding("check", "DATA_FIELD_UNKNOWN", sentence, path, line_of(text, f'"{name}"'))


def _rows(document: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a map of rows; a document of another form has none."""
    if isinstance(document, dict) and document and all(isinstance(row, dict) for row in document.values()):
        yield from document.values()


def _refs(node: Any, line: int | None) -> Iterator[tuple[list[dict[str, Any]], int | None]]:
    """Every reference that begins with `data`, with the line on which it stands."""
    if isinstance(node, dict):
        place = node.get("location")
        line = place.get("row", line) if isinstance(place, dict) else line
        value = node.get("value")
        if node.get("type") == "ref" and isinstance(value, list) and value and value[0].get("value") == "data":
            yield value, line
        for child in node.values():
            yield from _refs(child, line)
    elif isinstance(node, list):
        for child in node:
            yield from _refs(child, line)


def _written(ref: list[dict[str, Any]]) -> str:
    return "data" + "".join(f".{part['value']}" if part.get("type") == "string" else "[_]" for part in ref[1:])


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean `{close[0]}`" if close else ""
