"""The key that signs access tokens, every key whose tokens are still accepted, and the making of this package's keys.

`home/keys/token.jwk` is the private signing key (ES256); `home/keys/token-retired.json` holds the public halves of keys
that signed before it. Both are read again when they change on disk, so a rotation needs no restart. `kid` is the
RFC 7638 thumbprint, so no two keys can share one. A private key never leaves this module except as a signature.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.audit.keys import KEY_BYTES
from gateway.identity import nonces
from gateway.private_files import replace, write_once

if TYPE_CHECKING:
    from pathlib import Path

ALGORITHM: Final = "ES256"
SIGNING_KEY: Final = "token.jwk"
AWS_KEY: Final = "aws.key"  # by which session tokens get a secret each (gateway.identity.senders)
RETIRED_KEYS: Final = "token-retired.json"
RETIRED_FOR: Final = 4500  # seconds a retired key stays published: longer than any token lives
_LOOK_AGAIN: Final = 1.0  # seconds between looks at the files while the key asked for is known


@dataclass(frozen=True, slots=True)
class _Loaded:
    signing: ECKey
    verifying: dict[str, ECKey]
    stamp: tuple[object, ...]


def new_key() -> ECKey:
    """A P-256 key whose kid is its thumbprint."""
    key = ECKey.generate_key("P-256", private=True)
    return _named(key.as_dict(private=True))


def create_keys(directory: Path) -> None:
    """Makes what is missing. Idempotent, and safe when several processes start at once."""
    for name in (nonces.KEY, AWS_KEY):
        write_once(directory / name, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    path = directory / SIGNING_KEY
    if not path.exists():
        write_once(path, json.dumps(new_key().as_dict(private=True)).encode())


def rotate_keys(directory: Path) -> str:
    """Retires the signing key and makes a new one; returns its kid. Tokens already issued stay good until they expire.

    The old public key is published as retired before the new key signs, so there is no moment without it.
    """
    current = _read_key(directory / SIGNING_KEY)
    now = int(time.time())
    kept = [entry for entry in _read_retired(directory / RETIRED_KEYS) if entry["retired_at"] > now - RETIRED_FOR]
    kept.append({**_public(current), "retired_at": now})
    replace(directory / RETIRED_KEYS, json.dumps({"keys": kept}).encode())
    fresh = new_key()
    replace(directory / SIGNING_KEY, json.dumps(fresh.as_dict(private=True)).encode())
    return str(fresh.kid)


class TokenKeys:
    """The keys as they are on disk now. Safe to share between threads."""

    def __init__(self, directory: Path) -> None:
        self._paths = (directory / SIGNING_KEY, directory / RETIRED_KEYS)
        self._lock = threading.Lock()
        self._loaded = self._load()
        self._looked_at = time.monotonic()

    def find(self, key_id: str) -> ECKey | None:
        """The public key of that kid, or None. An unknown kid costs a look at two files, not a read of them."""
        return self._current(sure=False).verifying.get(key_id) or self._current(sure=True).verifying.get(key_id)

    def sign(self, claims: dict[str, Any], *, token_type: str) -> str:
        """A compact JWS over `claims` by the signing key of this moment."""
        signing = self._current(sure=True).signing
        header = {"alg": ALGORITHM, "typ": token_type, "kid": signing.kid}
        return jwt.encode(header, claims, signing, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public JWK set: the signing key first, then the retired ones."""
        return {"keys": [_public(key) for key in self._current(sure=True).verifying.values()]}

    def _current(self, *, sure: bool) -> _Loaded:
        if not sure and time.monotonic() - self._looked_at < _LOOK_AGAIN:
            return self._loaded
        with self._lock:
            if self._stamp() != self._loaded.stamp:
                self._loaded = self._load()
            self._looked_at = time.monotonic()
        return self._loaded

    def _stamp(self) -> tuple[object, ...]:
        return tuple(_file_stamp(path) for path in self._paths)

    def _load(self) -> _Loaded:
        stamp = self._stamp()  # before reading: a change in between is then seen at the next look
        signing = _read_key(self._paths[0])
        keys = [signing, *(_named(entry) for entry in _read_retired(self._paths[1]))]
        return _Loaded(signing, {str(key.kid): ECKey.import_key(_public(key)) for key in keys}, stamp)


def _named(members: dict[str, Any]) -> ECKey:
    """The key with its thumbprint as kid, whatever the file said."""
    material: dict[str, Any] = {name: members[name] for name in ("kty", "crv", "x", "y", "d") if name in members}
    if material.get("crv") != "P-256":
        raise ValueError("A token key must be a P-256 key.")
    thumbprint = ECKey.import_key(material).thumbprint()
    return ECKey.import_key(material, {"kid": thumbprint, "use": "sig", "alg": ALGORITHM})


def _public(key: ECKey) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def _read_key(path: Path) -> ECKey:
    return _named(json.loads(path.read_text(encoding="utf-8")))


def _read_retired(path: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
    except FileNotFoundError:
        return []
    return [dict(entry) for entry in entries]


def _file_stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
