"""The first page, and a person's own account: what they sign in with, and where they are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Response, request

from gateway.identity.errors import SignInError
from gateway.registry import queries
from gateway.web.console import cookies
from gateway.web.console.enrolment import shown
from gateway.web.console.pages import HOME, Audience, page, refusal, render, see
from gateway.web.console.sign_in import arrive, offer
from gateway.web.console.visits import passkeys_work_here, visit
from gateway.web.console.words import day, moment
from gateway.web.routes import FRESH

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Blueprint

    from gateway.identity.sessions import Session
    from gateway.web.services import Services

ACCOUNT: Final = "/console/account"
PASSWORD: Final = f"{ACCOUNT}/password"
PASSKEYS: Final = f"{ACCOUNT}/passkeys"


def declare(blueprint: Blueprint) -> None:
    _declare_pages(blueprint)
    _declare_password(blueprint)
    _declare_passkeys(blueprint)
    _declare_sessions(blueprint)


def _declare_pages(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", HOME, who=Audience.PERSON)
    def home(session: Session, services: Services) -> Response:
        with services.database.transaction() as connection:
            agency = queries.agency(connection, session.agency) if session.agency else None
        return render("home.html", agency=agency, moment=moment)

    @page(blueprint, "GET", ACCOUNT, who=Audience.PERSON)
    def show(session: Session, services: Services) -> Response:
        return _show(services, session)


def _declare_password(blueprint: Blueprint) -> None:
    @page(blueprint, "POST", f"{PASSWORD}/begin", who=Audience.PERSON, max_age=FRESH, back=ACCOUNT)
    def begin_password(session: Session, services: Services) -> Response:
        response = see(PASSWORD)
        cookies.give(response, services.settings, "step", services.enrolment.begin_password(session))
        return response

    @page(blueprint, "GET", PASSWORD, who=Audience.PERSON, max_age=FRESH)
    def ask_password(session: Session, services: Services) -> Response:
        try:
            return render("password.html", **shown(services))
        except SignInError as error:
            return _show(services, session, error)

    @page(blueprint, "POST", PASSWORD, who=Audience.PERSON, max_age=FRESH, back=ACCOUNT)
    def set_password(session: Session, services: Services) -> Response:
        step = cookies.read(services.settings, "step")
        try:
            signed_in = services.enrolment.with_password(
                step, request.form.get("password", ""), request.form.get("code", ""), visit()
            )
        except SignInError as error:
            if error.code == "CEREMONY_OVER":
                return _show(services, session, error)
            return refusal("password.html", error, **shown(services))
        return arrive(services, signed_in, ACCOUNT)

    @page(blueprint, "POST", f"{PASSWORD}/remove", who=Audience.PERSON, max_age=FRESH, back=ACCOUNT)
    def remove_password(session: Session, services: Services) -> Response:
        try:
            services.enrolment.remove_password(session)
        except SignInError as error:
            return _show(services, session, error)
        return see(ACCOUNT)


def _declare_passkeys(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", f"{PASSKEYS}/new", who=Audience.PERSON, max_age=FRESH)
    def ask_passkey(session: Session, services: Services) -> Response:  # noqa: ARG001 - every view is given both
        place = services.sign_in.place
        return render("passkey.html", passkey_origin=place.origin, passkeys_work_here=passkeys_work_here())

    @page(blueprint, "POST", f"{PASSKEYS}/options", who=Audience.PERSON, max_age=FRESH, back=ACCOUNT)
    def passkey_options(session: Session, services: Services) -> Response:
        return offer(services, *services.enrolment.passkey_options(None, session))

    @page(blueprint, "POST", PASSKEYS, who=Audience.PERSON, max_age=FRESH, back=ACCOUNT)
    def add_passkey(session: Session, services: Services) -> Response:
        challenge = cookies.read(services.settings, "challenge")
        try:
            signed_in = services.enrolment.with_passkey(
                challenge, request.form.get("response", ""), request.form.get("label", ""), visit()
            )
        except SignInError as error:
            return _show(services, session, error)
        return arrive(services, signed_in, ACCOUNT)

    @page(blueprint, "POST", f"{PASSKEYS}/<uuid:passkey>/remove", who=Audience.PERSON, max_age=FRESH, back=ACCOUNT)
    def remove_passkey(session: Session, services: Services, passkey: UUID) -> Response:
        try:
            services.enrolment.remove_passkey(session, passkey)
        except SignInError as error:
            return _show(services, session, error)
        return see(ACCOUNT)


def _declare_sessions(blueprint: Blueprint) -> None:
    @page(blueprint, "POST", f"{ACCOUNT}/sessions/<uuid:other>/end", who=Audience.PERSON)
    def end_session(session: Session, services: Services, other: UUID) -> Response:
        services.sessions.end(other, account=session.account, by="owner")
        return see(ACCOUNT)

    @page(blueprint, "POST", f"{ACCOUNT}/sessions/end", who=Audience.PERSON)
    def end_others(session: Session, services: Services) -> Response:
        with services.database.transaction() as connection:
            services.sessions.end_all(connection, session.account, by="owner", but=session.id)
        return see(ACCOUNT)


def _show(services: Services, session: Session, error: SignInError | None = None) -> Response:
    values: dict[str, Any] = {
        "credentials": services.enrolment.credentials(session.account),
        "sessions": services.sessions.listed(session.account),
        "day": day,
        "moment": moment,
    }
    return render("account.html", **values) if error is None else refusal("account.html", error, **values)
