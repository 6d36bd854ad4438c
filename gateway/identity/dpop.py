"""DPoP proofs (RFC 9449 section 4.3): whoever sends a proof holds the private key it names, here and now.

`ProofReader.read` makes every check that needs no database: exactly one header; `typ`; an asymmetric algorithm of the
list; a public key of the kind and size that we accept and nothing private; the signature; `htm` and `htu` against the
request and the configured public URL; `iat` within a minute; a nonce of ours; and for a request with a token, `ath`.
`use_proof` makes the last: on all nodes, each proof is good once. At the token endpoint the thumbprint becomes the
token's `cnf.jkt`; at a resource it must be equal to it, which is the caller's to compare.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from gateway.identity.clients import ASSERTION_ALGORITHMS, KEY_TYPES
from gateway.identity.jose import (
    MalformedToken,
    Unverified,
    read_unverified,
    signature_is_valid,
    text_claim,
    time_claim,
)
from gateway.identity.nonces import SLOT
from gateway.registry.public_keys import import_public_key

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.identity.nonces import Nonces
    from gateway.identity.presented import Presented
    from gateway.registry.public_keys import PublicKey

TYPE: Final = "dpop+jwt"
ALGORITHMS: Final = ASSERTION_ALGORITHMS
LEEWAY: Final = 60  # seconds that a client's clock may be off, either way (FAPI 2.0: more than 60 ahead is refused)
# By then its nonce is bad on every node; SQL sweeps two minutes later still.
_KEPT: Final = 3 * SLOT
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class InvalidProof(Exception):  # noqa: N818 - after the error code invalid_dpop_proof
    """`error` is the word of RFC 9449; the sentence quotes nothing that was sent."""

    error = "invalid_dpop_proof"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NonceWanted(InvalidProof):
    """The proof is good but for its nonce; the answer names one."""

    error = "use_dpop_nonce"


@dataclass(frozen=True, slots=True)
class Proof:
    """`thumbprint` is the key's, by RFC 7638."""

    thumbprint: str
    digest: bytes
    expires_at: int


class ProofReader:
    """Safe to share between threads."""

    def __init__(self, nonces: Nonces) -> None:
        self.nonces = nonces

    def read(self, presented: Presented, *, access_token: str | None = None) -> Proof:
        """Raises InvalidProof, NonceWanted."""
        token = _unverified(presented.dpop)
        key, thumbprint = _key(token)
        if not signature_is_valid(token, key, algorithms=ALGORITHMS):
            raise InvalidProof("The signature of the DPoP proof is not valid.")
        jti, issued_at = _claims(token.claims, presented)
        if access_token is not None and not _is_for(token.claims, access_token):
            raise InvalidProof("The DPoP proof is for another access token (ath).")
        now = int(time.time())
        if not now - LEEWAY <= issued_at <= now + LEEWAY:
            raise InvalidProof("The DPoP proof was made too long ago, or in the future (iat).")
        self._judge_nonce(token.claims.get("nonce"))
        digest = hashlib.sha256(f"{thumbprint}.{jti}".encode()).digest()
        return Proof(thumbprint, digest, expires_at=now + _KEPT)

    def _judge_nonce(self, nonce: Any) -> None:
        if not isinstance(nonce, str) or not self.nonces.is_good(nonce):
            raise NonceWanted("Put the nonce of the header DPoP-Nonce into the DPoP proof and send the request again.")


def use_proof(connection: Connection, proof: Proof, *, durable: bool) -> None:
    """The first use on all nodes; of several at once one succeeds. `durable` is false only for a statement of its own.

    Raises:
        InvalidProof: it was used before.
    """
    row = connection.execute(
        "SELECT identity.use_proof(%s, %s, %s, %s)", (proof.digest, proof.expires_at, int(time.time()), durable)
    ).fetchone()
    if row is None or row[0] is not True:
        raise InvalidProof("The DPoP proof was used before; make a new one for each request (jti).")


def access_token_hash(access_token: str) -> str:
    """`ath` of RFC 9449 section 4.2."""
    digest = hashlib.sha256(access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _unverified(header: str | None) -> Unverified:
    if not header:
        raise InvalidProof("The request needs a DPoP proof in the header DPoP.")
    if "," in header:
        raise InvalidProof("The header DPoP may be sent once, with one proof.")
    try:
        token = read_unverified(header, members={"jwk"})
    except MalformedToken:
        raise InvalidProof("The header DPoP does not hold a DPoP proof.") from None
    if token.type != TYPE:
        raise InvalidProof("The type of the DPoP proof is not dpop+jwt (typ).")
    if token.algorithm not in ALGORITHMS:
        raise InvalidProof(f"The DPoP proof may be signed with: {', '.join(ALGORITHMS)} (alg).")
    return token


def _key(token: Unverified) -> tuple[PublicKey, str]:
    """The key that the proof itself brings, and its thumbprint. That is the point of DPoP; no other token may."""
    jwk = token.header.get("jwk")
    if not isinstance(jwk, dict):
        raise InvalidProof("The DPoP proof must bring its public key (jwk).")
    try:
        found = _imported(json.dumps(jwk, sort_keys=True))
    except ValueError as fault:
        raise InvalidProof(f"The public key of the DPoP proof {fault} (jwk).") from None
    if jwk["kty"] != KEY_TYPES[token.algorithm]:
        raise InvalidProof("The key of the DPoP proof is not one for its algorithm (jwk, alg).")
    return found


@functools.lru_cache(maxsize=1024)
def _imported(jwk: str) -> tuple[PublicKey, str]:
    """A client's key comes with each of its requests, and reading it costs as much as checking the signature."""
    key = import_public_key(json.loads(jwk))
    return key, str(key.thumbprint())


def _claims(claims: dict[str, Any], presented: Presented) -> tuple[str, int]:
    """`jti` and `iat`, once the proof is known to be for this request."""
    try:
        jti = text_claim(claims, "jti")
        method = text_claim(claims, "htm", longest=32)
        url = text_claim(claims, "htu", longest=2048)
        issued_at = time_claim(claims, "iat")
    except MalformedToken:
        raise InvalidProof("The DPoP proof needs jti, htm, htu and iat, each of the right type.") from None
    if method != presented.method:
        raise InvalidProof("The DPoP proof is for another method (htm).")
    named = normalised(url)
    if named is None or named != normalised(presented.url):
        raise InvalidProof("The DPoP proof is for another URL than the public one of this resource (htu).")
    return jti, issued_at


def _is_for(claims: dict[str, Any], access_token: str) -> bool:
    given = claims.get("ath")
    return isinstance(given, str) and hmac.compare_digest(given.encode(), access_token_hash(access_token).encode())


def normalised(url: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path as RFC 3986 section 6.2 compares them, without query and fragment; None for no URL.

    Paths are compared decoded, which is how the gateway itself tells its routes apart.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.hostname is None or parts.username is not None or parts.password is not None:
        return None
    return parts.scheme, parts.hostname, port or _DEFAULT_PORTS.get(parts.scheme), unquote(parts.path) or "/"
