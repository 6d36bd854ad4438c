"""`python -m benchmarks.serve TARGET PORT WORKERS THREADS PARENT`: a contender on the product's own web server.

It ends when the benchmark that started it ends, whatever ended that.
"""

from __future__ import annotations

import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from gateway.cli.run import _end_with


def main() -> None:
    target, port, workers, threads, parent = sys.argv[1:]
    _end_with(int(parent))
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
