"""Authorization codes (RFC 6749 section 4.1, RFC 7636), made when a person allows a pushed request.

A code carries 256 random bits, of which the SHA-256 is stored, lives LIFE seconds, and is used up by the first of its
client's requests that names it, in one statement: of many at once one gets it, and one that then turns out wrong (a
verifier, a key) has used it too. Who comes second with a used code ends the whole family (RFC 6749 section 4.1.2):
either of the two had it from somebody else, and nobody knows which.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from gateway.identity.clients import AUTHORIZATION_CODE
from gateway.identity.grants import families
from gateway.identity.grants.exchange import TokenGrant
from gateway.identity.grants.pushed_requests import digest
from gateway.identity.issuance import IssuanceError

if TYPE_CHECKING:
    from gateway.identity.clients import RegisteredClient
    from gateway.identity.grants.exchange import Exchange
    from gateway.identity.grants.pushed_requests import AuthorizationRequest

LIFE: Final = 60  # seconds (FAPI 2.0 section 5.3.2.1)
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def new_code(server: Exchange, family: str, asked: AuthorizationRequest) -> str:
    code = secrets.token_urlsafe(32)
    server.connection.execute(
        "INSERT INTO identity.codes (code_sha256, grant_id, redirect_uri, code_challenge, dpop_jkt, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (digest(code), family, asked.redirect_uri, asked.code_challenge, asked.dpop_jkt, server.now + LIFE),
    )
    return code


class AuthorizationCode(TokenGrant):
    GRANT_TYPE = AUTHORIZATION_CODE

    def answer(self, client: RegisteredClient) -> dict[str, Any]:
        code = self.parameter("code")
        row = self.server.connection.execute(
            "UPDATE identity.codes AS c SET used = true FROM identity.grants AS g"
            " WHERE c.code_sha256 = %s AND NOT c.used AND g.id = c.grant_id AND g.client = %s"
            " RETURNING c.grant_id, c.redirect_uri, c.code_challenge, c.dpop_jkt, c.expires_at",
            (digest(code), client.row.id),
        ).fetchone()
        if row is None:
            raise self._not_good(code, client)
        family_id, redirect_uri, challenge, jkt, expires_at = row
        family = families.find(self.server, family_id)
        if family is None or expires_at <= self.server.now:
            raise _refused("CODE_EXPIRED")
        if self.parameter("redirect_uri") != redirect_uri:
            raise _refused("REDIRECT_URI_DIFFERS")
        if not verifies(self.parameter("code_verifier"), challenge):
            raise _refused("CODE_VERIFIER")
        if jkt is not None and self.server.shown_key() != jkt:
            raise _refused("KEY_DIFFERS")
        return families.answer(self.server, family, client.row, first=True)

    def _not_good(self, code: str, client: RegisteredClient) -> IssuanceError:
        """A code that never was and another client's code look alike; one that was used ends what came of it."""
        row = self.server.connection.execute(
            "SELECT c.grant_id FROM identity.codes AS c JOIN identity.grants AS g ON g.id = c.grant_id"
            " WHERE c.code_sha256 = %s AND g.client = %s",
            (digest(code), client.row.id),
        ).fetchone()
        family = families.find(self.server, row[0]) if row is not None else None
        if family is None:
            return _refused("CODE_UNKNOWN")
        if not family.ended:
            families.end(self.server, family, why="code_reused")
        return _refused("CODE_REUSED")


def verifies(verifier: str, challenge: str) -> bool:
    """S256 (RFC 7636 section 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(made, challenge)


def _refused(code: str) -> IssuanceError:
    """One sentence for all; the client knows what it sent."""
    return IssuanceError(
        error="invalid_grant",
        code=code,
        description="The code, its redirect_uri, its code_verifier or its key is not good. Ask the person again.",
    )
