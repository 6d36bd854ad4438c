"""`/v1/audit/exports`: standing exports of the log, each of the entries that its maker may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from flask import Blueprint
from pydantic import StringConstraints

from gateway.audit.exports import ExportRefused
from gateway.audit.query_language import QuestionError
from gateway.vocabulary import Scope
from gateway.web.api.audit import record_reading
from gateway.web.api.bodies import Body, Word
from gateway.web.problems import Problem, not_found
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

Url = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[!-~]+$")]


class ExportBody(Body):
    """`q` is a question in the log's language; empty means everything."""

    name: Word
    format: Word
    destination: Url
    q: Annotated[str, StringConstraints(max_length=1000)] = ""


def export_routes() -> Blueprint:
    blueprint = Blueprint("exports", __name__)

    @route(blueprint, "POST", "/v1/audit/exports", scope=Scope.AUDIT_EXPORT, body=ExportBody, fresh=True)
    def make(caller: Caller, services: Services) -> Any:
        body = read_json(ExportBody)
        try:
            made = services.exports.make(
                name=body.name,
                form=body.format,
                url=body.destination,
                asked=body.q,
                by=caller.client,
                agency=caller.agency,
            )
        except (ExportRefused, QuestionError) as refused:
            sentence = refused.remedy if isinstance(refused, QuestionError) else str(refused)
            raise Problem(
                status=422, code="EXPORT_INVALID", detail=sentence, remedy="docs/audit.md lists what may be given."
            ) from None
        return made.document(), 201

    @route(blueprint, "GET", "/v1/audit/exports", scope=Scope.AUDIT_EXPORT)
    def exports(caller: Caller, services: Services) -> Any:
        found = services.exports.all(agency=caller.agency)
        # What they ask for may name a person or a case.
        record_reading(caller, services, what="exports", count=len(found), question={})
        return {
            "items": [export.document() for export in found],
            "webhook_key": services.exports.public_key(),
        }

    @route(blueprint, "DELETE", "/v1/audit/exports/<name>", scope=Scope.AUDIT_EXPORT)
    def end(caller: Caller, services: Services, name: str) -> Any:
        """A client that is bound to no agency ends any."""
        if not services.exports.end(name=name, by=caller.client, agency=caller.agency):
            raise not_found()
        return {"status": "ended"}

    return blueprint
