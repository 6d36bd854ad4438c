"""The client credentials grant of RFC 6749 section 4.4: the client acts for itself, or for a user that it names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.identity.clients import CLIENT_CREDENTIALS
from gateway.identity.grants.exchange import TokenGrant
from gateway.identity.grants.minting import issue
from gateway.identity.grants.session_credentials import issue_session
from gateway.identity.issuance import decide_grant, require_resource

if TYPE_CHECKING:
    from gateway.identity.clients import RegisteredClient


class ClientCredentials(TokenGrant):
    GRANT_TYPE = CLIENT_CREDENTIALS

    def answer(self, client: RegisteredClient) -> dict[str, Any]:
        require_resource(self.request.form.get("resource"), issuer=self.server.authority.issuer)
        grant = decide_grant(self.server.connection, client.row, self.request.form, policy=self.server.authority.policy)
        if (kind := self.request.form.get("session_credentials")) is not None:
            return issue_session(self.server, grant, kind)
        return issue(self.server, replace(grant, binding=self.server.bind()))
