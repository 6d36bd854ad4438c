"""`/v1/docket`: duties and their discharge; who is told of them.

A client that is bound to an agency sees and discharges that agency's duties; an administrator all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from flask import Blueprint, request
from pydantic import Field, StringConstraints

from gateway.enforcement.docket.mail import who_is_not_told
from gateway.registry.words import Identifier, Line  # noqa: TC001  pydantic reads them
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, Sentence
from gateway.web.api.paging import limit
from gateway.web.api.registry import actor
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"  # without `?`: no encoded word (RFC 2047), in which anything may hide
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
Mailbox = Annotated[str, StringConstraints(max_length=254, pattern=rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*$")]


class DischargeBody(Body):
    """`note`: what was done, for whoever reads the log."""

    note: Sentence


class PersonBody(Body):
    name: Line
    mail: Mailbox
    user: Identifier | None = None


class ChainBody(Body):
    """Who is told of the agency's duties, one after the other."""

    people: list[PersonBody] = Field(max_length=16)


class WebhookBody(Body):
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]{1,500}$")]


def docket_routes() -> Blueprint:
    blueprint = Blueprint("docket", __name__)
    _duties(blueprint)
    _contacts(blueprint)
    return blueprint


def _duties(blueprint: Blueprint) -> None:
    @route(blueprint, "GET", "/v1/docket", scope=Scope.DOCKET_READ)
    def list_duties(caller: Caller, services: Services) -> Any:
        """Newest first; `?open=true` leaves out what is over. `warnings` say who is not told of them, and why."""
        items, cursor = services.docket.list(
            agency=caller.agency,
            open_only=request.args.get("open") == "true",
            cursor=request.args.get("cursor"),
            limit=limit(),
        )
        return {"items": items, "next_cursor": cursor, "warnings": who_is_not_told(services.settings)}

    @route(blueprint, "GET", "/v1/docket/messages", scope=Scope.DOCKET_READ)
    def list_messages(caller: Caller, services: Services) -> Any:
        """What was told by mail and webhook, newest first: of duties and of what waits for people, each attempt."""
        items, cursor = services.docket.messages(agency=caller.agency, cursor=request.args.get("cursor"), limit=limit())
        return {"items": items, "next_cursor": cursor}

    @route(blueprint, "GET", "/v1/docket/<uuid:duty_id>", scope=Scope.DOCKET_READ)
    def show_duty(caller: Caller, services: Services, duty_id: UUID) -> Any:
        return services.docket.show(duty_id, agency=caller.agency)

    @route(blueprint, "POST", "/v1/docket/<uuid:duty_id>/discharge", scope=Scope.DOCKET_WRITE, body=DischargeBody)
    def discharge(caller: Caller, services: Services, duty_id: UUID) -> Any:
        return services.docket.discharge(duty_id, actor=actor(caller), note=read_json(DischargeBody).note)


def _contacts(blueprint: Blueprint) -> None:
    @route(blueprint, "PUT", "/v1/chains/<agency>", scope=Scope.DOCKET_WRITE, body=ChainBody)
    def write_chain(caller: Caller, services: Services, agency: str) -> Any:
        people = [person.model_dump(exclude_none=True) for person in read_json(ChainBody).people]
        return services.contacts.write_chain(agency, people, actor=actor(caller))

    @route(blueprint, "GET", "/v1/chains/<agency>", scope=Scope.DOCKET_READ)
    def show_chain(caller: Caller, services: Services, agency: str) -> Any:
        return services.contacts.chain(agency, actor=actor(caller))

    @route(blueprint, "POST", "/v1/webhooks", scope=Scope.DOCKET_WRITE, body=WebhookBody)
    def add_webhook(caller: Caller, services: Services) -> Any:
        """The answer shows the secret, once."""
        return services.contacts.add_webhook(read_json(WebhookBody).url, actor=actor(caller)), 201

    @route(blueprint, "GET", "/v1/webhooks", scope=Scope.DOCKET_READ)
    def list_webhooks(caller: Caller, services: Services) -> Any:
        return {"items": services.contacts.webhooks(agency=caller.agency)}

    @route(blueprint, "DELETE", "/v1/webhooks/<uuid:webhook>", scope=Scope.DOCKET_WRITE)
    def remove_webhook(caller: Caller, services: Services, webhook: UUID) -> Any:
        services.contacts.remove_webhook(webhook, actor=actor(caller))
        return {"id": str(webhook), "removed": True}
