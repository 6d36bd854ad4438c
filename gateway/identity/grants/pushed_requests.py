"""Pushed authorization requests (RFC 9126), the only way to ask a person for anything here.

The client proves who it is, then its request is judged whole: the code flow alone, PKCE with S256 from everyone
(RFC 7636), exactly one of its registered redirect URIs, scopes and authorization_details that it may ask for. What is
kept can therefore be shown to a person as it is. The `request_uri` that names it carries 256 random bits, lives LIFE
seconds, and is used up by the answer to the request (`take`), not by looking at it (`find`).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, LiteralString

from authlib.consts import default_json_headers

from gateway.identity.authorization_details import read_details, write_details
from gateway.identity.clients import AUTHORIZATION_CODE
from gateway.identity.grants import sealing
from gateway.identity.grants.exchange import ClientEndpoint, missing
from gateway.identity.issuance import (
    IssuanceError,
    asked_details,
    asked_scopes,
    require_resource,
    require_standing,
)
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.identity.caller import FaceSearchAuthorization
    from gateway.identity.grants.exchange import Exchange
    from gateway.registry.records import Client

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
LIFE: Final = 300  # seconds, in which a person may have to sign in; FAPI 2.0 wants less than 600
LONGEST_STATE: Final = 1024
LONGEST_NONCE: Final = 64  # FAPI 2.0 section 5.3.2.2
LONGEST_MAX_AGE: Final = 10**9
PROMPTS: Final = frozenset({"none", "login", "consent"})
_S256: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # SHA-256 in base64url: of a code verifier, of a key (RFC 7638)
_DIGITS: Final = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a client asks a person for, checked."""

    client: str
    redirect_uri: str
    scopes: tuple[Scope, ...]
    openid: bool
    details: tuple[FaceSearchAuthorization, ...]
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    dpop_jkt: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    pushed_at: int = 0


class PushedRequests(ClientEndpoint):
    ENDPOINT_NAME = "pushed_authorization_request"

    def create_endpoint_response(self, request: Any) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client = self.authenticate_endpoint_client(request).row
        require_standing(self.server.connection, client)
        asked = read(client, request.form, issuer=self.server.authority.issuer)
        asked = replace(asked, dpop_jkt=self._key(asked.dpop_jkt))
        return 201, {"request_uri": self._keep(client, asked), "expires_in": LIFE}, default_json_headers

    def _key(self, named: str | None) -> str | None:
        """The key that the code will be bound to: named by `dpop_jkt`, shown by a proof, or both alike (RFC 9449)."""
        binding = self.server.bind() if self.server.proof is not None else None
        shown = binding.value if binding is not None and binding.method == "jkt" else None
        if named is not None and shown not in (None, named):
            raise _invalid("DPOP_KEY_DIFFERS", "dpop_jkt names another key than the one that made the DPoP proof.")
        return named or shown

    def _keep(self, client: Client, asked: AuthorizationRequest) -> str:
        name = secrets.token_urlsafe(32)
        key_id, sealed = sealing.seal(
            self.server, client.agency, _document(asked), context=_context(digest(name), client.id)
        )
        self.server.connection.execute("SELECT identity.sweep_grants(%s)", (self.server.now,))
        self.server.connection.execute(
            "INSERT INTO identity.pushed_requests (uri_sha256, client, key_id, parameters, pushed_at, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (digest(name), client.id, key_id, sealed, self.server.now, self.server.now + LIFE),
        )
        return PREFIX + name


def read(client: Client, form: Mapping[str, str], *, issuer: str) -> AuthorizationRequest:
    """The parameters of an authorization request. Raises IssuanceError."""
    if AUTHORIZATION_CODE not in client.grant_types:
        raise IssuanceError(
            error="unauthorized_client",
            code="GRANT_TYPE_NOT_GRANTED",
            description="The client is not registered for the code flow.",
        )
    for name, error in (("request", "request_not_supported"), ("request_uri", "invalid_request")):
        if name in form:
            raise IssuanceError(error=error, code="PARAMETER_REFUSED", description=f"{name} cannot be pushed.")
    if form.get("client_id", client.id) != client.id:
        raise _invalid("CLIENT_DIFFERS", "client_id is not the client that authenticated.")
    if form.get("response_type") != "code":
        raise IssuanceError(
            error="unsupported_response_type", code="RESPONSE_TYPE", description="The response_type must be code."
        )
    if form.get("response_mode", "query") != "query":
        raise _invalid("RESPONSE_MODE", "The response_mode must be query.")
    require_resource(form.get("resource"), issuer=issuer)
    scopes, openid = asked_scopes(client, form.get("scope"), openid=True)
    return AuthorizationRequest(
        client=client.id,
        redirect_uri=_redirect_uri(client, form.get("redirect_uri")),
        scopes=scopes,
        openid=openid,
        details=asked_details(form.get("authorization_details")),
        code_challenge=_challenge(form),
        state=_text(form, "state", longest=LONGEST_STATE),
        nonce=_text(form, "nonce", longest=LONGEST_NONCE),
        dpop_jkt=_thumbprint(form.get("dpop_jkt")),
        prompt=_prompt(form.get("prompt")),
        max_age=_max_age(form.get("max_age")),
        acr_values=tuple((_text(form, "acr_values", longest=256) or "").split()),
    )


def find(server: Exchange, client: str, request_uri: str) -> AuthorizationRequest | None:
    """The request, still to be answered; looking at it uses nothing up."""
    return _answerable(
        server,
        client,
        request_uri,
        "SELECT key_id, parameters, pushed_at FROM identity.pushed_requests"
        " WHERE uri_sha256 = %s AND client = %s AND expires_at > %s",
    )


def take(server: Exchange, client: str, request_uri: str) -> AuthorizationRequest | None:
    """The request, for the one transaction that answers it; of several at once one gets it."""
    return _answerable(
        server,
        client,
        request_uri,
        "DELETE FROM identity.pushed_requests WHERE uri_sha256 = %s AND client = %s AND expires_at > %s"
        " RETURNING key_id, parameters, pushed_at",
    )


def _answerable(server: Exchange, client: str, request_uri: str, query: LiteralString) -> AuthorizationRequest | None:
    if not request_uri.startswith(PREFIX):
        return None
    name = digest(request_uri.removeprefix(PREFIX))
    row = server.connection.execute(query, (name, client, server.now)).fetchone()
    document = None if row is None else sealing.opened(server, row[0], row[1], context=_context(name, client))
    return None if row is None or document is None else _request(client, document, row[2])


def _context(name: bytes, client: str) -> str:
    return f"pushed request:{name.hex()}:{client}"


def digest(secret: str) -> bytes:
    """What is stored of something random that a client presents."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _document(asked: AuthorizationRequest) -> dict[str, Any]:
    values = asdict(asked) | {"details": write_details(asked.details)}
    return {name: value for name, value in values.items() if name not in ("client", "pushed_at")}


def _request(client: str, document: Mapping[str, Any], pushed_at: int) -> AuthorizationRequest:
    values = dict(document) | {
        "scopes": tuple(Scope(scope) for scope in document["scopes"]),
        "details": read_details(document["details"]),
        "prompt": tuple(document["prompt"]),
        "acr_values": tuple(document["acr_values"]),
    }
    return AuthorizationRequest(client=client, pushed_at=pushed_at, **values)


def _redirect_uri(client: Client, asked: str | None) -> str:
    if asked is None:
        raise missing("redirect_uri")
    if asked not in client.redirect_uris:
        raise _invalid("REDIRECT_URI_UNKNOWN", "redirect_uri must be exactly one of those registered for the client.")
    return asked


def _challenge(form: Mapping[str, str]) -> str:
    challenge = form.get("code_challenge")
    if challenge is None:
        raise missing("code_challenge")
    if form.get("code_challenge_method") != "S256" or not _S256.fullmatch(challenge):
        raise _invalid("PKCE_S256_REQUIRED", "PKCE is required, with code_challenge_method S256.")
    return challenge


def _thumbprint(asked: str | None) -> str | None:
    if asked is not None and not _S256.fullmatch(asked):
        raise _invalid("DPOP_KEY_MALFORMED", "dpop_jkt must be the SHA-256 thumbprint of a key (RFC 7638).")
    return asked


def _prompt(asked: str | None) -> tuple[str, ...]:
    words = tuple((asked or "").split())
    if not set(words) <= PROMPTS or ("none" in words and len(words) > 1):
        raise _invalid("PROMPT", "prompt may hold login and consent, or none alone.")
    return words


def _max_age(asked: str | None) -> int | None:
    if asked is None:
        return None
    if not _DIGITS.fullmatch(asked) or int(asked) > LONGEST_MAX_AGE:
        raise _invalid("MAX_AGE", "max_age must be a whole number of seconds.")
    return int(asked)


def _text(form: Mapping[str, str], name: str, *, longest: int) -> str | None:
    value = form.get(name)
    if value is not None and (len(value) > longest or not value.isprintable()):
        raise _invalid("PARAMETER_TOO_LONG", f"{name} may have at most {longest} printable characters.")
    return value


def _invalid(code: str, description: str) -> IssuanceError:
    return IssuanceError(error="invalid_request", code=code, description=description)
