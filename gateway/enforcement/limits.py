"""Counters that a permit takes: the quotas of the contract, the searches that an instrument allows, and those that the
token's authorization allows.

Policy reads the counts (that of a token is the gateway's own to judge); only the database can take one, in the commit
of the permit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from gateway.enforcement.facts import Facts
    from gateway.enforcement.request import GovernedRequest

COUNTED: Final = frozenset({Operation.IDENTIFY_1_TO_N, Operation.VERIFY_1_TO_1})


@dataclass(frozen=True, slots=True, order=True)
class Counter:
    kind: str
    id: str
    period: str
    limit: int


def period_name(period: str, day: str) -> str:
    """The row of a period: `2026-11-23` for a day, `2026-11` for a month, `all` for the whole term."""
    return {"day": day, "month": day[:7]}.get(period, "all")


def counters(request: GovernedRequest, facts: Facts) -> list[Counter]:
    """Sorted, so that two requests that want the same counters take them in the same order and cannot deadlock."""
    if request.operation not in COUNTED:
        return []
    found = []
    if facts.contract:
        for quota in facts.contract["terms"].get("quotas", []):
            period = period_name(quota["period"], facts.day)
            found.append(Counter("contract", facts.contract["id"], period, quota["limit"]))
    if facts.instrument and facts.instrument["searches_allowed"] is not None:
        found.append(Counter("instrument", facts.instrument["id"], "all", facts.instrument["searches_allowed"]))
    within = request.within
    if within and within.searches is not None and within.counter is not None:
        found.append(Counter("authorization", within.counter, "all", within.searches))
    return sorted(found)


def is_exhausted(request: GovernedRequest, facts: Facts) -> bool:
    """Whether the token's authorization is used up; one that limits and names no counter cannot be counted, and is."""
    within = request.within
    if within is None or within.searches is None or request.operation not in COUNTED:
        return False
    return within.counter is None or facts.usage.get("authorization all", 0) >= within.searches
