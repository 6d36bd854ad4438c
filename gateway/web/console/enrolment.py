"""Accepting an invitation: a person who was invited chooses what to sign in with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import segno
from flask import Response, request
from markupsafe import Markup

from gateway.identity import passwords, totp
from gateway.identity.errors import SignInError
from gateway.web.console import cookies
from gateway.web.console.pages import Audience, page, refusal, render, see
from gateway.web.console.sign_in import arrive, offer
from gateway.web.console.visits import passkeys_work_here, visit

if TYPE_CHECKING:
    from flask import Blueprint

    from gateway.identity.enrolment import Enrolling
    from gateway.web.services import Services

INVITATION: Final = "/console/invitation"
ENROL: Final = "/console/enrol"


def declare(blueprint: Blueprint) -> None:
    _declare_invitations(blueprint)
    _declare_credentials(blueprint)


def _declare_invitations(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", INVITATION, who=Audience.VISITOR)
    def ask(services: Services) -> Response:  # noqa: ARG001 - every view is given the services
        return render("invitation.html", code=request.args.get("code", "")[:40])

    @page(blueprint, "POST", INVITATION, who=Audience.VISITOR)
    def open_invitation(services: Services) -> Response:
        try:
            step = services.enrolment.open_invitation(request.form.get("code", ""))
        except SignInError as error:
            return refusal("invitation.html", error, code="")
        response = see(ENROL)
        cookies.give(response, services.settings, "step", step)
        return response

    @page(blueprint, "GET", ENROL, who=Audience.VISITOR)
    def choose(services: Services) -> Response:
        try:
            return render("enrol.html", **shown(services))
        except SignInError as error:
            return refusal("invitation.html", error, code="")


def _declare_credentials(blueprint: Blueprint) -> None:
    @page(blueprint, "POST", f"{ENROL}/password", who=Audience.VISITOR)
    def with_password(services: Services) -> Response:
        step = cookies.read(services.settings, "step")
        try:
            signed_in = services.enrolment.with_password(
                step, request.form.get("password", ""), request.form.get("code", ""), visit()
            )
        except SignInError as error:
            return _again(services, error)
        return arrive(services, signed_in, None)

    @page(blueprint, "POST", f"{ENROL}/passkey/options", who=Audience.VISITOR)
    def passkey_options(services: Services) -> Response:
        step = cookies.read(services.settings, "step")
        return offer(services, *services.enrolment.passkey_options(step, None))

    @page(blueprint, "POST", f"{ENROL}/passkey", who=Audience.VISITOR)
    def with_passkey(services: Services) -> Response:
        challenge = cookies.read(services.settings, "challenge")
        try:
            signed_in = services.enrolment.with_passkey(
                challenge, request.form.get("response", ""), request.form.get("label", ""), visit()
            )
        except SignInError as error:
            return _again(services, error)
        return arrive(services, signed_in, None)


def shown(services: Services) -> dict[str, Any]:
    """What the pages on which a credential is made show. Raises SignInError CEREMONY_OVER."""
    enrolling = services.enrolment.under_way(cookies.read(services.settings, "step"))
    return {
        "account": enrolling.account,
        "shortest": passwords.SHORTEST,
        "spelled": totp.spelled(enrolling.code_secret),
        "picture": _picture(enrolling),
        "passkey_origin": services.sign_in.place.origin,
        "passkeys_work_here": passkeys_work_here(),
    }


def _again(services: Services, error: SignInError) -> Response:
    try:
        return refusal("enrol.html", error, **shown(services))
    except SignInError as over:
        return refusal("invitation.html", over if error.code == "CEREMONY_OVER" else error, code="")


def _picture(enrolling: Enrolling) -> Markup:
    """The QR code, as SVG without a style of its own."""
    words = totp.uri(enrolling.code_secret, account=enrolling.account.id, issuer="Writgate")
    drawn = segno.make(words, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn here, from squares
