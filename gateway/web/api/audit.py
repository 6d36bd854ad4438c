"""`/v1/audit/…` for auditors: entries, counts, proofs. What everybody may ask of the log is in `log`.

Reading entries is itself an entry, committed before the answer leaves. A client bound to an agency sees that agency's
entries only, by row-level security.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, request

from gateway.audit import queries, search
from gateway.audit.entries import Entry
from gateway.audit.query_language import FIELDS
from gateway.clock import rfc3339
from gateway.vocabulary import EntryKind, Scope
from gateway.web.api.audit_filters import PageAsked, asked_for, invalid, page_asked
from gateway.web.api.log import add_log_routes, as_text, pending
from gateway.web.problems import not_found
from gateway.web.routes import route

if TYPE_CHECKING:
    from gateway.audit.canonical import JSON
    from gateway.audit.queries import StoredEntry
    from gateway.audit.query_language import Question
    from gateway.identity.caller import Caller
    from gateway.web.services import Services

# To tell values apart each entry is looked at, which takes a tenth of a second for as many.
MOST_TALLIED: Final = 5000
MOST_BUCKETS: Final = 400


def audit_routes() -> Blueprint:
    blueprint = Blueprint("audit", __name__)
    _for_auditors(blueprint)
    add_log_routes(blueprint, _record_tile)
    return blueprint


def _record_tile(caller: Caller, services: Services, count: int, question: dict[str, JSON]) -> None:
    record_reading(caller, services, what="entry tile", count=count, question=question)


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
        return as_text(proof) if proof else pending()


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
