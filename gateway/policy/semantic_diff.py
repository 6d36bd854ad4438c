"""What changed between two revisions, in the words of the law instead of the lines of the files; and those too.

Rules are compared by their annotations (added, removed, other code, dates, words) and by their text; data by its
values, of which the numbers are thresholds. Packs are compared by whom they apply to. `text_diff` is the usual diff.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.policy.revisions import Revision

_DATES: Final = ("effective_from", "effective_to")
_WORDS: Final = ("title", "description", "citation", "source", "confidence", "counsel_review", "sentence", "remedy")
_BRIEF: Final = ("kind", "code", "title", "citation", "effective_from", "effective_to")
# Made from annotations and vocabulary, so what they say is said already; or no policy.
_GENERATED: Final = frozenset({"rules", "vocabulary", "revision", "applies"})
_HEAD: Final = re.compile(r'^(?:denials|grants|obligations)(?:\["(?P<quoted>\w+)"\]|\.(?P<plain>\w+))')
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")


def semantic_diff(before: Revision, after: Revision) -> dict[str, Any]:
    """{packs, rules: {added, removed, changed}, data, thresholds, modules}.

    A changed rule names what changed: `code`, `dates`, `words`, `conditions`, and `numbers` that stand in its text. A
    module that changed outside its rules (a helper, an import) is listed, with the packs that lie beside it.
    """
    first, second = before.annotations, after.annotations
    texts = [_rules_of(revision) for revision in (before, after)]
    changed = list(_changed(first, second, *texts))
    data = list(_data(_of(before), _of(after)))
    return {
        "from": {"number": before.number, "sha256": before.sha256},
        "to": {"number": after.number, "sha256": after.sha256},
        "packs": {
            "added": sorted(second.keys() - first.keys()),
            "removed": sorted(first.keys() - second.keys()),
        },
        "rules": {
            "added": [_brief(second, *key) for key in sorted(_keys(second) - _keys(first))],
            "removed": [_brief(first, *key) for key in sorted(_keys(first) - _keys(second))],
            "changed": changed,
        },
        "data": data,
        "thresholds": [
            *(item for item in data if _is_number(item["from"]) or _is_number(item["to"])),
            *(
                {"pack": rule["pack"], "rule": rule["rule"], **rule["numbers"]}
                for rule in changed
                if rule.get("numbers")
            ),
        ],
        "modules": _modules(before, after),
    }


def text_diff(before: Revision, after: Revision) -> str:
    """A unified diff of Rego and data, file by file."""
    first, second = _files(before), _files(after)
    lines: list[str] = []
    for name in sorted(first.keys() | second.keys()):
        old, new = first.get(name, ""), second.get(name, "")
        if old != new:
            lines += difflib.unified_diff(
                old.splitlines(),
                new.splitlines(),
                name if old else "/dev/null",
                name if new else "/dev/null",
                lineterm="",
            )
    return "\n".join(lines) + ("\n" if lines else "")


def _changed(
    first: Mapping[str, Any], second: Mapping[str, Any], old: Mapping[Any, str], new: Mapping[Any, str]
) -> Iterator[dict[str, Any]]:
    for pack, rule in sorted(_keys(first) & _keys(second)):
        a, b = first[pack][rule], second[pack][rule]
        found: dict[str, Any] = {
            name: {"from": a[name], "to": b[name]} for name in ("kind", "code") if a[name] != b[name]
        }
        dates = {name: {"from": a[name], "to": b[name]} for name in _DATES if a[name] != b[name]}
        words = {name: {"from": a[name], "to": b[name]} for name in _WORDS if a[name] != b[name]}
        found |= {"dates": dates} if dates else {}
        found |= {"words": words} if words else {}
        texts = old.get((pack, rule), ""), new.get((pack, rule), "")
        if texts[0] != texts[1]:
            found["conditions"] = {"from": texts[0], "to": texts[1]}
            numbers = [_NUMBER.findall(text) for text in texts]
            if numbers[0] != numbers[1]:
                found["numbers"] = {"from": numbers[0], "to": numbers[1]}
        if found:
            yield {"pack": pack, "rule": rule, "title": b["title"], "citation": b["citation"], **found}


def _data(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Each value that is other, by its path; what is only on one side is compared with null."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            if not path and name in _GENERATED:
                continue
            yield from _data(before.get(name), after.get(name), (*path, name))
    elif before != after:
        yield {"path": ".".join(path), "from": before, "to": after}


def _modules(before: Revision, after: Revision) -> list[dict[str, str]]:
    """Files that were added, removed or changed."""
    old, new = before.rego, after.rego
    found = []
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            change = "added" if name not in old else "removed" if name not in new else "changed"
            found.append({"file": name, "change": change})
    return found


def _rules_of(revision: Revision) -> dict[tuple[str, str], str]:
    """(pack, rule) to the text of its bodies, without comments: all statements that begin with its head."""
    found: dict[tuple[str, str], str] = {}
    for name, content in revision.rego.items():
        if not name.startswith("packs/"):
            continue
        pack = name.split("/")[1]
        for statement in _statements(content.decode()):
            head = _HEAD.match(statement)
            if head:
                key = pack, head["quoted"] or head["plain"]
                found[key] = f"{found[key]}\n\n{statement}" if key in found else statement
    return found


def _statements(text: str) -> Iterator[str]:
    """The rules of a module as `opa fmt` writes them: each begins in the first column and ends before the next."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if lines and not line.startswith((" ", "\t", "}", ")", "]")):
            yield "\n".join(lines)
            lines = []
        lines.append(line)
    if lines:
        yield "\n".join(lines)


def _files(revision: Revision) -> dict[str, str]:
    rego = {name: content.decode() for name, content in revision.rego.items()}
    data = {
        f"data/{name}/data.json": json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
        for name, value in revision.data.items()
        if name not in _GENERATED
    }
    return rego | data


def _of(revision: Revision) -> dict[str, Any]:
    return revision.data


def _keys(annotations: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    return {(pack, rule) for pack, rules in annotations.items() for rule in rules}


def _brief(annotations: Mapping[str, Any], pack: str, rule: str) -> dict[str, Any]:
    return {"pack": pack, "rule": rule, **{name: annotations[pack][rule][name] for name in _BRIEF}}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
