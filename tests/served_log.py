"""A log of a test's own over HTTP, by the product's own routes, for whoever follows it from outside."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

from bundle_house import receipts_of
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from gateway.web import problems, readers, requests
from gateway.web.api.audit import audit_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audit_house import LogUnderTest


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def served_log(audit: LogUnderTest) -> Iterator[str]:
    """The prefix of its tlog-tiles, such as http://127.0.0.1:1234/log."""
    app = Flask("log", static_folder=None)
    app.extensions["writgate"] = SimpleNamespace(
        auditor=audit.auditor, settings=audit.settings, receipts=receipts_of(audit)
    )
    requests.install(app)
    readers.install(app, threads=4)
    problems.install(app)
    app.register_blueprint(audit_routes())
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/log"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
