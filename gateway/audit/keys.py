"""The log's key files: the signing key, the receipt key, the disclosure wrapping keys by generation, the blind key.

Invariants: a file is made once, whole and 0600, by exactly one of several processes at once, and is never rewritten;
none of them enters the database. The signing key alone is ever removed: when the next one has taken over, so that
nobody can sign with it again.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.errors import KeyMissing
from gateway.private_files import write_once

if TYPE_CHECKING:
    from pathlib import Path

LOG_KEY: Final = "log.key"
LOG_KEYS: Final = "log*.key"
RECEIPT_KEY: Final = "receipt.jwk"
BLIND_KEY: Final = "blind.key"
EXPORT_KEY: Final = "export.key"
WRAPPING_KEY: Final = "disclosure.{generation}.key"
KEY_BYTES: Final = 32
_LOG_KEY_NAME: Final = re.compile(r"log(?:\.([1-9][0-9]*))?\.key", re.ASCII)


def create_keys(folder: Path) -> None:
    """Makes whatever key is not there yet; harmless where all exist. `folder` is `settings.keys`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not log_keys(folder):
        make_log_key(folder, 1)
    for name in (BLIND_KEY, EXPORT_KEY):
        write_once(folder / name, _new_key())
    # A first generation that was destroyed does not come back.
    if not any(folder.glob(WRAPPING_KEY.format(generation="*"))):
        new_wrapping_key(folder, 1)
    write_once(folder / RECEIPT_KEY, _new_receipt_key())


def read_key(path: Path) -> bytes:
    """The 32 bytes of a key file.

    Raises:
        KeyMissing: there is none, or it is damaged.
    """
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error) as error:
        raise KeyMissing(f"the key file {path.name} cannot be read; run `writgate init`") from error
    if len(key) != KEY_BYTES:
        raise KeyMissing(f"the key file {path.name} is damaged")
    return key


def make_log_key(folder: Path, number: int) -> None:
    """The log's signing key of that number, unless it is there."""
    write_once(folder / _log_key_name(number), _new_key())


def remove_log_key(folder: Path, number: int) -> None:
    """Once another has taken over. Harmless where it is gone."""
    (folder / _log_key_name(number)).unlink(missing_ok=True)


def log_keys(folder: Path) -> list[int]:
    """Numbers of the signing keys that are there: one, or two while the next one takes over."""
    found = (_LOG_KEY_NAME.fullmatch(path.name) for path in folder.glob(LOG_KEYS))
    return sorted(int(match[1] or 1) for match in found if match)


def signing_key(folder: Path, number: int | None = None) -> Ed25519PrivateKey:
    """The key that signs checkpoints: the one of that number, else the one in use. Raises KeyMissing."""
    if number is None:
        number = next(iter(log_keys(folder)), 1)
    return Ed25519PrivateKey.from_private_bytes(read_key(folder / _log_key_name(number)))


def _log_key_name(number: int) -> str:
    return LOG_KEY if number == 1 else f"log.{number}.key"


def receipt_key(folder: Path) -> dict[str, Any]:
    """The private key that signs receipts, as a JWK. Raises KeyMissing."""
    try:
        found = json.loads((folder / RECEIPT_KEY).read_bytes())
    except (OSError, ValueError) as error:
        raise KeyMissing(f"the key file {RECEIPT_KEY} cannot be read; run `writgate init`") from error
    if not isinstance(found, dict) or (found.get("kty"), found.get("crv")) != ("OKP", "Ed25519"):
        raise KeyMissing("the receipt key is not an Ed25519 key; run `writgate init`")
    return found


def export_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs what is sent to webhooks. Raises KeyMissing."""
    return Ed25519PrivateKey.from_private_bytes(read_key(folder / EXPORT_KEY))


def new_wrapping_key(folder: Path, generation: int) -> None:
    """Makes the key file of a generation unless it is there."""
    write_once(folder / WRAPPING_KEY.format(generation=generation), _new_key())


def _new_key() -> bytes:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"


def _new_receipt_key() -> bytes:
    private = Ed25519PrivateKey.generate()

    def text(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    public = private.public_key().public_bytes_raw()
    key = {"kty": "OKP", "crv": "Ed25519", "x": text(public), "d": text(private.private_bytes_raw())}
    return json.dumps(key).encode() + b"\n"
