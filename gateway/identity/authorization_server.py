"""The authorization server: the client credentials grant of RFC 6749 section 4.4, and revocation (RFC 7009).

Each request is one transaction: the revocation counter is read first, then the client, its key, its replay entry, its
standing; the token is signed and its entry appended; and only after the commit does the token leave. A refused request
commits too, so its assertion stays used. Tokens are JWTs of RFC 9068 signed with ES256, they live LIFETIME seconds, and
their `aud` is the issuer: one gateway is one resource, and RFC 9728 names it by the same URL.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import flask
from authlib.common.security import is_secure_transport
from authlib.consts import default_json_headers
from authlib.integrations.flask_oauth2 import AuthorizationServer as FlaskAuthorizationServer
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint

from gateway.audit.entries import Entry, case_of
from gateway.identity.authorization_details import write_details
from gateway.identity.caller import digest_of
from gateway.identity.client_authentication import ClientSecretBasic, PrivateKeyJwt
from gateway.identity.clients import CLIENT_SECRET_BASIC, GRANT_TYPE, PRIVATE_KEY_JWT, RegisteredClient
from gateway.identity.issuance import Grant, decide_grant
from gateway.identity.jose import MalformedToken, read_unverified, signature_is_valid, text_claim, time_claim
from gateway.identity.keys import ALGORITHM
from gateway.identity.redaction import quiet_authlib
from gateway.identity.revocation import current_rev, revoke_token
from gateway.identity.senders import SenderError
from gateway.identity.tokens import LIFETIME, TOKEN_TYPE
from gateway.registry import queries
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.caller import Binding
    from gateway.identity.dpop import Proof
    from gateway.identity.keys import TokenKeys
    from gateway.identity.presented import Presented
    from gateway.identity.senders import Senders
    from gateway.settings import Settings

FORM: Final = "application/x-www-form-urlencoded"


class AuthorizationServer:
    """Answers inside a Flask request. Safe to share between threads."""

    def __init__(
        self, settings: Settings, *, database: Database, keys: TokenKeys, log: AuditLog, senders: Senders
    ) -> None:
        if not is_secure_transport(settings.issuer):
            raise ValueError("The public URL must be https, or http on this machine alone.")
        self.issuer = settings.issuer
        self.keys = keys
        self.log = log
        self.senders = senders
        self.methods = [PRIVATE_KEY_JWT]
        self.client_secret_basic: ClientSecretBasic | None = None
        if settings.allow_client_secret:
            self.methods.append(CLIENT_SECRET_BASIC)
            self.client_secret_basic = ClientSecretBasic()
        self._database = database
        quiet_authlib()

    def token(self, presented: Presented) -> flask.Response:
        """POST /oauth/token. Raises DatabaseUnavailable."""
        if (refused := _judge_form(flask.request, grant_types=(GRANT_TYPE,))) is not None:
            return refused
        try:
            proof = self.senders.offered(
                presented
            )  # before the client is asked: its assertion stays good for the retry
        except SenderError as error:
            return _error(error.get_body())
        with self._database.transaction() as connection:
            response: flask.Response = _Exchange(self, connection, proof).create_token_response()
        return response

    def revoke(self) -> flask.Response:
        """POST /oauth/revoke. Raises DatabaseUnavailable."""
        if (refused := _judge_form(flask.request)) is not None:
            return refused
        with self._database.transaction() as connection:
            response: flask.Response = _Exchange(self, connection).create_endpoint_response("revocation")
        return response


class _Exchange(FlaskAuthorizationServer):  # type: ignore[misc]  # the library ships no types
    """The library's server for one request: it lives as long as the transaction."""

    def __init__(self, authority: AuthorizationServer, connection: Connection, proof: Proof | None = None) -> None:
        super().__init__()
        self.authority = authority
        self.connection = connection
        self.proof = proof
        self.rev = current_rev(connection)  # before anything else is read: see gateway.identity.revocation
        self.authenticated: RegisteredClient | None = None
        self.register_client_auth_method(PRIVATE_KEY_JWT, PrivateKeyJwt(issuer=authority.issuer, connection=connection))
        if authority.client_secret_basic is not None:
            self.register_client_auth_method(CLIENT_SECRET_BASIC, authority.client_secret_basic)
        self.register_grant(_ClientCredentials)
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> RegisteredClient | None:
        row = queries.client(self.connection, client_id) if client_id.isprintable() else None
        return None if row is None else RegisteredClient(row)

    def create_oauth2_request(self, request: Any) -> OAuth2Request:  # noqa: ARG002 - the library's signature
        return _FormRequest(flask.request, issuer=self.authority.issuer)

    def authenticate_client(self, request: Any, methods: list[str], endpoint: str = "token") -> RegisteredClient:
        client: RegisteredClient = super().authenticate_client(request, methods, endpoint)
        self.authenticated = client
        return client

    def handle_error_response(self, request: Any, error: Any) -> flask.Response:
        if self.authenticated is not None:
            self._record_refusal(self.authenticated, getattr(error, "code", error.error))
        response: flask.Response = super().handle_error_response(request, error)
        return response

    def _record_refusal(self, client: RegisteredClient, code: str) -> None:
        """Only clients who proved who they are make entries: others could fill the log at no cost to themselves."""
        route = flask.request.path
        user = flask.request.form.get("user", client.row.default_user)
        self.authority.log.record(
            self.connection,
            Entry(
                kind=EntryKind.ACCESS_REFUSED,
                clear={"client": client.row.id, "agency": client.row.agency, "route": route, "reasons": [code]},
                disclosed={"user": user[:128] if user is not None and user.isprintable() else None},
            ),
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


def _judge_form(request: flask.Request, *, grant_types: Sequence[str] = ()) -> flask.Response | None:
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
    return _error([("error", error), ("error_description", fault)])


def _error(members: Sequence[tuple[str, str]]) -> flask.Response:
    return flask.Response(json.dumps(dict(members)), status=400, headers=default_json_headers)


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # the library ships no types
    server: _Exchange

    def validate_token_request(self) -> None:
        self.TOKEN_ENDPOINT_AUTH_METHODS = self.server.authority.methods
        super().validate_token_request()

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The library's own would write the token to its log at DEBUG."""
        client: RegisteredClient = self.request.client
        grant = decide_grant(self.server.connection, client.row, self.request.form)
        binding = self.server.authority.senders.bind(self.server.connection, self.server.proof)
        issued = _mint(self.server, grant, binding)
        _record(self.server, grant, issued)
        body: dict[str, Any] = {
            "access_token": issued.text,
            "token_type": "Bearer" if binding is None else "DPoP",
            "expires_in": LIFETIME,
            "scope": " ".join(grant.scopes),
        }
        if grant.details:
            body["authorization_details"] = write_details(grant.details)
        return 200, body, default_json_headers


@dataclass(frozen=True, slots=True)
class _Issued:
    text: str
    token_id: str
    now_ns: int


def _mint(server: _Exchange, grant: Grant, binding: Binding | None) -> _Issued:
    row = server.connection.execute("SELECT ops.now_ns()").fetchone()
    if row is None:
        raise RuntimeError("ops.now_ns() gave no time")
    now_ns = int(row[0])
    now = now_ns // 1_000_000_000
    token_id = secrets.token_urlsafe(18)
    claims: dict[str, Any] = {
        "iss": server.authority.issuer,
        "aud": server.authority.issuer,
        "sub": grant.client,
        "client_id": grant.client,
        "scope": " ".join(grant.scopes),
        "jti": token_id,
        "iat": now,
        "exp": now + LIFETIME,
        "rev": server.rev,
    }
    if binding is not None:
        claims["cnf"] = {binding.method: binding.value}
    if grant.agency is not None:
        claims["agency"] = grant.agency
    if grant.user is not None:
        claims |= {"user": grant.user, "user_strength": "asserted"}
    if grant.details:
        claims["authorization_details"] = write_details(grant.details)
    return _Issued(server.authority.keys.sign(claims, token_type=TOKEN_TYPE), token_id, now_ns)


def _record(server: _Exchange, grant: Grant, issued: _Issued) -> None:
    cases = {detail.case_number for detail in grant.details}
    case = next(iter(cases)) if len(cases) == 1 else None
    server.authority.log.record(
        server.connection,
        Entry(
            kind=EntryKind.TOKEN_ISSUED,
            clear={
                "token_sha256": digest_of(issued.token_id),
                "client": grant.client,
                "agency": grant.agency,
                "scopes": sorted(grant.scopes),
            },
            disclosed={"user": grant.user, "authorization_details": write_details(grant.details)},
            scope=server.authority.log.case_scope(grant.agency, case) if case and grant.agency else "general",
            blind=({} if grant.user is None else {"user": grant.user})
            | ({} if case is None or grant.agency is None else {"case": case_of(grant.agency, case)}),
        ),
        now_ns=issued.now_ns,
    )


@dataclass(frozen=True, slots=True)
class _OwnToken:
    client: str
    token_id: str
    expires_at: int

    def check_client(self, client: RegisteredClient) -> bool:
        return self.client == client.row.id


class _Revocation(RevocationEndpoint):  # type: ignore[misc]  # the library ships no types
    """RFC 7009: what is no token of ours, or has expired, is revoked already: 200. Another client's token is not."""

    server: _Exchange

    def authenticate_endpoint_client(self, request: Any) -> RegisteredClient:
        request.client = self.server.authenticate_client(request, self.server.authority.methods, self.ENDPOINT_NAME)
        client: RegisteredClient = request.client
        return client

    def authenticate_token(self, request: Any, client: RegisteredClient) -> _OwnToken | None:
        if not request.form.get("token"):
            raise InvalidRequestError(description="The parameter token is missing.")
        token = _read_own(self.server.authority.keys, request.form["token"])
        if token is not None and not token.check_client(client):
            raise InvalidGrantError(description="The token was issued to another client.")
        return token

    def revoke_token(self, token: _OwnToken, request: Any) -> None:  # noqa: ARG002 - the library's signature
        revoke_token(self.server.connection, token_id=token.token_id, expires_at=token.expires_at)
        client = self.server.authenticated
        self.server.authority.log.record(
            self.server.connection,
            Entry(
                kind=EntryKind.TOKEN_REVOKED,
                clear={
                    "token_sha256": digest_of(token.token_id),
                    "client": token.client,
                    "agency": None if client is None else client.row.agency,
                },
                disclosed={"expires_at": token.expires_at},
            ),
        )


def _read_own(keys: TokenKeys, text: str) -> _OwnToken | None:
    """A token that a key of ours signed, expired or not; None for anything else."""
    try:
        token = read_unverified(text)
        key = None if token.key_id is None else keys.find(token.key_id)
        if key is None or token.type != TOKEN_TYPE or not signature_is_valid(token, key, algorithms=(ALGORITHM,)):
            return None
        return _OwnToken(
            text_claim(token.claims, "client_id"),
            text_claim(token.claims, "jti", longest=64),
            time_claim(token.claims, "exp"),
        )
    except MalformedToken:
        return None
