"""One recorded decision, made again: its own input, the very revision that decided it, the same answer.

The input is opened from the log, the revision is loaded from PostgreSQL by its number and verified. What comes out is
the recorded answer beside the new one; the two differ only if the log, the revision or the engine is not what it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.policy import revisions
from gateway.policy.differences import difference
from gateway.policy.engine import PATIENCE_SECONDS
from gateway.policy.recorded import RecordedDecisions
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from gateway.database import Database
    from gateway.policy.decision import Decision
    from gateway.policy.recorded import Recorded
    from gateway.policy.revisions import Revision


class NotReplayableError(Exception):
    """The decision cannot be made again. `code` is stable; the sentence says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision as it was recorded, and as the same revision decides it now."""

    recorded: Recorded
    revision: Revision
    decision: Decision

    @property
    def same(self) -> bool:
        """Whether permit, reasons with their parameters, and obligations are what they were."""
        return difference(self.recorded.document(), self.decision.document()) is None

    def document(self) -> dict[str, Any]:
        """{decision_id, index, revision, same, recorded, replayed}; names rules and codes, never a parameter."""
        return {
            "decision_id": self.recorded.decision_id,
            "index": self.recorded.index,
            "revision": {"number": self.revision.number, "sha256": self.revision.sha256},
            "same": self.same,
            "recorded": spoken(self.recorded.document()),
            "replayed": spoken(self.decision.document()),
        }


def one(
    database: Database, decision_id: UUID, *, keys: Path, agency: str | None = None, under: int | None = None
) -> Replayed | None:
    """Replays one decision; None where there is none, or it belongs to another agency than `agency`.

    Args:
        database: of the role REPLAYER.
        decision_id: of a `search.decision` entry.
        keys: the folder of the home's keys.
        agency: whose decisions may be seen; the whole log where it is None.
        under: another revision than the one that decided.

    Raises:
        NotReplayableError: what it takes was erased, or policy was never asked.
        RevisionError, PolicyKeyError, EngineUnavailableError, DatabaseUnavailable, KeyMissing.
    """
    found = RecordedDecisions(database, keys).one(decision_id, agency=agency)
    if found is None:
        return None
    document = input_of(found)
    with database.transaction() as connection:
        revision = revisions.load(connection, under or found.revision, keys=keys)
    engine = WasmEngine(revision, instances=1, deadline_seconds=PATIENCE_SECONDS)
    try:
        return Replayed(found, revision, engine.decide(document))
    finally:
        engine.close()


def input_of(found: Recorded) -> dict[str, Any]:
    """What policy was asked.

    Raises:
        NotReplayableError: it was erased, or the answer is not one of policy.
    """
    if found.input is None or found.reasons is None or found.obligations is None:
        raise NotReplayableError("INPUT_ERASED", "The input of this decision was erased, so it cannot be made again.")
    if not found.is_answer_of_policy:
        raise NotReplayableError("POLICY_NOT_ASKED", "The gateway itself refused this request; no rule of policy did.")
    document: dict[str, Any] = json.loads(found.input)
    return document


def spoken(document: dict[str, Any]) -> dict[str, Any]:
    """A decision document without its parameters, which may be personal."""
    return {
        "permit": document["permit"],
        "reasons": [_named(item) for item in document["reasons"]],
        "obligations": [_named(item) for item in document["obligations"]],
        "packs": document["packs"],
    }


def _named(item: dict[str, Any]) -> dict[str, str]:
    return {name: item[name] for name in ("code", "pack", "rule")}
