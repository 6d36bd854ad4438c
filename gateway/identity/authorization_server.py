"""The authorization server at its endpoints: it judges the form, opens the transaction, and lets the grants answer.

Each request is one transaction (`grants.exchange`). A refused request commits too, so what it used stays used; only a
DPoP proof is judged before the client is asked, so that its assertion stays good for the retry that a nonce costs.
Tokens are JWTs of RFC 9068 signed with ES256 and live five minutes at most.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import flask
from authlib.common.security import is_secure_transport
from authlib.consts import default_json_headers

from gateway.identity.client_authentication import ClientSecretBasic
from gateway.identity.clients import CLIENT_SECRET_BASIC, PRIVATE_KEY_JWT, SELF_SIGNED_TLS, TLS
from gateway.identity.grants.client_credentials import ClientCredentials
from gateway.identity.grants.codes import AuthorizationCode
from gateway.identity.grants.device import DeviceAuthorization, DeviceCode
from gateway.identity.grants.exchange import Authority, Exchange, judge_form
from gateway.identity.grants.introspection import Introspection
from gateway.identity.grants.pushed_requests import PushedRequests
from gateway.identity.grants.refresh import Refresh
from gateway.identity.grants.revocation import Revocation
from gateway.identity.grants.token_exchange import TokenExchange
from gateway.identity.redaction import quiet_authlib
from gateway.identity.senders import SenderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.dpop import Proof
    from gateway.identity.grants.exchange import ClientEndpoint, TokenGrant
    from gateway.identity.issuance import IssuancePolicy
    from gateway.identity.keys import TokenKeys
    from gateway.identity.presented import Presented
    from gateway.identity.rate_limits import RateLimits
    from gateway.identity.senders import Senders
    from gateway.settings import Settings

GRANTS: Final[Sequence[type[TokenGrant]]] = (ClientCredentials, AuthorizationCode, Refresh, DeviceCode, TokenExchange)
ENDPOINTS: Final[Sequence[type[ClientEndpoint]]] = (PushedRequests, DeviceAuthorization, Introspection, Revocation)


class AuthorizationServer:
    """Answers inside a Flask request. Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        keys: TokenKeys,
        log: AuditLog,
        senders: Senders,
        limits: RateLimits,
        policy: IssuancePolicy,
    ) -> None:
        if not is_secure_transport(settings.issuer):
            raise ValueError("The public URL must be https, or http on this machine alone.")
        self.issuer = settings.issuer
        self.keys = keys
        self.senders = senders
        self.methods = [
            PRIVATE_KEY_JWT,
            *([SELF_SIGNED_TLS] if senders.certificates.offered else []),
            *([TLS] if senders.certificates.offered and senders.certificates.authorities_known else []),
            *([CLIENT_SECRET_BASIC] if settings.allow_client_secret else []),
        ]
        self._database = database
        self._authority = Authority(
            issuer=settings.issuer,
            keys=keys,
            log=log,
            senders=senders,
            limits=limits,
            policy=policy,
            methods=self.methods,
            client_secret_basic=ClientSecretBasic() if settings.allow_client_secret else None,
        )
        quiet_authlib()

    def token(self, presented: Presented) -> flask.Response:
        """POST /oauth/token. Raises DatabaseUnavailable."""
        if (refused := judge_form(flask.request, grant_types=[grant.GRANT_TYPE for grant in GRANTS])) is not None:
            return refused
        try:
            proof = self.senders.offered(presented)
        except SenderError as error:
            return _error(error)
        with self._database.transaction() as connection:
            response: flask.Response = self._exchange(connection, proof, presented.certificate).create_token_response()
        return response

    def push(self, presented: Presented) -> flask.Response:
        """POST /oauth/par. Raises DatabaseUnavailable."""
        return self._endpoint(PushedRequests, presented)

    def authorize_device(self, presented: Presented) -> flask.Response:
        """POST /oauth/device_authorization. Raises DatabaseUnavailable."""
        return self._endpoint(DeviceAuthorization, presented)

    def introspect(self, presented: Presented) -> flask.Response:
        """POST /oauth/introspect. Raises DatabaseUnavailable."""
        return self._endpoint(Introspection, presented)

    def revoke(self, presented: Presented) -> flask.Response:
        """POST /oauth/revoke. Raises DatabaseUnavailable."""
        return self._endpoint(Revocation, presented)

    @contextmanager
    def person(self) -> Iterator[Exchange]:
        """For the pages on which a person answers: the transaction of one answer. Raises DatabaseUnavailable."""
        with self._database.transaction() as connection:
            yield Exchange(self._authority, connection, None)

    def _endpoint(self, endpoint: type[ClientEndpoint], presented: Presented) -> flask.Response:
        if (refused := judge_form(flask.request)) is not None:
            return refused
        try:
            proof = self.senders.offered(presented)
        except SenderError as error:
            return _error(error)
        with self._database.transaction() as connection:
            exchange = self._exchange(connection, proof, presented.certificate)
            response: flask.Response = exchange.create_endpoint_response(endpoint.ENDPOINT_NAME)
        return response

    def _exchange(self, connection: Connection, proof: Proof | None, certificate: bytes | None) -> Exchange:
        exchange = Exchange(self._authority, connection, proof, certificate)
        for grant in GRANTS:
            exchange.register_grant(grant)
        for endpoint in ENDPOINTS:
            exchange.register_endpoint(endpoint)
        return exchange


def _error(error: SenderError) -> flask.Response:
    return flask.Response(json.dumps(dict(error.get_body())), status=400, headers=default_json_headers)
