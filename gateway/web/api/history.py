"""`/v1/policies/…` about decisions that were made: replay, explanation, rules that spoke, impact of an older revision.

A client of an agency sees its own decisions, an administrator or auditor all of them; values of a request are shown to
the agency that made it alone, and there only to who may read its searches.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID  # noqa: TC003 - pydantic reads it

from flask import Blueprint, request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.policy.impact import LAST
from gateway.registry.models import Actor
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Word  # noqa: TC001 - as above
from gateway.web.api.drafts import ImpactBody, administrator
from gateway.web.api.paging import limit
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_FILTERS = ("agency", "purpose", "operation", "pack")
_MOST = 1_000_000


class _Lax(BaseModel):
    """As `bodies.Body`, but a UUID may be the text that JSON has for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReplayBody(_Lax):
    """Under the revision that decided it, or under another."""

    decision_id: UUID
    revision: Annotated[int, Field(ge=1, lt=1 << 62)] | None = None


class ExplainBody(_Lax):
    """A recorded decision, or a hypothetical request: sections of the input document."""

    decision_id: UUID | None = None
    request: dict[str, Any] | None = None
    pack: Word | None = Field(default=None, description="Explain only this pack.")

    @model_validator(mode="after")
    def _one_of_two(self) -> ExplainBody:
        if (self.decision_id is None) == (self.request is None):
            raise ValueError("give decision_id or request")
        return self


def history_routes() -> Blueprint:
    blueprint = Blueprint("history", __name__)
    _of_decisions(blueprint)
    _of_revisions(blueprint)
    return blueprint


def _of_decisions(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/policies/replays", scope=Scope.DECISIONS_REPLAY, body=ReplayBody)
    def replay(caller: Caller, services: Services) -> Any:
        body = read_json(ReplayBody)
        return services.history.replay(_actor(caller), body.decision_id, agency=caller.agency, revision=body.revision)

    @route(
        blueprint, "POST", "/v1/policies/revisions/<int:number>/explain", scope=Scope.DECISIONS_REPLAY,
        body=ExplainBody,
    )  # fmt: skip
    def explain(caller: Caller, services: Services, number: int) -> Any:
        body = read_json(ExplainBody)
        if body.decision_id is None:
            return services.history.explain_request(
                _actor(caller), number, body.request or {}, agency=caller.agency, pack=body.pack
            )
        return services.history.explain_recorded(
            _actor(caller),
            number,
            body.decision_id,
            agency=caller.agency,
            may_see=Scope.SEARCHES_READ in caller.scopes,
            pack=body.pack,
        )


def _of_revisions(blueprint: Blueprint) -> None:
    @route(blueprint, "GET", "/v1/policies/revisions/<int:number>/diff/<int:other>", scope=Scope.POLICIES_READ)
    def diff(caller: Caller, services: Services, number: int, other: int) -> Any:  # noqa: ARG001 - policy is public
        return services.history.diff(number, other)

    @route(blueprint, "GET", "/v1/policies/revisions/<int:number>/rules", scope=Scope.AUDIT_READ)
    def rules(caller: Caller, services: Services, number: int) -> Any:
        return services.history.rules(
            _actor(caller), number, agency=caller.agency, last=_number("last", default=LAST, least=1)
        )

    @route(
        blueprint, "POST", "/v1/policies/revisions/<int:number>/impact", scope=Scope.POLICIES_REVIEW, body=ImpactBody
    )
    def impact(caller: Caller, services: Services, number: int) -> Any:
        actor = administrator(caller)  # it names decisions of every agency
        found = services.history.impact(actor, number, last=read_json(ImpactBody).last)
        return {"digest": found.digest, "impact": found.document()}, 201

    @route(blueprint, "GET", "/v1/policies/impacts/<digest>", scope=Scope.POLICIES_REVIEW)
    def decisions(caller: Caller, services: Services, digest: str) -> Any:
        administrator(caller)
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            digest = "00" * 32
        return services.history.impact_page(
            digest,
            change=request.args.get("change"),
            group={name: request.args[name] for name in _FILTERS if name in request.args},
            after=_number("cursor", default=-1, least=0),
            limit=limit(),
        )


def _actor(caller: Caller) -> Actor:
    return Actor(kind="client", id=caller.client, user=caller.user)


def _number(name: str, *, default: int, least: int) -> int:
    given = request.args.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"[0-9]{1,18}", given, re.ASCII) or int(given) < least:
        raise Problem(
            status=422,
            code="NUMBER_INVALID",
            detail=f"`{name}` is not a whole number.",
            remedy="Leave it out, or give one that an answer gave you.",
        )
    return min(int(given), _MOST) if name == "last" else int(given)
