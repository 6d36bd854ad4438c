"""The processes of a gateway on one machine: started, restarted when they die, ended together.

Each is a process of its own with its own database role, so that the one that faces the network cannot read a template
and the one that signs cannot be reached. A child ends with its parent, whatever ends the parent (`run --parent`).
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

log = structlog.get_logger()

KINDS: Final = ("engine", "sequencer", "signer", "sweeper", "docket", "web")
_GRACE_SECONDS: Final = 15.0
# A kind that dies again and again is started no more often than this, by twice as much each time until then.
_FIRST_SECONDS: Final = 0.2
_SELDOM_SECONDS: Final = 5.0
_WELL_SECONDS: Final = 60.0


@dataclass(slots=True)
class _Child:
    kind: str
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    due: float | None = None  # when it is started again, once it died


@dataclass(slots=True)
class Supervisor:
    """Runs the kinds of process named in `kinds`; `log_file` takes their standard error where given."""

    environment: Mapping[str, str]
    kinds: tuple[str, ...] = KINDS
    log_file: Path | None = None
    _children: dict[str, _Child] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None

    def start(self) -> None:
        """Starts every kind, and again whatever dies: at once if it was at work, ever more seldom if it keeps dying."""
        for kind in self.kinds:
            self._children[kind] = _Child(kind, self._spawn(kind), time.monotonic())
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def wait(self) -> None:
        """Until `stop` is called from a signal or another thread."""
        while not self._stopping.wait(0.5):
            pass

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            for child in self._children.values():
                if child.process.poll() is not None and not self._stopping.is_set():
                    self._mend(child)

    def _mend(self, child: _Child) -> None:
        """Starts what died when it is due, or later where it cannot be, as without memory; others are watched as ever.

        The thread must live: with it ends what it started (prctl(2), PR_SET_PDEATHSIG).
        """
        now = time.monotonic()
        if child.due is None:
            child.failures = 0 if now - child.started > _WELL_SECONDS else child.failures + 1
            # From its start and not from its end: who worked a while is missed at once.
            child.due = max(now, child.started + _pause(child.failures))
            log.error("process.died", kind=child.kind, status=child.process.returncode, failures=child.failures)
        elif now >= child.due:
            try:
                child.process, child.started, child.due = self._spawn(child.kind), now, None
            except OSError as error:
                child.failures += 1
                child.due = now + _pause(child.failures)
                name = errno.errorcode.get(error.errno or 0)
                log.error("process.not_started", kind=child.kind, error=name, failures=child.failures)  # noqa: TRY400

    def stop(self) -> None:
        self._stopping.set()

    def end(self) -> None:
        """Ends every child: politely, and after a while not."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        for kind in reversed(self.kinds):
            child = self._children.get(kind)
            if child and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in self._children.values():
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def pid(self, kind: str) -> int:
        return self._children[kind].process.pid

    def _spawn(self, kind: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gateway.cli", "run", kind, "--parent", str(os.getpid())]
        target = _private(self.log_file) if self.log_file else None
        try:
            return subprocess.Popen(
                command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=target or subprocess.DEVNULL,
                stderr=target,
            )
        finally:
            if target:
                target.close()


def _pause(failures: int) -> float:
    return float(min(_SELDOM_SECONDS, _FIRST_SECONDS * 2 ** min(failures, 10)))


def _private(path: Path) -> BinaryIO:
    """The file, for appending, readable by its owner only."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
