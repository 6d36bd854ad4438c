"""What the entries of a filled log say: the kinds, agencies, purposes and reasons of a busy gateway's year."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random

AGENCIES: Final = [(f"agency-{number:02}-pd", 1 / number) for number in range(1, 25)]
PURPOSES: Final = (
    ("investigate_named_offence", 60),
    ("locate_missing_person", 15),
    ("locate_wanted_person", 10),
    ("identify_victim", 8),
    ("identify_deceased", 4),
    ("training_or_test", 2.9),
    ("immigration_enforcement", 0.1),
)
KINDS: Final = (
    ("search.decision", 34),
    ("search.outcome", 24),
    ("search.release", 21),
    ("audit.read", 8),
    ("token.issued", 10),
    ("result.read", 2.9),
    ("sanction.imposed", 0.001),
    ("log.heartbeat", 0.1),
)
DENIALS: Final = ("WARRANT_REQUIRED", "COURT_ORDER_REQUIRED", "QUOTA_EXHAUSTED", "CASE_ID_MISSING")


def _drawn(chance: random.Random, weighted: tuple[tuple[str, float], ...]) -> str:
    weights = list(accumulate(weight for _, weight in weighted))
    return weighted[bisect(weights, chance.random() * weights[-1])][0]


def clear_of(chance: random.Random, agency: str) -> dict[str, Any]:
    """The clear part of one entry, but for its time and its ids."""
    kind = _drawn(chance, KINDS)
    if kind == "log.heartbeat":
        return {"kind": kind}
    said: dict[str, Any] = {"kind": kind, "agency": agency, "client": agency.removesuffix("-pd")}
    if kind in {"search.decision", "search.release"}:
        permit = kind == "search.release" or chance.random() < 0.7
        said |= {
            "operation": "release_result" if kind == "search.release" else "identify_1_to_n",
            "purpose": _drawn(chance, PURPOSES),
            "permit": permit,
            "reasons": ["CONTRACT_IN_FORCE", "WARRANT_SATISFIED"] if permit else [chance.choice(DENIALS)],
            "obligations": ["LEAD_ONLY", "MAX_CANDIDATES"] if permit else [],
            "packs": ["base", "contract", "us_wa"],
            "revision": 1 + chance.randrange(12),
        }
    elif kind == "search.outcome":
        candidates = chance.randrange(10)
        said |= {
            "operation": "identify_1_to_n",
            "outcome": "CANDIDATES" if candidates else "NO_CANDIDATES",
            "refused": None,
            "candidates": candidates,
            "engine": {"vendor": "dlib", "model": "resnet_v1", "version": "20.0.1"},
        }
    elif kind == "audit.read":
        said |= {"read": "entries", "count": chance.randrange(51)}
    elif kind == "token.issued":
        said |= {"scopes": ["searches:read", "searches:write"]}
    elif kind == "sanction.imposed":
        said |= {"record": "agency"}
    return said
