"""`/v1/audit/…` for what is done with sealed values: disclosing one, holding, erasing by order.

Disclosing is for whoever may read the entry and has the scope. Holds and erasures are decided by administrators, and
what one orders another approves. Listing them opens what they are about, so that is an entry too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from flask import Blueprint

from gateway.audit import queries
from gateway.audit.disclosing import disclose
from gateway.audit.entries import Entry
from gateway.compliance.subjects import Subject
from gateway.enforcement.closed import closed
from gateway.registry.models import Actor
from gateway.vocabulary import EntryKind, Scope
from gateway.web.api.audit import record_reading
from gateway.web.api.bodies import Body, Sentence, Word
from gateway.web.api.paging import limit
from gateway.web.problems import Problem, not_found
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.disclosing import DisclosedField
    from gateway.database import Connection
    from gateway.identity.caller import Caller
    from gateway.web.services import Services


class DisclosureBody(Body):
    """One field, for one person, and why."""

    field: Word
    recipient: Sentence
    purpose: Sentence


class HoldBody(Body):
    """Without a case everything of the agency is held."""

    agency: Word
    case_number: Word | None = None
    reference: Sentence
    statement: Sentence


class ErasureBody(Body):
    """Without a case: what the agency did outside of any case."""

    agency: Word
    case_number: Word | None = None
    basis: Literal["court_order", "statute"]
    reference: Sentence
    statement: Sentence


class StatementBody(Body):
    statement: Sentence


def erasure_routes() -> Blueprint:
    blueprint = Blueprint("erasures", __name__)
    _disclosures(blueprint)
    _holds(blueprint)
    _erasures(blueprint)
    return blueprint


def _disclosures(blueprint: Blueprint) -> None:
    @route(
        blueprint, "POST", "/v1/audit/entries/<int:index>/disclosures", scope=Scope.AUDIT_DISCLOSE, fresh=True,
        body=DisclosureBody,
    )  # fmt: skip
    def disclose_field(caller: Caller, services: Services, index: int) -> Any:
        body = read_json(DisclosureBody)
        with services.auditor.snapshot() as connection:
            queries.see(connection, caller.agency)
            _refuse_withheld(connection, index)
            document = disclose(
                connection,
                services.disclosure_keys,
                index=index,
                field=body.field,
                recipient=body.recipient,
                purpose=body.purpose,
            )
        if document is None:
            raise not_found()
        _record(caller, services, document, field=body.field)
        return document.model_dump()


def _holds(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/audit/holds", scope=Scope.AUDIT_HOLD, body=HoldBody)
    def place(caller: Caller, services: Services) -> Any:
        body = read_json(HoldBody)
        made = services.legal_holds.place(
            actor=_administrator(caller),
            agency=body.agency,
            case=body.case_number,
            reference=body.reference,
            statement=body.statement,
        )
        return made, 201

    @route(
        blueprint,
        "POST",
        "/v1/audit/holds/<uuid:hold_id>/lift",
        scope=Scope.AUDIT_HOLD,
        body=StatementBody,
        fresh=True,
    )
    def lift(caller: Caller, services: Services, hold_id: UUID) -> Any:
        body = read_json(StatementBody)
        return services.legal_holds.lift(actor=_administrator(caller), hold_id=hold_id, statement=body.statement)

    @route(blueprint, "GET", "/v1/audit/holds", scope=Scope.AUDIT_HOLD)
    def holds(caller: Caller, services: Services) -> Any:
        _administrator(caller)
        found = services.legal_holds.latest(limit=limit())
        record_reading(caller, services, what="legal holds", count=len(found), question={})
        return {"items": found}


def _erasures(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/audit/erasures", scope=Scope.AUDIT_ERASE, body=ErasureBody, fresh=True)
    def order(caller: Caller, services: Services) -> Any:
        body = read_json(ErasureBody)
        made = services.erasures.order(
            actor=_administrator(caller),
            subject=Subject(body.agency, body.case_number),
            basis=body.basis,
            reference=body.reference,
            statement=body.statement,
        )
        return made.document(), 201

    @route(blueprint, "POST", "/v1/audit/erasures/<uuid:order_id>/approve", scope=Scope.AUDIT_ERASE, fresh=True)
    def approve(caller: Caller, services: Services, order_id: UUID) -> Any:
        return services.erasures.approve(actor=_administrator(caller), order_id=order_id)

    @route(blueprint, "POST", "/v1/audit/erasures/<uuid:order_id>/refuse", scope=Scope.AUDIT_ERASE, body=StatementBody)
    def refuse(caller: Caller, services: Services, order_id: UUID) -> Any:
        body = read_json(StatementBody)
        services.erasures.refuse(actor=_administrator(caller), order_id=order_id, statement=body.statement)
        return {"status": "refused"}

    @route(blueprint, "GET", "/v1/audit/erasures", scope=Scope.AUDIT_ERASE)
    def orders(caller: Caller, services: Services) -> Any:
        _administrator(caller)
        found = services.erasures.latest(limit=limit())
        record_reading(caller, services, what="erasure orders", count=len(found), question={})
        return {"items": [order.document() for order in found]}


def _refuse_withheld(connection: Connection, index: int) -> None:
    """What a search found is shown to nobody before it is released or after it was frozen, an auditor included."""
    if index >= 1 << 63 or queries.entry(connection, index) is None:
        raise not_found()
    if closed(connection, [index]):
        raise Problem(
            status=403,
            code="RESULT_WITHHELD",
            detail="The result of this search was not released, or is frozen, and is shown to nobody.",
            remedy="It can be disclosed once it is released.",
        )


def _record(caller: Caller, services: Services, document: DisclosedField, *, field: str) -> None:
    """Committed before the value leaves."""
    with services.database.transaction() as connection:
        services.log.record(
            connection,
            Entry(
                EntryKind.ENTRY_DISCLOSED,
                {
                    "client": caller.client,
                    "agency": caller.agency,
                    "entry": document.index,
                    "field": field,
                },
                {"user": caller.user, "recipient": document.recipient, "purpose": document.purpose},
                scope="audit",
                blind={"user": caller.user} if caller.user else {},
            ),
        )


def _administrator(caller: Caller) -> Actor:
    if caller.agency is not None:
        raise Problem(
            status=403,
            code="ADMINISTRATOR_REQUIRED",
            detail="Holds and erasures are decided by administrators; your client is bound to an agency.",
            remedy="Ask the operator.",
        )
    return Actor(kind="client", id=caller.client, user=caller.user)
