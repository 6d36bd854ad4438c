"""The answer to a pushed request: a person allows it, and the client gets a code; or it does not.

Whoever answers is signed in, belongs to the client's agency, and is still in good standing when the answer is written.
A client of no agency asks the people of none: administrators, and auditors, who allow nobody more than an auditor does.
Policy is asked about the authorization_details with that person in them; its denial is the client's `access_denied`.
Every answer to the client says who gives it (`iss`, RFC 9207) and repeats its `state`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from gateway.audit.entries import Entry
from gateway.identity import accounts
from gateway.identity.authorization_details import write_details
from gateway.identity.caller import SignIn
from gateway.identity.grants import families, pushed_requests
from gateway.identity.grants.codes import new_code
from gateway.identity.issuance import Grant, IssuanceError, decide_details, require_standing
from gateway.identity.sessions import is_open
from gateway.registry import queries
from gateway.vocabulary import AccountRole, Assurance, EntryKind, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.identity.caller import FaceSearchAuthorization
    from gateway.identity.grants.exchange import Exchange
    from gateway.identity.grants.pushed_requests import AuthorizationRequest
    from gateway.identity.sessions import Session
    from gateway.registry.records import Client

LONGEST: Final = 12 * 3600  # seconds that a grant lives at most, whatever its session does


# What an auditor can allow: to see what happened and to keep it, and to change nothing else.
AUDITORS: Final = frozenset(
    {
        Scope.AUDIT_READ,
        Scope.AUDIT_DISCLOSE,
        Scope.AUDIT_EXPORT,
        Scope.AUDIT_HOLD,
        Scope.REGISTRY_READ,
        Scope.INCIDENTS_READ,
        Scope.DOCKET_READ,
        Scope.DECISIONS_REPLAY,
        Scope.GALLERIES_READ,
        Scope.POLICIES_READ,
    }
)


class NoSuchRequest(Exception):  # noqa: N818 - names the condition
    """There is no request of that client under that request_uri: it was answered, or is over, or never was."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A request as it is shown to a person."""

    client: Client
    agency_name: str | None
    asked: AuthorizationRequest


def find(server: Exchange, client_id: str, request_uri: str) -> Pending:
    """The request, without using it up. Raises NoSuchRequest."""
    found = server.query_client(client_id)
    asked = None if found is None else pushed_requests.find(server, client_id, request_uri)
    return _pending(server, None if found is None else found.row, asked)


def take(server: Exchange, client_id: str, request_uri: str) -> Pending:
    """The request, for whoever answers it now. Raises NoSuchRequest."""
    found = server.query_client(client_id)
    asked = None if found is None else pushed_requests.take(server, client_id, request_uri)
    return _pending(server, None if found is None else found.row, asked)


def _pending(server: Exchange, client: Client | None, asked: AuthorizationRequest | None) -> Pending:
    if client is None or asked is None or asked.redirect_uri not in client.redirect_uris:  # it may have been taken back
        raise NoSuchRequest
    if client.agency is None:
        return Pending(client, None, asked)
    agency = queries.agency(server.connection, client.agency)
    if agency is None:
        raise NoSuchRequest
    return Pending(client, agency.name, asked)


def must_sign_in(asked: AuthorizationRequest, session: Session | None, *, now: int) -> bool:
    """Whether this person must be authenticated (again), or more strongly, before the request can be put to them."""
    if session is None or not _reaches(session.acr, asked.acr_values):
        return True
    # Who signed in since the push did so for this request, however long they then look at the page: with max_age=0, or
    # a few seconds, they would else be sent away from it for ever. The push itself is minutes old at most.
    if session.auth_time >= asked.pushed_at:
        return False
    return "login" in asked.prompt or (asked.max_age is not None and now - session.auth_time > asked.max_age)


def wanted_acr(asked: AuthorizationRequest) -> Assurance | None:
    """The weakest of the assurances that would do; None where the client names none that exists."""
    known = [assurance for assurance in Assurance if assurance in asked.acr_values]
    return known[0] if known else None


def _reaches(held: Assurance, asked: Sequence[str]) -> bool:
    known = [assurance for assurance in Assurance if assurance in asked]
    return not known or held.reaches(known[0])


def allow(server: Exchange, pending: Pending, session: Session) -> str:
    """Where the browser goes: to the client, with a code, or with the error that stood against it."""
    asked = pending.asked
    try:
        grant = decide(server, pending.client, session, scopes=asked.scopes, details=asked.details)
        family = families.begin(
            server, grant, openid=asked.openid, nonce=asked.nonce, expires_at=ends_at(session, server.now)
        )
    except IssuanceError as error:
        return refuse(server, pending, session, error="access_denied", codes=[error.code, *error.reasons])
    return response(server, asked, code=new_code(server, family, asked))


def decide(
    server: Exchange,
    client: Client,
    session: Session,
    *,
    scopes: tuple[Scope, ...],
    details: tuple[FaceSearchAuthorization, ...],
) -> Grant:
    """What this person can allow this client. Raises IssuanceError."""
    require_standing(server.connection, client)
    if not is_open(server.connection, session):
        raise IssuanceError(error="access_denied", code="SESSION_ENDED", description="The session has ended.")
    _require_own_person(server, client, session)
    if session.role is AccountRole.AUDITOR and not AUDITORS.issuperset(scopes):
        raise IssuanceError(
            error="access_denied",
            code="SCOPE_NOT_OF_ROLE",
            description="An auditor can allow a program to read, disclose and export, and nothing else.",
        )
    grant = Grant(
        client=client.id,
        agency=client.agency,
        user=session.principal,
        scopes=scopes,
        details=details,
        strength="authenticated",
        session=str(session.id),
        sign_in=SignIn(auth_time=session.auth_time, acr=str(session.acr), amr=session.amr),
    )
    return decide_details(server.connection, grant, policy=server.authority.policy)


def _require_own_person(server: Exchange, client: Client, session: Session) -> None:
    """Raises IssuanceError unless the person belongs where the client does, and is active now."""
    account = accounts.find(server.connection, session.account)
    if account is None or not account.active or account.agency != client.agency:
        raise IssuanceError(
            error="access_denied",
            code="USER_OF_ANOTHER_AGENCY",
            description="Only an active user of the client's own agency can allow this; where it has none, an active"
            " administrator or auditor.",
        )


def ends_at(session: Session, now: int) -> int:
    return min(session.expires_at, now + LONGEST)


def refuse(server: Exchange, pending: Pending, session: Session | None, *, error: str, codes: Sequence[str]) -> str:
    """Where the browser goes when the answer is no, and the entry that says so."""
    record_refusal(server, pending.client, session, details=pending.asked.details, codes=codes)
    return response(server, pending.asked, error=error)


def record_refusal(
    server: Exchange,
    client: Client,
    session: Session | None,
    *,
    details: tuple[FaceSearchAuthorization, ...],
    codes: Sequence[str],
) -> None:
    user = None if session is None else session.principal
    server.authority.log.record(
        server.connection,
        Entry(
            kind=EntryKind.GRANT_REFUSED,
            clear={"client": client.id, "agency": client.agency, "reasons": list(codes)},
            disclosed={"user": user, "authorization_details": write_details(details)},
            blind={} if user is None else {"user": user},
        ),
        now_ns=server.now_ns,
    )


def response(server: Exchange, asked: AuthorizationRequest, **members: str) -> str:
    """RFC 6749 section 4.1.2: the redirect URI, which may have a query of its own, with the answer in it."""
    given = members | ({} if asked.state is None else {"state": asked.state}) | {"iss": server.authority.issuer}
    parts = urlsplit(asked.redirect_uri)
    query = "&".join(part for part in (parts.query, urlencode(given)) if part)
    return urlunsplit(parts._replace(query=query))
