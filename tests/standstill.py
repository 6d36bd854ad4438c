"""A process made to stand still from outside, surely: a signal takes its time, and threads stop one by one."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def stop(pid: int) -> None:
    """Stops it, and returns when every one of its threads stands."""
    os.kill(pid, signal.SIGSTOP)
    while any(_state(thread) not in "TtZX" for thread in Path(f"/proc/{pid}/task").iterdir()):
        time.sleep(0.001)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """It stands inside, and goes on after, if it still lives."""
    stop(pid)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _state(thread: Path) -> str:
    """The letter of proc_pid_stat(5), third field; X for a thread that has ended since it was listed."""
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
