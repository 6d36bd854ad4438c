"""May this authenticated client have this token? The rules, apart from how the question arrived.

Refusals use the codes of RFC 6749 section 5.2 and carry our own code beside it:

* a suspended client or agency, or this gateway's issuing stopped: `unauthorized_client`, CLIENT_SUSPENDED,
  AGENCY_SUSPENDED or ISSUER_SUSPENDED;
* a suspended user: `invalid_grant`, USER_SUSPENDED;
* a user who does not exist or is of another agency, indistinguishably: `invalid_request`, USER_UNKNOWN;
* a scope that does not exist or that the client lacks: `invalid_scope`, SCOPE_NOT_GRANTED;
* `authorization_details`: `invalid_authorization_details` (RFC 9396 section 5), AUTHORIZATION_DETAILS_INVALID.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.oauth2 import OAuth2Error

from gateway.identity.authorization_details import InvalidDetails, parse_details
from gateway.identity.revocation import may_issue
from gateway.registry import queries
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.database import Connection
    from gateway.identity.caller import FaceSearchAuthorization
    from gateway.registry.records import Client


class IssuanceError(OAuth2Error):  # type: ignore[misc]  # the library ships no types
    """An error of RFC 6749 section 5.2 with our own stable code as an extra member."""

    def __init__(self, *, error: str, code: str, description: str) -> None:
        super().__init__(error=error, description=description)
        self.code = code

    def get_body(self) -> list[tuple[str, Any]]:
        return [*super().get_body(), ("code", self.code)]


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token will say. The user, if any, was named by the client: asserted, not authenticated."""

    client: str
    agency: str | None
    user: str | None
    scopes: tuple[Scope, ...]
    details: tuple[FaceSearchAuthorization, ...]


def decide_grant(connection: Connection, client: Client, parameters: Mapping[str, str]) -> Grant:
    """Judges the parameters of a token request. Raises IssuanceError.

    `identity.revocation.current_rev` must have been read before in the same transaction.
    """
    if not may_issue(connection):
        _require_active("issuer", None)
    _require_active("client", client.status)
    if client.agency is not None:
        agency = queries.agency(connection, client.agency)
        _require_active("agency", None if agency is None else agency.status)
    return Grant(
        client=client.id,
        agency=client.agency,
        user=_user(connection, client, parameters.get("user")),
        scopes=_scopes(client, parameters.get("scope")),
        details=_details(parameters.get("authorization_details")),
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


def _scopes(client: Client, asked: str | None) -> tuple[Scope, ...]:
    granted = {scope for scope in Scope if scope in client.scopes}
    words = set(granted) if asked is None else set(asked.split(" "))
    if not words or not words <= granted:
        raise IssuanceError(
            error="invalid_scope",
            code="SCOPE_NOT_GRANTED",
            description="The scope is unknown, or the client may not have it. Ask for less, or have it granted.",
        )
    return tuple(scope for scope in Scope if scope in words)


def _details(asked: str | None) -> tuple[FaceSearchAuthorization, ...]:
    if asked is None:
        return ()
    try:
        return parse_details(asked)
    except InvalidDetails as invalid:
        raise IssuanceError(
            error="invalid_authorization_details",
            code="AUTHORIZATION_DETAILS_INVALID",
            description=str(invalid),
        ) from None
