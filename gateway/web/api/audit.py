"""`/v1/audit/…` for auditors, `/log/…` for everybody: entries, proofs, receipts, the checkpoint and the hash tiles.

Reading entries is itself an entry, committed before the answer leaves. A client bound to an agency sees that agency's
entries only, by row-level security. Checkpoint, hash tiles and the proof of a leaf whose hash one holds are public:
they say that something was logged, and nothing of what.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from gateway.audit import queries, search
from gateway.audit.entries import Entry
from gateway.audit.query_language import FIELDS
from gateway.audit.receipts import MERGE_DELAY_SECONDS
from gateway.audit.tiles import HIGHEST_LEVEL, WIDTH, parse_tile_path
from gateway.clock import rfc3339
from gateway.vocabulary import EntryKind, Scope
from gateway.web.api.audit_filters import PageAsked, asked_for, invalid, page_asked
from gateway.web.problems import Problem, not_found
from gateway.web.routes import public_route, route

if TYPE_CHECKING:
    from gateway.audit.canonical import JSON
    from gateway.audit.queries import StoredEntry
    from gateway.audit.query_language import Question
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_LEAF_HASH_DIGITS: Final = 64
# To tell values apart each entry is looked at, which takes a tenth of a second for as many.
MOST_TALLIED: Final = 5000
MOST_BUCKETS: Final = 400


def audit_routes() -> Blueprint:
    blueprint = Blueprint("audit", __name__)
    _for_auditors(blueprint)
    _for_everybody(blueprint)
    return blueprint


def _for_auditors(blueprint: Blueprint) -> None:
    @route(blueprint, "GET", "/v1/audit/entries", scope=Scope.AUDIT_READ)
    def list_entries(caller: Caller, services: Services) -> Any:
        question, asked = asked_for(services.log, caller)
        wanted = page_asked()
        page, next_cursor, previous_cursor = wanted.answer(read_page(caller, services, question, wanted))
        record_reading(caller, services, what="entries", count=len(page), question=asked)
        return {
            "items": [_document(entry) for entry in page],
            "next_cursor": next_cursor,
            "previous_cursor": previous_cursor,
        }

    @route(blueprint, "GET", "/v1/audit/counts", scope=Scope.AUDIT_READ)
    def counts(caller: Caller, services: Services) -> Any:
        """How many entries; with `by`, how many of each value of a field, where they are not too many to look at."""
        question, asked = asked_for(services.log, caller, besides=("by",))
        field = _grouping()
        with services.auditor.snapshot() as connection:
            queries.see(connection, caller.agency)
            if field is None:
                found: dict[str, Any] = {"count": search.find(connection, question).count()}
            else:
                groups = search.tally(connection, question, field, most=MOST_TALLIED)
                if groups is None:
                    raise invalid("by", f"More than {MOST_TALLIED} entries match; narrow the question or the time.")
                found = {"by": request.args["by"], "groups": groups}
        record_reading(caller, services, what="counts", count=0, question=asked)
        return found

    @route(blueprint, "GET", "/v1/audit/histogram", scope=Scope.AUDIT_READ)
    def histogram(caller: Caller, services: Services) -> Any:
        """How many entries in each of `buckets` equal spans from `from` to `to`."""
        question, asked = asked_for(services.log, caller, besides=("buckets",))
        edges = _edges(question)
        with services.auditor.snapshot() as connection:
            queries.see(connection, caller.agency)
            found = search.histogram(connection, question, edges)
        record_reading(caller, services, what="histogram", count=0, question=asked)
        return {
            "buckets": [
                {"from": rfc3339(start), "to": rfc3339(end), "count": number}
                for start, end, number in zip(edges, edges[1:], found, strict=False)
            ]
        }

    @route(blueprint, "GET", "/v1/audit/entries/<int:index>", scope=Scope.AUDIT_READ)
    def one_entry(caller: Caller, services: Services, index: int) -> Any:
        entry = _visible(caller, services, index)
        record_reading(caller, services, what="entry", count=1, question={"index": index})
        return _document(entry)

    @route(blueprint, "GET", "/v1/audit/entries/<int:index>/proof", scope=Scope.AUDIT_READ)
    def entry_proof(caller: Caller, services: Services, index: int) -> Any:
        _visible(caller, services, index)
        with services.auditor.transaction() as connection:
            proof = queries.proof(connection, index)
        record_reading(caller, services, what="proof", count=1, question={"index": index})
        return _text(proof) if proof else _pending()


def _for_everybody(blueprint: Blueprint) -> None:
    @public_route(blueprint, "GET", "/v1/audit/receipts/<leaf>")
    def redeem(services: Services, leaf: str) -> Any:
        leaf_hash = _leaf_hash(leaf)
        with services.auditor.transaction() as connection:
            queries.see(connection, None)
            index = queries.find_leaf(connection, leaf_hash)
            proof = None if index is None else queries.proof(connection, index)
            known = index is not None or queries.is_staged(connection, leaf_hash)
        if not known:
            raise not_found()
        return _text(proof) if proof else _pending()

    @public_route(blueprint, "GET", "/log/checkpoint")
    def checkpoint(services: Services) -> Any:
        with services.auditor.transaction() as connection:
            note = queries.latest_checkpoint(connection)
        if note is None:
            raise not_found()
        return _text(note)

    @public_route(blueprint, "GET", "/log/receipt_key")
    def receipt_key(services: Services) -> Any:
        return services.receipts.public_jwk()

    @public_route(blueprint, "GET", "/log/tile/<int:level>/<path:place>")
    def tile(services: Services, level: int, place: str) -> Any:
        """c2sp.org/tlog-tiles: `<N>` for a full tile, `<N>.p/<W>` for a partial one of width W."""
        path, partial, width = place.partition(".p/")
        try:
            index = parse_tile_path(path)
            hashes = _full_or_partial(width if partial else None)
        except ValueError:
            raise not_found() from None
        if level > HIGHEST_LEVEL:
            raise not_found()
        with services.auditor.transaction() as connection:
            content = queries.published_tile(connection, level=level, index=index, width=hashes)
        if content is None:
            raise not_found()
        response = Response(content, mimetype="application/octet-stream")
        response.headers["Cache-Control"] = _IMMUTABLE
        return response


def _full_or_partial(width: str | None) -> int:
    """The width that a path asks for. Raises ValueError."""
    if width is None:
        return WIDTH
    if str(int(width)) != width or not 1 <= int(width) < WIDTH:
        raise ValueError("not the width of a partial tile")
    return int(width)


def read_page(caller: Caller, services: Services, question: Question, wanted: PageAsked) -> list[StoredEntry]:
    """The page, and one entry more where there is one."""
    with services.auditor.snapshot() as connection:
        queries.see(connection, caller.agency)
        return search.page(
            connection,
            question,
            after=wanted.after,
            limit=wanted.limit + 1,
            newest_first=wanted.read_newest_first,
        )


def _grouping() -> str | None:
    given = request.args.get("by")
    if given is not None and given not in FIELDS:
        raise invalid("by", f"It is one of {', '.join(FIELDS)}.")
    return FIELDS[given] if given else None


def _edges(question: Question) -> list[int]:
    given = request.args.get("buckets", "24")
    if not given.isascii() or not given.isdecimal() or len(given) > 3 or not 1 <= int(given) <= MOST_BUCKETS:  # noqa: PLR2004 - digits of the bound
        raise invalid("buckets", f"It is a whole number from 1 to {MOST_BUCKETS}.")
    start, end, buckets = question.time_from, question.time_to, int(given)
    if start is None or end is None or end - start < buckets:
        raise invalid("from", "A histogram needs `from` and `to`, the one before the other.")
    return [start + (end - start) * number // buckets for number in range(buckets + 1)]


def _visible(caller: Caller, services: Services, index: int) -> StoredEntry:
    with services.auditor.transaction() as connection:
        queries.see(connection, caller.agency)
        entry = queries.entry(connection, index) if index < 1 << 63 else None
    if entry is None:
        raise not_found()
    return entry


def record_reading(caller: Caller, services: Services, *, what: str, count: int, question: dict[str, JSON]) -> None:
    """Who read what. The question may name a person or a case, so it is disclosed and not clear."""
    entry = Entry(
        EntryKind.ENTRIES_READ,
        {"client": caller.client, "agency": caller.agency, "read": what, "count": count},
        {"user": caller.user, "question": question},
        scope="audit",
        blind={"user": caller.user} if caller.user else {},
    )
    with services.database.transaction() as connection:
        services.log.record(connection, entry)


def _document(entry: StoredEntry) -> dict[str, Any]:
    """`leaf` is the exact text that the tree's hash is of; `entry` is the same, parsed."""
    parsed = json.loads(entry.leaf)
    return {
        "index": entry.index,
        "time": rfc3339(parsed["time"]),
        "leaf_hash": entry.leaf_hash.hex(),
        "leaf": entry.leaf,
        "entry": parsed,
        "disclosed": list(entry.disclosed),
    }


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


def _text(text: str) -> Response:
    response = Response(text, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _pending() -> Response:
    response = Response(
        json.dumps({"status": "pending", "merge_delay": MERGE_DELAY_SECONDS}), status=202, mimetype="application/json"
    )
    response.headers["Retry-After"] = "1"
    response.headers["Cache-Control"] = "no-store"
    return response
