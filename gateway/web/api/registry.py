"""`/v1/agencies`, contracts, users, clients, court keys, instruments, exigencies: the facts that decisions rest on.

PUT creates or replaces under an id the caller chose, GET shows one or a page, PATCH changes only the status. A client
that is bound to an agency sees that agency's records and nothing else, and writes its instruments and exigencies; what
belongs to another agency answers exactly like what does not exist. Everything else is an administrator's.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from flask import Blueprint, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.clock import uuid7
from gateway.registry import queries, sealed, tables
from gateway.registry.documents import view
from gateway.registry.errors import AdministratorsOnly
from gateway.registry.models import (
    Actor,
    AgencyWrite,
    ClientWrite,
    ContractWrite,
    CourtKeyWrite,
    ExigencyWrite,
    InstrumentWrite,
    IssuerWrite,
    UserLinkWrite,
    UserWrite,
)
from gateway.vocabulary import Scope
from gateway.web.api.paging import limit
from gateway.web.problems import Problem, not_found
from gateway.web.routes import parse_json, read_json, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.identity.caller import Caller
    from gateway.registry.models import Record
    from gateway.registry.service import Registry
    from gateway.registry.tables import Table
    from gateway.web.services import Services

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record at the edge: its path, what it takes, and the service's method that writes it."""

    path: str
    table: Table[Any]
    write: type[BaseModel]
    put: Callable[[Registry], Callable[..., Record]]


RESOURCES: Final = (
    Resource("agencies", tables.AGENCIES, AgencyWrite, lambda registry: registry.put_agency),
    Resource("contracts", tables.CONTRACTS, ContractWrite, lambda registry: registry.put_contract),
    Resource("users", tables.USERS, UserWrite, lambda registry: registry.put_user),
    Resource("clients", tables.CLIENTS, ClientWrite, lambda registry: registry.put_client),
    Resource("instruments", tables.INSTRUMENTS, InstrumentWrite, lambda registry: registry.put_instrument),
    Resource("issuers", tables.ISSUERS, IssuerWrite, lambda registry: registry.put_issuer),
    Resource("exigencies", tables.EXIGENCIES, ExigencyWrite, lambda registry: registry.put_exigency),
)
_WRITTEN_BY_AGENCIES: Final = (tables.INSTRUMENTS, tables.EXIGENCIES)
USER_LINKS: Final = Resource("user-links", tables.USER_LINKS, UserLinkWrite, lambda registry: registry.put_user_link)
# Never put at the edge: two people pin a court's key (`registry.proposals`).
COURT_KEYS: Final = Resource("court-keys", tables.COURT_KEYS, CourtKeyWrite, lambda registry: registry.put_court_key)


class StatusBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    status: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,32}$")]


class WarrantBody(BaseModel):
    """`warrant` is the court's JWS in compact form, as it came from the court."""

    model_config = ConfigDict(extra="forbid", strict=True)

    warrant: Annotated[str, Field(min_length=1, max_length=1_048_576)]


def registry_routes() -> Blueprint:
    blueprint = Blueprint("registry", __name__)
    for resource in RESOURCES:
        _declare(blueprint, resource)
    _declare_pairs(blueprint, COURT_KEYS, "<court>/<kid>", ("court", "kid"))
    _declare_pairs(blueprint, USER_LINKS, "<issuer>/<path:subject>", ("issuer", "subject"))
    _declare_new_instruments(blueprint)
    return blueprint


def _declare(blueprint: Blueprint, resource: Resource) -> None:
    one, many = f"/v1/{resource.path}/<path:record_id>", f"/v1/{resource.path}"

    administrators = resource.table not in _WRITTEN_BY_AGENCIES

    @route(blueprint, "PUT", one, scope=Scope.REGISTRY_WRITE, body=resource.write, fresh=administrators)
    def put(caller: Caller, services: Services, record_id: str) -> Any:
        return _put(caller, services, resource, {"id": record_id})

    @route(blueprint, "PATCH", one, scope=Scope.REGISTRY_WRITE, body=StatusBody, fresh=True)
    def set_status(caller: Caller, services: Services, record_id: str) -> Any:
        _named(record_id)
        status = read_json(StatusBody).status
        if caller.agency is not None and resource.table not in _WRITTEN_BY_AGENCIES:
            # Before anybody looks for the record, or the refusal would tell which users another agency has.
            raise AdministratorsOnly
        with services.database.transaction() as connection:
            sealed.require_seen(connection, queries.find(connection, resource.table, record_id), actor(caller))
            changed = services.registry.set_status(
                resource.table.kind, record_id, status, connection, actor=actor(caller)
            )
        return view(changed)

    @route(blueprint, "GET", one, scope=Scope.REGISTRY_READ)
    def get(caller: Caller, services: Services, record_id: str) -> Any:
        return _get(caller, services, resource, record_id)

    @route(blueprint, "GET", many, scope=Scope.REGISTRY_READ)
    def page(caller: Caller, services: Services) -> Any:
        return _page(caller, services, resource)


def _declare_pairs(blueprint: Blueprint, resource: Resource, place: str, names: tuple[str, str]) -> None:
    """Records that only administrators see, each named by two parts."""
    one, many = f"/v1/{resource.path}/{place}", f"/v1/{resource.path}"

    @route(blueprint, "PUT", one, scope=Scope.REGISTRY_WRITE, body=resource.write, fresh=True)
    def put(caller: Caller, services: Services, **key: str) -> Any:
        """A court's key is only proposed; another person, one of the two from outside the vendor, approves it."""
        if resource is not COURT_KEYS:
            return _put(caller, services, resource, key)
        document = _read(CourtKeyWrite, key).model_dump(mode="json")
        return services.proposals.propose("court_key.add", document, why="court key", actor=actor(caller)), 202

    @route(blueprint, "GET", one, scope=Scope.REGISTRY_READ)
    def get(caller: Caller, services: Services, **key: str) -> Any:
        _administrator(caller)
        return _get(caller, services, resource, *(key[name] for name in names))

    @route(blueprint, "GET", many, scope=Scope.REGISTRY_READ)
    def page(caller: Caller, services: Services) -> Any:
        _administrator(caller)
        return _page(caller, services, resource)


def _declare_new_instruments(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/instruments", scope=Scope.REGISTRY_WRITE, body=WarrantBody)
    def post(caller: Caller, services: Services) -> Any:
        """A court's signed warrant, or a paper as a clerk enters it, for which an id is made."""
        if "warrant" in _members():
            made = services.registry.import_warrant(
                read_json(WarrantBody).warrant, actor=actor(caller), issuer=services.settings.issuer
            )
            return view(made), 201  # whoever hands it in has it
        members = _members()
        agency = members.get("agency", caller.agency)
        made_id = members.get("id", f"{agency}/{uuid7()}")
        write = _read(InstrumentWrite, {"id": str(made_id)}, agency=caller.agency)
        with services.database.transaction() as connection:
            sealed.require_seen(connection, queries.find(connection, tables.INSTRUMENTS, write.id), actor(caller))
            stored = services.registry.put_instrument(write, actor=actor(caller), connection=connection)
        return view(stored), 201


def actor(caller: Caller) -> Actor:
    return Actor(
        kind="client",
        id=caller.client,
        agency=caller.agency,
        user=caller.user,
        signed_in=caller.user_strength == "authenticated",
    )


def _put(caller: Caller, services: Services, resource: Resource, key: dict[str, str]) -> Any:
    write = _read(resource.write, key, **({} if resource.table.owner != "agency" else {"agency": caller.agency}))
    with services.database.transaction() as connection:
        known = queries.find(connection, resource.table, *key.values())
        sealed.require_seen(connection, known, actor(caller))
        stored = resource.put(services.registry)(write, actor=actor(caller), connection=connection)
    return view(stored), 200 if known else 201


def _get(caller: Caller, services: Services, resource: Resource, *key: str) -> Any:
    _named(*key)
    with services.database.transaction() as connection:
        found = queries.find(connection, resource.table, *key)
        if found is None or caller.agency not in (None, getattr(found, resource.table.owner)):
            raise not_found()
        sealed.require_seen(connection, found, actor(caller))
    return view(found)


def _page(caller: Caller, services: Services, resource: Resource) -> Any:
    """A page may be shorter than was asked: what is sealed from the caller is left out of it."""
    cursor = request.args.get("cursor")
    after = _after(cursor) if cursor is not None else None
    with services.database.transaction() as connection:
        found = queries.page(connection, resource.table, agency_id=caller.agency, after=after, limit=limit())
        shown = [record for record in found.items if sealed.may_see(connection, record, actor(caller))]
    return {
        "items": [view(record) for record in shown],
        "next_cursor": _cursor(found.next_after) if found.next_after else None,
    }


def _cursor(after: str) -> str:
    return base64.urlsafe_b64encode(after.encode()).rstrip(b"=").decode()


def _after(cursor: str) -> str:
    try:
        after = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        after = "\x00"
    if not after.isprintable():
        raise Problem(
            status=422,
            code="CURSOR_INVALID",
            detail="The cursor is not one that this gateway gave.",
            remedy="Use next_cursor of the page before, or leave it out to begin.",
        )
    return after


def _named(*key: str) -> None:
    """What no id can be, such as text with U+0000, is not there; PostgreSQL would call it an error."""
    if not all(part.isprintable() for part in key):
        raise not_found()


def _members() -> dict[str, Any]:
    """The body as an object, or nothing: what is wrong with it is for `read_json` to say."""
    try:
        document = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _read(model: type[Model], key: dict[str, str], **defaults: str | None) -> Model:
    """The body with the key that the path gives; a body may repeat its key, and must not contradict it."""
    _named(*key.values())
    members = _members()
    if not members or request.mimetype != "application/json":
        return read_json(model)
    if any(members.get(name, value) != value for name, value in key.items()):
        raise Problem(
            status=422,
            code="ID_MISMATCH",
            detail="The body names another record than the path.",
            remedy="Leave the id out of the body, or make both the same.",
        )
    given = {name: value for name, value in defaults.items() if value is not None}
    return parse_json(model, json.dumps(given | members | key).encode())


def _administrator(caller: Caller) -> None:
    if caller.agency is not None:
        raise not_found()
