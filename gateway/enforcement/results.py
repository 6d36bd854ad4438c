"""What a search came to, as it is said: to who asked, and of what examiners left of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from gateway.enforcement import review_rows
from gateway.enforcement.judgements import Verdict
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.request import GovernedRequest
    from gateway.recognition.models import Outcome

# The one pair of a comparison, where a search has the ids of faces.
REFERENCE: Final = "reference"


def result_of(
    request: GovernedRequest, outcome: Outcome, floor: float, *, leads: frozenset[str] | None = None
) -> dict[str, Any]:
    """`leads` are what examiners agreed on; None where nobody examined. Below the floor a comparison says no number."""
    examined = {} if leads is None else {"examined": True, "lead": bool(leads)}
    match request.operation:
        case Operation.VERIFY_1_TO_1:
            above = outcome.similarity is not None and outcome.similarity >= floor
            shown = above and (leads is None or REFERENCE in leads)
            return {"similarity": outcome.similarity if shown else None, "above_floor": shown, **examined}
        case Operation.ENROL_GALLERY:
            return {"face_id": str(outcome.face_id), "external_id": request.external_id}
    return {
        "candidates": [
            {
                "face_id": str(candidate.face_id),
                "external_id": candidate.external_id,
                "similarity": candidate.similarity,
                "distance": candidate.distance,
                "rank": candidate.rank,
                "false_candidate": candidate.false_candidate and candidate.false_candidate.answer(),
            }
            for candidate in outcome.candidates
        ],
        "false_candidate": outcome.false_candidate and outcome.false_candidate.answer(),
        "faces_searched": outcome.faces_searched,
        **examined,
    }


def agreed(outcome: Outcome, leads: frozenset[str]) -> Outcome:
    """What examiners left: the candidates that they took for the same person, with the ranks that they had."""
    return replace(
        outcome, candidates=tuple(candidate for candidate in outcome.candidates if str(candidate.face_id) in leads)
    )


def judged_verdicts(connection: Connection, log: AuditLog, decision_id: UUID) -> list[dict[str, Verdict]]:
    """The judgements so far, in the order of the places."""
    said = _judgements(connection, log, decision_id)
    return [{name: Verdict(verdict) for name, verdict in one["verdicts"].items()} for one in said]


def _judgements(connection: Connection, log: AuditLog, decision_id: UUID) -> list[dict[str, Any]]:
    return [
        log.open_value(connection, place.key_id, place.judgement, context=judgement_context(decision_id, place.person))
        for place in review_rows.places(connection, decision_id)
        if place.key_id is not None and place.judgement is not None
    ]


def judgement_context(decision_id: UUID, person: bytes) -> str:
    return f"judgement:{decision_id}:{person.hex()}"


def disclosed_result(connection: Connection, log: AuditLog, found: Outcome) -> dict[str, Any]:
    """All that a search found, and what each examiner said of it, as the log keeps it in the end."""
    return {
        "judgements": _judgements(connection, log, found.decision_id),
        "candidates": [candidate.document() for candidate in found.candidates],
        "false_candidate": asdict(found.false_candidate) if found.false_candidate else None,
        "faces_searched": found.faces_searched,
        "proof": found.proof,
        "comparison": found.similarity_thousandths,
    }


def result_scope(connection: Connection, decision_id: UUID) -> str:
    """Names the key under which all that a search gave is sealed, what people say of it included.

    Raises: LookupError: the decision permitted nothing.
    """
    row = connection.execute("SELECT scope FROM enforcement.permits WHERE decision_id = %s", (decision_id,)).fetchone()
    if row is None:
        raise LookupError("the decision permitted nothing")
    return str(row[0])


def verification_of(connection: Connection, decision_id: UUID) -> dict[str, Any] | None:
    """Who examined a result, as policy sees it; None where nobody had to."""
    if review_rows.find(connection, decision_id) is None:
        return None
    judged = [place for place in review_rows.places(connection, decision_id) if place.judged_ns is not None]
    return {"independent_verifiers": len(judged)}
