"""Duties that come with a permit, and what this system can do about each.

A permit whose obligation has no handler here is a denial (`OBLIGATION_UNENFORCEABLE`): a duty is never just printed.
Handlers: `shape` alters the answer (floors, caps, notices), `record` is a property of the log, `duty` becomes a row of
the docket in the commit of the decision, where the runner reminds of it, escalates it or carries it out
(`gateway.enforcement.docket`), `withhold` keeps request or result back until people have decided
(`enforcement.waiting`). An incident is opened in the commit of the decision (`enforcement.misuse`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from gateway.enforcement import gateway_reasons
from gateway.enforcement.waiting import APPROVAL, EXAMINATION
from gateway.vocabulary import OBLIGATIONS, Effect

if TYPE_CHECKING:
    from gateway.policy.decision import Decision, Obligation

LEAD_NOTICE: Final = (
    "A candidate is a possible lead, not an identification, and similarity is not a probability. "
    "Nobody may be arrested, charged or refused anything on this answer alone."
)

_NOTICES: Final[dict[str, str]] = {
    "HUMAN_REVIEW": "A trained person must compare the pictures before anything is done with a candidate.",
    "LEAD_ONLY": "The answer may be used as a lead only.",
    "LIMIT_TIME_PLACE_PERSON": "Use is limited to the time, the place and the person that the authorisation names.",
    "LIMIT_USE_TO_STATED_PURPOSE": "The answer may be used for the stated purpose only.",
    "NOT_FOR_PROBABLE_CAUSE": "The answer may not be offered as probable cause.",
    "NO_ADVERSE_DECISION_SOLELY_ON_OUTPUT": "No decision against a person may rest on this answer alone.",
    "NO_PROBE_ENROLMENT": "The probe may not be added to any gallery.",
}

# Done with the decision: it opens an incident in the same commit (`misuse`), and nothing is left for the docket.
INCIDENT: Final = "OPEN_MISUSE_INCIDENT"
# What the gateway carries out itself. A rule that names no time for it means now.
ACTING: Final = frozenset(
    code
    for code, effect in OBLIGATIONS.items()
    if effect is Effect.DUTY and (code.startswith("DELETE_") or code == "STOP_IMMEDIATELY")
)
# What is over, well or badly, with the paper that follows an emergency.
AWAITING_PAPER: Final = frozenset({"REQUEST_AUTHORISATION_WITHIN", "STOP_AND_DELETE_IF_REJECTED"})


@dataclass(frozen=True, slots=True)
class Shape:
    """How the answer is cut: a floor (similarity, 0 to 100), caps (candidates, and how likely a false one may be, in
    millionths; None where nothing limits it), and sentences to print beside it.
    """

    min_similarity: float
    max_candidates: int
    max_false_candidate_ppm: int | None
    notices: tuple[str, ...]


def enforceable(decision: Decision) -> Decision:
    """The decision, or a denial where it permits with a duty that nothing here can honour."""
    missing = unenforceable(decision.obligations) if decision.permit else ()
    if not missing:
        return decision
    refusal = gateway_reasons.refusal(
        "OBLIGATION_UNENFORCEABLE", revision=decision.revision, parameters={"obligations": ", ".join(missing)}
    )
    return replace(refusal, obligations=decision.obligations, packs=decision.packs)


def unenforceable(obligations: tuple[Obligation, ...]) -> tuple[str, ...]:
    """Codes that nothing here can honour, sorted; unknown codes are among them."""
    return tuple(sorted({o.code for o in obligations if not _has_handler(o)}))


def _has_handler(obligation: Obligation) -> bool:
    effect = OBLIGATIONS.get(obligation.code)
    match effect:
        case Effect.RECORD | Effect.DUTY:
            return True
        case Effect.SHAPE:
            return obligation.code in _NOTICES or _limit(obligation) is not None
        case Effect.WITHHOLD:
            return obligation.code in APPROVAL or obligation.code == EXAMINATION
        case _:
            return False


def _limit(obligation: Obligation) -> float | None:
    if obligation.code == "MIN_SIMILARITY_99":
        return 99.0
    if obligation.code in {"MIN_SIMILARITY", "MAX_CANDIDATES", "MAX_FALSE_CANDIDATE"}:
        value = obligation.parameters.get("value")
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return None


def shape(obligations: tuple[Obligation, ...], *, min_similarity: float, max_candidates: int) -> Shape:
    """The stricter of what was asked and what each obligation demands."""
    notices, false_candidate = [LEAD_NOTICE], None
    for obligation in obligations:
        limit = _limit(obligation)
        if limit is not None and obligation.code == "MAX_CANDIDATES":
            max_candidates = min(max_candidates, int(limit))
        elif limit is not None and obligation.code == "MAX_FALSE_CANDIDATE":
            false_candidate = int(limit) if false_candidate is None else min(false_candidate, int(limit))
        elif limit is not None:
            min_similarity = max(min_similarity, limit)
        elif obligation.code in _NOTICES:
            notices.append(_NOTICES[obligation.code])
    return Shape(
        min_similarity=min_similarity,
        max_candidates=max_candidates,
        max_false_candidate_ppm=false_candidate,
        notices=tuple(dict.fromkeys(notices)),
    )


def dated(obligations: tuple[Obligation, ...], *, by_ns: int | None) -> tuple[Obligation, ...]:
    """Disclosures fall due at the proceeding in which the result is used, where that comes first."""
    if by_ns is None:
        return obligations
    return tuple(
        msgspec.structs.replace(o, due=by_ns if o.due is None else min(o.due, by_ns))
        if o.code.startswith("DISCLOSE_")
        else o
        for o in obligations
    )


def duties(obligations: tuple[Obligation, ...], *, now_ns: int) -> list[tuple[str, int | None]]:
    """Rows for the docket: code and due time in nanoseconds, the earlier where packs differ."""
    found: dict[str, int | None] = {}
    for obligation in obligations:
        if OBLIGATIONS.get(obligation.code) is not Effect.DUTY or obligation.code == INCIDENT:
            continue
        due = found.get(obligation.code)
        wanted = now_ns if obligation.due is None and obligation.code in ACTING else obligation.due
        if due is None or (wanted is not None and wanted < due):
            found[obligation.code] = wanted
    return sorted(found.items())


def deletable(obligations: tuple[Obligation, ...]) -> bool:
    """Whether what the search gives may have to go by itself, so that it is sealed under a key of its own."""
    return any(obligation.code in ACTING | AWAITING_PAPER for obligation in obligations)
