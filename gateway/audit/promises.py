"""Receipts read and verified with nothing but Python and `cryptography`.

A receipt is a compact JWS, typ `audit-receipt+jwt`, alg Ed25519: {leaf: leaf hash in hex, time: ns, mmd: seconds,
origin}. It promises that the leaf will be in the tree within the merge delay. Whoever holds one and finds no inclusion
proof after time + mmd holds the proof that the log dropped an entry.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.errors import SignatureInvalid
from gateway.audit.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

RECEIPT_TYPE: Final = "audit-receipt+jwt"
# The fully specified name (RFC 9864) of what older texts call EdDSA.
RECEIPT_ALGORITHM: Final = "Ed25519"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A verified receipt. `merge_delay` in seconds, `time_ns` in nanoseconds since the epoch."""

    leaf_hash: bytes
    time_ns: int
    merge_delay: int
    origin: str

    @property
    def due_ns(self) -> int:
        """When the leaf must be in the tree."""
        return self.time_ns + self.merge_delay * 10**9


def verify_receipt(text: str, public_jwk: Mapping[str, Any]) -> Receipt:
    """Checks signature and form.

    Raises:
        SignatureInvalid: it was not signed by this key, or is no receipt.
    """
    try:
        header, payload, signature = text.split(".")
        if (public_jwk["kty"], public_jwk["crv"]) != ("OKP", "Ed25519"):
            raise SignatureInvalid("the receipt key is not an Ed25519 key")
        key = Ed25519PublicKey.from_public_bytes(_segment_bytes(public_jwk["x"]))
        key.verify(_segment_bytes(signature), f"{header}.{payload}".encode())
        names, claims = json.loads(_segment_bytes(header)), json.loads(_segment_bytes(payload))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature, RecursionError) as error:
        raise SignatureInvalid("the receipt was not signed by this log's receipt key") from error
    if not isinstance(names, dict) or (names.get("typ"), names.get("alg")) != (RECEIPT_TYPE, RECEIPT_ALGORITHM):
        raise SignatureInvalid("the token is not a receipt")
    if "crit" in names:
        raise SignatureInvalid("the token asks for what is not known here")
    match claims:
        case {"leaf": str(leaf), "time": int(time_ns), "mmd": int(merge_delay), "origin": str(origin)}:
            try:
                leaf_hash = bytes.fromhex(leaf)
            except ValueError:
                leaf_hash = b""
            if len(leaf_hash) == HASH_BYTES:
                return Receipt(leaf_hash, time_ns, merge_delay, origin)
    raise SignatureInvalid("the token is not a receipt")


def _segment_bytes(text: str) -> bytes:
    """Base64url without padding, written in the one way there is. Raises ValueError."""
    decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != text:
        raise ValueError("not canonical base64url")
    return decoded
