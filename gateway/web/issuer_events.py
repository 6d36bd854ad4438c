"""Where foreign issuers bring what has ended: logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.5) and
security event tokens (push delivery, RFC 8935). The signature of what is brought is the proof of who brings it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from gateway.identity.issuers.events import EventRefused
from gateway.web.oauth import LARGEST_BODY, NO_STORE
from gateway.web.routes import public_route

if TYPE_CHECKING:
    from gateway.web.services import Services

EVENT_MEDIA_TYPE = "application/secevent+jwt"


def issuer_event_routes() -> Blueprint:
    blueprint = Blueprint("issuer_events", __name__)

    @public_route(blueprint, "POST", "/oauth/issuers/<issuer_id>/logout")
    def logout(services: Services, issuer_id: str) -> Response:
        request.max_content_length = LARGEST_BODY
        try:
            services.issuer_events.logout(issuer_id, request.form.get("logout_token", ""))
        except EventRefused as refused:
            return _refused({"error": refused.error, "error_description": refused.sentence})
        return Response(status=200, headers=NO_STORE)

    @public_route(blueprint, "POST", "/oauth/issuers/<issuer_id>/events")
    def event(services: Services, issuer_id: str) -> Response:
        request.max_content_length = LARGEST_BODY
        if request.mimetype != EVENT_MEDIA_TYPE:
            return _refused({"err": "invalid_request", "description": f"Send the token as {EVENT_MEDIA_TYPE}."})
        try:
            services.issuer_events.event(issuer_id, request.get_data().decode("ascii", "replace"))
        except EventRefused as refused:
            return _refused({"err": refused.error, "description": refused.sentence})
        return Response(status=202, headers=NO_STORE)

    return blueprint


def _refused(body: dict[str, str]) -> Response:
    return Response(json.dumps(body), status=400, mimetype="application/json", headers=NO_STORE)
