"""Personal values beside the log: salted digests for the leaf, ciphertexts under a key for each scope.

A disclosure is RFC 9901's: base64url of the JSON array [salt, name, value]; the leaf holds
base64url(SHA-256(disclosure)). Its ciphertext is AES-256-GCM with the digest as associated data, so that it opens for
no other leaf.

Invariants: a scope's key is random and stands in the database only wrapped; a key that this transaction made is not
remembered until it is committed, or a rollback would leave values under a key that nobody has; the cache is bounded.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.audit.cache import BoundedCache
from gateway.audit.canonical import canonical
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.keys import BLIND_KEY, KEY_BYTES, read_key
from gateway.audit.transit import wrapping_of
from gateway.clock import uuid7

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from gateway.audit.canonical import JSON
    from gateway.audit.wrapping import Wrapping
    from gateway.database import Connection

SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
DIGEST_BYTES: Final = 32
CACHED_KEYS: Final = 4096
# A key that was destroyed is used no longer than this by a process that had it.
CACHED_SECONDS: Final = 60.0
_DISCLOSURE: Final = b"writgate/disclosure/v1\n"
_VALUE: Final = b"writgate/value/v1\n"
_WRAP: Final = b"writgate/disclosure-key/v1\n"
_BLIND: Final = b"writgate/blind/v1\n"


class ScopeKey(NamedTuple):
    key_id: UUID
    cipher: AESGCM


class Disclosure(NamedTuple):
    """One opened disclosure: `text` is what the digest is of, to be handed to whom it is disclosed."""

    text: str
    salt: str
    name: str
    value: Any


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def digest_of(disclosure: str) -> bytes:
    return hashlib.sha256(disclosure.encode()).digest()


def make_disclosure(name: str, value: JSON) -> str:
    """A disclosure with a fresh salt of 128 bits. Raises EntryMalformed."""
    return base64url(canonical([base64url(os.urandom(SALT_BYTES)), name, value]).encode())


def read_disclosure(text: str) -> Disclosure:
    """Raises DisclosureUnreadable unless it is a disclosure of RFC 9901."""
    try:
        match json.loads(from_base64url(text)):
            case [str(salt), str(name), value]:
                return Disclosure(text, salt, name, value)
    except (ValueError, RecursionError):
        pass
    raise DisclosureUnreadable("the disclosure is not [salt, name, value]")


def decoy_digest() -> bytes:
    """A digest of nothing, so that every leaf has one and no leaf's lack of one speaks."""
    return hashlib.sha256(os.urandom(DIGEST_BYTES)).digest()


class DisclosureKeys:
    """Finds, makes and uses the keys of scopes; and the keyed digests that values are searched by."""

    def __init__(self, *, wrapping: Wrapping, blind: bytes) -> None:
        self.wrapping = wrapping
        self._blind = blind
        self._by_scope: BoundedCache[bytes, ScopeKey] = BoundedCache(CACHED_KEYS, CACHED_SECONDS, time.monotonic)
        self._by_id: BoundedCache[UUID, AESGCM] = BoundedCache(CACHED_KEYS, CACHED_SECONDS, time.monotonic)

    @classmethod
    def load(cls, folder: Path) -> DisclosureKeys:
        """From `settings.keys`. Raises KeyMissing."""
        return cls(wrapping=wrapping_of(folder), blind=read_key(folder / BLIND_KEY))

    def blind(self, kind: str, value: str) -> bytes:
        """HMAC-SHA-256, 32 bytes; equal only for equal kind and value."""
        return hmac.digest(self._blind, _BLIND + canonical([kind, value]).encode(), "sha256")

    def seal(self, key: ScopeKey, disclosure: str) -> bytes:
        """Digest ‖ nonce ‖ ciphertext of one disclosure."""
        digest = digest_of(disclosure)
        nonce = os.urandom(NONCE_BYTES)
        return digest + nonce + key.cipher.encrypt(nonce, disclosure.encode(), _DISCLOSURE + digest)

    def open(self, connection: Connection, key_id: UUID, sealed: bytes) -> Disclosure:
        """Opens what `seal` made and checks that it is what its digest is of. Raises DisclosureUnreadable."""
        return read_disclosure(_opened(self.by_id(connection, key_id), sealed))

    @staticmethod
    def text_with(cipher: AESGCM, sealed: bytes) -> bytes:
        """The JSON array [salt, name, value] that `open` would read, for who has the key already.

        Raises DisclosureUnreadable.
        """
        try:
            return from_base64url(_opened(cipher, sealed))
        except ValueError:
            raise DisclosureUnreadable("the disclosure is not base64url") from None

    def seal_value(self, key: ScopeKey, value: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + key.cipher.encrypt(nonce, value, _VALUE + context.encode())

    def open_value(self, connection: Connection, key_id: UUID, sealed: bytes, context: str) -> bytes:
        """Raises DisclosureUnreadable."""
        return _decrypt(self.by_id(connection, key_id), sealed, _VALUE + context.encode())

    def knows(self, scope: str) -> bool:
        """Whether the key of this scope is in memory, so that sealing under it will ask the database nothing."""
        return self._by_scope.get(self.blind("scope", scope)) is not None

    def for_scope(self, connection: Connection, scope: str, *, within: UUID | None = None) -> ScopeKey:
        """The key of a scope, made in the caller's transaction where there is none yet.

        One that is made `within` the key of another scope is destroyed with it.
        """
        scope_blind = self.blind("scope", scope)
        cached = self._by_scope.get(scope_blind)
        if cached is not None:
            return cached
        row = connection.execute(
            "SELECT key_id, generation, wrapped, uncommitted FROM audit.scope_key(%b)", (scope_blind,)
        ).fetchone()
        if row is None:
            return self._make(connection, scope_blind, within)
        key_id, generation, wrapped, uncommitted = row
        key = ScopeKey(key_id, self.unwrap(key_id, scope_blind, generation, wrapped))
        if not uncommitted:
            self._by_scope.put(scope_blind, key)
            self._by_id.put(key_id, key.cipher)
        return key

    def by_id(self, connection: Connection, key_id: UUID) -> AESGCM:
        """Raises DisclosureUnreadable if the key was destroyed or never was."""
        cached = self._by_id.get(key_id)
        if cached is not None:
            return cached
        row = connection.execute(
            "SELECT scope_blind, generation, wrapped, uncommitted FROM audit.disclosure_key(%s)", (key_id,)
        ).fetchone()
        if row is None or row[2] is None:
            raise DisclosureUnreadable("the key of this value was destroyed")
        scope_blind, generation, wrapped, uncommitted = row
        cipher = self.unwrap(key_id, scope_blind, generation, wrapped)
        if not uncommitted:
            self._by_id.put(key_id, cipher)
        return cipher

    def forget(self) -> None:
        """Drops every key from memory, so that one destroyed elsewhere is used no more here."""
        self._by_scope.clear()
        self._by_id.clear()

    def _make(self, connection: Connection, scope_blind: bytes, within: UUID | None) -> ScopeKey:
        key_id, key = uuid7(), os.urandom(KEY_BYTES)
        row = connection.execute("SELECT audit.current_generation()").fetchone()
        if row is None:
            raise LookupError("the log has no generation of wrapping keys")
        wrapped = self.wrapping.wrap(row[0], key, wrap_context(key_id, scope_blind))
        connection.execute(
            "SELECT audit.add_disclosure_key(%s, %b, %s::integer, %b, %s::uuid)",
            (key_id, scope_blind, row[0], wrapped, within),
        )
        return ScopeKey(key_id, AESGCM(key))

    def unwrap(self, key_id: UUID, scope_blind: bytes, generation: int, wrapped: bytes) -> AESGCM:
        """The key in a row of `audit.disclosure_keys` that was read together with what it opens.

        Raises DisclosureUnreadable.
        """
        context = wrap_context(key_id, bytes(scope_blind))
        key = self.wrapping.unwrap(generation, bytes(wrapped), context)
        if len(key) != KEY_BYTES:
            raise DisclosureUnreadable("what was wrapped is no key")
        return AESGCM(key)


def _opened(cipher: AESGCM, sealed: bytes) -> str:
    digest, rest = sealed[:DIGEST_BYTES], sealed[DIGEST_BYTES:]
    plain = _decrypt(cipher, rest, _DISCLOSURE + digest)
    if hashlib.sha256(plain).digest() != digest:
        raise DisclosureUnreadable("the disclosure is not what its digest is of")
    # Base64url has no other characters; what was sealed as something else is refused by whoever decodes it.
    return plain.decode("ascii", errors="replace")


def wrap_context(key_id: UUID, scope_blind: bytes) -> bytes:
    return _WRAP + key_id.bytes + scope_blind


def _decrypt(cipher: AESGCM, sealed: bytes, context: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise DisclosureUnreadable("the sealed value was changed, or belongs elsewhere") from None
