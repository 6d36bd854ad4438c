"""Signing in through a foreign provider: the way there, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, redirect, request

from gateway.identity.errors import SignInError
from gateway.identity.sign_in import SignedIn
from gateway.web.console import cookies
from gateway.web.console.pages import SIGN_IN, Audience, page, refusal, safe_next
from gateway.web.console.sign_in import arrive, asked
from gateway.web.console.visits import visit

if TYPE_CHECKING:
    from flask import Blueprint

    from gateway.web.services import Services


def declare(blueprint: Blueprint) -> None:
    @page(blueprint, "GET", f"{SIGN_IN}/issuers/<issuer_id>", who=Audience.VISITOR)
    def leave(services: Services, issuer_id: str) -> Response:
        try:
            departure = services.foreign_sign_in.leave(issuer_id, return_to=safe_next(request.args.get("next")))
        except SignInError as error:
            return refusal("sign_in.html", error, **asked(services, request.args))
        response = Response(redirect(departure.url, 303).get_data(), 303, {"Location": departure.url})
        cookies.give(response, services.settings, "elsewhere", departure.browser)
        return response

    @page(blueprint, "GET", f"{SIGN_IN}/issuers/<issuer_id>/back", who=Audience.VISITOR)
    def back(services: Services, issuer_id: str) -> Response:
        browser, who = cookies.read(services.settings, "elsewhere"), visit()
        try:
            arrival = services.foreign_sign_in.arrive(issuer_id, request.args, browser, who)
        except SignInError as error:
            services.sign_in.failed("", who, error.code.lower())
            response = refusal("sign_in.html", error, **asked(services, {}))
        else:
            response = arrive(services, SignedIn(arrival.established, None), arrival.return_to)
        cookies.take(response, services.settings, "elsewhere")
        return response
