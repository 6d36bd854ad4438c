"""Introspection (RFC 7662): whether a token is good now, and what it says.

Whoever asks proves who it is, and learns something of its own agency's tokens only; a client that no agency binds, such
as an administrator's, of all. For everything else, garbage and another agency's token alike, the answer is that it is
not active. A refresh token is shown to the client that holds it and to nobody else. Who is suspended learns nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.consts import default_json_headers

from gateway.identity.authorization_details import write_details
from gateway.identity.grants import families, own_tokens
from gateway.identity.grants.exchange import ClientEndpoint, missing
from gateway.identity.issuance import require_standing

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.registry.records import Client

INACTIVE = {"active": False}


class Introspection(ClientEndpoint):
    ENDPOINT_NAME = "introspection"

    def create_endpoint_response(self, request: Any) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client = self.authenticate_endpoint_client(request).row
        require_standing(self.server.connection, client)
        text = request.form.get("token")
        if not text:
            raise missing("token")
        return 200, self._of_access_token(client, text) or self._of_refresh_token(client, text), default_json_headers

    def _of_access_token(self, client: Client, text: str) -> dict[str, Any] | None:
        caller = own_tokens.read_live(self.server, text)
        if caller is None or client.agency not in (None, caller.agency):
            return None
        return self._document(caller)

    def _of_refresh_token(self, client: Client, text: str) -> dict[str, Any]:
        family = families.of_refresh_token(self.server, text)
        if family is None or family.grant.client != client.id or families.fault(self.server, family) is not None:
            return INACTIVE
        return {
            "active": True,
            "iss": self.server.authority.issuer,
            "client_id": family.grant.client,
            "sub": family.grant.user,
            "scope": " ".join(family.grant.scopes),
            "exp": family.expires_at,
        }

    def _document(self, caller: Caller) -> dict[str, Any]:
        issuer = self.server.authority.issuer
        document: dict[str, Any] = {
            "active": True,
            "iss": issuer,
            "aud": issuer,
            "sub": caller.subject,
            "client_id": caller.client,
            "scope": " ".join(sorted(caller.scopes)),
            "jti": caller.token_id,
            "iat": caller.issued_at,
            "exp": caller.expires_at,
            "token_type": caller.scheme,
        }
        if caller.agency is not None:
            document["agency"] = caller.agency
        if caller.user is not None:
            document |= {"user": caller.user, "user_strength": caller.user_strength}
        if caller.sign_in is not None:
            signed_in = caller.sign_in
            document |= {"auth_time": signed_in.auth_time, "acr": signed_in.acr, "amr": list(signed_in.amr)}
        if caller.authorization_details:
            document["authorization_details"] = write_details(caller.authorization_details)
        if caller.binding is not None:
            document["cnf"] = {caller.binding.method: caller.binding.value}
        if caller.behind:
            document["act"] = {"sub": caller.client}
        return document
