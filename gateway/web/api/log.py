"""`/log/…` for everybody (c2sp.org/tlog-tiles), and what a receipt is redeemed for.

Checkpoint, hash tiles, keys, policy, recoveries, and the proof of a leaf whose hash one holds are public: they say that
something was logged, and nothing of what. Entry tiles need the audit scope, and whoever may not see every entry of one
is not shown it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Response

from gateway.audit import agreed_witnesses, published, queries
from gateway.audit.notes import Verifier
from gateway.audit.receipts import MERGE_DELAY_SECONDS
from gateway.audit.tiles import HIGHEST_LEVEL
from gateway.audit.witness_policy import WitnessPolicy
from gateway.vocabulary import Scope
from gateway.web.problems import Problem, not_found
from gateway.web.routes import public_route, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint

    from gateway.audit.canonical import JSON
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

    Recorded = Callable[[Caller, Services, int, dict[str, JSON]], None]

_PUBLIC: Final = "public, max-age=31536000, immutable"
_PRIVATE: Final = "private, max-age=31536000, immutable"
_TILE: Final = "application/octet-stream"
_LEAF_HASH_DIGITS: Final = 64


def add_log_routes(blueprint: Blueprint, recorded: Recorded) -> None:
    """The routes; `recorded` writes the entry that entries were read."""
    _add_signed(blueprint)
    _add_tiles(blueprint, recorded)

    @public_route(blueprint, "GET", "/v1/audit/receipts/<leaf>")
    def redeem(services: Services, leaf: str) -> Any:
        leaf_hash = _leaf_hash(leaf)
        with services.auditor.snapshot() as connection:  # what is not staged any more is an entry
            queries.see(connection, None)
            index = queries.find_leaf(connection, leaf_hash)
            proof = None if index is None else queries.proof(connection, index)
            known = index is not None or queries.is_staged(connection, leaf_hash)
        if not known:
            raise not_found()
        return as_text(proof) if proof else pending()


def _add_signed(blueprint: Blueprint) -> None:
    @public_route(blueprint, "GET", "/log/checkpoint")
    def checkpoint(services: Services) -> Any:
        with services.auditor.transaction() as connection:
            note = queries.latest_checkpoint(connection)
        if note is None:
            raise not_found()
        return as_text(note)

    @public_route(blueprint, "GET", "/log/receipt_key")
    def receipt_key(services: Services) -> Any:
        return services.receipts.public_jwk()

    @public_route(blueprint, "GET", "/log/keys")
    def keys(services: Services) -> Any:
        """Each key of the log with the checkpoint at which it took over, signed by it and by the one before it; and
        for each key of receipts the statement by which the log's key in use vouches for it.
        """
        with services.auditor.snapshot() as connection:
            origin, history = queries.current_keys(connection)
            vouched = queries.receipt_keys(connection, queries.epoch_of(connection, origin))
        return {
            "origin": origin,
            "keys": [{"verifier_key": key, "transition": transition} for key, transition in history],
            "receipt_keys": vouched,
        }

    @public_route(blueprint, "GET", "/log/policy")
    def policy(services: Services) -> Any:
        """c2sp.org/tlog-policy: the log's keys, its witnesses, and how many of them must have signed."""
        with services.auditor.transaction() as connection:
            _, history = queries.current_keys(connection)
            found = agreed_witnesses.current(connection) or WitnessPolicy()
        return as_text(str(found.with_logs([Verifier.parse(key) for key, _ in history])))

    @public_route(blueprint, "GET", "/log/recoveries")
    def recoveries(services: Services) -> Any:
        with services.auditor.transaction() as connection:
            return {"items": queries.recoveries(connection)}


def _add_tiles(blueprint: Blueprint, recorded: Recorded) -> None:
    @public_route(blueprint, "GET", "/log/tile/<int:level>/<path:place>")
    def tile(services: Services, level: int, place: str) -> Any:
        """c2sp.org/tlog-tiles: `<N>` for a full tile, `<N>.p/<W>` for a partial one of width W."""
        index, width = _place(place)
        if level > HIGHEST_LEVEL:
            raise not_found()
        with services.auditor.transaction() as connection:
            content = published.published_tile(connection, level=level, index=index, width=width)
        return _tile(content, _PUBLIC)

    @route(blueprint, "GET", "/log/tile/entries/<path:place>", scope=Scope.AUDIT_READ)
    def entries(caller: Caller, services: Services, place: str) -> Any:
        """c2sp.org/tlog-tiles: the leaves of one tile, each after its length in two bytes."""
        index, width = _place(place)
        try:
            with services.auditor.transaction() as connection:
                queries.see(connection, caller.agency)
                content = published.published_entries(connection, index=index, width=width)
        except PermissionError:
            raise Problem(
                status=403,
                code="ENTRIES_WITHHELD",
                detail="Some entries of this tile are not yours to see, and a tile is given whole or not at all.",
                remedy="Ask for your agency's entries with GET /v1/audit/entries.",
            ) from None
        if content is not None:
            recorded(caller, services, width, {"tile": index, "width": width})
        return _tile(content, _PRIVATE)


def as_text(text: str) -> Response:
    response = Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def pending() -> Response:
    """The entry is known, and no checkpoint covers it yet."""
    response = Response(
        json.dumps({"status": "pending", "merge_delay": MERGE_DELAY_SECONDS}), status=202, mimetype="application/json"
    )
    response.headers["Retry-After"] = "1"
    response.headers["Cache-Control"] = "no-store"
    return response


def _place(place: str) -> tuple[int, int]:
    try:
        index, width = published.parse_place(place)
    except ValueError:
        raise not_found() from None
    if index >= 1 << 48:
        raise not_found()
    return index, width


def _tile(content: bytes | None, caching: str) -> Response:
    if content is None:
        raise not_found()
    response = Response(content, mimetype=_TILE)
    response.headers["Cache-Control"] = caching
    return response


def _leaf_hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text) if len(text) == _LEAF_HASH_DIGITS else b""
    except ValueError:
        found = b""
    if not found:
        raise Problem(
            status=422,
            code="LEAF_INVALID",
            detail="A leaf is named by its hash, 64 hexadecimal digits.",
            remedy="Take the field `leaf` from the payload of your receipt.",
        )
    return found
