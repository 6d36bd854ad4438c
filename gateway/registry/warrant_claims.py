"""The claims of a court's warrant, each of its type and within its bounds; any other refuses the whole document."""

# ruff: noqa: TC001  pydantic reads these annotations when the classes are made

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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
    Words,
)

# 2200-01-01: a NumericDate beyond it is a mistake of unit, and would not fit a bigint of nanoseconds.
LATEST: Final = 7_258_118_400

Seconds = Annotated[int, Field(ge=0, le=LATEST)]
Audience = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class _Claims(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class BiometricSearch(_Claims):
    """What the court authorised. `probe_sha256` empty means that the court bound no picture."""

    type: Literal["biometric_search"]
    operations: Operations
    modes: Modes
    galleries: GalleryPatterns
    purposes: Purposes
    probe_sha256: Digests = []
    max_searches: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    limits: Words = []


class Document(_Claims):
    sha256: Sha256
    media_type: Line


class WarrantClaims(_Claims):
    iss: Segment
    jti: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,128}$")]
    iat: Seconds
    nbf: Seconds | None = None
    exp: Seconds
    aud: Audience | Annotated[list[Audience], Field(min_length=1, max_length=8)]
    agency: Segment
    instrument_type: InstrumentTypeWord
    case: Line
    judge: Line | None = None
    standard: Line | None = None
    statute: Line | None = None
    subject: Line | None = None
    sealed: bool = False
    officer_certification: bool = False
    authorization_details: Annotated[list[BiometricSearch], Field(min_length=1, max_length=1)]
    documents: Annotated[list[Document], Field(max_length=16)] = []

    @property
    def begins(self) -> int:
        """When it begins to authorise, in seconds: `nbf`, or the moment of issue."""
        return self.iat if self.nbf is None else self.nbf
