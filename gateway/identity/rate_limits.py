"""How many requests a client may make, counted exactly for all processes of a node and without a question to anybody.

The counts are a file in the home's runtime folder that all web processes map into memory. So a count is one exchange of
eight bytes under a file lock: microseconds, where a row of the database would be a commit, and a bucket for a process
would let through a multiple, or refuse a client whose connections all lie with one worker. Nodes count each for itself.
A client's count is one moment, the theoretical arrival time of the generic cell rate algorithm: a bucket of a minute's
requests that fills evenly. The clock is the machine's monotonic one; after a restart of the machine it begins anew, and
what the file then says of the future counts as nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import mmap
import os
import struct
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "rate-limits"
WINDOW: Final = 60  # seconds
_SLOT: Final = struct.Struct("=8sq")  # a digest of the name, and the moment in nanoseconds
_SLOTS: Final = 16_384
_REACH: Final = 16  # slots that are looked at for a name
_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a quota: `remaining` requests now, a full quota after `reset` seconds, and how long to wait."""

    quota: int
    remaining: int
    reset: int
    retry_after: int

    @property
    def exceeded(self) -> bool:
        return self.retry_after > 0

    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` of the IETF's draft on them, and `Retry-After` where one must wait."""
        told = {
            "RateLimit-Policy": f'"client";q={self.quota};w={WINDOW}',
            "RateLimit": f'"client";r={self.remaining};t={self.reset}',
        }
        return told | ({"Retry-After": str(self.retry_after)} if self.exceeded else {})


class RateLimits:
    """Safe to share between threads; processes that are given the same folder share the counts."""

    def __init__(self, folder: Path, *, default: int) -> None:
        self._default = default
        self._lock = threading.Lock()
        self._file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(self._file, _SLOTS * _SLOT.size)
        self._map = mmap.mmap(self._file, _SLOTS * _SLOT.size)

    def take(self, name: str, quota: int | None = None) -> Allowance:
        """Counts one request of `name`, unless it is one too many."""
        quota = quota or self._default
        step = WINDOW * _SECOND // quota
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                now = time.monotonic_ns()
                at, full = self._find(digest, now)
                if full - now > WINDOW * _SECOND:
                    full = now
                ahead = max(full, now) + step
                exceeded = ahead - now > WINDOW * _SECOND
                if not exceeded:
                    full = ahead
                    _SLOT.pack_into(self._map, at, digest, full)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        return Allowance(
            quota=quota,
            remaining=(WINDOW * _SECOND - max(0, full - now)) // step,
            reset=math.ceil(max(0, full - now) / _SECOND),
            retry_after=math.ceil((ahead - now - WINDOW * _SECOND) / _SECOND) if exceeded else 0,
        )

    def _find(self, digest: bytes, now: int) -> tuple[int, int]:
        """Where the name's slot is, and its moment; a new name gets the slot whose owner is best off."""
        first = int.from_bytes(digest[:4]) % _SLOTS
        best = (0, 0)
        for number in range(first, first + _REACH):
            at = number % _SLOTS * _SLOT.size
            owner, moment = _SLOT.unpack_from(self._map, at)
            if owner == digest:
                return at, moment
            if number == first or moment < best[1]:
                best = (at, moment)
        return best[0], now
