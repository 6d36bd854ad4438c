"""`/v1/opa`: OPA's bundle, discovery and status services, for an OPA that an agency runs itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from gateway.audit.query_language import asking
from gateway.clock import rfc3339
from gateway.policy import opa_feed
from gateway.vocabulary import EntryKind, Scope
from gateway.web.api.audit import read_page, record_reading
from gateway.web.api.audit_filters import asked_for, page_asked
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

    @route(blueprint, "GET", "/v1/opa/decisions", scope=Scope.AUDIT_READ)
    def decisions(caller: Caller, services: Services) -> Any:
        """Decisions in the shape of OPA's decision log, filtered and paged as the entries of the log are.

        Masked here, always: the input is personal and sealed, and stays so; `erased` says it, as OPA does.
        """
        question, asked = asked_for(services.log, caller)
        question = replace(question, all_of=(*question.all_of, *asking(kind=EntryKind.DECISION).all_of))
        wanted = page_asked()
        page, next_cursor, previous_cursor = wanted.answer(read_page(caller, services, question, wanted))
        record_reading(caller, services, what="decisions", count=len(page), question=asked)
        return {
            "items": [_logged(json.loads(entry.leaf), services.settings.log_origin) for entry in page],
            "next_cursor": next_cursor,
            "previous_cursor": previous_cursor,
        }

    return blueprint


def _logged(leaf: dict[str, Any], origin: str) -> dict[str, Any]:
    """The log checks few fields of a leaf, and one that lacks some must not keep a page from being read."""
    revision = leaf.get("revision")
    return {
        "labels": {"app": "writgate", "id": origin},
        "decision_id": leaf.get("decision_id"),
        "bundles": {} if revision is None else {opa_feed.BUNDLE: {"revision": str(revision)}},
        "path": "writgate/decision",
        "result": {name: leaf.get(name) for name in ("permit", "reasons", "obligations", "packs", "revision")},
        "requested_by": leaf.get("client"),
        "timestamp": rfc3339(leaf["time"]),
        "erased": ["/input"],
    }


def _wait() -> float:
    """Seconds that the client would wait (`Prefer: modes=snapshot,delta;wait=20`); 0 where it would not."""
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return float(found[1]) if found else 0.0
