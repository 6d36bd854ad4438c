"""Around each request: its ids before, one structured log event after.

The event names the route, never the path (a path may hold a case or a person), and holds no header, body or token.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

import structlog
from flask import Flask, Response, g, request

from gateway import metrics
from gateway.clock import uuid7

if TYPE_CHECKING:
    from gateway.identity.caller import Caller

log = structlog.get_logger()

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def install(app: Flask) -> None:
    @app.before_request
    def _begin() -> None:
        g.decision_id = uuid7()
        g.started = time.perf_counter()
        g.problem_code = None

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers["Decision-Id"] = str(g.decision_id)
        given = request.headers.get("Request-Id", "")
        response.headers["Request-Id"] = given if _REQUEST_ID.fullmatch(given) else str(g.decision_id)
        response.headers["X-Content-Type-Options"] = "nosniff"
        route = request.url_rule.rule if request.url_rule else "none"
        # A method of the caller's own invention would be a count of its own.
        method = request.method if request.url_rule else "none"
        metrics.REQUESTS.labels(method, route, response.status_code).inc()
        caller: Caller | None = g.get("caller")
        log.info(
            "request",
            route=route,
            method=request.method,
            status=response.status_code,
            code=g.problem_code,
            decision_id=str(g.decision_id),
            client=caller.client if caller else None,
            agency=caller.agency if caller else None,
            milliseconds=round((time.perf_counter() - g.started) * 1000, 1),
        )
        return response
