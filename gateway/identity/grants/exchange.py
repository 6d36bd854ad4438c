"""One request to the authorization server, as the OAuth library drives it: it lives as long as its transaction.

The revocation counter is read before anything else (`gateway.identity.revocation`), then the client is authenticated,
and a refusal of an authenticated client is an entry. Refused requests commit as well, so what they used stays used.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import flask
from authlib.consts import default_json_headers
from authlib.integrations.flask_oauth2 import AuthorizationServer as FlaskAuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc6749.token_endpoint import TokenEndpoint

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.identity.client_authentication import PrivateKeyJwt, TlsClientAuth, secret_not_taken
from gateway.identity.clients import CLIENT_SECRET_BASIC, PRIVATE_KEY_JWT, SELF_SIGNED_TLS, TLS, RegisteredClient
from gateway.identity.issuance import IssuanceError
from gateway.identity.revocation import current_rev
from gateway.registry import queries
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.identity.caller import Binding
    from gateway.identity.client_authentication import ClientSecretBasic
    from gateway.identity.dpop import Proof
    from gateway.identity.issuance import IssuancePolicy
    from gateway.identity.keys import TokenKeys
    from gateway.identity.rate_limits import Allowance, RateLimits
    from gateway.identity.senders import Senders

FORM: Final = "application/x-www-form-urlencoded"
# Answers that only ask for patience or for a nonce; a device asks every few seconds.
NO_REFUSAL: Final = frozenset({"authorization_pending", "slow_down", "use_dpop_nonce"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What every request needs and none changes. `methods` are the ways in which clients may authenticate."""

    issuer: str
    keys: TokenKeys
    log: AuditLog
    senders: Senders
    limits: RateLimits
    policy: IssuancePolicy
    methods: Sequence[str]
    client_secret_basic: ClientSecretBasic | None


class Exchange(FlaskAuthorizationServer):  # type: ignore[misc]  # the library ships no types
    """The library's server for one request."""

    def __init__(
        self,
        authority: Authority,
        connection: Connection,
        proof: Proof | None,
        certificate: bytes | None = None,
    ) -> None:
        super().__init__()
        self.authority = authority
        self.connection = connection
        self.proof = proof
        self.certificate = certificate
        self.rev = current_rev(connection)  # before anything else is read: see gateway.identity.revocation
        self.now_ns = database_now(connection)
        self.authenticated: RegisteredClient | None = None
        self.register_client_auth_method(PRIVATE_KEY_JWT, PrivateKeyJwt(issuer=authority.issuer, connection=connection))
        for method in (SELF_SIGNED_TLS, TLS):
            shown = TlsClientAuth(method, certificate, authority.senders.certificates)
            self.register_client_auth_method(method, shown)
        if authority.client_secret_basic is not None:
            self.register_client_auth_method(CLIENT_SECRET_BASIC, authority.client_secret_basic)

    @property
    def now(self) -> int:
        """Seconds since the epoch by the database's clock, as tokens say them."""
        return self.now_ns // NANOSECONDS_PER_SECOND

    def shown_key(self) -> str | None:
        """The thumbprint of the key that made the request's DPoP proof."""
        return None if self.proof is None else self.proof.thumbprint

    def bind(self) -> Binding | None:
        """What a token about to be minted is bound to; the proof is used up. Raises SenderError."""
        return self.authority.senders.bind(self.connection, self.proof, self.certificate)

    def query_client(self, client_id: str) -> RegisteredClient | None:
        row = queries.client(self.connection, client_id) if client_id.isprintable() else None
        return None if row is None else RegisteredClient(row)

    def create_oauth2_request(self, request: Any) -> OAuth2Request:  # noqa: ARG002 - the library's signature
        return _FormRequest(flask.request, issuer=self.authority.issuer)

    def authenticate_client(self, request: Any, methods: Sequence[str], endpoint: str = "token") -> RegisteredClient:
        if self.authority.client_secret_basic is None and "Authorization" in flask.request.headers:
            raise secret_not_taken()
        client: RegisteredClient = super().authenticate_client(request, list(methods), endpoint)
        self.authenticated = client
        # Only now: who does not prove to be the client must not be able to use up what it may ask.
        allowance = self.authority.limits.take(f"oauth {client.row.id}", client.row.requests_per_minute)
        if allowance.exceeded:
            raise TooManyRequests(allowance)
        return client

    def handle_error_response(self, request: Any, error: Any) -> flask.Response:
        patience = isinstance(error, TooManyRequests) or error.error in NO_REFUSAL
        if self.authenticated is not None and not patience:
            reasons = error.reasons if isinstance(error, IssuanceError) else []
            self._record_refusal(self.authenticated, [getattr(error, "code", error.error), *reasons])
        response: flask.Response = super().handle_error_response(request, error)
        return response

    def _record_refusal(self, client: RegisteredClient, codes: list[str]) -> None:
        """Only clients who proved who they are make entries: others could fill the log at no cost to themselves."""
        route = flask.request.path
        user = flask.request.form.get("user", client.row.default_user)
        self.authority.log.record(
            self.connection,
            Entry(
                kind=EntryKind.ACCESS_REFUSED,
                clear={"client": client.row.id, "agency": client.row.agency, "route": route, "reasons": codes},
                disclosed={"user": user[:128] if user is not None and user.isprintable() else None},
            ),
        )


class TooManyRequests(OAuth2Error):  # type: ignore[misc]  # noqa: N818 - the library ships no types; HTTP's own words
    """429 (RFC 6585 section 4); no entry, or the log could be filled by asking."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(
            error="temporarily_unavailable",
            description="The client has made more requests than it may. Wait as long as Retry-After says.",
            status_code=429,
        )
        self.allowance = allowance

    def get_body(self) -> list[tuple[str, Any]]:
        return [*super().get_body(), ("code", "RATE_LIMITED")]

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), *self.allowance.headers().items()]


class TokenGrant(BaseGrant, TokenEndpointMixin, ABC):  # type: ignore[misc]  # the library ships no types
    """A grant of the token endpoint: GRANT_TYPE, and what `answer` makes of a request of its client."""

    server: Exchange

    def validate_token_request(self) -> None:
        self.request.client = self.server.authenticate_client(self.request, self.server.authority.methods)
        if not self.request.client.check_grant_type(self.GRANT_TYPE):
            raise IssuanceError(
                error="unauthorized_client",
                code="GRANT_TYPE_NOT_GRANTED",
                description="The client is not registered for this grant type.",
            )

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        return 200, self.answer(self.request.client), default_json_headers

    @abstractmethod
    def answer(self, client: RegisteredClient) -> dict[str, Any]:
        """The token response. Raises OAuth2Error."""

    def parameter(self, name: str) -> str:
        """A required parameter. Raises IssuanceError."""
        value = self.request.form.get(name)
        if not value:
            raise missing(name)
        return str(value)


class ClientEndpoint(TokenEndpoint):  # type: ignore[misc]  # the library ships no types
    """Another endpoint at which clients authenticate as at the token endpoint."""

    server: Exchange

    def authenticate_endpoint_client(self, request: Any) -> RegisteredClient:
        request.client = self.server.authenticate_client(request, self.server.authority.methods, self.ENDPOINT_NAME)
        client: RegisteredClient = request.client
        return client


def missing(name: str) -> IssuanceError:
    return IssuanceError(
        error="invalid_request", code="PARAMETER_MISSING", description=f"The parameter {name} is missing."
    )


class _FormRequest(OAuth2Request):  # type: ignore[misc]  # the library ships no types
    """Only the form counts: the library would also read the query string, which ends up in access logs."""

    def __init__(self, request: flask.Request, *, issuer: str) -> None:
        super().__init__(method=request.method, uri=issuer + request.path, headers=request.headers)
        self._request = request
        self.payload = _FormPayload(request)

    @property
    def args(self) -> dict[str, str]:
        return {}

    @property
    def form(self) -> Any:
        return self._request.form


class _FormPayload:
    def __init__(self, request: flask.Request) -> None:
        self.data = request.form

    @property
    def grant_type(self) -> str | None:
        return self.data.get("grant_type")

    @property
    def scope(self) -> str | None:
        return self.data.get("scope")


def judge_form(request: flask.Request, *, grant_types: Sequence[str] = ()) -> flask.Response | None:
    """RFC 6749 section 3.2: a form, each parameter once, nothing in the URI. None when it is so, else the error."""
    error, fault = "invalid_request", None
    if request.mimetype != FORM:
        fault = f"Send the parameters as {FORM}."
    elif request.query_string:
        fault = "Send the parameters in the body, not in the URL."
    elif any(len(values) != 1 for _, values in request.form.lists()):
        fault = "A parameter is repeated."
    elif "client_assertion" in request.form and "Authorization" in request.headers:
        fault = "Use one way to authenticate the client, not two."
    elif grant_types and "grant_type" not in request.form:
        fault = "The parameter grant_type is missing."
    elif grant_types and request.form["grant_type"] not in grant_types:
        error, fault = "unsupported_grant_type", f"The grant types offered are: {', '.join(grant_types)}."
    if fault is None:
        return None
    return flask.Response(
        json.dumps({"error": error, "error_description": fault}), status=400, headers=default_json_headers
    )
