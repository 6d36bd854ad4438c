"""The client's side of DPoP (RFC 9449 section 4.2): a key, and for each request a proof of holding it.

The key need not be the one that authenticates the client, and a fresh one for each run is the best: nothing of it is
kept. Proofs name the public URL of the gateway, whatever address it is reached at.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from joserfc import jwt

from gateway.identity.dpop import TYPE, access_token_hash
from gateway.identity.keys import ALGORITHM, new_key

if TYPE_CHECKING:
    from joserfc.jwk import ECKey


class Sender:
    """One key at one gateway, whose public URL is `issuer`."""

    def __init__(self, issuer: str, key: ECKey | None = None) -> None:
        self.issuer = issuer
        self.key = key or new_key()
        self._nonce: str | None = None

    def learn(self, nonce: str | None) -> bool:
        """Remembers the DPoP-Nonce of an answer; whether it is another than was known."""
        news = nonce is not None and nonce != self._nonce
        self._nonce = nonce or self._nonce
        return news

    def headers(self, method: str, path: str, *, token: str | None = None) -> dict[str, str]:
        """What to send to `path` (a query is ignored): the proof, and with a token the Authorization."""
        proof = {"DPoP": self._proof(method, path.partition("?")[0], token)}
        return proof if token is None else proof | {"Authorization": f"DPoP {token}"}

    def _proof(self, method: str, path: str, token: str | None) -> str:
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": self.issuer + quote(path, safe="/%"),
            "iat": int(time.time()),
        }
        if self._nonce is not None:
            claims["nonce"] = self._nonce
        if token is not None:
            claims["ath"] = access_token_hash(token)
        jwk = {name: self.key.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE, "jwk": jwk}, claims, self.key, algorithms=[ALGORITHM])
