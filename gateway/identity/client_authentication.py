"""How a client proves who it is at the token endpoint: `private_key_jwt`, a certificate, and for local trials a secret.

An assertion (RFC 7523 section 3) must be signed by a key registered for the client, with `iss` = `sub` = the client,
`aud` = the issuer as a string and nothing else (FAPI 2.0 section 5.3.2.1), an `exp` at most an hour away, and a `jti`
that was never used before on any node. All failures look alike: 400 `invalid_client`, one sentence, so that nobody can
learn which clients exist. Assertions are judged by this host's wall clock, for the client has no other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

import argon2
import structlog
from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion

from gateway.identity.certificates import thumbprint
from gateway.identity.clients import ASSERTION_ALGORITHMS, PRIVATE_KEY_JWT, SELF_SIGNED_TLS, RegisteredClient
from gateway.identity.errors import REALM
from gateway.identity.jose import (
    MalformedToken,
    Unverified,
    read_unverified,
    signature_is_valid,
    text_claim,
    time_claim,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Connection
    from gateway.identity.certificates import Certificates
    from gateway.registry.records import Client

LEEWAY: Final = 60  # seconds of skew granted to a client's clock (FAPI 2.0: 10 accepted, more than 60 refused)
LONGEST_LIFE: Final = 3600  # seconds; what client libraries ask for by default
TYPES: Final = frozenset({None, "JWT", "client-authentication+jwt"})
DESCRIPTION: Final = "Client authentication failed."
_LONGEST_SECRET: Final = 1024

log = structlog.get_logger()


def failed(reason: str) -> InvalidClientError:
    """The one answer to every failure. `reason` is one of our own words; it goes to the log and not to the client."""
    log.warning("client.authentication_failed", reason=reason)
    return InvalidClientError(description=DESCRIPTION)


class PrivateKeyJwt(JWTBearerClientAssertion):  # type: ignore[misc]  # the library ships no types
    """`private_key_jwt`, within the transaction of one token request."""

    CLIENT_AUTH_METHOD = PRIVATE_KEY_JWT

    def __init__(self, *, issuer: str, connection: Connection) -> None:
        super().__init__(leeway=LEEWAY)
        self._issuer = issuer
        self._connection = connection

    def __call__(self, query_client: Callable[[str], RegisteredClient | None], request: Any) -> RegisteredClient | None:
        """The client, None when the request holds no assertion. Raises InvalidClientError."""
        form = request.form
        if "client_assertion" not in form and "client_assertion_type" not in form:
            return None
        if form.get("client_assertion_type") != self.CLIENT_ASSERTION_TYPE or not form.get("client_assertion"):
            raise failed("assertion_type")
        token = self._read(form["client_assertion"])
        if form.get("client_id", token.claims["sub"]) != token.claims["sub"]:
            raise failed("client_id_differs")
        client = query_client(token.claims["sub"])
        if client is None:
            raise failed("client_unknown")
        keys = client.keys_for(algorithm=token.algorithm, key_id=token.key_id)
        if not any(signature_is_valid(token, key, algorithms=ASSERTION_ALGORITHMS) for key in keys):
            raise failed("signature")
        self.verify_claims(token.claims)
        request.client = client
        return client

    def get_audiences(self) -> list[str]:
        return [self._issuer]

    def verify_claims(self, claims: dict[str, Any]) -> None:
        """Judges typed claims; replay last, so that a refused assertion does not fill the store."""
        now = int(time.time())
        try:
            expires_at = time_claim(claims, "exp")
            not_before = [time_claim(claims, name) for name in ("iat", "nbf") if name in claims]
            jti = text_claim(claims, "jti")
        except MalformedToken:
            raise failed("claims") from None
        if not isinstance(claims.get("aud"), str) or claims["aud"] != self._issuer:
            raise failed("audience")
        if expires_at <= now - LEEWAY or expires_at > now + LONGEST_LIFE + LEEWAY:
            raise failed("expiry")
        if any(moment > now + LEEWAY for moment in not_before):
            raise failed("not_yet_valid")
        if not self.validate_jti(claims, jti):
            raise failed("replayed")

    def validate_jti(self, claims: dict[str, Any], jti: str) -> bool:
        """True for the first use on all nodes; a concurrent second use waits for the first to commit."""
        row = self._connection.execute(
            "SELECT identity.use_assertion(%s, %s, %s, %s)",
            (claims["sub"], hashlib.sha256(jti.encode()).digest(), claims["exp"] + LEEWAY, int(time.time())),
        ).fetchone()
        return row is not None and row[0] is True

    def _read(self, text: str) -> Unverified:
        try:
            token = read_unverified(text)
            subject = text_claim(token.claims, "sub", longest=128)
            issuer = text_claim(token.claims, "iss", longest=128)
        except MalformedToken:
            raise failed("malformed") from None
        if issuer != subject:
            raise failed("issuer_is_not_subject")
        if token.type not in TYPES or token.algorithm not in ASSERTION_ALGORITHMS:
            raise failed("type_or_algorithm")
        return token


class TlsClientAuth:
    """`self_signed_tls_client_auth` and `tls_client_auth` (RFC 8705 section 2): by the certificate of the connection.

    The first for a certificate that the registry names, the second for one of a registered subject by an authority that
    the settings name.
    """

    def __init__(self, method: str, certificate: bytes | None, certificates: Certificates) -> None:
        self._method = method
        self._certificate = certificate
        self._certificates = certificates

    def __call__(self, query_client: Callable[[str], RegisteredClient | None], request: Any) -> RegisteredClient | None:
        """The client, None when this is not how the request shows one."""
        name = request.form.get("client_id")
        if self._certificate is None or not name or "client_assertion" in request.form:
            return None
        client = query_client(name)
        if client is None or not self._is_of(client.row):
            return None
        return client

    def _is_of(self, client: Client) -> bool:
        if self._certificate is None:
            return False
        if self._method == SELF_SIGNED_TLS:
            return thumbprint(self._certificate) in client.certificates
        subject = self._certificates.subject(self._certificate)
        return subject is not None and subject == client.certificate_subject


class ClientSecretBasic:
    """`client_secret_basic` (RFC 6749 section 2.3.1) against an argon2 hash; only when the setting turns it on."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this secret")

    def __call__(self, query_client: Callable[[str], RegisteredClient | None], request: Any) -> RegisteredClient | None:
        """The client, None when there is no Basic header. Raises InvalidClientError (401)."""
        header = request.headers.get("Authorization")
        if not header:
            return None
        name, secret = _basic(header)
        client = None if name is None else query_client(name)
        known = client is not None and client.row.secret_hash is not None
        # An unknown client costs the same work as a known one.
        matches = self._matches(client.row.secret_hash if client is not None and known else self._nobody, secret)
        if client is None or not known or not matches or request.form.get("client_id", name) != name:
            raise _unauthorized("secret")
        return client

    def _matches(self, digest: str | None, secret: str) -> bool:
        try:
            return digest is not None and self._hasher.verify(digest, secret)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


def _basic(header: str) -> tuple[str | None, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST_SECRET:
        return None, ""
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None, ""
    name, _, secret = text.partition(":")
    return unquote_plus(name) or None, unquote_plus(secret)


def _unauthorized(reason: str) -> InvalidClientError:
    log.warning("client.authentication_failed", reason=reason)
    return _BasicChallengeError(description=DESCRIPTION, status_code=401)


def secret_not_taken() -> InvalidClientError:
    """A client secret was sent where none is taken: 401 by RFC 6749 section 5.2, whoever the client is.

    Some libraries send one unless told otherwise, at one endpoint only; so the sentence says what to send.
    """
    log.warning("client.authentication_failed", reason="secret_not_taken")
    description = f"Client secrets are not taken here: authenticate with {PRIVATE_KEY_JWT}."
    return _BasicChallengeError(description=description, status_code=401)


class _BasicChallengeError(InvalidClientError):  # type: ignore[misc]  # the library ships no types
    def get_headers(self) -> list[tuple[str, str]]:
        headers = [(name, value) for name, value in super().get_headers() if name != "WWW-Authenticate"]
        return [*headers, ("WWW-Authenticate", f'Basic realm="{REALM}", charset="UTF-8"')]
