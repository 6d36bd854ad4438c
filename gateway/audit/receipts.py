"""Receipts: the promise, signed when an entry is staged, that its leaf will be in the tree within the merge delay.

What they hold and how they are verified is in `promises`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from gateway.audit.disclosures import base64url
from gateway.audit.errors import KeyMissing
from gateway.audit.keys import receipt_key
from gateway.audit.promises import RECEIPT_ALGORITHM, RECEIPT_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MERGE_DELAY_SECONDS: Final = 60


class ReceiptSigner:
    """Signs receipts for one log."""

    def __init__(self, key: Mapping[str, Any], *, origin: str) -> None:
        self._key = OKPKey.import_key(dict(key))
        self._origin = origin
        header = {"alg": RECEIPT_ALGORITHM, "typ": RECEIPT_TYPE, "kid": self._key.thumbprint()}
        self._header = _segment(header)
        private = self._key.get_op_key("sign")
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyMissing("the receipt key is not an Ed25519 key; run `writgate init`")
        self._private = private

    @classmethod
    def load(cls, folder: Path, *, origin: str) -> ReceiptSigner:
        """From `settings.keys` and `settings.log_origin`. Raises KeyMissing."""
        return cls(receipt_key(folder), origin=origin)

    def sign(self, leaf_hash: bytes, *, time_ns: int) -> str:
        claims = {"leaf": leaf_hash.hex(), "time": time_ns, "mmd": MERGE_DELAY_SECONDS, "origin": self._origin}
        # RFC 7515 section 7.1 written out: the library's general way costs three times the signature.
        signed = f"{self._header}.{_segment(claims)}"
        return f"{signed}.{base64url(self._private.sign(signed.encode()))}"

    def public_jwk(self) -> dict[str, Any]:
        """The key that verifies receipts, with its thumbprint (RFC 7638) as `kid`."""
        return {
            **self._key.as_dict(private=False),
            "kid": self._key.thumbprint(),
            "use": "sig",
            "alg": RECEIPT_ALGORITHM,
        }


def _segment(value: Mapping[str, Any]) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())
