"""File locks by which the users of one embedded server and its keeper know of each other.

`flock` locks belong to an open file: the kernel drops them when the last process holding that file ends, however it
ends. So no list of process ids has to be kept, and none can be wrong.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHARED: Final = fcntl.LOCK_SH
EXCLUSIVE: Final = fcntl.LOCK_EX
_POLL_SECONDS: Final = 0.02


def open_lock(path: Path) -> int:
    """Open a lock file, made if absent. Python's descriptors do not reach programs that are started."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, mode: int) -> bool:
    """Take the lock now or say that it is not free."""
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, mode: int, *, seconds: float) -> bool:
    """Take the lock within so many seconds, or say that it did not come free."""
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor, mode):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def is_held_exclusively(path: Path) -> bool:
    """Whether some process holds this lock for itself alone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, SHARED)
    finally:
        os.close(descriptor)


@contextmanager
def exclusively(path: Path, *, seconds: float) -> Iterator[None]:
    """Run a block while no other process runs one under the same lock.

    Raises:
        TimeoutError: the lock did not come free.
    """
    descriptor = open_lock(path)
    try:
        if not wait_lock(descriptor, EXCLUSIVE, seconds=seconds):
            raise TimeoutError(f"{path} stayed locked by another process for {seconds:g} s")
        yield
    finally:
        os.close(descriptor)
