"""What a caller may write: strict documents that know no other field than these.

A write never carries what only the gateway may say: an instrument's origin, whether it is verified and by whom, a
version. Times may be given as integer nanoseconds (`valid_from_ns`) or RFC 3339 text (`valid_from`). A status left out
stays as it is, so that correcting a suspended agency's name does not reinstate it; so do a client's keys.
"""

# ruff: noqa: TC001  pydantic reads these annotations when the classes are made

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.registry.public_keys import check_jwks, import_public_key
from gateway.registry.records import Account, ContractStatus, ExigencyStatus, Period, Status, Strength
from gateway.registry.tables import FROZEN_HOURS, LONGEST_PROBE_DAYS, PROBE_DAYS
from gateway.registry.words import (
    DISTINCT,
    SHORT,
    STATED,
    AffiliationWord,
    AgencyTypeWord,
    Digests,
    GalleryPatterns,
    Identifier,
    InstrumentStatusWord,
    InstrumentTypeWord,
    Jurisdiction,
    KeyId,
    Line,
    Modes,
    Operations,
    Purposes,
    RedirectUri,
    RoleWord,
    ScopeWord,
    Segment,
    Sha256,
    Text,
    TimeNs,
    Word,
    Words,
)

# An emergency lasts days. What asks for more has had time to go to court.
LONGEST_EXIGENCY_NS: Final = 7 * 86_400 * NANOSECONDS_PER_SECOND


GrantType = Literal[
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]


def _in_order(earlier: int, later: int, message: str) -> None:
    if earlier >= later:
        raise ValueError(message)


def _time(name: str) -> Any:
    return Field(validation_alias=AliasChoices(f"{name}_ns", name))


def _optional_time(name: str) -> Any:
    return Field(default=None, validation_alias=AliasChoices(f"{name}_ns", name))


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class AgencyWrite(Write):
    id: Segment
    name: Line
    type: AgencyTypeWord
    jurisdiction: Jurisdiction
    status: Status | None = None
    controls: Annotated[dict[Word, bool], Field(max_length=64)] = {}


class QuotaWrite(Write):
    period: Period
    limit: Annotated[int, Field(ge=1, le=1_000_000_000)]


class DemandWrite(Write):
    """`operations` and `purposes` left out mean all that the contract permits."""

    clause: Line
    operations: Operations | None = None
    purposes: Purposes | None = None
    instruments: Annotated[list[InstrumentTypeWord], STATED, DISTINCT]


class ContractTermsWrite(Write):
    purposes: Purposes
    operations: Operations
    galleries: GalleryPatterns
    quotas: Annotated[list[QuotaWrite], Field(max_length=3)] = []
    min_similarity: Annotated[int, Field(ge=0, le=100)] = 0
    max_candidates: Annotated[int, Field(ge=1, le=1000)] = 10
    max_false_candidate_ppm: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    demands: Annotated[list[DemandWrite], SHORT] = []
    user_strength: Strength = "asserted"
    packs: Words = []
    keep_crops: bool = False
    exigency_hours: Annotated[int, Field(ge=1, le=168)] | None = None
    frozen_hours: Annotated[int, Field(ge=0, le=8760)] = FROZEN_HOURS
    # At most three years: 740 ILCS 14/15(a), the longest that a law known here allows.
    probe_days: Annotated[int, Field(ge=1, le=LONGEST_PROBE_DAYS)] = PROBE_DAYS
    approvers: Annotated[int, Field(ge=0, le=5)] = 0
    second_examiner: bool = False

    @model_validator(mode="after")
    def _one_quota_a_period(self) -> Self:
        periods = [quota.period for quota in self.quotas]
        if len(set(periods)) != len(periods):
            raise ValueError("quotas must not name a period twice")
        return self


class ContractWrite(Write):
    id: Identifier
    agency: Segment
    valid_from_ns: TimeNs = _time("valid_from")
    valid_to_ns: TimeNs = _time("valid_to")
    status: ContractStatus | None = None
    terms: ContractTermsWrite

    @model_validator(mode="after")
    def _dates(self) -> Self:
        _in_order(self.valid_from_ns, self.valid_to_ns, "valid_to must be after valid_from")
        return self


class UserWrite(Write):
    id: Identifier
    agency: Segment
    name: Line
    roles: Annotated[list[RoleWord], SHORT, DISTINCT]
    account: Account = "agency_issued"
    person: Line | None = None
    training_valid_to_ns: TimeNs | None = _optional_time("training_valid_to")
    status: Status | None = None


Thumbprint = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class ClientWrite(Write):
    """`secret_hash` is an argon2id string, for local trial only; keys are the way (`private_key_jwt`).

    A grant type that asks people belongs to an agency, and `authorization_code` to a client with a place for answers.
    `certificates` are those of the client's own (RFC 8705 section 2.2), each by its SHA-256 in base64url;
    `certificate_subject` (RFC 4514) is one that an authority of the settings vouches for (section 2.1).
    """

    id: Identifier
    agency: Segment | None
    name: Line
    scopes: Annotated[list[ScopeWord], SHORT, DISTINCT]
    jwks: Annotated[dict[str, Any], AfterValidator(check_jwks)] | None = None
    secret_hash: Annotated[str, StringConstraints(pattern=r"^\$argon2id\$[A-Za-z0-9$,=+/v-]{1,200}$")] | None = None
    grant_types: Annotated[list[GrantType], STATED, DISTINCT] = ["client_credentials"]
    redirect_uris: Annotated[list[RedirectUri], SHORT, DISTINCT] = []
    acts_for: Annotated[list[Segment], SHORT, DISTINCT] = []
    default_user: Identifier | None = None
    affiliation: AffiliationWord | None = None
    person: Line | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    certificates: Annotated[list[Thumbprint], Field(max_length=8), DISTINCT] = []
    certificate_subject: Line | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _user_of_an_agency(self) -> Self:
        if self.agency is None and self.default_user is not None:
            raise ValueError("a client without an agency acts for no user")
        if self.agency is None and (
            self.acts_for or any(kind.endswith(":token-exchange") for kind in self.grant_types)
        ):
            raise ValueError("a client without an agency exchanges no tokens and acts for no agency")
        if self.agency in self.acts_for:
            raise ValueError("acts_for names other agencies than the client's own")
        if ("authorization_code" in self.grant_types) != bool(self.redirect_uris):
            raise ValueError("authorization_code and redirect_uris belong together")
        return self


class CourtKeyWrite(Write):
    court: Segment
    kid: KeyId
    jwk: dict[str, Any]
    not_before_ns: TimeNs = _time("not_before")
    not_after_ns: TimeNs = _time("not_after")
    revoked_at_ns: TimeNs | None = _optional_time("revoked_at")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _in_order(self.not_before_ns, self.not_after_ns, "not_after must be after not_before")
        import_public_key(self.jwk)
        if self.jwk.get("kid", self.kid) != self.kid:
            raise ValueError("the key's own kid must be the kid it is stored under")
        return self


class Stated(Write):
    """What a paper states, beside who issued it and when it is valid. Its scope is stated in full: an empty list would
    be read as no scope at all.
    """

    judge: Line | None = None
    applicant: Line | None = None
    application_authorised_by: Line | None = None
    sworn: bool = False
    standard: Line | None = None
    statute: Line | None = None
    subject: Line | None = None
    probe_sha256: Digests = []
    galleries: GalleryPatterns
    modes: Modes
    operations: Operations
    purposes: Purposes
    place: Line | None = None
    public_spaces: Line | None = None
    extensions: Annotated[int, Field(ge=0, le=100)] = 0
    extended_days: Annotated[int, Field(ge=0, le=3660)] = 0
    searches_allowed: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    minimisation: Text | None = None
    delete_by_ns: TimeNs | None = _optional_time("delete_by")
    status: InstrumentStatusWord | None = None
    officer_certification: bool = False
    sealed: bool = False
    notice_due_ns: TimeNs | None = _optional_time("notice_due")
    return_due_ns: TimeNs | None = _optional_time("return_due")
    document_sha256: Sha256 | None = None
    limits: Words = []


class InstrumentWrite(Stated):
    """A paper as a clerk enters it."""

    id: Identifier
    agency: Segment
    type: InstrumentTypeWord
    court: Line
    docket_number: Line
    valid_from_ns: TimeNs = _time("valid_from")
    expires_at_ns: TimeNs = _time("expires_at")

    @model_validator(mode="after")
    def _dates(self) -> Self:
        _in_order(self.valid_from_ns, self.expires_at_ns, "expires_at must be after valid_from")
        return self


class ExigencyWrite(Write):
    id: Identifier
    agency: Segment
    certified_by: Identifier
    rank: Line
    facts: Text
    harm: Text
    risk: Text
    started_at_ns: TimeNs = _time("started_at")
    why_no_order: Text
    deadline_ns: TimeNs = _time("deadline")
    narrowly_tailored: bool = False
    status: ExigencyStatus | None = None

    @model_validator(mode="after")
    def _dates(self) -> Self:
        _in_order(self.started_at_ns, self.deadline_ns, "deadline must be after started_at")
        if self.deadline_ns - self.started_at_ns > LONGEST_EXIGENCY_NS:
            raise ValueError("deadline must be within seven days of started_at")
        return self
