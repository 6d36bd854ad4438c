"""Signing in, being confirmed, signing out. One page does the first two: who holds a session is asked to confirm it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from flask import Response, request

from gateway.identity.errors import SignInError
from gateway.vocabulary import Assurance
from gateway.web.console import cookies
from gateway.web.console.pages import HOME, SIGN_IN, Audience, page, refusal, render, safe_next, see
from gateway.web.console.visits import current_session, passkeys_work_here, visit

if TYPE_CHECKING:
    from flask import Blueprint

    from gateway.identity.sessions import Session
    from gateway.identity.sign_in import SignedIn
    from gateway.web.services import Services

CODE: Final = f"{SIGN_IN}/code"


def declare(blueprint: Blueprint) -> None:
    _declare_passwords(blueprint)
    _declare_passkeys(blueprint)
    _declare_sign_out(blueprint)


def _declare_passwords(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", SIGN_IN, who=Audience.VISITOR)
    def ask(services: Services) -> Response:
        if current_session() is not None and "next" not in request.args:
            return see(HOME)
        return render("sign_in.html", **asked(services, request.args))

    @page(blueprint, "POST", SIGN_IN, who=Audience.VISITOR)
    def with_password(services: Services) -> Response:
        who = visit()
        account = who.session.account if who.session else request.form.get("account", "")
        try:
            step = services.sign_in.with_password(account, request.form.get("password", ""), who)
        except SignInError as error:
            return refusal("sign_in.html", error, **asked(services, request.form))
        response = see(f"{CODE}?{urlencode({'next': safe_next(request.form.get('next'))})}")
        cookies.give(response, services.settings, "step", step)
        return response

    @page(blueprint, "GET", CODE, who=Audience.VISITOR)
    def ask_code(services: Services) -> Response:
        if cookies.read(services.settings, "step") is None:
            return see(SIGN_IN)
        return render("code.html", next=safe_next(request.args.get("next")))

    @page(blueprint, "POST", CODE, who=Audience.VISITOR)
    def with_code(services: Services) -> Response:
        step = cookies.read(services.settings, "step")
        try:
            signed_in = services.sign_in.with_code(step, request.form.get("code", ""), visit())
        except SignInError as error:
            if error.code == "CODE_REFUSED":
                return refusal("code.html", error, next=safe_next(request.form.get("next")))
            return refusal("sign_in.html", error, **asked(services, request.form))
        return arrive(services, signed_in, request.form.get("next"))


def _declare_passkeys(blueprint: Blueprint) -> None:
    @page(blueprint, "POST", f"{SIGN_IN}/passkey/options", who=Audience.VISITOR)
    def passkey_options(services: Services) -> Response:
        return offer(services, *services.sign_in.passkey_options(visit()))

    @page(blueprint, "POST", f"{SIGN_IN}/passkey", who=Audience.VISITOR)
    def with_passkey(services: Services) -> Response:
        challenge = cookies.read(services.settings, "challenge")
        try:
            signed_in = services.sign_in.with_passkey(challenge, request.form.get("response", ""), visit())
        except SignInError as error:
            return refusal("sign_in.html", error, **asked(services, request.form))
        return arrive(services, signed_in, request.form.get("next"))


def _declare_sign_out(blueprint: Blueprint) -> None:
    @page(blueprint, "POST", "/console/sign-out", who=Audience.PERSON)
    def sign_out(session: Session, services: Services) -> Response:
        services.sessions.end(session.id, account=session.account, by="signed_out")
        response = see(SIGN_IN)
        cookies.take(response, services.settings, "session")
        return response


def arrive(services: Services, signed_in: SignedIn, wanted: str | None) -> Response:
    """On to where the person wanted to go, with what the browser is to hold.

    Browsers apply `form-action` to every redirect that follows a form, so one that ends at an OAuth client would be
    stopped; a page that leads on by itself begins a new navigation.
    """
    place = safe_next(wanted)
    response = render("onward.html", place=place) if place.startswith("/oauth/") else see(place)
    cookies.give_all(response, services.settings, signed_in)
    return response


def offer(services: Services, challenge: str, options: str) -> Response:
    """A passkey's question, for the script of the page."""
    response = Response(options, mimetype="application/json")
    cookies.give(response, services.settings, "challenge", challenge)
    return response


def asked(services: Services, given: Any) -> dict[str, Any]:
    """What the page of a sign-in shows."""
    place = services.sign_in.place
    return {
        "next": safe_next(given.get("next")),
        "typed": str(given.get("account", ""))[:128],
        "only_passkey": given.get("acr") == Assurance.PHISHING_RESISTANT,
        "issuers": services.foreign_sign_in.offered() if current_session() is None else [],
        "passkey_origin": place.origin,
        "passkeys_work_here": passkeys_work_here(),
    }
