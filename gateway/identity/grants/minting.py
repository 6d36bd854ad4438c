"""Making tokens: access tokens (RFC 9068) and ID tokens (OpenID Connect Core section 2), and the entry of each.

The token is signed and its entry appended in the transaction of the request; only after the commit does it leave. The
`sub` of an access token is the user who signed in, or the client where nobody did; its `aud` is the issuer, for one
gateway is one resource. Nothing here is written to any log of the program.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry, case_of
from gateway.identity.authorization_details import write_details
from gateway.identity.caller import digest_of
from gateway.identity.tokens import TOKEN_TYPE, lifetime
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.identity.caller import Link
    from gateway.identity.grants.exchange import Exchange
    from gateway.identity.issuance import Grant

ID_TOKEN_LIFETIME = 300  # seconds


@dataclass(frozen=True, slots=True)
class Issued:
    text: str
    token_id: str
    expires_at: int


def issue(server: Exchange, grant: Grant) -> dict[str, Any]:
    """The token response of RFC 6749 section 5.1 with an access token in it; the entry is appended."""
    return response(server, grant, access_token(server, grant))


def response(server: Exchange, grant: Grant, issued: Issued) -> dict[str, Any]:
    body: dict[str, Any] = {
        "access_token": issued.text,
        "token_type": "DPoP" if grant.binding is not None and grant.binding.method == "jkt" else "Bearer",
        "expires_in": issued.expires_at - server.now,
        "scope": " ".join(grant.scopes),
    }
    if grant.details:
        body["authorization_details"] = write_details(grant.details)
    return body


def access_token(server: Exchange, grant: Grant, *, until: int | None = None) -> Issued:
    """A fresh access token, on the log by the digest of its id; `until` is when what it comes of ends."""
    longest = server.now + lifetime(grant.binding)
    expires_at = longest if until is None else min(until, longest)
    token_id = secrets.token_urlsafe(18)
    authenticated = grant.user is not None and grant.strength == "authenticated"
    claims: dict[str, Any] = {
        "iss": server.authority.issuer,
        "aud": server.authority.issuer,
        "sub": grant.user if authenticated else grant.client,
        "client_id": grant.client,
        "scope": " ".join(grant.scopes),
        "jti": token_id,
        "iat": server.now,
        "exp": expires_at,
        "rev": server.rev,
    }
    if grant.agency is not None:
        claims["agency"] = grant.agency
    if grant.user is not None:
        claims |= {"user": grant.user, "user_strength": grant.strength}
    if grant.session is not None:
        claims["sid"] = grant.session
    if grant.sign_in is not None:
        claims |= {"auth_time": grant.sign_in.auth_time, "acr": grant.sign_in.acr, "amr": list(grant.sign_in.amr)}
    if grant.details:
        claims["authorization_details"] = write_details(grant.details)
    if grant.behind:
        claims["act"] = {"sub": grant.client, "act": _act(grant.behind)}
    if server.authenticated is not None and server.authenticated.row.requests_per_minute is not None:
        claims["requests_per_minute"] = server.authenticated.row.requests_per_minute
    if grant.binding is not None:
        claims["cnf"] = {grant.binding.method: grant.binding.value}
    issued = Issued(server.authority.keys.sign(claims, token_type=TOKEN_TYPE), token_id, expires_at)
    _record(server, grant, issued)
    return issued


def id_token(server: Exchange, grant: Grant, *, nonce: str | None) -> str:
    """Who signed in, for the client alone."""
    if grant.sign_in is None or grant.user is None:
        raise ValueError("an ID token says how a person signed in")
    claims: dict[str, Any] = {
        "iss": server.authority.issuer,
        "aud": grant.client,
        "sub": grant.user,
        "iat": server.now,
        "exp": server.now + ID_TOKEN_LIFETIME,
        "auth_time": grant.sign_in.auth_time,
        "acr": grant.sign_in.acr,
        "amr": list(grant.sign_in.amr),
        "sid": grant.session,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return server.authority.keys.sign(claims, token_type="JWT")  # noqa: S106 - the type of a JWT, RFC 7519


def _act(chain: Sequence[Link]) -> dict[str, Any]:
    """The nearest outermost (RFC 8693 section 4.1)."""
    nearest, *others = chain
    act: dict[str, Any] = {"sub": nearest.client, "agency": nearest.agency, "jti": nearest.token_id}
    if nearest.user is not None:
        act |= {"user": nearest.user, "user_strength": nearest.user_strength}
    if nearest.session is not None:
        act["sid"] = nearest.session
    if others:
        act["act"] = _act(others)
    return act


def _record(server: Exchange, grant: Grant, issued: Issued) -> None:
    cases = {detail.case_number for detail in grant.details}
    case = next(iter(cases)) if len(cases) == 1 else None
    chain = [{"client": link.client, "agency": link.agency} for link in grant.behind]
    server.authority.log.record(
        server.connection,
        Entry(
            kind=EntryKind.TOKEN_ISSUED,
            clear={
                "token_sha256": digest_of(issued.token_id),
                "client": grant.client,
                "agency": grant.agency,
                "scopes": sorted(grant.scopes),
                "grant": grant.family,
                "bound": None if grant.binding is None else grant.binding.method,
                "behind": chain,
            },
            disclosed={"user": grant.user, "authorization_details": write_details(grant.details)},
            scope=server.authority.log.case_scope(grant.agency, case) if case and grant.agency else "general",
            blind=({} if grant.user is None else {"user": grant.user})
            | ({} if case is None or grant.agency is None else {"case": case_of(grant.agency, case)}),
        ),
        now_ns=server.now_ns,
    )
