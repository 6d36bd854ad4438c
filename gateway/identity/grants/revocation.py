"""Revocation (RFC 7009) of access tokens, which are JWTs.

What is no token of ours, or has expired, is revoked already: 200. Another client's token is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import InvalidGrantError

from gateway.audit.entries import Entry
from gateway.identity.caller import digest_of
from gateway.identity.grants.exchange import ClientEndpoint, missing
from gateway.identity.jose import MalformedToken, read_unverified, signature_is_valid, text_claim, time_claim
from gateway.identity.keys import ALGORITHM
from gateway.identity.revocation import revoke_token
from gateway.identity.tokens import TOKEN_TYPE
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.identity.keys import TokenKeys


class Revocation(ClientEndpoint):
    ENDPOINT_NAME = "revocation"

    def create_endpoint_response(self, request: Any) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client = self.authenticate_endpoint_client(request)
        text = request.form.get("token")
        if not text:
            raise missing("token")
        token = read_own(self.server.authority.keys, text)
        if token is not None:
            _require_own(token.client, client.row.id)
            self._revoke(token, agency=client.row.agency)
        return 200, {}, default_json_headers

    def _revoke(self, token: OwnToken, *, agency: str | None) -> None:
        revoke_token(self.server.connection, token_id=token.token_id, expires_at=token.expires_at)
        self.server.authority.log.record(
            self.server.connection,
            Entry(
                kind=EntryKind.TOKEN_REVOKED,
                clear={"token_sha256": digest_of(token.token_id), "client": token.client, "agency": agency},
                disclosed={"expires_at": token.expires_at},
            ),
        )


@dataclass(frozen=True, slots=True)
class OwnToken:
    client: str
    token_id: str
    expires_at: int


def read_own(keys: TokenKeys, text: str) -> OwnToken | None:
    """A token that a key of ours signed, expired or not; None for anything else."""
    try:
        token = read_unverified(text)
        key = None if token.key_id is None else keys.find(token.key_id)
        if key is None or token.type != TOKEN_TYPE or not signature_is_valid(token, key, algorithms=(ALGORITHM,)):
            return None
        return OwnToken(
            text_claim(token.claims, "client_id"),
            text_claim(token.claims, "jti", longest=64),
            time_claim(token.claims, "exp"),
        )
    except MalformedToken:
        return None


def _require_own(owner: str, client: str) -> None:
    if owner != client:
        raise InvalidGrantError(description="The token was issued to another client.")
