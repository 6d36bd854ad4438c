"""AWS-style session credentials: an access token that a Rekognition program can send, with a secret to sign by.

The session token is the access token, bound to the secret (`cnf` `sigv4`); the secret is an HMAC over the token, so no
node has to remember it. Because an AWS SDK asks again only every quarter of an hour, such a token lives up to an hour,
and because it lives so long it says what it is for: exactly one purpose, one case and a set of galleries.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gateway.identity.caller import Binding, FaceSearchAuthorization
from gateway.identity.grants.minting import access_token, response
from gateway.identity.issuance import IssuanceError
from gateway.identity.sigv4 import ALGORITHM

if TYPE_CHECKING:
    from gateway.identity.grants.exchange import Exchange
    from gateway.identity.issuance import Grant

KIND: Final = "aws"


def issue_session(server: Exchange, grant: Grant, kind: str) -> dict[str, Any]:
    """The token response with the members that a `credential_process` answers. Raises IssuanceError."""
    if kind != KIND:
        raise _refused(f"The only session_credentials offered here are {KIND}.")
    if not is_for_one_story(grant.details):
        raise _refused(
            "Session credentials need authorization_details of one purpose, one case_number and the galleries."
        )
    # As AWS names temporary keys; it is public, and random, so that it says nothing about the token.
    access_key = "ASIA" + base64.b32encode(secrets.token_bytes(10)).decode("ascii")
    bound = replace(grant, binding=Binding("sigv4", access_key))
    issued = access_token(server, bound)
    return response(server, bound, issued) | {
        "token_type": ALGORITHM,
        "access_key_id": access_key,
        "secret_access_key": server.authority.senders.signing_secret(issued.text),
        "expiration": datetime.fromtimestamp(issued.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def is_for_one_story(details: tuple[FaceSearchAuthorization, ...]) -> bool:
    return len(details) == 1 and None not in (details[0].purpose, details[0].case_number, details[0].galleries)


def _refused(description: str) -> IssuanceError:
    return IssuanceError(error="invalid_request", code="SESSION_CREDENTIALS", description=description)
