"""The console's routes, and what a refusal looks like to a person."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, g
from werkzeug.exceptions import HTTPException

from gateway.database import DatabaseUnavailable
from gateway.identity.errors import IdentityError
from gateway.web.console import account, enrolment, issuers, pages, sign_in
from gateway.web.console.pages import STATIC, Audience, guard, page, plain
from gateway.web.problems import Problem, from_http, internal_error, log_unavailable, not_found, where

if TYPE_CHECKING:
    from gateway.web.services import Services

log = structlog.get_logger()
_FOR_A_YEAR = "public, max-age=31536000, immutable"


def console_routes() -> Blueprint:
    blueprint = Blueprint("console", __name__)
    sign_in.declare(blueprint)
    issuers.declare(blueprint)
    enrolment.declare(blueprint)
    account.declare(blueprint)
    _declare_files(blueprint)
    _declare_refusals(blueprint)
    return blueprint


def _declare_files(blueprint: Blueprint) -> None:
    files = {path.name: (path.read_bytes(), mimetypes.guess_type(path.name)[0]) for path in STATIC.iterdir()}

    @page(blueprint, "GET", "/console/static/<version>/<name>", who=Audience.VISITOR)
    def file(services: Services, version: str, name: str) -> Response:  # noqa: ARG001 - the version is for the browser
        if name not in files:
            raise not_found()
        content, kind = files[name]
        return Response(content, mimetype=kind, headers={"Cache-Control": _FOR_A_YEAR})


def _declare_refusals(blueprint: Blueprint) -> None:
    """The same codes and sentences as everywhere, on a page."""
    pages.install(blueprint)

    @blueprint.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        return _page(problem)

    @blueprint.errorhandler(IdentityError)
    def _identity(error: IdentityError) -> Response:
        return _page(Problem(status=error.status, code=error.code, detail=error.sentence, remedy=error.remedy))

    @blueprint.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _page(from_http(error))

    @blueprint.errorhandler(DatabaseUnavailable)
    def _database(_: DatabaseUnavailable) -> Response:
        return _page(log_unavailable())

    @blueprint.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log.error("request.failed", error=type(error).__name__, where=where(error), decision_id=str(g.decision_id))
        return _page(internal_error())


def _page(problem: Problem) -> Response:
    g.problem_code = problem.code
    response = plain("refused.html", status=problem.status, problem=problem)
    response.headers.update(problem.headers)
    return guard(response)
