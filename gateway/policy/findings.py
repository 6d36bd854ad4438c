"""What a check found, in one shape whatever found it: which step, which file and line, a code, and a sentence."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`file` is a path of the tree and `line` counts from 1; None where the whole tree is meant."""

    step: str
    code: str
    sentence: str
    file: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        return (self.file or "the draft") + (f":{self.line}" if self.line else "")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a check. `figures` are numbers worth showing: tests, coverage, rows."""

    name: str
    outcome: Outcome
    milliseconds: int = 0
    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """All steps, in their order. A draft passes when each of them did; a step that was left out did not."""

    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        return bool(self.steps) and all(step.outcome == "passed" for step in self.steps)

    @property
    def findings(self) -> list[Finding]:
        return [finding for step in self.steps for finding in step.findings]

    def document(self) -> dict[str, Any]:
        return {"passed": self.passed, "steps": [asdict(step) for step in self.steps]}


def of_opa(step: str, words: str, *, otherwise: str) -> list[Finding]:
    """The errors of an OPA command in JSON (`{"errors": [{message, code, location, details}]}`).

    Where there is no such document, one finding with the sentence `otherwise` and the first line of what was said.
    """
    try:
        errors = json.loads(words[words.index("{") :])["errors"]
    except (ValueError, KeyError, TypeError):
        said = words.strip().splitlines()
        return [Finding(step, "OPA_REFUSED", f"{otherwise}: {said[0]}" if said else f"{otherwise}.")]
    return [_of_error(step, error) for error in errors]


def _of_error(step: str, error: Mapping[str, Any]) -> Finding:
    place = error.get("location") or {}
    sentence = str(error.get("message", "")).strip()
    details = error.get("details")
    meant = _meant(details if isinstance(details, dict) else {})
    return Finding(
        step,
        str(error.get("code", "rego_error")).upper(),
        f"{sentence}{meant}." if sentence else "OPA refuses this.",
        place.get("file") or None,
        place.get("row") or None,
    )


def _meant(details: Mapping[str, Any]) -> str:
    """For a field that is not in a schema: which one was probably meant."""
    ref, position, known = details.get("ref"), details.get("pos"), details.get("oneOf")
    if not isinstance(ref, list) or not isinstance(position, int) or not isinstance(known, list):
        return ""
    try:
        written = str(ref[position]["value"])
    except (IndexError, KeyError, TypeError):
        return ""
    close = difflib.get_close_matches(written, [str(name) for name in known], n=1)
    nothing = f": there is no field `{written}`"
    return f"{nothing}; did you mean `{close[0]}`?".rstrip("?") if close else nothing


def line_of(text: str, words: str) -> int | None:
    """The line, from 1, on which the words first stand."""
    position = text.find(words)
    return None if position < 0 else text.count("\n", 0, position) + 1


def first_difference(before: str, after: str) -> int:
    """The first line, from 1, in which two texts differ."""
    pairs: Iterable[tuple[str, str]] = zip(before.splitlines(), after.splitlines(), strict=False)
    for number, (one, other) in enumerate(pairs, start=1):
        if one != other:
            return number
    return min(before.count("\n"), after.count("\n")) + 1
