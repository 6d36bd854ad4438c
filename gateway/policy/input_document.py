"""The input document: every field of `policies/schema/input.json`, whoever asks.

`document` takes the sections as plain values; what nobody gave is null, so that a rule meets the same shape for every
operation, and a missing fact is visibly missing. Times are nanoseconds since the epoch: RFC 3339 texts are turned into
them, in the few fields that hold times and nowhere else. The only number that may have a fraction is a similarity.
`from_scenario` puts the rows of published scenarios through the same door.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NS: Final = 1_000_000_000
_DAY_NS: Final = 86_400 * _NS

# Every field at the top of the document, with what it is when nobody gave it.
FIELDS: Final[dict[str, Any]] = {
    "now": None,
    "jurisdiction": (),
    "operation": None,
    "mode": None,
    "purpose": None,
    "offence": None,
    "suspicion": None,
    "case_number": None,
    "case_usage": None,
    "prior_denials": 0,
    "justification": None,
    "written_request": None,
    "request_channel": None,
    "actor": None,
    "agency": None,
    "client": None,
    "contract": None,
    "legal_instrument": None,
    "exigency": None,
    "approval": None,
    "approvals": (),
    "probe": None,
    "subject": None,
    "place": None,
    "area": None,
    "premises": None,
    "database": None,
    "similarity_threshold": None,
    "max_candidates": None,
    "result_use": None,
    "verification": None,
    "consent": None,
    "alternative_offered": None,
    "retention_policy_public": None,
    "non_match_retention": None,
    "national_derogation_14_5": None,
    "necessity": None,
    "assessment": None,
    "examiner": None,
    "solicited": None,
    "search": None,
    "clock": None,
    "usage": None,
    "engine": None,
    "origins": (),
}

# Where the document holds an instant: the last two parts of its path.
_TIMES: Final = frozenset(
    {
        (section, name)
        for section, names in {
            "contract": ("valid_from", "valid_to"),
            "legal_instrument": (
                "valid_from",
                "expires_at",
                "delete_by",
                "notice_due",
                "return_due",
                "verified_at",
            ),
            "exigency": ("started_at", "deadline"),
            "clock": (
                "use_started",
                "authorisation_requested",
                "violation_detected_at",
                "last_interaction",
            ),
            "approval": ("approved_at",),
            "approvals": ("approved_at",),
        }.items()
        for name in names
    }
)
_FRACTIONS: Final = frozenset({"similarity_threshold", "min_similarity", "similarity", "score", "quality"})
_RFC3339: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))"
)


class InputError(ValueError):
    """A value that the document cannot hold. The message names the field, never the value."""


def document(**sections: Any) -> dict[str, Any]:
    """The whole input document from the sections that are known.

    Raises:
        InputError: a section that the document does not have, a time that is none, or a fraction where none may be.
    """
    unknown = sections.keys() - FIELDS.keys()
    if unknown:
        raise InputError(f"the document has no field {', '.join(sorted(unknown))}")
    given = {name: sections.get(name, default) for name, default in FIELDS.items()}
    given["origins"] = dict(given["origins"])
    if type(given["now"]) is not int:
        raise InputError("now is not an integer number of nanoseconds")
    return {name: _plain(value, (name,)) for name, value in given.items()}


def nanoseconds(text: str) -> int:
    """An RFC 3339 time in nanoseconds since the epoch, all nine digits kept.

    Raises:
        InputError: it has no offset, or is not such a time.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise InputError("a time is not RFC 3339 with an offset, such as 2026-11-23T09:00:00Z")
    date, clock, fraction, _, sign, hours, minutes = found.groups()
    try:
        instant = datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=UTC)
    except ValueError:
        raise InputError("a time does not exist") from None
    offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1) if sign else 0
    return (int(instant.timestamp()) - offset) * _NS + int((fraction or "").ljust(9, "0"))


def from_scenario(row: Mapping[str, Any]) -> dict[str, Any]:
    """The document of one scenario row (`scenarios/*.json`): what the row says, and what it leaves clean.

    `now` is `as_of`; jurisdiction ANY is a permissive place (US-TX); the contract is a clean one that permits what the
    row asks. Values of the row stand for facts of the registry, so their origin is `registered`.

    Raises:
        InputError: the row asks with fields or values that the document does not have.
    """
    asked = dict(row["request"])
    now = nanoseconds(row["as_of"])
    agency = dict(asked.get("agency") or {})
    asked["actor"] = _clean_actor(asked.get("actor") or {})
    asked["agency"] = {"id": "scenario", **agency}
    clean = _clean_contract(asked, now, agency.get("contract_status", "active"))
    asked["contract"] = {**clean, **(asked.get("contract") or {})}
    asked["legal_instrument"] = clean_instrument(asked, now)
    asked["exigency"] = clean_exigency(asked.get("exigency"), now)
    if asked.get("probe") is not None:
        asked["probe"] = {"alterations": [], **asked["probe"]}
    asked.setdefault("case_usage", {"distinct_probe_subjects": 1, "case_closed": False})
    asked.setdefault("client", {"id": "scenario", "status": "active"})
    asked.setdefault("max_candidates", 10)
    asked.setdefault("search", _clean_search(asked))
    if asked.get("approval") is not None:
        asked.setdefault("approvals", [asked["approval"]])
    place = row["jurisdiction"]
    return document(
        now=now,
        jurisdiction=["US-TX" if place == "ANY" else place],
        origins={name: "registered" for name, value in sorted(asked.items()) if value is not None},
        **asked,
    )


def _clean_actor(actor: Mapping[str, Any]) -> dict[str, Any]:
    role = actor.get("role")
    return {
        "id": "scenario/user",
        "known": True,
        "strength": "authenticated",
        "roles": [role] if role else [],
        "trained": True,
        "training_current": True,
        "account": "agency_issued",
        "status": "active",
        **actor,
    }


def _clean_contract(asked: Mapping[str, Any], now: int, status: str) -> dict[str, Any]:
    """In force and wide enough for this request; `expired` ended yesterday, any other status is itself."""
    expired = status == "expired"
    return {
        "id": "scenario",
        "status": "active" if expired else status,
        "valid_from": now - 365 * _DAY_NS,
        "valid_to": now - _DAY_NS if expired else now + 365 * _DAY_NS,
        "purposes": [asked["purpose"]] if asked.get("purpose") else [],
        "operations": [asked["operation"]],
        "galleries": ["*"],
        "min_similarity": 0,
        "max_candidates": 50,
        "quotas": [],
        "demands": [],
        "user_strength": "asserted",
        "packs": [],
        "keep_crops": True,
    }


def clean_instrument(asked: Mapping[str, Any], now: int) -> dict[str, Any] | None:
    """What a paper does not say about its scope is not what the row is about: it covers the request."""
    instrument = asked.get("legal_instrument")
    if instrument is None:
        return None
    scope: dict[str, Any] = {
        "modes": [asked.get("mode")],
        "purposes": [asked.get("purpose")],
        "operations": [asked.get("operation")],
        "galleries": ["*"],
        "probe_sha256": [],
        "limits": [],
    }
    return {
        "id": "scenario",
        "found": True,
        "origin": "registered",
        "valid_from": now - 30 * _DAY_NS,
        "expires_at": now + 30 * _DAY_NS,
        "searches_allowed": None,
        "searches_used": 0,
        "officer_certification": False,
        "finding": None,
        **instrument,
        "scope": {**scope, **(instrument.get("scope") or {})},
    }


def clean_exigency(exigency: Mapping[str, Any] | None, now: int) -> dict[str, Any] | None:
    if exigency is None:
        return None
    clean = {"id": "scenario", "found": True, "status": "certified", "started_at": now - 3_600 * _NS}
    return {**clean, "deadline": now + _DAY_NS, **exigency}


def _clean_search(asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """For a release, the search whose result is released: it found somebody."""
    if asked.get("operation") != "release_result":
        return None
    return {"operation": "identify_1_to_n", "candidates": 1, "quality": None}


def _plain(value: Any, path: tuple[str, ...]) -> Any:  # noqa: PLR0911 - one for each type of JSON
    # Most values are exactly of these types; what derives from them takes the longer way below.
    kind = type(value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is str:
        return nanoseconds(value) if path[-2:] in _TIMES else value
    if isinstance(value, dict):
        return {str(name): _plain(item, (*path, str(name))) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, path) for item in value]
    if isinstance(value, str):
        return nanoseconds(value) if path[-2:] in _TIMES else str(value)
    if isinstance(value, float):
        return _fraction(value, path)
    if value is None or isinstance(value, bool | int):
        return value
    raise InputError(f"{'.'.join(path)} is of a type that JSON does not have")


def _fraction(value: float, path: tuple[str, ...]) -> int | float:
    if value.is_integer():
        return int(value)
    if not _FRACTIONS & set(path) or not abs(value) < float("inf"):
        raise InputError(f"{'.'.join(path)} is not a whole number")
    return value
