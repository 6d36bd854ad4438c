"""The claims of a court's warrant, each of its type and within its bounds; any other refuses the whole document.

iss (court), jti (number of the warrant), iat, nbf (optional), exp, aud (this gateway), agency, instrument_type, case
(docket number), judge, applicant, application_authorised_by, sworn, standard, statute, subject, officer_certification,
sealed with notice_after (until when the subject is not told), return_by, delete_by, minimisation, extensions {number,
days}, replaces (the jti of the warrant that this one modifies, or a list of all that it takes the place of), documents
[{sha256, media_type}], and authorization_details (RFC 9396) with exactly one element of type `biometric_search`:
operations, modes, galleries, purposes, probe_sha256, max_searches, place, public_spaces, time_window {from, to},
limits.
"""

# ruff: noqa: TC001  pydantic reads these annotations when the classes are made

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.registry.words import (
    Digests,
    GalleryPatterns,
    InstrumentTypeWord,
    Line,
    Modes,
    Operations,
    Purposes,
    Segment,
    Sha256,
    Text,
    TimeNs,
    Words,
)

# 2200-01-01: a NumericDate beyond it is a mistake of unit, and would not fit a bigint of nanoseconds.
LATEST: Final = 7_258_118_400

Seconds = Annotated[int, Field(ge=0, le=LATEST)]
Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,128}$")]
Audience = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class _Claims(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class TimeWindow(_Claims):
    """When, within the warrant's validity, searches may be made: RFC 3339 times with their offset."""

    from_ns: Annotated[TimeNs, Field(alias="from")]
    to_ns: Annotated[TimeNs, Field(alias="to")]


class Extensions(_Claims):
    number: Annotated[int, Field(ge=1, le=100)]
    days: Annotated[int, Field(ge=1, le=3660)]


class BiometricSearch(_Claims):
    """What the court authorised. `probe_sha256` empty means that the court bound no picture."""

    type: Literal["biometric_search"]
    operations: Operations
    modes: Modes
    galleries: GalleryPatterns
    purposes: Purposes
    probe_sha256: Digests = []
    max_searches: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    place: Line | None = None
    public_spaces: Line | None = None
    time_window: TimeWindow | None = None
    limits: Words = []

    @property
    def window(self) -> tuple[int, int] | None:
        """The time window in whole seconds, never wider than what the court wrote."""
        if self.time_window is None:
            return None
        second = NANOSECONDS_PER_SECOND
        return -(-self.time_window.from_ns // second), self.time_window.to_ns // second


class Document(_Claims):
    sha256: Sha256
    media_type: Line


class WarrantClaims(_Claims):
    iss: Segment
    jti: Number
    iat: Seconds
    nbf: Seconds | None = None
    exp: Seconds
    aud: Audience | Annotated[list[Audience], Field(min_length=1, max_length=8)]
    agency: Segment
    instrument_type: InstrumentTypeWord
    case: Line
    judge: Line | None = None
    applicant: Line | None = None
    application_authorised_by: Line | None = None
    sworn: bool = False
    standard: Line | None = None
    statute: Line | None = None
    subject: Line | None = None
    officer_certification: bool = False
    sealed: bool = False
    notice_after: Seconds | None = None
    return_by: Seconds | None = None
    delete_by: Seconds | None = None
    minimisation: Text | None = None
    extensions: Extensions | None = None
    replaces: Number | Annotated[list[Number], Field(min_length=1, max_length=16)] | None = None
    authorization_details: Annotated[list[BiometricSearch], Field(min_length=1, max_length=1)]
    documents: Annotated[list[Document], Field(max_length=16)] = []

    @property
    def replaced(self) -> tuple[str, ...]:
        """The numbers that this one takes the place of."""
        return (self.replaces,) if isinstance(self.replaces, str) else tuple(self.replaces or ())

    @property
    def begins(self) -> int:
        """When it begins to authorise, in seconds: `nbf`, or the moment of issue, or where the window opens later."""
        begins = self.iat if self.nbf is None else self.nbf
        window = self.authorization_details[0].window
        return begins if window is None else max(begins, window[0])

    @property
    def ends(self) -> int:
        """When it authorises no more: `exp`, or where the window closes earlier."""
        window = self.authorization_details[0].window
        return self.exp if window is None else min(self.exp, window[1])
