"""The authorization server at its endpoints: it judges the form, opens the transaction, and lets the grants answer.

Each request is one transaction (`grants.exchange`). A refused request commits too, so its assertion stays used. Tokens
are JWTs of RFC 9068 signed with ES256 and live five minutes at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import flask
from authlib.common.security import is_secure_transport

from gateway.identity.client_authentication import ClientSecretBasic
from gateway.identity.clients import CLIENT_SECRET_BASIC, PRIVATE_KEY_JWT
from gateway.identity.grants.client_credentials import ClientCredentials
from gateway.identity.grants.exchange import Authority, Exchange, judge_form
from gateway.identity.grants.revocation import Revocation
from gateway.identity.redaction import quiet_authlib

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.grants.exchange import ClientEndpoint, TokenGrant
    from gateway.identity.issuance import IssuancePolicy
    from gateway.identity.keys import TokenKeys
    from gateway.settings import Settings

GRANTS: Final[Sequence[type[TokenGrant]]] = (ClientCredentials,)
ENDPOINTS: Final[Sequence[type[ClientEndpoint]]] = (Revocation,)


class AuthorizationServer:
    """Answers inside a Flask request. Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        keys: TokenKeys,
        log: AuditLog,
        policy: IssuancePolicy,
    ) -> None:
        if not is_secure_transport(settings.issuer):
            raise ValueError("The public URL must be https, or http on this machine alone.")
        self.issuer = settings.issuer
        self.keys = keys
        self.methods = [PRIVATE_KEY_JWT, *([CLIENT_SECRET_BASIC] if settings.allow_client_secret else [])]
        self._database = database
        self._authority = Authority(
            issuer=settings.issuer,
            keys=keys,
            log=log,
            policy=policy,
            methods=self.methods,
            client_secret_basic=ClientSecretBasic() if settings.allow_client_secret else None,
        )
        quiet_authlib()

    def token(self) -> flask.Response:
        """POST /oauth/token. Raises DatabaseUnavailable."""
        if (refused := judge_form(flask.request, grant_types=[grant.GRANT_TYPE for grant in GRANTS])) is not None:
            return refused
        with self._database.transaction() as connection:
            response: flask.Response = self._exchange(connection).create_token_response()
        return response

    def revoke(self) -> flask.Response:
        """POST /oauth/revoke. Raises DatabaseUnavailable."""
        return self._endpoint(Revocation)

    def _endpoint(self, endpoint: type[ClientEndpoint]) -> flask.Response:
        if (refused := judge_form(flask.request)) is not None:
            return refused
        with self._database.transaction() as connection:
            response: flask.Response = self._exchange(connection).create_endpoint_response(endpoint.ENDPOINT_NAME)
        return response

    def _exchange(self, connection: Connection) -> Exchange:
        exchange = Exchange(self._authority, connection)
        for grant in GRANTS:
            exchange.register_grant(grant)
        for endpoint in ENDPOINTS:
            exchange.register_endpoint(endpoint)
        return exchange
