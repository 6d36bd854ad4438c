"""What `GET /v1/audit/entries` may be asked: `?kind= agency= operation= purpose= permit= decision_id= from= to= case=
user= probe= cursor= order=`. An unknown or malformed parameter is refused, never passed over.

Times are RFC 3339 or integer nanoseconds. Case, user and probe are searched by keyed digest, so nothing has to be
opened.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from flask import request

from gateway.audit.entries import case_of
from gateway.audit.queries import Filters
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.web.problems import Problem

if TYPE_CHECKING:
    from gateway.audit.canonical import JSON
    from gateway.audit.log import AuditLog
    from gateway.identity.caller import Caller

_TEXT: Final = ("kind", "agency", "operation", "purpose", "decision_id")
_KNOWN: Final = frozenset({*_TEXT, "permit", "from", "to", "case", "user", "probe", "cursor", "limit", "order"})
_INDEX: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_LONGEST: Final = 256
_PERMIT: Final = {"true": True, "false": False, None: None}


def asked_for(log: AuditLog, caller: Caller) -> tuple[Filters, dict[str, JSON]]:
    """The filters of this request, and the question as it is logged. Raises Problem 422."""
    given = {name: request.args[name] for name in request.args}
    unknown = sorted(given.keys() - _KNOWN)
    if unknown:
        raise _invalid(unknown[0][:40], f"It is not one of {', '.join(sorted(_KNOWN))}.")
    for name, value in given.items():
        if not value or len(value) > _LONGEST or "\0" in value:
            raise _invalid(name, "Give it a value of at most 256 characters, or leave it out.")
    if given.get("permit") not in _PERMIT:
        raise _invalid("permit", "It is true or false.")
    filters = Filters(
        **{name: given.get(name) for name in _TEXT},
        permit=_PERMIT[given.get("permit")],
        time_from=_time("from", given.get("from")),
        time_to=_time("to", given.get("to")),
        blind_case=log.blind("case", _case(given, caller)) if "case" in given else None,
        blind_user=log.blind("user", given["user"]) if "user" in given else None,
        blind_probe=log.blind("probe", given["probe"].lower()) if "probe" in given else None,
    )
    question: dict[str, JSON] = dict(sorted(given.items()))
    return filters, question


def cursor() -> int | None:
    """The index that the page follows. Raises Problem 422."""
    given = request.args.get("cursor")
    if given is None:
        return None
    if not _INDEX.fullmatch(given):
        raise _invalid("cursor", "Take it from `next_cursor` of the page before.")
    return int(given)


def newest_first() -> bool:
    """`?order=newest` or `oldest`, which is meant where nothing is said. Raises Problem 422."""
    given = request.args.get("order", "oldest")
    if given not in {"newest", "oldest"}:
        raise _invalid("order", "It is newest or oldest.")
    return given == "newest"


def _case(given: dict[str, str], caller: Caller) -> str:
    """A case number means something within an agency only."""
    agency = caller.agency or given.get("agency")
    if agency is None:
        raise _invalid("case", "Name the agency too: case numbers of different agencies are different cases.")
    return case_of(agency, given["case"])


def _time(name: str, given: str | None) -> int | None:
    if given is None:
        return None
    if _INDEX.fullmatch(given) or re.fullmatch(r"[0-9]{19}", given, re.ASCII):
        return int(given)
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise _invalid(name, "Write it as 2026-11-23T22:12:00Z, or in nanoseconds.") from None
    if moment.tzinfo is None:
        raise _invalid(name, "Say the time zone: 2026-11-23T22:12:00Z.")
    since = moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return since // timedelta(microseconds=1) * (NANOSECONDS_PER_SECOND // 1_000_000)


def _invalid(name: str, remedy: str) -> Problem:
    return Problem(
        status=422, code="FILTER_INVALID", detail=f"The parameter {name} cannot be used as given.", remedy=remedy
    )
