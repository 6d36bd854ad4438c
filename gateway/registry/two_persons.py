"""What the registry lets two people do together: pin and revoke a court's key, add and remove an auditor's account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.audit.log import database_now
from gateway.registry import queries, rules
from gateway.registry.documents import document
from gateway.registry.errors import Conflict, Invalid, Unknown
from gateway.registry.proposals import Handler
from gateway.registry.records import Actor
from gateway.registry.words import Identifier, KeyId, Segment  # noqa: TC001  pydantic reads them
from gateway.registry.writes import ClientWrite, CourtKeyWrite, Write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.database import Connection
    from gateway.registry.records import Client, CourtKey
    from gateway.registry.service import Registry

# The proposal's own entry names the two people.
_BY_TWO: Final = Actor(kind="gateway", id="proposals")


class CourtKeyNamed(Write):
    court: Segment
    kid: KeyId


class ClientNamed(Write):
    id: Identifier


def handlers(registry: Registry) -> Mapping[str, Handler]:
    def pin(connection: Connection, write: CourtKeyWrite) -> None:
        registry.put_court_key(write, actor=_BY_TWO, connection=connection)

    def revoke(connection: Connection, named: CourtKeyNamed) -> None:
        fields = {name: value for name, value in document(_key(connection, named)).items() if name != "version"}
        write = CourtKeyWrite.model_validate(fields | {"revoked_at_ns": database_now(connection)})
        registry.put_court_key(write, actor=_BY_TWO, connection=connection)

    def add(connection: Connection, write: ClientWrite) -> None:
        registry.put_client(write, actor=_BY_TWO, connection=connection)

    def remove(connection: Connection, named: ClientNamed) -> None:
        registry.set_status("client", _auditor(connection, named).id, "suspended", connection, actor=_BY_TWO)

    return {
        "court_key.add": Handler(CourtKeyWrite, _new_key, pin),
        "court_key.revoke": Handler(CourtKeyNamed, _standing_key, revoke),
        "auditor.add": Handler(ClientWrite, _is_auditors, add),
        "auditor.remove": Handler(ClientNamed, _active_auditor, remove),
    }


def _new_key(connection: Connection, write: CourtKeyWrite) -> None:
    if queries.court_key(connection, write.court, write.kid) is not None:
        raise Conflict(
            code="COURT_KEY_PINNED",
            sentence="A key of that name is pinned for the court.",
            remedy="Give the new key a name (kid) of its own; the old one may go on beside it.",
        )


def _key(connection: Connection, named: CourtKeyNamed) -> CourtKey:
    found = queries.court_key(connection, named.court, named.kid)
    if found is None:
        raise Unknown
    return found


def _standing_key(connection: Connection, named: CourtKeyNamed) -> None:
    if _key(connection, named).revoked_at_ns is not None:
        raise Conflict(code="COURT_KEY_REVOKED", sentence="The key is revoked already.", remedy="Nothing to do.")


def _is_auditors(connection: Connection, write: ClientWrite) -> None:
    if not rules.takes_two(queries.client(connection, write.id), write):
        raise Invalid(
            code="NOT_AN_AUDITOR",
            sentence="An auditor's account belongs to no agency and has the scope audit:read.",
            remedy="Register other clients with PUT /v1/clients or `writgate client add`.",
        )


def _auditor(connection: Connection, named: ClientNamed) -> Client:
    found = queries.client(connection, named.id)
    if found is None or not rules.takes_two(found, None):
        raise Unknown
    return found


def _active_auditor(connection: Connection, named: ClientNamed) -> None:
    if _auditor(connection, named).status != "active":
        raise Conflict(code="CLIENT_SUSPENDED", sentence="The client is suspended already.", remedy="Nothing to do.")
