"""`/v1/policies/revisions`: what decides now, what decided before, and the rules with their words.

`/v1/policies/offences` are those that the revision which decides now knows, by the statute that a request names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from gateway.vocabulary import Scope
from gateway.web.api.paging import limit
from gateway.web.problems import not_found
from gateway.web.routes import route

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.web.services import Services


def policy_routes() -> Blueprint:
    blueprint = Blueprint("policies", __name__)

    @route(blueprint, "GET", "/v1/policies/revisions/live", scope=Scope.POLICIES_READ)
    def live(caller: Caller, services: Services) -> Any:  # noqa: ARG001 - any agency may read what judges it
        engine = services.policy.current()
        if engine.source is None:
            raise not_found()
        return {
            "number": engine.revision,
            "sha256": engine.source.sha256,
            "engine": engine.name,
            "packs": {
                pack: {rule: dict(words) for rule, words in sorted(rules.items())}
                for pack, rules in sorted(engine.source.annotations.items())
            },
        }

    @route(blueprint, "GET", "/v1/policies/offences", scope=Scope.POLICIES_READ)
    def offences(caller: Caller, services: Services) -> Any:  # noqa: ARG001 - as above
        engine, place = services.policy.current(), request.args.get("jurisdiction")
        known = engine.source.data["offences"] if engine.source else {}
        return {
            "revision": engine.revision,
            "items": [
                {"statute": statute, **offence}
                for statute, offence in sorted(known.items())
                if place in {None, offence["jurisdiction"]}
            ],
        }

    @route(blueprint, "GET", "/v1/policies/revisions", scope=Scope.POLICIES_READ)
    def list_revisions(caller: Caller, services: Services) -> Any:  # noqa: ARG001 - as above
        return {"items": services.publications.newest(limit=limit())}

    @route(blueprint, "GET", "/v1/policies/revisions/<int:number>", scope=Scope.POLICIES_READ)
    def one(caller: Caller, services: Services, number: int) -> Any:  # noqa: ARG001 - as above
        return services.publications.one(number)

    @route(blueprint, "GET", "/v1/policies/archives/<sha256>", scope=Scope.POLICIES_READ)
    def archive(caller: Caller, services: Services, sha256: str) -> Any:  # noqa: ARG001 - as above
        tar = services.publications.archive(sha256)
        return Response(tar, mimetype="application/x-tar", headers={"ETag": f'"{sha256}"'})

    return blueprint
