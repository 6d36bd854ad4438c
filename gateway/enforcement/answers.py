"""What a governed operation answers: a release, a denial as a value, or that somebody is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.clock import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.enforcement.approval_rows import Awaited


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A denial. `code` is that of the first reason; `detail` and `remedy` are its sentence and what to do next."""

    code: str
    detail: str
    remedy: str
    reasons: list[dict[str, Any]]
    obligations: list[dict[str, Any]]
    policy: dict[str, Any]
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The document of the answer, as sent."""

    document: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Neither yes nor no: people must decide first. The document says for whom is waited, and nothing of a result."""

    document: dict[str, Any]


Answer = Released | Refused | Waiting


def awaiting_approval(
    decision_id: UUID, standing: Mapping[str, Any], *, reasons: list[dict[str, Any]], awaited: Awaited
) -> Waiting:
    return Waiting(
        document={
            **_begun(decision_id, standing, "awaiting_approval"),
            "reasons": reasons,
            "needed": awaited.needed,
            "expires_at": rfc3339(awaited.expires_ns),
        }
    )


def awaiting_review(decision_id: UUID, standing: Mapping[str, Any], *, expires_ns: int) -> Waiting:
    return Waiting(document={**_begun(decision_id, standing, "awaiting_review"), "expires_at": rfc3339(expires_ns)})


def _begun(decision_id: UUID, standing: Mapping[str, Any], status: str) -> dict[str, Any]:
    return {
        "id": str(decision_id),
        "decision_id": str(decision_id),
        "status": status,
        "reasons": standing["reasons"],
        "obligations": standing["obligations"],
        "notice": " ".join(standing["notices"]),
        "policy": standing["policy"],
        "receipt": standing["receipt"],
    }
