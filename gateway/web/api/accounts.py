"""`/v1/accounts` and `/v1/invitations`: who may sign in, and how they come to be able to; all of it administrators'.

An auditor is invited, suspended and brought back by two people (`identity.auditor_accounts`), and signed out by nobody
else. One session is ended with `POST /v1/revocations`; here all of a person's are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from flask import Blueprint, request
from pydantic import StringConstraints

from gateway.clock import rfc3339
from gateway.identity import accounts, auditor_accounts
from gateway.registry.errors import AdministratorsOnly, TwoPersonsRequired
from gateway.vocabulary import AccountRole, Scope
from gateway.web.api.bodies import Body, Word
from gateway.web.api.paging import limit
from gateway.web.problems import not_found
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from gateway.identity.accounts import Account
    from gateway.identity.caller import Caller
    from gateway.web.services import Services


class InvitationBody(Body):
    """`role` and `name` are of somebody who belongs to no agency; a user's name is in the registry."""

    account: Word
    role: Literal["user", "administrator", "auditor"] = "user"
    person: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")] | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")] | None = None


class AccountStatusBody(Body):
    status: Literal["active", "suspended"]


def account_routes() -> Blueprint:
    blueprint = Blueprint("accounts", __name__)

    @route(blueprint, "POST", "/v1/invitations", scope=Scope.REGISTRY_WRITE, body=InvitationBody, fresh=True)
    def invite(caller: Caller, services: Services) -> Any:
        _administrator(caller)
        body = read_json(InvitationBody)
        if body.role == "auditor":
            raise TwoPersonsRequired
        invited = services.enrolment.invite(
            body.account,
            role=AccountRole(body.role),
            name=body.name,
            by=f"client:{caller.client}",
            person=body.person,
        )
        return invited.told(services.sign_in.place.origin), 201

    @route(blueprint, "GET", "/v1/accounts", scope=Scope.REGISTRY_READ)
    def page(caller: Caller, services: Services) -> Any:
        _administrator(caller)
        after, most = request.args.get("cursor", ""), limit()
        _named(after)
        with services.database.transaction() as connection:
            found = accounts.listed(connection, limit=most + 1, after=after)
        return {
            "items": [_view(account) for account in found[:most]],
            "next_cursor": found[most - 1].id if len(found) > most else None,
        }

    @route(blueprint, "GET", "/v1/accounts/<path:account_id>", scope=Scope.REGISTRY_READ)
    def show(caller: Caller, services: Services, account_id: str) -> Any:
        _administrator(caller)
        _named(account_id)
        with services.database.transaction() as connection:
            account = accounts.require(connection, account_id)
        held = services.enrolment.credentials(account_id)
        return _view(account) | {
            "password": held.password_set_ns is not None,
            "passkeys": len(held.passkeys),
            "sessions": [
                {
                    "id": str(session.id),
                    "acr": session.acr,
                    "amr": session.amr,
                    "device": session.device,
                    "issuer": session.issuer,
                    "started_at": rfc3339(session.started_at * 10**9),
                    "seen_at": rfc3339(session.seen_at * 10**9),
                }
                for session in services.sessions.listed(account_id)
            ],
        }

    @route(
        blueprint,
        "PATCH",
        "/v1/accounts/<path:account_id>",
        scope=Scope.REGISTRY_WRITE,
        body=AccountStatusBody,
        fresh=True,
    )
    def set_status(caller: Caller, services: Services, account_id: str) -> Any:
        _administrator(caller)
        _named(account_id)
        status = read_json(AccountStatusBody).status
        by = f"client:{caller.client}"
        with services.database.transaction() as connection:
            auditor_accounts.by_two(connection, account_id)
            changed = accounts.set_status(connection, services.log, account_id, status, by=by)
            if not changed.active:
                services.sessions.end_all(connection, account_id, by=by)
        return _view(changed)

    @route(blueprint, "DELETE", "/v1/accounts/<path:account_id>/sessions", scope=Scope.REGISTRY_WRITE, fresh=True)
    def end_sessions(caller: Caller, services: Services, account_id: str) -> Any:
        _administrator(caller)
        _named(account_id)
        with services.database.transaction() as connection:
            auditor_accounts.by_two(connection, account_id)
            ended = services.sessions.end_all(connection, account_id, by=f"client:{caller.client}")
        return {"account": account_id, "sessions_ended": ended}

    return blueprint


def _view(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "role": account.role,
        "agency": account.agency,
        "name": account.name,
        "status": "active" if account.active else "suspended",
    }


def _administrator(caller: Caller) -> None:
    if caller.agency is not None:
        raise AdministratorsOnly


def _named(account_id: str) -> None:
    """What no id can be is not there."""
    if not account_id.isprintable():
        raise not_found()
