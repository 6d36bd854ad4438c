"""`/oauth/authorize` and `/console/device`: a person is asked whether a program may act for them, and answers.

Only what was pushed before can be asked (RFC 9126); the URL names it and holds nothing else that counts. Looking at the
page uses nothing up, answering does. On to the program the browser goes with 303, never 307, so that nothing that was
typed here is sent there. Which program, which person and what is asked are decided in `identity.grants`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import request

from gateway.identity.grants import authorization, device
from gateway.identity.issuance import IssuanceError
from gateway.web.console.consent import Asking, consent_page, device_done_page, device_page
from gateway.web.console.pages import Audience, SignInRequired, page, see
from gateway.web.console.visits import current_session
from gateway.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint, Response

    from gateway.identity.grants.authorization import Pending
    from gateway.identity.grants.exchange import Exchange
    from gateway.identity.sessions import Session
    from gateway.web.services import Services

AUTHORIZE: Final = "/oauth/authorize"
_CODES: Final = {"login_required": "PERSON_NOT_SIGNED_IN", "consent_required": "PERSON_MUST_BE_ASKED"}


def declare(blueprint: Blueprint) -> None:
    _declare_authorize(blueprint)
    _declare_device(blueprint)


def _declare_authorize(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", AUTHORIZE, who=Audience.VISITOR)
    def ask(services: Services) -> Response:
        client_id, request_uri = _named(request.args)
        session = current_session()
        with services.authorization_server.person() as server:
            pending = _find(server, client_id, request_uri)
            error = _cannot_be_asked(server, pending, session)
            if error is not None:
                return see(_refuse(server, client_id, request_uri, session, error))
        _require_sign_in(pending, session, now=server.now)
        asked = pending.asked
        return consent_page(
            Asking(
                client_id=pending.client.id,
                client_name=f"{pending.client.name} ({pending.agency_name or 'of no agency'})",
                scopes=asked.scopes,
                details=asked.details,
                redirect_uri=asked.redirect_uri,
            ),
            action=AUTHORIZE,
            hidden={"client_id": client_id, "request_uri": request_uri},
        )

    @page(blueprint, "POST", AUTHORIZE, who=Audience.VISITOR)
    def answer(services: Services) -> Response:
        client_id, request_uri = _named(request.form)
        session = current_session()
        with services.authorization_server.person() as server:
            pending = _find(server, client_id, request_uri)
            _require_sign_in(pending, session, now=server.now)
            if session is None:
                raise AssertionError("who is not signed in is sent to sign in")
            if request.form.get("decision") != "allow":
                return see(_refuse(server, client_id, request_uri, session, "access_denied"))
            return see(authorization.allow(server, _take(server, client_id, request_uri), session))


def _declare_device(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", device.PAGE, who=Audience.PERSON)
    def which(session: Session, services: Services) -> Response:  # noqa: ARG001 - as pages are called
        return device_page(action=device.PAGE, typed=request.args.get("user_code", "")[:20])

    @page(blueprint, "POST", device.PAGE, who=Audience.PERSON, back=device.PAGE)
    def connect(session: Session, services: Services) -> Response:
        typed, decision = request.form.get("user_code", "")[:20], request.form.get("decision")
        with services.authorization_server.person() as server:
            try:
                if decision is None:
                    found = device.find(server, session, typed)
                else:
                    device.settle(server, session, typed, allowed=decision == "allow")
                    return device_done_page(allowed=decision == "allow")
            except device.CodeRefused as refused:
                return device_page(action=device.PAGE, typed=typed, refused=str(refused))
            except IssuanceError as error:
                return device_page(action=device.PAGE, typed=typed, refused=error.description)
        return consent_page(
            Asking(
                client_id=found.client.id, client_name=found.client.name, scopes=found.scopes, details=found.details
            ),
            action=device.PAGE,
            hidden={"user_code": typed},
        )


def _named(parameters: Mapping[str, str]) -> tuple[str, str]:
    """Raises Problem: the request itself must have been pushed."""
    client_id, request_uri = parameters.get("client_id"), parameters.get("request_uri")
    if not client_id or not request_uri:
        raise Problem(
            status=400,
            code="REQUEST_URI_REQUIRED",
            detail="Programs push what they ask for to /oauth/par first, and this one did not.",
            remedy="Go back to the program, and tell its makers; this gateway's metadata says so.",
        )
    return client_id, request_uri


def _unknown() -> Problem:
    return Problem(
        status=400,
        code="AUTHORIZATION_REQUEST_UNKNOWN",
        detail="The program's request is not known here: it was answered already, or its time is over.",
        remedy="Go back to the program and begin again.",
    )


def _find(server: Exchange, client_id: str, request_uri: str) -> Pending:
    try:
        return authorization.find(server, client_id, request_uri)
    except authorization.NoSuchRequest:
        raise _unknown() from None


def _take(server: Exchange, client_id: str, request_uri: str) -> Pending:
    try:
        return authorization.take(server, client_id, request_uri)
    except authorization.NoSuchRequest:
        raise _unknown() from None


def _cannot_be_asked(server: Exchange, pending: Pending, session: Session | None) -> str | None:
    """The error that the program gets at once: nobody may be asked, or the wrong person sits there."""
    if "none" in pending.asked.prompt:
        unknown = authorization.must_sign_in(pending.asked, session, now=server.now)
        return "login_required" if unknown else "consent_required"
    return "access_denied" if session is not None and session.agency != pending.client.agency else None


def _refuse(server: Exchange, client_id: str, request_uri: str, session: Session | None, error: str) -> str:
    pending = _take(server, client_id, request_uri)
    return authorization.refuse(server, pending, session, error=error, codes=[_CODES.get(error, "REFUSED_BY_PERSON")])


def _require_sign_in(pending: Pending, session: Session | None, *, now: int) -> None:
    if authorization.must_sign_in(pending.asked, session, now=now):
        named = dict(zip(("client_id", "request_uri"), _named(request.values), strict=True))
        here = f"{AUTHORIZE}?{urlencode(named)}"
        raise SignInRequired(next_page=here, acr=authorization.wanted_acr(pending.asked))
