"""A server of a test's own on loopback, in a thread: for what outside services might answer."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@contextmanager
def serving(
    answer: Callable[[http.server.BaseHTTPRequestHandler], None], *, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[str]]]:
    """A server on loopback; its port, and the paths that were asked for."""
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def _handle(self) -> None:
            asked.append(self.path)
            try:
                answer(self)
            except OSError:
                return

        do_GET = do_POST = _handle  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that refuse are the point
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def say(request: http.server.BaseHTTPRequestHandler, body: bytes, *, status: int = 200) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
