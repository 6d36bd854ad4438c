"""The METADATA above each rule, read by OPA itself, checked, and turned into the documents that the product needs.

One annotation is the only place where a rule's words live: its code, sentence, citation, remedy and dates. From it come
`annotations.json` (what the edge renders), `data.rules` (what the Rego consults for effective dates), documentation and
console. A rule without a complete annotation cannot be shipped.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gateway.policy.render import placeholders
from gateway.vocabulary import OBLIGATIONS, REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

Annotations: TypeAlias = "dict[str, dict[str, dict[str, Any]]]"
"""{pack: {rule: {kind, title, description, code, citation, ...}}}"""

KINDS: Final = {"denials": "denial", "grants": "grant", "obligations": "obligation"}
_TEXTS: Final = ("code", "citation", "source", "confidence", "counsel_review", "sentence", "remedy")
_NS: Final = 1_000_000_000
_RULE_PATH: Final = 6  # data.writgate.packs.<pack>.<kind>.<rule>


@dataclass(frozen=True, slots=True)
class AnnotationFault:
    """What is wrong with the words of one rule, and where they stand."""

    file: str
    line: int
    code: str
    sentence: str


class AnnotationError(Exception):
    """One or more rules are not annotated as they must be; the message lists all of them, and so does `faults`."""

    def __init__(self, message: str, faults: Sequence[AnnotationFault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


def inspect(policies: Path, *, opa: Path, paths: Iterable[str]) -> list[dict[str, Any]]:
    """OPA's own list of annotations (`opa inspect -a`) of the given folders below `policies`.

    Raises:
        AnnotationError: OPA could not read them; its words are in the message.
    """
    found: list[dict[str, Any]] = []
    for path in paths:
        done = subprocess.run(
            [str(opa), "inspect", "-a", "-f", "json", path],
            cwd=policies, env={}, capture_output=True, check=False, text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise AnnotationError(f"opa inspect {path}: {done.stderr.strip() or done.stdout.strip()}")
        found += json.loads(done.stdout).get("annotations") or []
    return found


def collect(inspected: Iterable[Mapping[str, Any]]) -> Annotations:
    """The annotations of every rule of every pack, complete and checked.

    Raises:
        AnnotationError: with one line for each fault.
    """
    packs: Annotations = {}
    faults: list[str] = []
    listed: list[AnnotationFault] = []
    for item in inspected:
        path = [step["value"] for step in item["path"]]
        if item["location"]["file"].endswith("_test.rego") or path[:3] != ["data", "writgate", "packs"]:
            continue
        if len(path) != _RULE_PATH or path[4] not in KINDS:
            continue
        pack, kind, rule = path[3], KINDS[path[4]], path[5]
        entry = _entry(kind, item["annotations"])
        location = item["location"]
        where = f"{location['file']}:{location['row']} {pack}.{path[4]}.{rule}"
        named = f"The rule {pack}.{path[4]}.{rule}"
        for fault in _faults(entry):
            faults.append(f"{where}: {fault}")
            listed.append(AnnotationFault(location["file"], location["row"], _code_of(fault), f"{named}: {fault}."))
        known = packs.setdefault(pack, {}).get(rule)
        if known is not None and known != entry:
            faults.append(f"{where}: the name is taken by another rule of this pack")
            sentence = f"{named}: the name is taken by another rule of this pack."
            listed.append(AnnotationFault(location["file"], location["row"], "NAME_TAKEN", sentence))
        packs[pack][rule] = entry
    if faults:
        raise AnnotationError("\n".join(faults), listed)
    return {pack: dict(sorted(rules.items())) for pack, rules in sorted(packs.items())}


def rules_data(annotations: Annotations) -> dict[str, dict[str, dict[str, Any]]]:
    """`data.rules`: {pack: {rule: {kind, code, effective_from, effective_to}}}, times in nanoseconds."""
    return {
        pack: {
            rule: {
                "kind": entry["kind"],
                "code": entry["code"],
                "effective_from": midnight(entry["effective_from"]),
                "effective_to": None if entry["effective_to"] is None else midnight(entry["effective_to"]),
            }
            for rule, entry in rules.items()
        }
        for pack, rules in annotations.items()
    }


def kinds(annotations: Annotations) -> dict[tuple[str, str], tuple[str, str]]:
    """(pack, rule) to (kind, code): what `gateway.policy.decision.parse` checks an answer against."""
    return {
        (pack, rule): (entry["kind"], entry["code"])
        for pack, rules in annotations.items()
        for rule, entry in rules.items()
    }


def midnight(date: str) -> int:
    """The instant at which a date begins, UTC, in nanoseconds. A rule is effective from `effective_from` up to, not
    including, the beginning of `effective_to`.

    Raises:
        ValueError: not a date of the form 2021-07-01.
    """
    day = datetime.strptime(date[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    return int(day.timestamp()) * _NS


def _entry(kind: str, annotation: Mapping[str, Any]) -> dict[str, Any]:
    custom = annotation.get("custom", {})
    entry = {"kind": kind, "title": annotation.get("title"), "description": annotation.get("description")}
    entry |= {name: custom.get(name) for name in _TEXTS}
    return entry | {name: custom.get(name) for name in ("effective_from", "effective_to")}


def _code_of(fault: str) -> str:
    return "CODE_UNKNOWN" if fault.startswith("code ") and "vocabulary" in fault else "ANNOTATION_INCOMPLETE"


def _faults(entry: Mapping[str, Any]) -> Iterable[str]:
    for name in ("title", "description", *_TEXTS):
        if not isinstance(entry[name], str):
            yield f"{name} is missing or not a text"
    codes = OBLIGATIONS if entry["kind"] == "obligation" else REASONS
    if entry["code"] not in codes:
        yield f"code {entry['code']} is not in the vocabulary of a {entry['kind']}"
    if entry["kind"] == "denial" and not entry["remedy"]:
        yield "a denial says what to do next (remedy)"
    for name in ("effective_from", "effective_to"):
        if entry[name] is None and name == "effective_to":
            continue
        try:
            midnight(entry[name])
        except (TypeError, ValueError):
            yield f"{name} is not a date of the form 2021-07-01"
    if isinstance(entry["sentence"], str):
        try:
            placeholders(entry["sentence"])
        except ValueError as error:
            yield f"sentence: {error}"
