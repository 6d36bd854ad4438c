"""What two people do together: pin and revoke a court's key, add and remove an auditor's account, change witnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.audit import agreed_witnesses
from gateway.audit.errors import PolicyMalformed
from gateway.audit.log import database_now
from gateway.audit.witness_policy import WitnessPolicy
from gateway.outbound import OutboundRefused
from gateway.registry import queries, rules
from gateway.registry.documents import document
from gateway.registry.errors import Conflict, Invalid, Unknown
from gateway.registry.proposals import Handler
from gateway.registry.records import Actor
from gateway.registry.words import Identifier, KeyId, Segment, Text  # noqa: TC001  pydantic reads them
from gateway.registry.writes import ClientWrite, CourtKeyWrite, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.outbound import Outbound
    from gateway.registry.records import Client, CourtKey
    from gateway.registry.service import Registry

# The proposal's own entry names the two people.
_BY_TWO: Final = Actor(kind="gateway", id="proposals")


class CourtKeyNamed(Write):
    court: Segment
    kid: KeyId


class ClientNamed(Write):
    id: Identifier


class WitnessesWrite(Write):
    """`policy` is a whole tlog-policy: lines of witnesses, groups and the quorum, and none of logs."""

    policy: Text


def handlers(registry: Registry, *, log: AuditLog, outbound: Outbound) -> Mapping[str, Handler]:
    def pin(connection: Connection, write: CourtKeyWrite) -> None:
        registry.put_court_key(write, actor=_BY_TWO, connection=connection)

    def revoke(connection: Connection, named: CourtKeyNamed) -> None:
        fields = {name: value for name, value in document(_key(connection, named)).items() if name != "version"}
        write = CourtKeyWrite.model_validate(fields | {"revoked_at_ns": database_now(connection)})
        registry.put_court_key(write, actor=_BY_TWO, connection=connection)

    def add(connection: Connection, write: ClientWrite) -> None:
        registry.put_client(write, actor=_BY_TWO, connection=connection)

    def askable(_: Connection, write: WitnessesWrite) -> None:
        for one in _policy(write).witnesses.values():
            try:
                if one.url is not None:
                    outbound.require_allowed(f"{one.url.rstrip('/')}/add-checkpoint")
            except OutboundRefused as refused:
                raise Invalid(
                    code="WITNESS_NOT_ALLOWED",
                    sentence=f"The operator does not let this gateway call the witness {one.name} ({refused.code}).",
                    remedy="Ask the operator to name its origin in WRITGATE_OUTBOUND; it must be https.",
                ) from None

    def witness(connection: Connection, write: WitnessesWrite) -> None:
        agreed_witnesses.change(connection, log, _policy_text(write))

    return {
        "court_key.add": Handler(CourtKeyWrite, _new_key, pin),
        "court_key.revoke": Handler(CourtKeyNamed, _standing_key, revoke),
        "auditor.add": Handler(ClientWrite, _is_auditors, add),
        "auditor.remove": Handler(ClientNamed, _active_auditor, _become(registry, "suspended")),
        "auditor.reinstate": Handler(ClientNamed, _suspended_auditor, _become(registry, "active")),
        "witnesses.change": Handler(WitnessesWrite, askable, witness),
    }


def _become(registry: Registry, status: str) -> Callable[[Connection, ClientNamed], None]:
    def carry_out(connection: Connection, named: ClientNamed) -> None:
        registry.set_status("client", _auditor(connection, named).id, status, connection, actor=_BY_TWO)

    return carry_out


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
            sentence="An auditor's client belongs to no agency and has audit:read, or is of somebody outside.",
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


def _suspended_auditor(connection: Connection, named: ClientNamed) -> None:
    if _auditor(connection, named).status == "active":
        raise Conflict(code="CLIENT_ACTIVE", sentence="The client is active.", remedy="Nothing to do.")


def _policy(write: WitnessesWrite) -> WitnessPolicy:
    try:
        policy = WitnessPolicy.parse(_policy_text(write))
    except PolicyMalformed as error:
        raise Invalid(
            code="WITNESS_POLICY_MALFORMED",
            sentence=f"It is no policy: {error}.",
            remedy="Write it as c2sp.org/tlog-policy says, with the lines that witnesses print.",
        ) from None
    if policy.logs:
        raise Invalid(
            code="WITNESS_POLICY_MALFORMED",
            sentence="The keys of the log are its own to say.",
            remedy="Leave the lines of logs out.",
        )
    return policy


def _policy_text(write: WitnessesWrite) -> str:
    return f"{write.policy}\n"
