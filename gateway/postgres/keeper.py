"""The keeper: a small detached process that owns the postmaster of one cluster folder.

`python -m gateway.postgres.keeper FOLDER`. What always holds:

- at most one keeper of a folder runs: it holds `keeper.lock` for its life;
- whoever uses the server holds `users.lock` shared; when the keeper can take it exclusively nobody does, and it stops
  the server while still holding it, so that a newcomer waits and then finds neither server nor keeper;
- the postmaster is the keeper's child and dies with it.

The standard library only: it starts quickly and holds little memory.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.postgres import locks, postmaster

if TYPE_CHECKING:
    import subprocess
    from types import FrameType

POLL_SECONDS: Final = 0.25
_SETTLED_SECONDS: Final = 10.0
_FAILURES_BEFORE_GIVING_UP: Final = 6
_LOG_BYTES_BEFORE_ROTATION: Final = 16 * 2**20


class Keeper:
    """Keeps one postmaster running for as long as somebody uses it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stopping = False
        self._users = locks.open_lock(folder / "users.lock")
        log = folder / "server.log"
        if log.exists() and log.stat().st_size > _LOG_BYTES_BEFORE_ROTATION:
            log.replace(folder / "server.log.1")
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def run(self) -> None:
        """Run the server until nobody uses it, it fails too often, or this process is told to stop."""
        failures = 0
        while not self._is_over():
            started = time.monotonic()
            server = self._start()
            try:
                while server.poll() is None:
                    if self._is_over():
                        return
                    time.sleep(POLL_SECONDS)
            finally:
                postmaster.stop(server)
            failures = 0 if time.monotonic() - started > _SETTLED_SECONDS else failures + 1
            self._note(f"the server ended by itself with status {server.returncode}")
            if failures == _FAILURES_BEFORE_GIVING_UP:
                self._note("the server ended too often; giving up")
                (self._folder / "failed").touch()
                return
            # A crashed server's other processes let go of its shared memory a moment after it.
            time.sleep(min(0.1 * 2**failures, 2.0))

    def _start(self) -> subprocess.Popen[bytes]:
        plan = postmaster.ServerPlan.read(self._folder / "server.json")
        return postmaster.start(plan, self._folder / "data", self._log)

    def _is_over(self) -> bool:
        return self._stopping or locks.try_lock(self._users, locks.EXCLUSIVE)

    def _note(self, sentence: str) -> None:
        moment = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        os.write(self._log, f"{moment} [{os.getpid()}] keeper: {sentence}\n".encode())


def main(folder: Path) -> None:
    """Detach from whoever started us, and keep the server unless another keeper already does."""
    if os.fork() > 0:
        os._exit(0)
    lock = locks.open_lock(folder / "keeper.lock")
    # Users look whether a keeper is there by trying its lock, and may hold it for an instant.
    if not locks.wait_lock(lock, locks.EXCLUSIVE, seconds=0.5):
        return
    keeper = Keeper(folder)
    signal.signal(signal.SIGTERM, keeper.stop)
    signal.signal(signal.SIGINT, keeper.stop)
    keeper.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
