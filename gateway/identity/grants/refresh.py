"""Refresh tokens (RFC 6749 section 6): another access token of the same family, for the same client and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.identity.clients import REFRESH_TOKEN
from gateway.identity.grants import families
from gateway.identity.grants.exchange import TokenGrant
from gateway.identity.issuance import OPENID, IssuanceError, require_standing

if TYPE_CHECKING:
    from gateway.identity.clients import RegisteredClient
    from gateway.identity.grants.families import Family
    from gateway.vocabulary import Scope


class Refresh(TokenGrant):
    GRANT_TYPE = REFRESH_TOKEN

    def answer(self, client: RegisteredClient) -> dict[str, Any]:
        require_standing(self.server.connection, client.row)
        family = families.of_refresh_token(self.server, self.parameter("refresh_token"))
        if family is None or family.grant.client != client.row.id:
            raise families.dead("REFRESH_TOKEN_UNKNOWN")
        return families.answer(self.server, family, client.row, first=False, scopes=self._scopes(family))

    def _scopes(self, family: Family) -> list[Scope]:
        """Fewer may be asked for, and never more than the person allowed."""
        allowed = family.grant.scopes
        asked = self.request.form.get("scope")
        if asked is None:
            return list(allowed)
        words = set(asked.split(" ")) - {OPENID}
        if not words or not words <= set(allowed):
            raise IssuanceError(
                error="invalid_scope", code="SCOPE_NOT_GRANTED", description="The person did not allow that scope."
            )
        return [scope for scope in allowed if scope in words]
