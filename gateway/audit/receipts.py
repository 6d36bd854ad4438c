"""Receipts: the promise, signed when an entry is staged, that its leaf will be in the tree within the merge delay.

Compact JWS, typ `audit-receipt+jwt`, alg Ed25519: {leaf: leaf hash in hex, time: ns, mmd: seconds, origin}. Whoever
holds one and finds no inclusion proof after time + mmd holds the proof that the log dropped an entry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from gateway.audit.disclosures import base64url
from gateway.audit.errors import KeyMissing, SignatureInvalid
from gateway.audit.keys import RECEIPT_KEY
from gateway.audit.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TYPE: Final = "audit-receipt+jwt"
# The fully specified name (RFC 9864) of what older texts call EdDSA.
ALGORITHM: Final = "Ed25519"
MERGE_DELAY_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Receipt:
    """A verified receipt. `merge_delay` in seconds, `time_ns` in nanoseconds since the epoch."""

    leaf_hash: bytes
    time_ns: int
    merge_delay: int
    origin: str


class ReceiptSigner:
    """Signs receipts for one log."""

    def __init__(self, key: Mapping[str, Any], *, origin: str) -> None:
        self._key = OKPKey.import_key(dict(key))
        self._origin = origin
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._key.thumbprint()}
        self._header = _segment(header)
        private = self._key.get_op_key("sign")
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyMissing("the receipt key is not an Ed25519 key; run `writgate init`")
        self._private = private

    @classmethod
    def load(cls, folder: Path, *, origin: str) -> ReceiptSigner:
        """From `settings.keys` and `settings.log_origin`. Raises KeyMissing."""
        try:
            key = json.loads((folder / RECEIPT_KEY).read_bytes())
        except (OSError, ValueError) as error:
            raise KeyMissing(f"the key file {RECEIPT_KEY} cannot be read; run `writgate init`") from error
        return cls(key, origin=origin)

    def sign(self, leaf_hash: bytes, *, time_ns: int) -> str:
        claims = {"leaf": leaf_hash.hex(), "time": time_ns, "mmd": MERGE_DELAY_SECONDS, "origin": self._origin}
        # RFC 7515 section 7.1 written out: the library's general way costs three times the signature.
        signed = f"{self._header}.{_segment(claims)}"
        return f"{signed}.{base64url(self._private.sign(signed.encode()))}"

    def public_jwk(self) -> dict[str, Any]:
        """The key that verifies receipts, with its thumbprint (RFC 7638) as `kid`."""
        return {**self._key.as_dict(private=False), "kid": self._key.thumbprint(), "use": "sig", "alg": ALGORITHM}


def _segment(value: Mapping[str, Any]) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def verify_receipt(text: str, public_jwk: Mapping[str, Any]) -> Receipt:
    """Checks signature and form.

    Raises:
        SignatureInvalid: it was not signed by this key, or is no receipt.
    """
    try:
        key = OKPKey.import_key({name: public_jwk[name] for name in ("kty", "crv", "x")})
        signed = jws.deserialize_compact(text.encode(), key, algorithms=[ALGORITHM])
        claims = json.loads(signed.payload)
    except (JoseError, ValueError, KeyError) as error:
        raise SignatureInvalid("the receipt was not signed by this log's receipt key") from error
    if signed.headers().get("typ") != TYPE:
        raise SignatureInvalid("the token is not a receipt")
    match claims:
        case {"leaf": str(leaf), "time": int(time_ns), "mmd": int(merge_delay), "origin": str(origin)}:
            try:
                leaf_hash = bytes.fromhex(leaf)
            except ValueError:
                leaf_hash = b""
            if len(leaf_hash) == HASH_BYTES:
                return Receipt(leaf_hash, time_ns, merge_delay, origin)
    raise SignatureInvalid("the token is not a receipt")
