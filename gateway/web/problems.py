"""Problem documents (RFC 9457): every refusal has a stable code, a sentence, what to do next, and the decision id.

One mapping from what the rooms below raise to what a caller sees. The text of an internal error never reaches the
answer or the log: it may quote what was sent.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound, RequestEntityTooLarge

from gateway.database import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = structlog.get_logger()

TYPE_BASE = "https://writgate.invalid/problems/"


class Problem(Exception):  # noqa: N818 - the RFC's own word
    """A refusal on its way out. `headers` are added to the answer."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        detail: str,
        remedy: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.remedy = remedy
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = members

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "type": TYPE_BASE + self.code.lower().replace("_", "-"),
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "remedy": self.remedy,
            "decision_id": str(g.decision_id),
            "reasons": [],
        }
        if self.errors:
            document["errors"] = self.errors
        return document | self.members


def not_found() -> Problem:
    """The one answer for what does not exist and for what belongs to somebody else."""
    return Problem(
        status=404,
        code="NOT_FOUND",
        detail="There is nothing here under that name for your agency.",
        remedy="Check the identifier and that your token belongs to the agency that owns it.",
    )


def log_unavailable() -> Problem:
    """What is answered wherever the database is needed and does not answer."""
    return Problem(
        status=503,
        code="LOG_UNAVAILABLE",
        detail="The log's database cannot be reached, and nothing is done that cannot be recorded.",
        remedy="Try again in a few seconds; no search was made.",
        headers={"Retry-After": "2"},
    )


def internal_error() -> Problem:
    return Problem(
        status=500,
        code="INTERNAL_ERROR",
        detail="The gateway failed while handling the request; nothing was released.",
        remedy="Report the decision id to the operator.",
    )


def value_refused() -> Problem:
    return Problem(
        status=422,
        code="VALUE_INVALID",
        detail="A value of the request is one that the database cannot hold.",
        remedy="Send text without U+0000, and numbers and times that something can have.",
    )


def answer(problem: Problem) -> Response:
    g.problem_code = problem.code
    response = Response(
        json.dumps(problem.document(), ensure_ascii=False),
        status=problem.status,
        mimetype="application/problem+json",
        headers=problem.headers,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def from_http(error: HTTPException) -> Problem:
    if isinstance(error, RequestEntityTooLarge):
        return Problem(
            status=413,
            code="BODY_TOO_LARGE",
            detail="The request body is larger than this gateway reads.",
            remedy="Send one JPEG or PNG of at most 5 MiB.",
            headers={"Connection": "close"},
        )
    if isinstance(error, MethodNotAllowed):
        return Problem(
            status=405,
            code="METHOD_NOT_ALLOWED",
            detail="That method is not offered here.",
            remedy="See /openapi.json for the methods of each path.",
            headers={"Allow": ", ".join(sorted(error.valid_methods or ()))},
        )
    if isinstance(error, NotFound):
        return Problem(
            status=404,
            code="NOT_FOUND",
            detail="There is no such resource.",
            remedy="See /openapi.json for the paths that exist.",
        )
    if isinstance(error, InternalServerError):  # what a handler itself raised
        return internal_error()
    return Problem(
        status=error.code or 400,
        code="REQUEST_MALFORMED",
        detail="The request could not be read as HTTP.",
        remedy="Send a well-formed request.",
    )


def where(error: BaseException) -> str:
    """The place an error was raised, as `file:line`: enough to find it, and nothing that was sent."""
    trace = error.__traceback__
    place = "unknown"
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def other(error: Exception) -> Problem:
    """Of HTTP's own errors, of a database that does not answer or cannot hold a value, and of our own faults.

    The last two are logged: a value should have been refused before it came to the database.
    """
    if isinstance(error, HTTPException):
        return from_http(error)
    if isinstance(error, DatabaseUnavailable):
        return log_unavailable()
    if isinstance(error, psycopg.DataError):
        log.warning("request.value_refused", where=where(error), decision_id=str(g.decision_id))
        return value_refused()
    log.error("request.failed", error=type(error).__name__, where=where(error), decision_id=str(g.decision_id))
    return internal_error()


def install(app: Flask) -> None:
    """Registers the handlers. The rooms' own refusals are registered by `web.refusals`."""

    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        return answer(problem)

    @app.errorhandler(HTTPException)
    @app.errorhandler(DatabaseUnavailable)
    @app.errorhandler(Exception)
    def _other(error: Exception) -> Response:
        return answer(other(error))
