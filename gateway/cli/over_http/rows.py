"""A scenario row as it is read before it is sent: what nobody could tell a gateway, its offence, and its times."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.input_document import nanoseconds
from gateway.vocabulary import ProhibitedUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MINUTE_NS: Final = 60 * 10**9
HOUR_NS: Final = 60 * _MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
# How long before the question a row's facts are in the register.
_BEFOREHAND_NS: Final = 3 * HOUR_NS
# No agency works at every place: the rows for any are asked of one where no law of its own applies.
_ANYWHERE: Final = "US-TX"
# What of a case, a search or an examination only a finished search of a face can tell; `tests/functional` has those.
_MEASURED: Final = {
    "case_usage": ("social_media_subjects", "other_cases_of_face", "of_staff"),
    "search": ("warnings", "quality"),
}


# The searches whose result a row may be about, and where they are made.
SEARCHES: Final = {"identify_1_to_n": "/v1/searches", "verify_1_to_1": "/v1/comparisons"}


class NotAsked(Exception):  # noqa: N818 - it states what is so
    """A row whose facts cannot be brought before a gateway. The message says why."""


@dataclass(slots=True)
class Asked:
    """One row on its way: `agency` is registered for it alone."""

    row: Mapping[str, Any]
    agency: str
    statute: str | None
    failure: str | None = None
    held: dict[str, Any] = field(default_factory=dict)

    @property
    def request(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.row["request"]
        return found

    @property
    def place(self) -> str:
        return _ANYWHERE if self.row["jurisdiction"] == "ANY" else str(self.row["jurisdiction"])

    @property
    def as_of_ns(self) -> int:
        return nanoseconds(self.row["as_of"])

    @property
    def operator(self) -> str:
        return str((self.request.get("engine") or {}).get("operated_by") or "requesting_agency")

    @property
    def registered_ns(self) -> int:
        """When its facts are entered: when the use began that it tells of, or some hours before the question.

        A search comes after its facts, but nobody certifies an emergency that has not begun.
        """
        began = self.began_ns
        beforehand = self.as_of_ns - _BEFOREHAND_NS
        if began is None:
            return beforehand
        return min(beforehand, began - _MINUTE_NS) if self.begins_with_search else began

    @property
    def began_ns(self) -> int | None:
        """When the use began that the question is about, where the row tells of one."""
        clock = self.request.get("clock") or {}
        told = clock.get("use_started") or (self.request.get("exigency") or {}).get("started_at")
        if told is None and "authorisation_requested" in clock:
            told = clock["authorisation_requested"]
        return nanoseconds(told) if told else None

    @property
    def begins_with_search(self) -> bool:
        """Whether the use began with a search that the agency made, and not with an emergency or an application."""
        request, clock = self.request, self.request.get("clock") or {}
        by_itself = request.get("exigency") is None and not clock.get("authorisation_requested")
        searched = request.get("operation") == "identify_1_to_n" and request.get("mode") != "live"
        return bool(clock.get("use_started")) and by_itself and searched and not clock.get("authorisation_result")

    @property
    def applied_ns(self) -> int | None:
        """When the court was asked, where the row tells of it."""
        told = (self.request.get("clock") or {}).get("authorisation_requested")
        return nanoseconds(told) if told else None

    @property
    def margin_ns(self) -> int:
        """How soon after `as_of` the answer would be another: the rows that cannot wait are asked first."""
        times = [at - self.as_of_ns for at in _times(self.request)]
        return min([at for at in times if at > 0], default=DAY_NS)


def offences_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The statute by which each offence of the rows is named, by its text.

    One without a statute gets a name, and so does one that another row tells otherwise.
    """
    named: dict[str, str] = {}
    for row in rows:
        offence = row["request"].get("offence")
        if offence is None:
            continue
        text = json.dumps(offence, sort_keys=True)
        if text not in named:
            statute = offence.get("statute")
            taken = statute is None or statute in named.values()
            named[text] = f"Row offence {len(named) + 1}" if taken else statute
    return named


def registered(named: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The offences of the rows as the register writes them, but for those that it is not to know."""
    told = {statute: json.loads(text) for text, statute in named.items()}
    return {
        statute: {
            name: value for name, value in offence.items() if name not in {"statute", "known"} and value is not None
        }
        for statute, offence in told.items()
        if offence.get("known") is not False
    }


def check(row: Mapping[str, Any]) -> None:
    """Raises: NotAsked, where a fact can come neither from a register nor from a caller."""
    request = row["request"]
    actor, contract = request.get("actor") or {}, request.get("contract") or {}
    paper, approval = request.get("legal_instrument") or {}, request.get("approval")
    for section, names in _MEASURED.items():
        told = [name for name in names if name in (request.get(section) or {})]
        if told:
            raise NotAsked(f"only the search of a face can tell {section}.{told[0]}")
    search = request.get("search") or {}
    reasons: Sequence[tuple[Any, str]] = (
        (search.get("operation", "identify_1_to_n") not in SEARCHES, "it is no search that this gateway makes"),
        (search.get("candidates", 1) != 1, "the photographs of a search find somebody"),
        (
            row["expected"]["permit"] and request.get("purpose") in set(ProhibitedUse),
            "no contract of the register permits a use that some law prohibits",
        ),
        ("examiner" in request, "who examined is known of a finished search only"),
        (actor.get("known") is False, "a token is given for users of the register only"),
        (not actor.get("agency_type", True), "an agency is of some kind in the register"),
        ((request.get("case_usage") or {}).get("case_closed"), "the gateway keeps no files of cases"),
        (
            contract.get("user_strength") == "authenticated" and actor.get("strength") != "asserted",
            "nobody signs in here: the users are asserted",
        ),
        (any(quota.get("used") for quota in contract.get("quotas") or ()), "the quota is used up by searches of faces"),
        (paper.get("searches_used"), "the instrument is used up by searches of faces"),
        ((request.get("probe") or {}).get("sha256"), "a dry run has no picture of its own"),
        (
            (approval or request.get("approvals")) and not self_approved(request),
            "an approval belongs to a request that was parked with its picture",
        ),
    )
    for unaskable, why in reasons:
        if unaskable:
            raise NotAsked(why)


def self_approved(request: Mapping[str, Any]) -> bool:
    approval = request.get("approval") or {}
    return bool(approval) and approval.get("approved_by") == (request.get("actor") or {}).get("id")


def _times(value: Any) -> Iterable[int]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _times(item)
    elif isinstance(value, str) and len(value) > len("2025-03-10T12:00:00") and value[4:5] == "-":
        try:
            yield nanoseconds(value)
        except ValueError:
            return
