"""Validated words of registry input: identifiers, patterns, times, digests, vocabulary.

Each is an annotated type for pydantic. Input arrives as JSON, so vocabulary words are plain strings checked against the
closed lists; a word that is not on its list is refused, never kept for later.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.vocabulary import (
    Affiliation,
    AgencyType,
    InstrumentStatus,
    InstrumentType,
    Mode,
    Operation,
    Purpose,
    Role,
    Scope,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

# Any instant before the year 2200; more would be a mistake of unit, and must fit PostgreSQL's bigint.
LATEST_NS: Final = 7_258_118_400 * NANOSECONDS_PER_SECOND
LIST_LENGTH: Final = 64
CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

# RFC 3339 with a zone; up to nine decimals, more would be lost silently.
_RFC3339: Final = re.compile(
    r"(?P<moment>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d{2}:\d{2})"
)


def parse_rfc3339(text: str) -> int:
    """Nanoseconds since the epoch.

    Raises:
        ValueError: not RFC 3339 with a zone.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError("must be an RFC 3339 time with a zone, such as 2026-11-23T00:00:00Z")
    moment = datetime.fromisoformat(found["moment"] + found["zone"])
    fraction = (found["fraction"] or "").ljust(9, "0")
    return int(moment.timestamp()) * NANOSECONDS_PER_SECOND + int(fraction)


def _time(value: Any) -> Any:
    return parse_rfc3339(value) if isinstance(value, str) else value


def _plain(value: str) -> str:
    """A plain `str`: an enum's member would be written differently by some encoders."""
    if CONTROL_CHARACTERS.search(value):
        raise ValueError("must not contain control characters")
    return str.__str__(value)


def _glob(pattern: str) -> str:
    if pattern.count("*") > 2:  # noqa: PLR2004  more stars than "*name*" needs make matching slow and unreadable
        raise ValueError("may contain `*` twice at most")
    if "**" in pattern:
        raise ValueError("must not contain `**`")
    return pattern


def _one_of(words: type[StrEnum]) -> Callable[[str], str]:
    known = frozenset(word.value for word in words)

    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"must be one of: {', '.join(sorted(known))}")
        return str.__str__(value)

    return check


def _distinct(values: list[Any]) -> list[Any]:
    if len(values) != len({repr(value) for value in values}):
        raise ValueError("must not repeat an element")
    return values


_PLACE: Final = re.compile(r"([A-Za-z0-9.-]+|\[::1\])(:[0-9]{1,5})?")


def _redirect_uri(value: str) -> str:
    """Https to anywhere, http to this machine alone (RFC 8252 section 7.3); no fragment, nobody's name and password."""
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must be a URI of printable ASCII characters")
    parts = urlsplit(value)
    loopback = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or loopback) or parts.port == 0:
        raise ValueError("must begin with https://, or with http://127.0.0.1 or http://[::1] for a native program")
    if "#" in value or "@" in parts.netloc or "\\" in value:
        raise ValueError("must not have a fragment or credentials")
    if not _PLACE.fullmatch(parts.netloc):  # it is named to the browser, among the places where a form may lead
        raise ValueError("must name a host in letters, digits, dots and hyphens")
    return value


IDENTIFIER: Final = re.compile(r"^[a-z0-9][a-z0-9._/-]{0,127}$")
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER.pattern), AfterValidator(_plain)]
# One path segment: an agency's or a court's id is the first segment of the ids of what belongs to it.
Segment = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"), AfterValidator(_plain)]
KeyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,128}$"), AfterValidator(_plain)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$"), AfterValidator(_plain)]
Jurisdiction = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,32})*$", max_length=64), AfterValidator(_plain)
]
GalleryPattern = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9*][a-z0-9._*-]{0,63}$"), AfterValidator(_plain), AfterValidator(_glob)
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), AfterValidator(_plain)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(_plain)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=8000, strip_whitespace=True), AfterValidator(_plain)]
TimeNs = Annotated[int, BeforeValidator(_time), Field(ge=0, le=LATEST_NS)]

AffiliationWord = Annotated[str, AfterValidator(_one_of(Affiliation))]
RedirectUri = Annotated[str, StringConstraints(min_length=1, max_length=512), AfterValidator(_redirect_uri)]

AgencyTypeWord = Annotated[str, AfterValidator(_one_of(AgencyType))]
PurposeWord = Annotated[str, AfterValidator(_one_of(Purpose))]
OperationWord = Annotated[str, AfterValidator(_one_of(Operation))]
ModeWord = Annotated[str, AfterValidator(_one_of(Mode))]
RoleWord = Annotated[str, AfterValidator(_one_of(Role))]
ScopeWord = Annotated[str, AfterValidator(_one_of(Scope))]
InstrumentTypeWord = Annotated[str, AfterValidator(_one_of(InstrumentType))]
InstrumentStatusWord = Annotated[str, AfterValidator(_one_of(InstrumentStatus))]

# For lists: `Annotated[list[X], SHORT, DISTINCT]`, with `STATED` where an empty one would say nothing.
SHORT: Final = Field(max_length=LIST_LENGTH)
STATED: Final = Field(min_length=1, max_length=LIST_LENGTH)
DISTINCT: Final = AfterValidator(_distinct)

Purposes = Annotated[list[PurposeWord], STATED, DISTINCT]
Operations = Annotated[list[OperationWord], STATED, DISTINCT]
Modes = Annotated[list[ModeWord], STATED, DISTINCT]
GalleryPatterns = Annotated[list[GalleryPattern], STATED, DISTINCT]
Digests = Annotated[list[Sha256], SHORT, DISTINCT]
Words = Annotated[list[Word], SHORT, DISTINCT]
