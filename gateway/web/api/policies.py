"""`/v1/policies/revisions`: what decides now, and the rules with their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from gateway.vocabulary import Scope
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

    return blueprint
