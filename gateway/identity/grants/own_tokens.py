"""Access tokens of ours as a client hands them in at an endpoint: to be revoked, introspected, or exchanged.

The signature, the type and every claim are checked as at a resource (`gateway.identity.tokens`), and the standing of
everybody in the token is read from the database. How the token was sent is not looked at: it is not used here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.identity.authorization_details import InvalidDetails
from gateway.identity.jose import MalformedToken, read_unverified, signature_is_valid, text_claim
from gateway.identity.keys import ALGORITHM
from gateway.identity.revocation import hold_caller, hold_chain
from gateway.identity.tokens import TOKEN_TYPE, caller_of

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.identity.grants.exchange import Exchange
    from gateway.identity.keys import TokenKeys


def read(keys: TokenKeys, text: str, *, issuer: str) -> Caller | None:
    """A token that a key of ours signed, expired or not, revoked or not; None for anything else."""
    try:
        token = read_unverified(text)
        key = None if token.key_id is None else keys.find(token.key_id)
        if key is None or token.type != TOKEN_TYPE or not signature_is_valid(token, key, algorithms=(ALGORITHM,)):
            return None
        if text_claim(token.claims, "iss") != issuer or text_claim(token.claims, "aud") != issuer:
            return None
        return caller_of(token.claims)
    except (MalformedToken, InvalidDetails, ValueError):
        return None


def read_live(server: Exchange, text: str) -> Caller | None:
    """The same, once it is known to be good now: not expired, and nothing stands against anybody in it."""
    caller = read(server.authority.keys, text, issuer=server.authority.issuer)
    if caller is None or caller.expires_at <= server.now:
        return None
    hold_chain(server.connection, caller)
    standing = [hold_caller(server.connection, bearer) for bearer in (caller, *caller.links())]
    return caller if not any(standing) else None
