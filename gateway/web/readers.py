"""How many bodies are read at once: a request that trickles in holds a thread, and must not hold them all.

The server hands a request over before its body is there, and reading it cannot be given a deadline. So a part of the
threads is never spent on reading: without a token few may read at once, with one all but a reserve. A place is given
back as soon as the body is there, not when the request ends, or a busy gateway would turn away what it has threads for.
Who comes when the places are taken waits as long as an honest body takes, and is then told to come again.
"""

from __future__ import annotations

import threading
from typing import Final

from flask import Flask, g, request

from gateway.web.problems import Problem

RESERVED: Final = 3
OPEN_ROUTES: Final = ("/oauth/", "/console/")
WAIT_SECONDS: Final = 0.1


def install(app: Flask, *, threads: int) -> None:
    without_token = threading.BoundedSemaphore(max(1, threads // 4))
    all_readers = threading.BoundedSemaphore(max(1, threads - RESERVED))

    @app.before_request
    def _take() -> None:
        g.reading = []
        if not request.content_length and "Transfer-Encoding" not in request.headers:
            return
        wanted = [all_readers, without_token] if request.path.startswith(OPEN_ROUTES) else [all_readers]
        for places in wanted:
            if not places.acquire(timeout=WAIT_SECONDS):
                raise Problem(
                    status=503,
                    code="BUSY",
                    detail="Too many requests are being read at once.",
                    remedy="Send the request again in a moment.",
                    headers={"Retry-After": "1"},
                )
            g.reading.append(places)

    @app.teardown_request
    def _give_back(_: BaseException | None) -> None:
        finished()


def finished() -> None:
    """The body is read, or will not be: gives the places back. More than once is no harm."""
    for places in g.pop("reading", []):
        places.release()
