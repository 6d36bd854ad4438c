"""The console's routes, and what a refusal looks like to a person."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, g
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from gateway.database import DatabaseUnavailable
from gateway.identity.errors import IdentityError
from gateway.web.console import account, authorize, enrolment, issuers, pages, sign_in
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
    authorize.declare(blueprint)
    _declare_files(blueprint)
    _declare_the_rest(blueprint)
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


def _declare_the_rest(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", "/console/<path:place>", who=Audience.VISITOR)
    def nowhere(services: Services, place: str) -> Response:  # noqa: ARG001 - every view is given both
        """A person who has lost the way is told so on a page; what a form is sent to is no place to look at."""
        raise Problem(
            status=404,
            code="NOT_FOUND",
            detail="There is no such page.",
            remedy="Begin at the first page.",
        )


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
        problem = from_http(error)
        if isinstance(error, RequestEntityTooLarge):  # elsewhere it is a picture
            problem.remedy = "Go back, and send the form with less in it."
        return _page(problem)

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
