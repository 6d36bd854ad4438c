"""Dynamic client registration (RFC 7591) and its management (RFC 7592), for administrators.

The initial access token is an administrator's with the scope `registry:write`: a client of an agency cannot register
another. What is registered goes through the registry like every other write, with its entry, and its rules. The
registration access token that comes back is stored as a digest; with it the client may see its registration, replace
its keys, its name and its redirect URIs, and give itself up. It cannot give itself a scope, an agency or a grant type.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gateway.clock import uuid7
from gateway.identity.clients import CLIENT_CREDENTIALS, PRIVATE_KEY_JWT
from gateway.identity.grants.pushed_requests import digest
from gateway.registry import queries
from gateway.registry.errors import RegistryError
from gateway.registry.models import Actor, ClientWrite
from gateway.registry.tables import CLIENTS
from gateway.vocabulary import Scope
from gateway.web.problems import Problem
from gateway.web.routes import public_route, read_object, route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.database import Connection
    from gateway.identity.caller import Caller
    from gateway.registry.records import Client
    from gateway.web.services import Services

PATH: Final = "/oauth/register"
_CREATED: Final = 201
Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Metadata(BaseModel):
    """RFC 7591 section 2, as far as it means something here; `agency` and `acts_for` are this gateway's own."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    client_name: Line
    jwks: dict[str, Any]
    scope: str | None = None
    grant_types: list[str] = [CLIENT_CREDENTIALS]
    redirect_uris: list[str] = []
    response_types: list[str] | None = None
    token_endpoint_auth_method: str = PRIVATE_KEY_JWT
    dpop_bound_access_tokens: bool = True
    agency: str | None = None
    acts_for: list[str] = []


class Change(BaseModel):
    """RFC 7592 section 2.2: what the client itself may replace. What else it sends must be as it is."""

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    client_name: Line
    jwks: dict[str, Any]
    redirect_uris: Annotated[list[str], Field(max_length=64)] = []


def registration_routes() -> Blueprint:
    blueprint = Blueprint("registration", __name__)

    @route(blueprint, "POST", PATH, scope=Scope.REGISTRY_WRITE, body=Metadata, fresh=True)
    def register(caller: Caller, services: Services) -> Any:
        write = _write(_metadata(read_object()))
        actor = Actor(kind="client", id=caller.client, agency=caller.agency, user=caller.user)
        token = secrets.token_urlsafe(32)
        with services.database.transaction() as connection:
            client = _put(services, connection, write, actor)
            connection.execute(
                "INSERT INTO identity.registrations (client, token_sha256) VALUES (%s, %s)", (client.id, digest(token))
            )
        return _document(client, services) | {"registration_access_token": token}, _CREATED

    @public_route(blueprint, "GET", f"{PATH}/<path:client_id>")
    def show(services: Services, client_id: str) -> Any:
        with services.database.transaction() as connection:
            return _document(_own(connection, client_id), services)

    @public_route(blueprint, "PUT", f"{PATH}/<path:client_id>")
    def change(services: Services, client_id: str) -> Any:
        with services.database.transaction() as connection:
            _own(connection, client_id)
        asked = _change(read_object())
        with services.database.transaction() as connection:
            # What administrators set stays as it is, also where they change it while the body is read.
            before = _own(connection, client_id, lock=True)
            return _document(_put(services, connection, _changed(before, asked), _itself(before)), services)

    @public_route(blueprint, "DELETE", f"{PATH}/<path:client_id>")
    def give_up(services: Services, client_id: str) -> Response:
        """The client is suspended, which nobody but an administrator lifts; the registry deletes nothing."""
        with services.database.transaction() as connection:
            before = _own(connection, client_id)
            connection.execute("DELETE FROM identity.registrations WHERE client = %s", (client_id,))
            services.registry.set_status("client", client_id, "suspended", connection, actor=_itself(before))
        return Response(status=204, headers={"Cache-Control": "no-store"})

    @blueprint.errorhandler(RegistryError)
    def refused(error: RegistryError) -> Response:
        return _oauth_error("invalid_client_metadata", f"{error.sentence} {error.remedy}", status=error.status)

    @blueprint.errorhandler(InvalidMetadata)
    def invalid(error: InvalidMetadata) -> Response:
        return _oauth_error(error.error, str(error), status=400)

    return blueprint


class InvalidMetadata(Exception):  # noqa: N818 - after the error codes of RFC 7591 section 3.2.2
    def __init__(self, error: str, sentence: str) -> None:
        super().__init__(sentence)
        self.error = error


def _metadata(document: Mapping[str, Any]) -> Metadata:
    try:
        metadata = Metadata.model_validate(dict(document))
    except ValidationError as error:
        raise _fault(error) from None
    if metadata.token_endpoint_auth_method != PRIVATE_KEY_JWT:
        raise InvalidMetadata("invalid_client_metadata", "Clients authenticate with private_key_jwt.")
    if not metadata.dpop_bound_access_tokens:
        raise InvalidMetadata("invalid_client_metadata", "Access tokens are bound to a key of DPoP.")
    if metadata.response_types not in (None, ["code"] if metadata.redirect_uris else []):
        raise InvalidMetadata("invalid_client_metadata", "response_types is code where there are redirect_uris.")
    return metadata


def _change(document: Mapping[str, Any]) -> Change:
    try:
        return Change.model_validate(dict(document))
    except ValidationError as error:
        raise _fault(error) from None


def _write(metadata: Metadata) -> ClientWrite:
    return _checked(
        id=f"{metadata.agency}/{uuid7()}" if metadata.agency else str(uuid7()),
        agency=metadata.agency,
        name=metadata.client_name,
        scopes=(metadata.scope or "").split(),
        jwks=metadata.jwks,
        grant_types=metadata.grant_types,
        redirect_uris=metadata.redirect_uris,
        acts_for=metadata.acts_for,
    )


def _changed(before: Client, asked: Change) -> ClientWrite:
    return _checked(
        id=before.id,
        agency=before.agency,
        name=asked.client_name,
        scopes=list(before.scopes),
        jwks=asked.jwks,
        grant_types=list(before.grant_types),
        redirect_uris=asked.redirect_uris,
        acts_for=list(before.acts_for),
        default_user=before.default_user,
        affiliation=before.affiliation if before.agency is None else None,
        requests_per_minute=before.requests_per_minute,
        certificates=list(before.certificates),
        certificate_subject=before.certificate_subject,
    )


def _checked(**values: Any) -> ClientWrite:
    try:
        return ClientWrite.model_validate(values)
    except ValidationError as error:
        raise _fault(error) from None


def _fault(error: ValidationError) -> InvalidMetadata:
    """Names the first member that is wrong, and never its value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "the document"
    word = "invalid_redirect_uri" if name == "redirect_uris" else "invalid_client_metadata"
    return InvalidMetadata(word, f"{name}: {first['msg']}.")


def _put(services: Services, connection: Connection, write: ClientWrite, actor: Actor) -> Client:
    return services.registry.put_client(write, actor=actor, connection=connection)


def _itself(client: Client) -> Actor:
    """The registration access token was given out by an administrator, for this client and these changes."""
    return Actor(kind="registration", id=client.id)


def _own(connection: Connection, client_id: str, *, lock: bool = False) -> Client:
    """The client whose registration access token came with the request, held with `lock`. Raises Problem 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    row = connection.execute(
        "SELECT client FROM identity.registrations WHERE token_sha256 = %s", (digest(token),)
    ).fetchone()
    known = row is not None and row[0] == client_id
    client = queries.find(connection, CLIENTS, client_id, lock=lock) if known else None
    if scheme.lower() != "bearer" or client is None or client.status != "active":
        raise Problem(
            status=401,
            code="REGISTRATION_TOKEN_INVALID",
            detail="The registration access token does not belong to such a client.",
            remedy="Use the registration_access_token that came with the registration, or ask an administrator.",
            headers={"WWW-Authenticate": 'Bearer realm="writgate", error="invalid_token"'},
        )
    return client


def _document(client: Client, services: Services) -> dict[str, Any]:
    return {
        "client_id": client.id,
        "client_name": client.name,
        "scope": " ".join(client.scopes),
        "jwks": dict(client.jwks),
        "grant_types": list(client.grant_types),
        "redirect_uris": list(client.redirect_uris),
        "response_types": ["code"] if client.redirect_uris else [],
        "token_endpoint_auth_method": PRIVATE_KEY_JWT,
        "dpop_bound_access_tokens": True,
        "agency": client.agency,
        "acts_for": list(client.acts_for),
        "registration_client_uri": f"{services.settings.issuer}{PATH}/{client.id}",
    }


def _oauth_error(error: str, description: str, *, status: int) -> Response:
    body = json.dumps({"error": error, "error_description": description})
    return Response(body, status=status, mimetype="application/json", headers={"Cache-Control": "no-store"})
