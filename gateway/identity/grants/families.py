"""What a person allowed a client, and all tokens that come of it: one family, which lives and ends as one.

A family ends when its code is used twice, when its refresh token is revoked, when its time is over, and with whatever
it rests on: the session, the user, the client, the agency. The last four are not looked up one by one: the family keeps
the revocation counter of its beginning (`rev`), and every act against one of them since then has a larger number. Its
refresh token is for one client and one key and is not exchanged for another on use (FAPI 2.0 section 5.3.2.1): a token
that nobody else can use gains nothing by changing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from gateway.audit.entries import Entry
from gateway.identity.authorization_details import read_details, write_details
from gateway.identity.caller import Binding, Caller, SignIn, digest_of
from gateway.identity.clients import REFRESH_TOKEN
from gateway.identity.grants import sealing
from gateway.identity.grants.minting import access_token, id_token, response
from gateway.identity.grants.pushed_requests import digest
from gateway.identity.issuance import OPENID, Grant, IssuanceError
from gateway.identity.revocation import hold_caller, revoke_token_named
from gateway.vocabulary import EntryKind, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.database import Connection
    from gateway.identity.caller import FaceSearchAuthorization
    from gateway.identity.grants.exchange import Exchange
    from gateway.registry.records import Client

_COLUMNS: Final = (
    "id, client, agency, session, scopes, openid, allowed, nonce, auth_time, acr, amr, confirmation, rev,"
    " expires_at, ended, key_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """`binding` is the key that its tokens are bound to, None until the first is issued."""

    id: str
    grant: Grant
    openid: bool
    nonce: str | None
    binding: Binding | None
    rev: int
    expires_at: int
    ended: bool


def begin(server: Exchange, grant: Grant, *, openid: bool, nonce: str | None, expires_at: int) -> str:
    """Keeps what was allowed until `expires_at`, with its entry; its id."""
    if grant.user is None or grant.session is None or grant.sign_in is None:
        raise ValueError("a family begins with a person who has signed in")
    family = secrets.token_urlsafe(18)
    document = {"user": grant.user, "authorization_details": write_details(grant.details)}
    key_id, allowed = sealing.seal(server, grant.agency, document, context=f"grant:{family}")
    server.connection.execute(
        f"INSERT INTO identity.grants ({_COLUMNS})"  # noqa: S608 - the names of the columns
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, %s, %s, false, %s)",
        (
            family,
            grant.client,
            grant.agency,
            grant.session,
            [str(scope) for scope in grant.scopes],
            openid,
            allowed,
            nonce,
            grant.sign_in.auth_time,
            grant.sign_in.acr,
            list(grant.sign_in.amr),
            server.rev,
            expires_at,
            key_id,
        ),
    )
    _record(server, EntryKind.GRANT_ALLOWED, grant, family, {"scopes": sorted(grant.scopes), "openid": openid})
    return family


def find(server: Exchange, family: str) -> Family | None:
    """The family, locked: what is issued from it, and its end, come one after the other."""
    row = server.connection.execute(
        f"SELECT {_COLUMNS} FROM identity.grants WHERE id = %s FOR UPDATE",  # noqa: S608 - the names of the columns
        (family,),
    ).fetchone()
    if row is None:
        return None
    allowed = sealing.opened(server, row[15], row[6], context=f"grant:{family}")
    return None if allowed is None else _family(row, allowed["user"], read_details(allowed["authorization_details"]))


def of_refresh_token(server: Exchange, text: str) -> Family | None:
    row = server.connection.execute(
        "SELECT grant_id FROM identity.refresh_tokens WHERE token_sha256 = %s", (digest(text),)
    ).fetchone()
    return None if row is None else find(server, row[0])


def fault(server: Exchange, family: Family) -> str | None:
    """Why the family is dead, None while it lives. Nothing it rests on can end before this transaction does."""
    if family.ended:
        return "GRANT_ENDED"
    if family.expires_at <= server.now:
        return "GRANT_EXPIRED"
    return hold_caller(server.connection, _bearer(family))


def answer(
    server: Exchange, family: Family, client: Client, *, first: bool, scopes: Sequence[Scope] | None = None
) -> dict[str, Any]:
    """The token response: an access token, with fewer `scopes` where they are named; an ID token where one was asked
    for; and with the first a refresh token where the client may have one.

    Raises IssuanceError where the family is dead or the key is not its own.
    """
    why = fault(server, family)
    if why is not None:
        raise dead(why)
    binding = _bind(server, family)
    grant = replace(family.grant, scopes=family.grant.scopes if scopes is None else tuple(scopes))
    grant = replace(grant, binding=binding)
    issued = access_token(server, grant, until=family.expires_at)
    server.connection.execute(
        "INSERT INTO identity.grant_tokens (grant_id, token, expires_at) VALUES (%s, %s, %s)",
        (family.id, digest_of(issued.token_id), issued.expires_at),
    )
    server.connection.execute(
        "DELETE FROM identity.grant_tokens WHERE grant_id = %s AND expires_at <= %s", (family.id, server.now)
    )
    body = response(server, grant, issued)
    if family.openid:
        body["scope"] = f"{OPENID} {body['scope']}"
        body["id_token"] = id_token(server, grant, nonce=family.nonce if first else None)
    if first and REFRESH_TOKEN in client.grant_types:
        body["refresh_token"] = _refresh_token(server.connection, family.id)
    return body


def end(server: Exchange, family: Family, *, why: str) -> None:
    """Ends the family: its refresh token is good for nothing, and its access tokens are revoked by name."""
    server.connection.execute("UPDATE identity.grants SET ended = true WHERE id = %s", (family.id,))
    rows = server.connection.execute(
        "SELECT token, expires_at FROM identity.grant_tokens WHERE grant_id = %s AND expires_at > %s ORDER BY token",
        (family.id, server.now),
    ).fetchall()
    for token, expires_at in rows:
        revoke_token_named(server.connection, token, expires_at=expires_at)
    _record(server, EntryKind.GRANT_ENDED, family.grant, family.id, {"by": why, "tokens": len(rows)})


def dead(code: str) -> IssuanceError:
    return IssuanceError(
        error="invalid_grant", code=code, description="What this rests on has ended. Ask the person again."
    )


def _bind(server: Exchange, family: Family) -> Binding:
    """The first token binds the family to its key; every later one must be asked for with the same."""
    shown = server.bind()
    if shown is None:
        raise IssuanceError(
            error="invalid_dpop_proof",
            code="SENDER_UNPROVEN",
            description="What a person allowed is bound to a key: send a DPoP proof (RFC 9449).",
        )
    if family.binding is None:
        server.connection.execute(
            "UPDATE identity.grants SET confirmation = %s WHERE id = %s",
            (Jsonb({shown.method: shown.value}), family.id),
        )
    elif shown != family.binding:
        raise IssuanceError(
            error="invalid_grant", code="KEY_DIFFERS", description="The grant is bound to another key than this."
        )
    return shown


def _refresh_token(connection: Connection, family: str) -> str:
    text = secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO identity.refresh_tokens (token_sha256, grant_id) VALUES (%s, %s)", (digest(text), family)
    )
    return text


def _record(server: Exchange, kind: EntryKind, grant: Grant, family: str, clear: Mapping[str, Any]) -> None:
    server.authority.log.record(
        server.connection,
        Entry(
            kind=kind,
            clear={"grant": family, "client": grant.client, "agency": grant.agency, **clear},
            disclosed={"user": grant.user, "authorization_details": write_details(grant.details)},
            blind={"user": grant.user} if grant.user is not None else {},
        ),
        now_ns=server.now_ns,
    )


def _bearer(family: Family) -> Caller:
    """The family as the revocation state is asked about it."""
    grant = family.grant
    return Caller(
        client=grant.client,
        agency=grant.agency,
        user=grant.user,
        user_strength=grant.strength,
        scopes=frozenset(grant.scopes),
        authorization_details=(),
        token_id=family.id,
        issued_at=0,
        expires_at=family.expires_at,
        rev=family.rev,
        session=grant.session,
    )


def _family(row: tuple[Any, ...], user: str, details: tuple[FaceSearchAuthorization, ...]) -> Family:
    grant = Grant(
        client=row[1],
        agency=row[2],
        user=user,
        scopes=tuple(scope for scope in Scope if scope in row[4]),
        details=details,
        strength="authenticated",
        session=row[3],
        sign_in=SignIn(auth_time=row[8], acr=row[9], amr=tuple(row[10])),
        family=row[0],
    )
    return Family(
        id=row[0],
        grant=grant,
        openid=row[5],
        nonce=row[7],
        binding=None if row[11] is None else Binding(*next(iter(row[11].items()))),
        rev=row[12],
        expires_at=row[13],
        ended=row[14],
    )
