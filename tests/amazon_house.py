"""What stands for Amazon where its errors are tested: a server that counts who comes and answers as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEYS: Final = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"}


class Amazon:
    """`answers` are (status, body) in turn, the last one for ever; None breaks the connection off.

    While `talking` is not set nobody is answered; `meanwhile` is done while somebody waits for an answer.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[tuple[int, Any] | None] = [(200, {})]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.connections = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.talking = threading.Event()
        self.talking.set()
        self._lock = threading.Lock()

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        self.meanwhile()
        with self._lock:
            self.asked.append((operation, body))
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]


@contextmanager
def amazon() -> Iterator[Amazon]:
    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            there.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            there.talking.wait()
            answer = there.answer(self.headers["X-Amz-Target"].partition(".")[2], body)
            if answer is None:
                self.connection.close()
                return
            status, said = answer
            content = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there = Amazon(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield there
        finally:
            there.talking.set()
        server.shutdown()
        thread.join()


def error(name: str, status: int = 400) -> tuple[int, dict[str, str]]:
    return status, {"__type": name, "Message": "words that quote what was sent"}


def credentials(folder: Path, **changes: Any) -> Path:
    path = folder / "amazon.json"
    path.write_text(json.dumps(KEYS | changes), encoding="utf-8")
    path.chmod(0o600)
    return path
