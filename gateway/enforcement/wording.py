"""What is said of a decision: to the caller in sentences, and in the clear part of its entry in codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.enforcement import gateway_reasons
from gateway.enforcement.answers import Refused
from gateway.policy.render import render, render_obligations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine


def words(engine: PolicyEngine) -> Mapping[str, Mapping[str, Any]]:
    annotations = engine.source.annotations if engine.source else {}
    return {**annotations, gateway_reasons.PACK: gateway_reasons.WORDS}


def policy_of(decision: Decision, engine: PolicyEngine) -> dict[str, Any]:
    return {
        "revision": decision.revision,
        "sha256": engine.source.sha256 if engine.source else None,
        "engine": engine.name,
        "packs": list(decision.packs),
    }


def clear_of(decision_id: UUID, caller: Caller, request: GovernedRequest, decision: Decision) -> dict[str, Any]:
    return {
        "decision_id": str(decision_id),
        "agency": caller.agency,
        "client": caller.client,
        "operation": str(request.operation),
        "purpose": request.purpose,
        "permit": decision.permit,
        "reasons": list(decision.codes),
        "obligations": sorted({obligation.code for obligation in decision.obligations}),
        "packs": list(decision.packs),
        "revision": decision.revision,
    }


def refused_with(decision: Decision, engine: PolicyEngine, *, policy: dict[str, Any], receipt: str) -> Refused:
    """The answer that says no."""
    known = words(engine)
    reasons = render(decision, known)
    first = _main_reason(reasons, known)
    return Refused(
        code=first["code"],
        detail=first["sentence"],
        remedy=first["remedy"],
        reasons=reasons,
        obligations=render_obligations(decision, known),
        policy=policy,
        receipt=receipt,
    )


def _main_reason(rendered: list[dict[str, Any]], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The first reason that refuses; a denial may also list what was satisfied."""
    for reason in rendered:
        if known.get(reason["pack"], {}).get(reason["rule"], {}).get("kind") != "grant":
            return reason
    return rendered[0]
