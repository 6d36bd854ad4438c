"""Nonces for DPoP proofs (RFC 9449 sections 8 and 9), without a table: every node makes and knows the same ones.

A nonce is an HMAC over a slot of time under `nonce.key`. That of the slot and of its neighbours is good: the one before
because a client may just have read it, the one after because another node's clock may run ahead. A proof can therefore
be made at most two slots before it is used, by whoever has the key at that time.
"""

from __future__ import annotations

import base64
import hmac
import time
from typing import TYPE_CHECKING, Final, Self

from gateway.audit.keys import read_key

if TYPE_CHECKING:
    from pathlib import Path

KEY: Final = "nonce.key"
SLOT: Final = 60  # seconds


class Nonces:
    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises KeyMissing."""
        return cls(read_key(folder / KEY))

    def current(self) -> str:
        return self._of(_slot())

    def is_good(self, nonce: str) -> bool:
        now = _slot()
        return any(hmac.compare_digest(self._of(slot).encode(), nonce.encode()) for slot in (now, now - 1, now + 1))

    def _of(self, slot: int) -> str:
        digest = hmac.digest(self._key, b"dpop nonce %d" % slot, "sha256")
        return base64.urlsafe_b64encode(digest[:18]).decode()


def _slot() -> int:
    return int(time.time()) // SLOT
