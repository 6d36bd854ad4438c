"""`/v1/sanctions`: suspending an agency, a user or a client, and giving access back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from gateway.registry.models import Actor
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, Sentence, Word
from gateway.web.api.paging import limit
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.web.services import Services


class SubjectBody(Body):
    kind: Literal["agency", "user", "client"]
    id: Word


class SanctionBody(Body):
    """`entries` are indexes of the log; `rule` is the clause or the reason code that was violated."""

    subject: SubjectBody
    rule: Word
    statement: Sentence
    entries: list[Annotated[int, Field(ge=0, lt=1 << 63)]] = Field(min_length=1, max_length=100)


class LiftBody(Body):
    statement: Sentence


def sanction_routes() -> Blueprint:
    blueprint = Blueprint("sanctions", __name__)

    @route(blueprint, "POST", "/v1/sanctions", scope=Scope.SANCTIONS_WRITE, body=SanctionBody, fresh=True)
    def impose(caller: Caller, services: Services) -> Any:
        body = read_json(SanctionBody)
        sanction = services.sanctions.impose(
            actor=_administrator(caller),
            kind=body.subject.kind,
            subject=body.subject.id,
            rule=body.rule,
            statement=body.statement,
            entries=body.entries,
        )
        return sanction.document(), 201

    @route(
        blueprint,
        "POST",
        "/v1/sanctions/<uuid:sanction_id>/lift",
        scope=Scope.SANCTIONS_WRITE,
        body=LiftBody,
        fresh=True,
    )
    def lift(caller: Caller, services: Services, sanction_id: UUID) -> Any:
        body = read_json(LiftBody)
        sanction = services.sanctions.lift(
            actor=_administrator(caller), sanction_id=sanction_id, statement=body.statement
        )
        return sanction.document()

    @route(blueprint, "GET", "/v1/sanctions", scope=Scope.SANCTIONS_WRITE)
    def list_sanctions(caller: Caller, services: Services) -> Any:
        _administrator(caller)
        return {"items": [sanction.document() for sanction in services.sanctions.list(limit=limit())]}

    return blueprint


def _administrator(caller: Caller) -> Actor:
    """Sanctions are decided by the contract's owner, never by a client that is bound to an agency."""
    if caller.agency is not None:
        raise Problem(
            status=403,
            code="ADMINISTRATOR_REQUIRED",
            detail="Only an administrator may decide about sanctions; your client is bound to an agency.",
            remedy="Ask the operator.",
        )
    return Actor(kind="client", id=caller.client, user=caller.user)
