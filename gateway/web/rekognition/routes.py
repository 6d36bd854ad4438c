"""`POST /`: authenticate, then look what is wanted, then read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from flask import Blueprint, Response, g, request

from gateway.web import readers
from gateway.web.problems import Problem
from gateway.web.refusals import problem_of
from gateway.web.rekognition import collections, searches, users
from gateway.web.rekognition.failures import MEDIA_TYPE, NOT_OFFERED, failed, respond
from gateway.web.rekognition.operations import NOT_OFFERED as KNOWN
from gateway.web.rekognition.operations import OFFERED, TARGET, Offered
from gateway.web.routes import BY_TARGET, authenticated, parse_json, require, services

if TYPE_CHECKING:
    from types import ModuleType

# To import them fills the table of operations.
_DECLARING: Final[tuple[ModuleType, ...]] = (collections, searches, users)


def rekognition_routes() -> Blueprint:
    blueprint = Blueprint("rekognition", __name__)

    def perform() -> Response:
        with authenticated() as caller:
            offered = _wanted(request.headers.get("X-Amz-Target", ""))
            require(caller, offered.scope)
            asked = parse_json(offered.model, _body())
            done = offered.perform(caller, services(), asked)
            return respond(done.output, done.about)

    perform.required_scope = BY_TARGET  # type: ignore[attr-defined]  # read by the test that walks the URL map
    blueprint.add_url_rule("/", "perform", perform, methods=["POST"])

    @blueprint.errorhandler(Exception)
    def refuse(error: Exception) -> Response:
        return failed(problem_of(error))

    return blueprint


def _wanted(target: str) -> Offered:
    """Raises Problem."""
    name = target.removeprefix(TARGET)
    if name not in OFFERED or name == target:
        _refuse(name)
    return OFFERED[name]


def _refuse(name: str) -> NoReturn:
    if name in KNOWN:
        raise Problem(
            status=403,
            code=NOT_OFFERED,
            detail=f"The operation is not offered here. {KNOWN[name]}",
            remedy=f"Offered are: {', '.join(sorted(OFFERED))}.",
        )
    raise Problem(
        status=404,
        code="OPERATION_UNKNOWN",
        detail="The header X-Amz-Target names no operation of Amazon Rekognition.",
        remedy=f"Offered are: {', '.join(sorted(OFFERED))}.",
    )


def _body() -> bytes:
    if request.mimetype != MEDIA_TYPE:
        raise Problem(
            status=415,
            code="CONTENT_TYPE",
            detail="The body must be JSON 1.1 in the manner of AWS.",
            remedy=f"Send the header Content-Type: {MEDIA_TYPE}.",
        )
    # A signature covers the body, so it was read when the caller was authenticated; it is kept by the request.
    g.body = request.get_data()
    readers.finished()
    return g.body or b"{}"
