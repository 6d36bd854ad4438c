"""`/v1/revocations`: ending what was issued so far, without suspending anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from flask import Blueprint
from pydantic import StringConstraints, model_validator

from gateway.registry.models import Actor
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, Sentence
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_TOKEN_DIGITS = 64


class EndedBody(Body):
    """`id` of a token is the `token_sha256` of its entry `token.issued`; of this gateway as an issuer it is `self`."""

    kind: Literal["issuer", "agency", "client", "user", "session", "token"]
    id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,256}$")]

    @model_validator(mode="after")
    def _digest(self) -> Self:
        if self.kind == "token" and not (len(self.id) == _TOKEN_DIGITS and set(self.id) <= set("0123456789abcdef")):
            raise ValueError("a token is named by the SHA-256 of its id, in 64 hexadecimal digits")
        return self


class RevocationBody(Body):
    subject: EndedBody
    statement: Sentence


def revocation_routes() -> Blueprint:
    blueprint = Blueprint("revocations", __name__)

    @route(blueprint, "POST", "/v1/revocations", scope=Scope.SANCTIONS_WRITE, body=RevocationBody, fresh=True)
    def revoke(caller: Caller, services: Services) -> Any:
        if caller.agency is not None:
            raise Problem(
                status=403,
                code="ADMINISTRATOR_REQUIRED",
                detail="Only an administrator may revoke; your client is bound to an agency.",
                remedy="Ask the operator. A client revokes a token of its own at /oauth/revoke.",
            )
        body = read_json(RevocationBody)
        made = services.revocations.revoke(
            actor=Actor(kind="client", id=caller.client, user=caller.user),
            kind=body.subject.kind,
            subject=body.subject.id,
            statement=body.statement,
        )
        return made.document(), 201

    return blueprint
