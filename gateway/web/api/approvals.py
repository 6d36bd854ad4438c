"""`/v1/approvals`: what waits for supervisors, exactly what each asks, and their votes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from flask import Blueprint, request
from pydantic import StringConstraints

from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, Sentence
from gateway.web.api.paging import limit
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_STATES = ("awaiting", "approved", "rejected", "expired")


class VoteBody(Body):
    """`request_sha256` is that of the preview: a vote is about what was seen, and nothing else."""

    verdict: Literal["approve", "reject"]
    reason: Sentence
    request_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def approval_routes() -> Blueprint:
    blueprint = Blueprint("approvals", __name__)

    @route(blueprint, "GET", "/v1/approvals", scope=Scope.APPROVALS_READ)
    def list_approvals(caller: Caller, services: Services) -> Any:
        return services.approvals.list(caller, state=_state(), limit=limit())

    @route(blueprint, "GET", "/v1/approvals/<uuid:decision_id>", scope=Scope.APPROVALS_READ)
    def show_approval(caller: Caller, services: Services, decision_id: UUID) -> Any:
        return services.approvals.show(caller, decision_id)

    @route(blueprint, "POST", "/v1/approvals/<uuid:decision_id>/votes", scope=Scope.APPROVALS_WRITE, body=VoteBody)
    def vote(caller: Caller, services: Services, decision_id: UUID) -> Any:
        body = read_json(VoteBody)
        return services.approvals.decide(
            caller,
            decision_id,
            approves=body.verdict == "approve",
            reason=body.reason,
            request_sha256=body.request_sha256,
        )

    return blueprint


def _state() -> str:
    state = request.args.get("state", "awaiting")
    if state not in _STATES:
        raise Problem(
            status=422,
            code="STATE_UNKNOWN",
            detail="There is no such state of an approval.",
            remedy=f"Use one of: {', '.join(_STATES)}.",
        )
    return state
