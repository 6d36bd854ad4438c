"""What becomes of papers: the second person's confirmation, what follows an emergency, a court's later word, a court's
filing in XML; and what two people must agree on.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any, Final

from flask import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from gateway.clock import uuid7
from gateway.registry.court_filing import FilingScope, read_filing
from gateway.registry.documents import view
from gateway.registry.words import Identifier, Line, TimeNs  # noqa: TC001  pydantic reads them
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, Sentence
from gateway.web.api.paging import limit
from gateway.web.api.registry import actor
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.web.services import Services

# The signed document, in base64; larger ones are scans that nobody signed.
LARGEST_FILE: Final = 10 * 1024 * 1024


class ConfirmationBody(Body):
    """`document`, where it is sent, is the signed file in base64: it must have the digest that was entered."""

    document: Annotated[str, Field(min_length=1)] | None = None


class EmptyBody(Body):
    pass


class AttachmentBody(Body):
    instrument: Identifier


class ApplicationBody(Body):
    applied_at: Annotated[TimeNs, Field(description="When the court was asked, RFC 3339.")]


class RestorationBody(Body):
    reason: Sentence


class StatementBody(BaseModel):
    """`statement` is the court's JWS in compact form, as it came from the court."""

    model_config = ConfigDict(extra="forbid", strict=True)

    statement: Annotated[str, Field(min_length=1, max_length=1_048_576)]


class FilingBody(FilingScope):
    """`filing` is the court's XML as text; the other fields say what it has no words for."""

    agency: Line | None = None
    filing: Annotated[str, Field(min_length=1, max_length=1_048_576)]


class ProposalBody(Body):
    kind: Line
    document: dict[str, Any]
    why: Sentence


class DecisionBody(Body):
    reason: Sentence


def paper_routes() -> Blueprint:
    blueprint = Blueprint("papers", __name__)
    _second_person(blueprint)
    _courts(blueprint)
    _proposals(blueprint)
    return blueprint


def _second_person(blueprint: Blueprint) -> None:
    @route(
        blueprint,
        "POST",
        "/v1/instruments/<path:record_id>/confirm",
        scope=Scope.REGISTRY_WRITE,
        body=ConfirmationBody,
    )
    def confirm_instrument(caller: Caller, services: Services, record_id: str) -> Any:
        body = read_json(ConfirmationBody)
        file = _file(body.document) if body.document is not None else None
        return view(services.confirmations.instrument(record_id, actor=actor(caller), file=file))

    @route(blueprint, "POST", "/v1/exigencies/<path:record_id>/confirm", scope=Scope.REGISTRY_WRITE, body=EmptyBody)
    def confirm_exigency(caller: Caller, services: Services, record_id: str) -> Any:
        read_json(EmptyBody)
        return view(services.confirmations.exigency(record_id, actor=actor(caller)))

    @route(
        blueprint,
        "POST",
        "/v1/exigencies/<path:record_id>/instrument",
        scope=Scope.REGISTRY_WRITE,
        body=AttachmentBody,
    )
    def attach(caller: Caller, services: Services, record_id: str) -> Any:
        return services.exigencies.attach(record_id, read_json(AttachmentBody).instrument, actor=actor(caller))

    @route(
        blueprint,
        "POST",
        "/v1/searches/<uuid:search_id>/instrument",
        scope=Scope.REGISTRY_WRITE,
        body=AttachmentBody,
    )
    def attach_to_search(caller: Caller, services: Services, search_id: UUID) -> Any:
        """The authorisation that follows a search which the law permits before it."""
        instrument = read_json(AttachmentBody).instrument
        return services.exigencies.attach_to_search(search_id, instrument, actor=actor(caller))

    @route(
        blueprint,
        "POST",
        "/v1/exigencies/<path:record_id>/application",
        scope=Scope.REGISTRY_WRITE,
        body=ApplicationBody,
    )
    def apply(caller: Caller, services: Services, record_id: str) -> Any:
        """The court was asked for the paper that follows the emergency."""
        applied_at = read_json(ApplicationBody).applied_at
        return services.exigencies.apply(record_id, applied_at, actor=actor(caller))

    @route(
        blueprint,
        "POST",
        "/v1/agencies/<agency>/exigency-right",
        scope=Scope.SANCTIONS_WRITE,
        body=RestorationBody,
    )
    def restore(caller: Caller, services: Services, agency: str) -> Any:
        """Gives the right to emergencies back, with reasons."""
        return services.exigencies.restore_right(agency, actor=actor(caller), reason=read_json(RestorationBody).reason)


def _courts(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/court-statements", scope=Scope.COURTS_WRITE, body=StatementBody)
    def state(caller: Caller, services: Services) -> Any:
        """A court's signed word that warrants of its own are revoked or quashed; a single one, or its whole list."""
        statement = read_json(StatementBody).statement
        return services.court_statements.take(statement, actor=actor(caller), issuer=services.settings.issuer), 201

    @route(blueprint, "POST", "/v1/instruments/filings", scope=Scope.REGISTRY_WRITE, body=FilingBody)
    def file(caller: Caller, services: Services) -> Any:
        """A paper out of a NIEM or ECF filing. It is entered as if typed: a second person confirms it."""
        body = read_json(FilingBody)
        agency = body.agency or caller.agency or ""
        write = read_filing(body.filing.encode(), body, agency=agency, paper_id=f"{agency}/{uuid7()}")
        return view(services.registry.put_instrument(write, actor=actor(caller))), 201


def _proposals(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/proposals", scope=Scope.REGISTRY_WRITE, body=ProposalBody)
    def propose(caller: Caller, services: Services) -> Any:
        body = read_json(ProposalBody)
        return services.proposals.propose(body.kind, body.document, why=body.why, actor=actor(caller)), 201

    @route(blueprint, "GET", "/v1/proposals", scope=Scope.REGISTRY_READ)
    def list_proposals(caller: Caller, services: Services) -> Any:
        if caller.agency is not None:
            return {"items": []}
        return {"items": services.proposals.list(limit=limit())}

    @route(
        blueprint,
        "POST",
        "/v1/proposals/<uuid:proposal>/approve",
        scope=Scope.REGISTRY_WRITE,
        body=DecisionBody,
        fresh=True,
    )
    def approve(caller: Caller, services: Services, proposal: UUID) -> Any:
        reason = read_json(DecisionBody).reason
        return services.proposals.decide(proposal, approve=True, reason=reason, actor=actor(caller))

    @route(blueprint, "POST", "/v1/proposals/<uuid:proposal>/refuse", scope=Scope.REGISTRY_WRITE, body=DecisionBody)
    def refuse(caller: Caller, services: Services, proposal: UUID) -> Any:
        reason = read_json(DecisionBody).reason
        return services.proposals.decide(proposal, approve=False, reason=reason, actor=actor(caller))


def _file(encoded: str) -> bytes:
    try:
        file = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(
            status=422,
            code="DOCUMENT_BASE64",
            detail="The document is not valid base64.",
            remedy="Send the bytes of the file in standard base64.",
        ) from None
    if len(file) > LARGEST_FILE:
        raise Problem(
            status=413,
            code="DOCUMENT_TOO_LARGE",
            detail="The document is larger than 10 MiB.",
            remedy="Send the signed document itself, or confirm it without a file.",
        )
    return file
