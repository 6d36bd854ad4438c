"""An outcome as JSON between the engine's process and the gateway's, both ways; and sealed, while it is withheld."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.recognition.models import (
    Candidate,
    CaseUsage,
    Chance,
    Detection,
    EngineFacts,
    FoundFace,
    Outcome,
    Quality,
    Refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.audit.log import AuditLog
    from gateway.database import Connection


def dump(outcome: Outcome) -> dict[str, Any]:
    return {
        "decision_id": str(outcome.decision_id),
        "operation": outcome.operation,
        "engine": outcome.engine.document(),
        "refusal": asdict(outcome.refusal) if outcome.refusal else None,
        "quality": [quality.document() for quality in outcome.quality],
        "candidates": [candidate.document() for candidate in outcome.candidates],
        "false_candidate": asdict(outcome.false_candidate) if outcome.false_candidate else None,
        "faces_searched": outcome.faces_searched,
        "faces_not_searched": outcome.faces_not_searched,
        "proof": outcome.proof,
        "similarity_thousandths": outcome.similarity_thousandths,
        "distance_micro": outcome.distance_micro,
        "face_id": str(outcome.face_id) if outcome.face_id else None,
        "case_usage": outcome.case_usage.document() if outcome.case_usage else None,
        "upstream_calls": outcome.upstream_calls,
    }


def load(document: Mapping[str, Any]) -> Outcome:
    """Inverse of `dump`.

    Raises:
        KeyError, TypeError, ValueError: the document is not one that `dump` made.
    """
    return Outcome(
        **{
            **document,
            "decision_id": UUID(document["decision_id"]),
            "engine": EngineFacts(**document["engine"]),
            "refusal": Refusal(**document["refusal"]) if document["refusal"] else None,
            "quality": tuple(Quality.parse(quality) for quality in document["quality"]),
            "candidates": tuple(
                Candidate(
                    **{
                        **candidate,
                        "face_id": UUID(candidate["face_id"]),
                        "false_candidate": _chance(candidate.get("false_candidate")),
                    }
                )
                for candidate in document["candidates"]
            ),
            "false_candidate": _chance(document.get("false_candidate")),
            "face_id": UUID(document["face_id"]) if document["face_id"] else None,
            "case_usage": CaseUsage(**document["case_usage"]) if document["case_usage"] else None,
        }
    )


def _chance(document: Mapping[str, Any] | None) -> Chance | None:
    return Chance(**document) if document else None


def dump_detection(detection: Detection) -> dict[str, Any]:
    return {
        "faces": [face.document() for face in detection.faces],
        "refusal": asdict(detection.refusal) if detection.refusal else None,
    }


def load_detection(document: Mapping[str, Any]) -> Detection:
    """Inverse of `dump_detection`. Raises as `load`."""
    return Detection(
        faces=tuple(FoundFace.parse(face) for face in document["faces"]),
        refusal=Refusal(**document["refusal"]) if document["refusal"] else None,
    )


def seal(connection: Connection, log: AuditLog, outcome: Outcome, *, scope: str) -> tuple[UUID, bytes]:
    """The key's id and the sealed outcome, which opens for its own decision only."""
    return log.seal_value(connection, scope, dump(outcome), context=_withheld(outcome.decision_id))


def unseal(connection: Connection, log: AuditLog, decision_id: UUID, key_id: UUID, sealed: bytes) -> Outcome:
    """Raises: DisclosureUnreadable."""
    return load(log.open_value(connection, key_id, sealed, context=_withheld(decision_id)))


def _withheld(decision_id: UUID) -> str:
    return f"withheld:{decision_id}"
