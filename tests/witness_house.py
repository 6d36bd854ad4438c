"""Witnesses for tests: each a server of its own with its own folder, which can be ended and begun again."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

from gateway.audit.notes import Verifier
from gateway.audit.witness import WitnessKey, WitnessServer
from gateway.audit.witness_policy import WitnessPolicy
from gateway.cli.witness import handler
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(slots=True)
class RunningWitness:
    name: str
    folder: Path
    logs: list[str]
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None
    _port: int = 0

    @property
    def key(self) -> WitnessKey:
        return WitnessKey.of(self.folder, f"{self.name}.example/witness")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        core = WitnessServer(self.folder, self.key, [Verifier.parse(log) for log in self.logs])
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), handler(core))
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None


@dataclass(slots=True)
class WitnessHouse:
    witnesses: list[RunningWitness] = field(default_factory=list)

    def policy(self) -> WitnessPolicy:
        lines = [f"witness {one.name} {one.key.verifier} {one.url}" for one in self.witnesses]
        return WitnessPolicy.parse("\n".join(lines))

    def origins(self) -> list[str]:
        return [one.url for one in self.witnesses]

    def outbound(self) -> Outbound:
        return Outbound(self.origins())


@contextmanager
def witness_house(
    folder: Path, log: str, *, names: tuple[str, ...] = ("court", "defence", "vendor")
) -> Iterator[WitnessHouse]:
    """Witnesses of the log with that verifier key, running until the block ends."""
    house = WitnessHouse([RunningWitness(name, folder / name, [log]) for name in ("court", "defence", "vendor")])
    with ExitStack() as stack:
        for witness in house.witnesses:
            witness.start()
            stack.callback(witness.stop)
        yield house
