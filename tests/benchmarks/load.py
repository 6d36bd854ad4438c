"""A load generator: one thread, raw sockets, requests prepared beforehand, each connection with one request at a time.

It parses no more than the status and the length of an answer, so that it costs little beside what it measures; what it
does cost is told (`client_seconds`), because it runs on the same cores.
"""

from __future__ import annotations

import itertools
import re
import select
import socket
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE_SECONDS: Final = 30.0
_READ: Final = 262_144
_CODE: Final = re.compile(rb'"code": ?"([A-Z_]+)"')


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back: how many with each status, in how many seconds, and how long each took, in milliseconds."""

    statuses: Counter[int]
    seconds: float
    milliseconds: list[float]
    client_seconds: float
    codes: Counter[str]  # of the problems among them

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    @property
    def p50(self) -> float:
        return median(self.milliseconds)

    @property
    def p99(self) -> float:
        return quantiles(self.milliseconds, n=100)[98]


class _Connection:
    __slots__ = ("buffer", "length", "sent_at", "socket", "status")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.status = 0
        self.length = -1
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.buffer.clear()
        self.length = -1
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """True when the answer is complete. Raises ConnectionError, ValueError for what is no such answer."""
        part = self.socket.recv(_READ)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.buffer += part
        if self.length < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.buffer[:end]).lower()
            self.status = int(head[9:12])
            at = head.index(b"content-length:") + 15
            self.length = end + 4 + int(head[at:].partition(b"\r\n")[0])
        return len(self.buffer) >= self.length

    def code(self) -> str:
        """The code of a problem document; cheap, so only for what is near its beginning."""
        found = _CODE.search(self.buffer)
        return found[1].decode() if found else ""


def run(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Answers:
    """Sends the requests in turn until the time is over, and waits for what is under way.

    Raises:
        ConnectionError, TimeoutError: the server went away or does not answer.
    """
    turn = itertools.cycle(requests)
    opened = [_Connection(port) for _ in range(connections)]
    poll = select.epoll()
    by_number = {connection.socket.fileno(): connection for connection in opened}
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    took: list[float] = []
    spent = time.thread_time()
    started = time.perf_counter()
    try:
        for number, connection in by_number.items():
            poll.register(number, select.EPOLLIN)
            connection.send(next(turn))
        under_way, until = len(opened), started + seconds
        while under_way:
            ready = poll.poll(_PATIENCE_SECONDS)
            if not ready:
                raise TimeoutError("the server does not answer")
            for number, _ in ready:
                connection = by_number[number]
                if not connection.receive():
                    continue
                now = time.perf_counter()
                took.append((now - connection.sent_at) * 1000)
                statuses[connection.status] += 1
                if connection.status >= 400:
                    codes[connection.code()] += 1
                if now < until:
                    connection.send(next(turn))
                else:
                    under_way -= 1
    finally:
        poll.close()
        for connection in opened:
            connection.socket.close()
    return Answers(statuses, time.perf_counter() - started, took, time.thread_time() - spent, codes)


def request(path: str, body: bytes | None = None, *, token: str | None = None) -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{'POST' if body is not None else 'GET'} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")
