"""What wraps the keys of disclosures, by generation: a key file for each, or a key-management service.

A wrapped key is worth nothing without its generation, so a generation that is destroyed takes with it every copy of the
keys that stood under it, those in backups included. Whatever is still wanted is wrapped anew before.
"""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.audit.cache import BoundedCache
from gateway.audit.errors import DisclosureUnreadable, KeyMissing
from gateway.audit.keys import WRAPPING_KEY, new_wrapping_key, read_key

if TYPE_CHECKING:
    from pathlib import Path

NONCE_BYTES: Final = 12
# How long a process may hold a wrapping key that was destroyed.
CACHED_SECONDS: Final = 60.0


class Wrapping(Protocol):
    """Wraps keys of 32 bytes. `context` is bound to the wrapped key and must be given again to unwrap it."""

    def wrap(self, generation: int, key: bytes, context: bytes) -> bytes:
        """Raises KeyMissing where there is no such generation, or it cannot be reached."""

    def unwrap(self, generation: int, wrapped: bytes, context: bytes) -> bytes:
        """Raises DisclosureUnreadable: the generation was destroyed, or the bytes were changed; KeyMissing."""

    def make(self, generation: int) -> None:
        """Makes a generation unless it is there. Raises KeyMissing."""

    def destroy(self, generation: int) -> None:
        """Destroys this generation and all before it, for ever. Raises KeyMissing."""


class KeyFiles:
    """A file for each generation in the folder of keys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ciphers: BoundedCache[int, AESGCM] = BoundedCache(16, CACHED_SECONDS, time.monotonic)

    def wrap(self, generation: int, key: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(generation).encrypt(nonce, key, context)

    def unwrap(self, generation: int, wrapped: bytes, context: bytes) -> bytes:
        if not self._path(generation).exists():
            raise DisclosureUnreadable("the wrapping key of this generation was destroyed")
        try:
            return self._cipher(generation).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise DisclosureUnreadable("the wrapped key was changed, or belongs elsewhere") from None

    def make(self, generation: int) -> None:
        new_wrapping_key(self._folder, generation)

    def destroy(self, generation: int) -> None:
        """The file is written over before it is removed. Copies of it are its owner's to destroy."""
        for number in range(1, generation + 1):
            path = self._path(number)
            if path.exists():
                with path.open("r+b") as file:
                    file.write(secrets.token_bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
        self._ciphers.clear()

    def _path(self, generation: int) -> Path:
        return self._folder / WRAPPING_KEY.format(generation=generation)

    def _cipher(self, generation: int) -> AESGCM:
        known = self._ciphers.get(generation)
        if known is None:
            path = self._path(generation)
            if not path.exists():
                raise KeyMissing(f"the key file {path.name} is missing; restore it, or copy it from another node")
            known = AESGCM(read_key(path))
            self._ciphers.put(generation, known)
        return known
