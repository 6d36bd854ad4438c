"""Whoever is told: a webhook's receiver and the least of an SMTP server, each keeping what came."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Header names in lower case, and the body.
Posted = tuple[dict[str, str], bytes]
# The address, and the letter.
Letter = tuple[str, str]


class Receiver(BaseHTTPRequestHandler):
    """Somebody's webhook: answers what it is told to, and keeps what came."""

    answers: list[int]
    came: list[Posted]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class Post(socketserver.StreamRequestHandler):
    """The least of an SMTP server (RFC 5321): takes every letter."""

    letters: list[Letter]

    def handle(self) -> None:
        self.wfile.write(b"220 post\r\n")
        to = ""
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.letters.append((to, b"".join(lines).decode()))
            if word == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@contextmanager
def post_office() -> Iterator[tuple[int, list[Letter]]]:
    """Its port, and the letters that came."""
    kept: list[Letter] = []
    handler = type("Kept", (Post,), {"letters": kept})
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)) as port:
        yield port, kept


@contextmanager
def webhook() -> Iterator[tuple[str, list[int], list[Posted]]]:
    """Its origin, what it answers next, and what came."""
    answers: list[int] = []
    came: list[Posted] = []
    handler = type("Kept", (Receiver,), {"answers": answers, "came": came})
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}", answers, came


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield int(server.server_address[1])  # type: ignore[index]  # of an internet socket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
