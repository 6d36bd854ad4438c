"""`/healthz`, `/readyz`, `/metrics`, `/openapi.json`: whether it lives, may be sent work, what it did and offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from gateway import metrics
from gateway.audit import agreed_witnesses, standing
from gateway.web.openapi import document
from gateway.web.problems import Problem
from gateway.web.routes import public_route

if TYPE_CHECKING:
    from gateway.web.services import Services


def status_routes() -> Blueprint:
    blueprint = Blueprint("status", __name__)

    @public_route(blueprint, "GET", "/healthz")
    def health(services: Services) -> Any:  # noqa: ARG001 - says only that the process answers
        return {"status": "alive"}

    @public_route(blueprint, "GET", "/readyz")
    def ready(services: Services) -> Any:
        missing = [name for name, fine in _checks(services).items() if not fine]
        if missing:
            raise Problem(
                status=503,
                code="NOT_READY",
                detail=f"Not ready: {', '.join(missing)}.",
                remedy="Wait, or see the operator's log.",
                headers={"Retry-After": "2"},
            )
        return {"status": "ready", "notes": _notes(services)}

    @public_route(blueprint, "GET", "/metrics")
    def count(services: Services) -> Any:  # noqa: ARG001 - the counts are of the processes, not of what they serve
        return Response(metrics.text(), content_type=metrics.MEDIA_TYPE)

    @public_route(blueprint, "GET", "/openapi.json")
    def openapi(services: Services) -> Any:
        return document(services.settings.issuer)

    return blueprint


def _checks(services: Services) -> dict[str, bool]:
    with services.database.transaction() as connection:
        row = connection.execute("SELECT number FROM policy.live").fetchone()
    engine = services.policy.current()
    return {
        "policy": row is not None and engine.source is not None and engine.revision == row[0],
        "engine": services.gate.engine_answers(),
    }


def _notes(services: Services) -> list[str]:
    """What is late and holds nobody up."""
    settings = services.settings
    with services.auditor.transaction() as connection:
        agreed = agreed_witnesses.current(connection)
        return standing.notes(
            connection,
            witness_seconds=60 * settings.witness_alarm_minutes if agreed and agreed.witnesses else None,
            stamped=settings.timestamp_authority is not None,
        )
