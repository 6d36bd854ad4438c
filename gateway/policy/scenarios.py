"""Judging a revision by rows of scenarios: what was expected, what came, and what a row counts as.

A row is right when the permit equals (either answer where the row allows either), at least one of its reason codes is
among the reasons, and all obligations that it must include are among the obligations.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.policy.input_document import InputError, from_scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine


class ScenarioFileError(Exception):
    """A file is not one of scenarios. The sentence says which row or what is wrong."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row and the decision on it."""

    id: str
    jurisdiction: str
    expected: Mapping[str, Any]
    decision: Decision

    @property
    def permit_right(self) -> bool:
        return bool(self.expected.get("permit_either")) or self.decision.permit == self.expected["permit"]

    @property
    def reason_right(self) -> bool:
        wanted = self.expected.get("reason_codes", [])
        return not wanted or bool(set(wanted) & set(self.decision.codes))

    @property
    def missing_obligations(self) -> list[str]:
        got = {obligation.code for obligation in self.decision.obligations}
        return [code for code in self.expected.get("obligations_must_include", []) if code not in got]

    @property
    def right(self) -> bool:
        return self.permit_right and self.reason_right and not self.missing_obligations

    def failure(self) -> dict[str, Any]:
        """{id, expected, got}, of the three things that are judged."""
        return {
            "id": self.id,
            "expected": {
                "permit": self.expected["permit"],
                "reason_codes": self.expected.get("reason_codes", []),
                "obligations_must_include": self.expected.get("obligations_must_include", []),
            },
            "got": {
                "permit": self.decision.permit,
                "reason_codes": list(self.decision.codes),
                "obligations": sorted({obligation.code for obligation in self.decision.obligations}),
            },
        }


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file: a list, or an object whose `scenarios` is one.

    Raises:
        ScenarioFileError: it cannot be read, or a row lacks what a row must have.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ScenarioFileError(f"{path} cannot be read as JSON.") from error
    return rows_of(content, str(path))


def rows_of(content: Any, path: str) -> list[dict[str, Any]]:
    """The rows of a file's content; `path` names it in what is said of it.

    Raises:
        ScenarioFileError: as `read_rows`.
    """
    rows = content.get("scenarios") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not rows:
        raise ScenarioFileError(f"{path} holds no scenarios.")
    for position, row in enumerate(rows):
        if not isinstance(row, dict) or not {"id", "jurisdiction", "as_of", "request", "expected"} <= row.keys():
            raise ScenarioFileError(f"{path}: row {position} lacks id, jurisdiction, as_of, request or expected.")
        if not isinstance(row["expected"], dict) or not isinstance(row["expected"].get("permit"), bool):
            raise ScenarioFileError(f"{path}: row {row['id']} does not say whether it expects a permit.")
    return rows


def judge(engine: PolicyEngine, rows: Iterable[Mapping[str, Any]]) -> list[Verdict]:
    """Each row's decision beside what the row expects, in the order of the rows.

    Raises:
        ScenarioFileError: a row asks with fields or values that the input document does not have.
    """
    verdicts = []
    for row in rows:
        try:
            document = from_scenario(row)
        except (InputError, KeyError, TypeError, AttributeError) as error:
            raise ScenarioFileError(f"Row {row['id']} cannot be asked: {error}.") from error
        verdicts.append(Verdict(row["id"], row["jurisdiction"], row["expected"], engine.decide(document)))
    return verdicts


def report(
    engine: str, revision: int, verdicts: Sequence[Verdict], not_asked: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The document that `writgate scenarios --json` prints.

    `not_asked` says of a row why it could not be; None where every row can.
    """
    unasked = [{"id": row, "why": why} for row, why in (not_asked or {}).items()]
    return {
        "engine": engine,
        "revision": revision,
        "rows": len(verdicts) + len(unasked),
        "right": sum(verdict.right for verdict in verdicts),
        "permits": _counted(verdict for verdict in verdicts if verdict.expected["permit"]),
        "denials": _counted(verdict for verdict in verdicts if not verdict.expected["permit"]),
        "missing_reasons": sum(not verdict.reason_right for verdict in verdicts),
        "missing_obligations": sum(bool(verdict.missing_obligations) for verdict in verdicts),
        "failures": [verdict.failure() for verdict in verdicts if not verdict.right],
        **({} if not_asked is None else {"not_asked": unasked}),
    }


def by_jurisdiction(verdicts: Iterable[Verdict]) -> list[tuple[str, int, int, int, int]]:
    """(jurisdiction, permits right, permits wrong, denials right, denials wrong), in alphabetical order."""
    counts = Counter((verdict.jurisdiction, verdict.expected["permit"], verdict.right) for verdict in verdicts)
    places = sorted({place for place, _, _ in counts})
    kinds = ((True, True), (True, False), (False, True), (False, False))
    return [(place, *(counts[place, permit, right] for permit, right in kinds)) for place in places]  # type: ignore[misc]


def _counted(verdicts: Iterable[Verdict]) -> dict[str, int]:
    listed = list(verdicts)
    return {"rows": len(listed), "right": sum(verdict.right for verdict in listed)}
