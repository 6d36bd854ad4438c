"""May this authenticated client have this token? The rules, apart from how the question arrived.

Refusals use the codes of RFC 6749 section 5.2 and carry our own code beside it:

* a suspended client or agency, or this gateway's issuing stopped: `unauthorized_client`, CLIENT_SUSPENDED,
  AGENCY_SUSPENDED or ISSUER_SUSPENDED;
* a suspended user: `invalid_grant`, USER_SUSPENDED;
* a user who does not exist or is of another agency, indistinguishably: `invalid_request`, USER_UNKNOWN;
* a scope that does not exist or that the client lacks: `invalid_scope`, SCOPE_NOT_GRANTED;
* `authorization_details`: `invalid_authorization_details` (RFC 9396 section 5), AUTHORIZATION_DETAILS_INVALID, or
  AUTHORIZATION_DETAILS_DENIED with the `reasons` that policy gave;
* a `resource` that is not this gateway: `invalid_target` (RFC 8707 section 2), RESOURCE_UNKNOWN.

What is asked in authorization_details is put to policy before anything is issued, so that a token never promises what
no search under it could get. Policy is another room's; how it is asked is passed in (`IssuancePolicy`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from authlib.oauth2 import OAuth2Error

from gateway.database import DatabaseUnavailable
from gateway.identity.authorization_details import InvalidDetails, counted, parse_details
from gateway.identity.revocation import may_issue
from gateway.registry import queries
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.database import Connection
    from gateway.identity.caller import Binding, FaceSearchAuthorization, Link, SignIn, UserStrength
    from gateway.registry.records import Client

OPENID: Final = "openid"  # asks for an ID token (OpenID Connect); it opens no route, so it is no Scope
POLICY_FAILED: Final = ("ENGINE_ERROR",)

log = structlog.get_logger()


class IssuanceError(OAuth2Error):  # type: ignore[misc]  # the library ships no types
    """An error of RFC 6749 section 5.2 with our own stable code as an extra member, and the reasons of policy."""

    def __init__(self, *, error: str, code: str, description: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(error=error, description=description)
        self.code = code
        self.reasons = list(reasons)

    def get_body(self) -> list[tuple[str, Any]]:
        return [
            *super().get_body(),
            ("code", self.code),
            *([("reasons", self.reasons)] if self.reasons else []),
        ]


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token will say. The user was named by the client (asserted), or signed in here (authenticated).

    `family` is the consent that the token comes of, `binding` the key that it is bound to (RFC 7800).
    """

    client: str
    agency: str | None
    user: str | None
    scopes: tuple[Scope, ...]
    details: tuple[FaceSearchAuthorization, ...]
    strength: UserStrength = "asserted"
    session: str | None = None
    sign_in: SignIn | None = None
    behind: tuple[Link, ...] = ()
    family: str | None = None
    binding: Binding | None = None


class IssuancePolicy(Protocol):
    """How policy is asked about a grant that is about to be made."""

    def __call__(self, connection: Connection, grant: Grant) -> Sequence[str]:
        """Why no request under the grant's details could be permitted now; nothing when one could."""


def decide_grant(
    connection: Connection, client: Client, parameters: Mapping[str, str], *, policy: IssuancePolicy
) -> Grant:
    """Judges the parameters of a client's own token request. Raises IssuanceError.

    `identity.revocation.current_rev` must have been read before in the same transaction.
    """
    require_standing(connection, client)
    grant = Grant(
        client=client.id,
        agency=client.agency,
        user=_user(connection, client, parameters.get("user")),
        scopes=asked_scopes(client, parameters.get("scope"))[0],
        details=asked_details(parameters.get("authorization_details")),
    )
    return decide_details(connection, grant, policy=policy)


def decide_details(connection: Connection, grant: Grant, *, policy: IssuancePolicy) -> Grant:
    """The grant with its counters, once policy has seen its details. Raises IssuanceError, also where policy fails."""
    if not grant.details:
        return grant
    try:
        reasons = policy(connection, grant)
    except DatabaseUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong in there, nothing may be issued on it
        log.warning("issuance.policy_failed", error=type(error).__name__)
        reasons = POLICY_FAILED
    if reasons:
        raise IssuanceError(
            error="invalid_authorization_details",
            code="AUTHORIZATION_DETAILS_DENIED",
            description="Policy permits no search under these authorization_details.",
            reasons=sorted(set(reasons)),
        )
    return replace(grant, details=counted(grant.details))


def require_standing(connection: Connection, client: Client) -> None:
    """Raises IssuanceError for a client that is suspended, or whose agency is, and while issuing is stopped."""
    if not may_issue(connection):
        _require_active("issuer", None)
    _require_active("client", client.status)
    if client.agency is not None:
        agency = queries.agency(connection, client.agency)
        _require_active("agency", None if agency is None else agency.status)


def require_resource(asked: str | None, *, issuer: str) -> None:
    """This gateway is one resource, so `resource` (RFC 8707) can name nothing else. Raises IssuanceError."""
    if asked not in (None, issuer):
        raise IssuanceError(
            error="invalid_target",
            code="RESOURCE_UNKNOWN",
            description="The only resource that tokens are issued for here is the issuer itself.",
        )


def _require_active(what: str, status: str | None) -> None:
    if status != "active":
        raise IssuanceError(
            error="unauthorized_client",
            code=f"{what.upper()}_SUSPENDED",
            description=f"The {what} is suspended. An administrator must lift the suspension.",
        )


def _user(connection: Connection, client: Client, named: str | None) -> str | None:
    wanted = client.default_user if named is None else named
    if wanted is None:
        return None
    user = queries.user(connection, wanted) if client.agency is not None and wanted.isprintable() else None
    if user is None or user.agency != client.agency:
        raise IssuanceError(
            error="invalid_request",
            code="USER_UNKNOWN",
            description="The client's agency has no user of that id. Register the user, or correct the parameter user.",
        )
    if user.status != "active":
        raise IssuanceError(
            error="invalid_grant",
            code="USER_SUSPENDED",
            description="The user is suspended. An administrator must lift the suspension.",
        )
    return user.id


def asked_scopes(client: Client, asked: str | None, *, openid: bool = False) -> tuple[tuple[Scope, ...], bool]:
    """The scopes, all that the client has when it names none, and whether an ID token is asked for, where one may be.

    Raises IssuanceError.
    """
    granted = {scope for scope in Scope if scope in client.scopes}
    words: set[str] = set(granted) if asked is None else set(asked.split(" "))
    wants_id_token = openid and OPENID in words
    words -= {OPENID} if openid else set()
    if not words or not words <= granted:
        raise IssuanceError(
            error="invalid_scope",
            code="SCOPE_NOT_GRANTED",
            description="The scope is unknown, or the client may not have it. Ask for less, or have it granted.",
        )
    return tuple(scope for scope in Scope if scope in words), wants_id_token


def asked_details(asked: str | None) -> tuple[FaceSearchAuthorization, ...]:
    """The parameter `authorization_details`. Raises IssuanceError."""
    if asked is None:
        return ()
    try:
        return parse_details(asked)
    except InvalidDetails as invalid:
        raise invalid_details(invalid) from None


def invalid_details(invalid: InvalidDetails) -> IssuanceError:
    return IssuanceError(
        error="invalid_authorization_details", code="AUTHORIZATION_DETAILS_INVALID", description=str(invalid)
    )
