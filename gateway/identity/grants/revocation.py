"""Revocation (RFC 7009) of access tokens, which are JWTs, and of refresh tokens.

What is no token of ours, or has expired, is revoked already: 200. Another client's token is refused. With a refresh
token goes its whole family.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidGrantError

from gateway.audit.entries import Entry
from gateway.identity.caller import digest_of
from gateway.identity.grants import families, own_tokens
from gateway.identity.grants.exchange import ClientEndpoint, missing
from gateway.identity.revocation import revoke_token
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.identity.caller import Caller


class Revocation(ClientEndpoint):
    ENDPOINT_NAME = "revocation"

    def create_endpoint_response(self, request: Any) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client = self.authenticate_endpoint_client(request)
        text = request.form.get("token")
        if not text:
            raise missing("token")
        family = families.of_refresh_token(self.server, text)
        if family is not None:
            _require_own(family.grant.client, client.row.id)
            families.end(self.server, family, why="revoked")
        token = own_tokens.read(self.server.authority.keys, text, issuer=self.server.authority.issuer)
        if token is not None:
            _require_own(token.client, client.row.id)
            self._revoke(token)
        return 200, {}, default_json_headers

    def _revoke(self, token: Caller) -> None:
        revoke_token(self.server.connection, token_id=token.token_id, expires_at=token.expires_at)
        self.server.authority.log.record(
            self.server.connection,
            Entry(
                kind=EntryKind.TOKEN_REVOKED,
                clear={"token_sha256": digest_of(token.token_id), "client": token.client, "agency": token.agency},
                disclosed={"expires_at": token.expires_at},
            ),
        )


def _require_own(owner: str, client: str) -> None:
    if owner != client:
        raise InvalidGrantError(description="The token was issued to another client.")
