"""`python -m benchmarks.serve TARGET PORT WORKERS THREADS`: any of the contenders on the product's own web server."""

from __future__ import annotations

import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server


def main() -> None:
    target, port, workers, threads = sys.argv[1:]
    Server(
        f"benchmarks.{target}",
        factory=True,
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.WSGI,
        workers=int(workers),
        blocking_threads=int(threads),
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
