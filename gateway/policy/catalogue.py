"""`python -m gateway.policy.catalogue`: writes `docs/policies/`, one page for each pack, from the annotations.

The words stand once, above the rule; these pages repeat them for people who do not read Rego. With `--check` nothing is
written, and it fails if anything would change; a test does the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.folder import POLICIES, data_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDER: Final = POLICIES.parent / "docs" / "policies"
INDEX: Final = "README.md"
_KINDS: Final = {
    "denial": ("What it refuses", "Refuses when it speaks."),
    "grant": ("What it permits", "Permits where nothing refuses."),
    "obligation": ("What it asks for", "Comes with the decision."),
}
_INTRODUCTION: Final = (
    "Each pack is one law, ordinance, settlement, vendor's terms, or the contract. A request is judged by every pack"
    " that applies: any refusal refuses, duties add up. These pages are made from the annotations of the rules by"
    " `python -m gateway.policy.catalogue`."
)
_CONFIDENCE: Final = (
    "Confidence: A, read in the official text; B and lower, from a secondary source; P, the product's own policy. No"
    " rule was reviewed by counsel unless it says so."
)


def pages(policies: Path = POLICIES) -> dict[str, str]:
    """File name to Markdown, from the annotations that were shipped last."""
    annotations = json.loads((policies / "shipped" / "annotations.json").read_bytes())
    data = data_documents(policies)
    found = {f"{pack}.md": _page(pack, rules, data) for pack, rules in sorted(annotations.items())}
    return {INDEX: _index(annotations, data), **found}


def stale(folder: Path = FOLDER, policies: Path = POLICIES) -> list[str]:
    """Pages that are missing, not as they would be written now, or of no pack."""
    wanted = pages(policies)
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path = FOLDER, policies: Path = POLICIES) -> list[str]:
    """Writes what is stale, removes what is of no pack, and returns their names."""
    wanted, changed = pages(policies), stale(folder, policies)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def _index(annotations: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any]) -> str:
    lines = [
        "# Policies",
        "",
        _INTRODUCTION,
        "",
        _CONFIDENCE,
        "",
        "| pack | applies to | refuses | permits | asks for |",
        "|---|---|---:|---:|---:|",
    ]
    for pack, rules in sorted(annotations.items()):
        counts = [sum(words["kind"] == kind for words in rules.values()) for kind in _KINDS]
        lines.append(f"| [{pack}]({pack}.md) | {_applies(pack, data)} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines) + "\n"


def _page(pack: str, rules: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any]) -> str:
    lines = [f"# {pack}", "", f"Applies to: {_applies(pack, data)}.", ""]
    for kind, (heading, what) in _KINDS.items():
        of_kind = {rule: words for rule, words in rules.items() if words["kind"] == kind}
        if of_kind:
            lines += [f"## {heading}", "", what, ""]
            for rule, words in of_kind.items():
                lines += _rule(rule, words)
    return "\n".join(lines).rstrip() + "\n"


def _rule(rule: str, words: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {words['title']}"
    yield ""
    yield _one_line(words["description"])
    yield ""
    yield f"- rule `{rule}`, code `{words['code']}`"
    yield f"- citation: {words['citation']} ({words['source']}; confidence {words['confidence']},"
    yield f"  counsel review: {words['counsel_review']})"
    yield f"- {_in_force(words)}"
    yield f"- says: {_one_line(words['sentence'])}"
    if words["remedy"]:
        yield f"- what to do: {_one_line(words['remedy'])}"
    yield ""


def _applies(pack: str, data: Mapping[str, Any]) -> str:
    when = data.get("packs", {}).get(pack)
    if when is None:
        return "where a contract names it"
    if when.get("always"):
        return "every request"
    places = data.get("jurisdictions", {})
    named = [places.get(place, {}).get("name", place) for place in when.get("jurisdictions") or ()]
    vendors = [f"the engine of {vendor}" for vendor in when.get("vendors") or ()]
    return ", ".join((*named, *vendors)) or "where a contract names it"


def _in_force(words: Mapping[str, Any]) -> str:
    since = words["effective_from"]
    begun = "in force without a beginning" if since.startswith("1970-01-01") else f"in force from {since}"
    return begun if words["effective_to"] is None else f"{begun} up to {words['effective_to']}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway.policy.catalogue", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something would change")
    check = parser.parse_args(arguments).check
    changed = stale() if check else write()
    for name in changed:
        print(f"{'stale' if check else 'wrote'} docs/policies/{name}", file=sys.stderr)  # noqa: T201 - a command
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
