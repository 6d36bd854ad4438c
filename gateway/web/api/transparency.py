"""`/transparency`, for everybody: which agencies have a contract, which engine answers, the rules, the log's head.

Nothing of what was searched stands here, and nothing of whom. A browser gets a page of the same facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, jsonify, request

from gateway.audit import queries
from gateway.audit.log import database_now
from gateway.clock import rfc3339
from gateway.web.console.pages import guard, plain
from gateway.web.routes import public_route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.database import Connection
    from gateway.web.services import Services


def transparency_routes() -> Blueprint:
    blueprint = Blueprint("transparency", __name__)

    @public_route(blueprint, "GET", "/transparency")
    def transparency(services: Services) -> Any:
        facts = _facts(services)
        as_page = request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"
        response = guard(plain("transparency.html", facts=facts)) if as_page else jsonify(facts)
        response.headers["Vary"] = "Accept"
        return response

    return blueprint


def _facts(services: Services) -> dict[str, Any]:
    with services.database.transaction() as connection:
        now_ns = database_now(connection)
        agencies = _under_contract(connection, now_ns)
    with services.auditor.transaction() as connection:
        checkpoint = queries.latest_checkpoint(connection)
    live = services.policy.current()
    source = live.source
    return {
        "at": rfc3339(now_ns),
        "agencies": agencies,
        "engines": [services.gate.engine_facts()],
        "policy": {
            "revision": live.revision,
            "sha256": source.sha256 if source else None,
            "packs": {pack: _rules(rules, rfc3339(now_ns)[:10]) for pack, rules in source.annotations.items()}
            if source
            else {},
        },
        "log": {"origin": services.settings.log_origin, "checkpoint": checkpoint},
    }


def _under_contract(connection: Connection, now_ns: int) -> list[dict[str, Any]]:
    """Agencies with a contract in force, and what it lets them ask for; a suspended one is named as such."""
    rows = connection.execute(
        """
        SELECT agencies.id, agencies.name, agencies.jurisdiction, agencies.status, contracts.id,
            contracts.valid_from_ns, contracts.valid_to_ns, contracts.terms -> 'purposes',
            contracts.terms -> 'operations'
        FROM registry.contracts JOIN registry.agencies ON agencies.id = contracts.agency
        WHERE contracts.status = 'active' AND contracts.valid_from_ns <= %(now)s AND contracts.valid_to_ns > %(now)s
        ORDER BY agencies.id, contracts.id
        """,
        {"now": now_ns},
    ).fetchall()
    return [
        {
            "id": agency,
            "name": name,
            "jurisdiction": jurisdiction,
            "status": status,
            "contract": {
                "id": contract,
                "from": rfc3339(start),
                "to": rfc3339(end),
                "purposes": purposes,
                "operations": operations,
            },
        }
        for agency, name, jurisdiction, status, contract, start, end, purposes, operations in rows
    ]


def _rules(rules: Mapping[str, Mapping[str, Any]], today: str) -> list[dict[str, Any]]:
    """The rules of a pack that are in force, with the words of their annotations."""
    shown = ("title", "citation", "source", "effective_from", "effective_to", "counsel_review")
    return [
        {"rule": rule, **{name: words[name] for name in shown if words.get(name) is not None}}
        for rule, words in sorted(rules.items())
        if words["effective_from"] <= today and (words["effective_to"] is None or today < words["effective_to"])
    ]
