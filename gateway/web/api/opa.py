"""`/v1/opa`: OPA's bundle, discovery and status services, for an OPA that an agency runs itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from gateway.policy import opa_feed
from gateway.vocabulary import Scope
from gateway.web.problems import not_found
from gateway.web.routes import read_object, route

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

# What OPA takes as the sign that a server knows long polling.
LONG_POLLING: Final = "application/vnd.openpolicyagent.bundles"
_WAIT: Final = re.compile(r"(?:^|[;,\s])wait=([0-9]{1,4})(?:$|[;,\s])")


def opa_routes() -> Blueprint:
    blueprint = Blueprint("opa", __name__)

    @route(blueprint, "GET", "/v1/opa/bundles/<name>", scope=Scope.POLICIES_BUNDLE)
    def bundle(caller: Caller, services: Services, name: str) -> Any:
        wanted = name.removesuffix(".tar.gz")
        known = request.headers.get("If-None-Match", "").strip().removeprefix("W/").strip('"') or None
        try:
            if wanted == opa_feed.BUNDLE:
                found = services.opa_feed.bundle(known=known, wait=_wait())
            elif wanted == opa_feed.DISCOVERY:
                labels = {"writgate_client": caller.client}
                found = services.opa_feed.discovery(url=services.settings.issuer, labels=labels)
                found = None if found[0] == known else found
            else:
                raise not_found()
        except LookupError:
            raise not_found() from None
        if found is None:
            return Response(status=304, headers={"ETag": f'"{known}"', "Content-Type": LONG_POLLING})
        tag, content = found
        return Response(content, mimetype=LONG_POLLING, headers={"ETag": f'"{tag}"', "Cache-Control": "no-cache"})

    @route(blueprint, "POST", "/v1/opa/status", scope=Scope.POLICIES_BUNDLE)
    def report(caller: Caller, services: Services) -> Any:
        services.opa_feed.keep_status(caller.client, read_object())
        return {}

    @route(blueprint, "GET", "/v1/opa/status", scope=Scope.POLICIES_READ)
    def statuses(caller: Caller, services: Services) -> Any:
        """An agency's client sees its own OPAs; an administrator all."""
        return {"items": services.opa_feed.statuses(caller.client if caller.agency else None)}

    @route(blueprint, "GET", "/v1/opa/config", scope=Scope.POLICIES_BUNDLE)
    def boot(caller: Caller, services: Services) -> Any:  # noqa: ARG001 - the same for every client
        return services.opa_feed.boot(services.settings.issuer)

    return blueprint


def _wait() -> float:
    """Seconds that the client would wait (`Prefer: modes=snapshot,delta;wait=20`); 0 where it would not."""
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return float(found[1]) if found else 0.0
