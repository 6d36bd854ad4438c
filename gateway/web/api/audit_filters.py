"""What the log may be asked over HTTP: `q` in the query language, and a parameter for each of its keys.

`?kind=search.decision&q=permit:false` means the same as `?q=kind:search.decision permit:false`. An unknown or malformed
parameter is refused, never passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import request

from gateway.audit import query_language
from gateway.audit.query_language import KEYS, Question, QuestionError, Term
from gateway.web.api.paging import limit
from gateway.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.audit.canonical import JSON
    from gateway.audit.log import AuditLog
    from gateway.audit.queries import StoredEntry
    from gateway.identity.caller import Caller

# A decision was asked for by the name of its field before there was a language, and still may be.
_SYNONYMS: Final = {"decision_id": "decision"}
_PAGING: Final = ("cursor", "limit", "order")
_CURSOR: Final = re.compile(r"(before\.)?([0-9]{1,18})", re.ASCII)
_LONGEST: Final = 256


def asked_for(log: AuditLog, caller: Caller, *, besides: Iterable[str] = _PAGING) -> tuple[Question, dict[str, JSON]]:
    """The question of this request, and as it is logged; `besides` names what else it may carry. Raises Problem 422."""
    given = {name: request.args[name] for name in request.args}
    known = {"q", *KEYS, *_SYNONYMS, *besides}
    unknown = sorted(given.keys() - known)
    if unknown:
        raise invalid(unknown[0][:40], f"It is not one of {', '.join(sorted(known))}.")
    terms = [
        Term(_SYNONYMS.get(name, name), (_value(name, value),))
        for name, value in given.items()
        if name in KEYS or name in _SYNONYMS
    ]
    try:
        terms += query_language.parse(given.get("q", ""))
        question = query_language.question(terms, blind=log.blind, agency=caller.agency)
    except QuestionError as error:
        raise invalid(error.key, error.remedy) from None
    return question, dict(sorted(given.items()))


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page: `after` in the order that is read, `backward` where the page before a cursor is wanted."""

    after: int | None
    backward: bool
    limit: int
    newest_first: bool

    @property
    def read_newest_first(self) -> bool:
        """A page before a cursor is read the other way and turned round."""
        return self.newest_first != self.backward

    def answer(self, found: list[StoredEntry]) -> tuple[list[StoredEntry], str | None, str | None]:
        """The page in the order asked for, `next_cursor` and `previous_cursor`, of up to `limit` + 1 entries."""
        page, more = found[: self.limit], len(found) > self.limit
        if self.backward:
            page.reverse()
        if not page:
            return [], None, None
        follows, precedes = (True, more) if self.backward else (more, self.after is not None)
        return page, str(page[-1].index) if follows else None, f"before.{page[0].index}" if precedes else None


def page_asked() -> PageAsked:
    """Raises Problem 422."""
    order = request.args.get("order", "oldest")
    if order not in {"newest", "oldest"}:
        raise invalid("order", "It is newest or oldest.")
    given = request.args.get("cursor")
    found = _CURSOR.fullmatch(given) if given is not None else None
    if given is not None and found is None:
        raise invalid("cursor", "Take it from `next_cursor` or `previous_cursor` of another page.")
    return PageAsked(
        after=int(found[2]) if found else None,
        backward=bool(found and found[1]),
        limit=limit(),
        newest_first=order == "newest",
    )


def invalid(name: str, remedy: str) -> Problem:
    return Problem(
        status=422, code="FILTER_INVALID", detail=f"The parameter {name} cannot be used as given.", remedy=remedy
    )


def _value(name: str, value: str) -> str:
    if not value or len(value) > _LONGEST or "\0" in value:
        raise invalid(name, "Give it a value of at most 256 characters, or leave it out.")
    if name == "permit" and value not in {"true", "false"}:
        raise invalid(name, "It is true or false.")
    return value
