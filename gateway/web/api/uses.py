"""`/v1/searches/{id}/uses` and `…/outcome`: what is done with a result, and what became of it; `/v1/incidents`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, g
from pydantic import Field

from gateway.registry.words import TimeNs  # noqa: TC001 - pydantic reads it when the class is made
from gateway.vocabulary import Consequence, Scope
from gateway.web.api.bodies import Body, ResultUseBody, Sentence
from gateway.web.api.paging import limit
from gateway.web.api.searches import once
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.web.services import Services


class UseBody(ResultUseBody):
    """What the result is to be used for, and what other evidence there is."""

    proceeding_at: TimeNs | None = Field(default=None, description="When it is to be used in court, RFC 3339.")


class OutcomeBody(Body):
    outcome: Consequence
    statement: Sentence


def use_routes() -> Blueprint:
    blueprint = Blueprint("uses", __name__)

    @route(blueprint, "POST", "/v1/searches/<uuid:search_id>/uses", scope=Scope.SEARCHES_WRITE, body=UseBody)
    def use(caller: Caller, services: Services, search_id: UUID) -> Any:
        body = read_json(UseBody)
        return once(
            caller,
            services,
            lambda: services.uses.use(
                caller,
                search_id,
                result_use=body.model_dump(by_alias=True, exclude_none=True, exclude={"proceeding_at"}),
                proceeding_ns=body.proceeding_at,
                decision_id=g.decision_id,
            ),
        )

    @route(blueprint, "POST", "/v1/searches/<uuid:search_id>/outcome", scope=Scope.SEARCHES_WRITE, body=OutcomeBody)
    def outcome(caller: Caller, services: Services, search_id: UUID) -> Any:
        body = read_json(OutcomeBody)
        recorded = services.uses.record_outcome(
            caller, search_id, outcome=Consequence(body.outcome), statement=body.statement
        )
        return recorded, 201

    @route(blueprint, "GET", "/v1/incidents", scope=Scope.INCIDENTS_READ)
    def incidents(caller: Caller, services: Services) -> Any:
        if caller.agency is not None:
            raise Problem(
                status=403,
                code="ADMINISTRATOR_REQUIRED",
                detail="Incidents are read by administrators and auditors; your client is bound to an agency.",
                remedy="Ask the operator.",
            )
        return services.incidents.list(limit=limit())

    return blueprint
