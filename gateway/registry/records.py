"""What the registry holds: one frozen value for each row, in the words of the tables.

A record is what was stored; whether it helps a request is for policy to say. Times are nanoseconds since the epoch,
`version` counts the writes of the row and is how a decision proves that its facts had not changed at commit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Status = Literal["active", "suspended"]
ContractStatus = Literal["active", "terminated"]
ExigencyStatus = Literal["certified", "authorised", "rejected", "withdrawn", "lapsed"]
Period = Literal["day", "month", "total"]
Strength = Literal["asserted", "authenticated"]
Account = Literal["agency_issued", "individual_trial"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes. `agency` is None for an administrator; with one, only that agency's papers may be written.

    An operator is whoever runs the command line on the gateway's own machine; a client's `user` is the person that its
    token names, and `signed_in` where they signed in for it; a registration is a client that replaces its own keys
    (RFC 7592); the gateway itself writes what another act, recorded in the same transaction, brings with it.
    """

    kind: Literal["client", "operator", "gateway", "registration"]
    id: str
    agency: str | None = None
    user: str | None = None
    signed_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """`exigency_right` is suspended where no instrument followed an emergency in time."""

    id: str
    name: str
    type: str
    jurisdiction: str
    status: Status
    controls: Mapping[str, bool]
    exigency_right: Status
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    period: Period
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A clause stricter than law: these operations for these purposes need one of these instruments."""

    clause: str
    operations: tuple[str, ...]
    purposes: tuple[str, ...]
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """`galleries` are patterns in which `*` stands for any characters; `min_similarity` is 0 to 100, higher closer.

    `exigency_hours`: how long after an emergency began an instrument must follow, where that is shorter than its
    certificate says. `frozen_hours`: how long what was frozen for want of one is kept before it is deleted.
    `probe_days`: how long the template of a probe is kept, where no rule has it deleted before.
    `max_false_candidate_ppm`: how likely, in millionths, a search for somebody who is not enrolled may be to give a
    candidate, where the contract limits it; the engine must be calibrated then.
    `approvers` supervisors approve each search before it is made; `second_examiner`: two judge each result.
    """

    purposes: tuple[str, ...]
    operations: tuple[str, ...]
    galleries: tuple[str, ...]
    quotas: tuple[Quota, ...]
    min_similarity: int
    max_candidates: int
    max_false_candidate_ppm: int | None
    demands: tuple[Demand, ...]
    user_strength: Strength
    packs: tuple[str, ...]
    keep_crops: bool
    exigency_hours: int | None
    frozen_hours: int
    probe_days: int
    approvers: int
    second_examiner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    id: str
    agency: str
    valid_from_ns: int
    valid_to_ns: int
    status: ContractStatus
    terms: ContractTerms
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. `person` is whose, such as a badge, or issuer and subject: two accounts with one person are one."""

    id: str
    agency: str
    name: str = field(repr=False)
    roles: tuple[str, ...]
    account: Account
    person: str | None = field(repr=False)
    training_valid_to_ns: int | None
    status: Status
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An OAuth client. It may name any active user of its agency; one without an agency is an administrator's.

    `person` is who holds its key, where the registry says it: two clients with one person are one person's.
    `redirect_uris` are where answers of people go; `acts_for` are other agencies whose tokens it may exchange for its
    own (RFC 8693).
    """

    id: str
    agency: str | None
    name: str
    scopes: tuple[str, ...]
    jwks: Mapping[str, Any]
    secret_hash: str | None = field(repr=False)
    grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    acts_for: tuple[str, ...]
    default_user: str | None
    affiliation: str
    person: str | None = field(default=None, repr=False)
    requests_per_minute: int | None = None
    certificates: tuple[str, ...] = ()
    certificate_subject: str | None = None
    status: Status
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtKey:
    """A court's public key, pinned. It vouches for what was issued in [not_before_ns, not_after_ns), unless revoked."""

    court: str
    kid: str
    jwk: Mapping[str, Any]
    not_before_ns: int
    not_after_ns: int
    revoked_at_ns: int | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A legal paper. `warrant_*` name the court's signed document where `origin` is `court_verified`.

    `entered_by` typed it in, through the client `entered_through`; `verified_by`, another person or the court, stands
    behind it since `verified_at_ns`. With `document_checked` the file itself was seen to have the digest.
    `notice_due_ns` is until when a sealed paper's subject is not told, `return_due_ns` when the court wants its return,
    `delete_by_ns` when what it gave must be gone.
    """

    id: str
    agency: str
    type: str
    court: str
    docket_number: str
    judge: str | None = field(repr=False)
    applicant: str | None = field(repr=False)
    application_authorised_by: str | None = field(repr=False)
    sworn: bool
    standard: str | None
    statute: str | None
    subject: str | None = field(repr=False)
    probe_sha256: tuple[str, ...]
    galleries: tuple[str, ...]
    modes: tuple[str, ...]
    operations: tuple[str, ...]
    purposes: tuple[str, ...]
    place: str | None = field(repr=False)
    public_spaces: str | None = field(repr=False)
    valid_from_ns: int
    expires_at_ns: int
    extensions: int
    extended_days: int
    searches_allowed: int | None
    minimisation: str | None
    delete_by_ns: int | None
    status: str
    officer_certification: bool
    sealed: bool
    notice_due_ns: int | None
    return_due_ns: int | None
    document_sha256: str | None
    document_checked: bool
    limits: tuple[str, ...]
    origin: Literal["registered", "court_verified"]
    entered_by: str | None
    entered_through: str | None
    entered_signed_in: bool
    verified: bool
    verified_by: str | None
    verified_at_ns: int | None
    replaced_by: str | None
    warrant_court: str | None
    warrant_kid: str | None
    warrant_jti: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exigency:
    """A certificate counts when a second person of the agency confirmed it; `due_ns` is then when, at the latest, an
    instrument must have followed: the certificate's own deadline or what the contract says, whichever is earlier. The
    court was asked for it at `applied_at_ns`.
    """

    id: str
    agency: str
    certified_by: str
    rank: str
    facts: str = field(repr=False)
    harm: str = field(repr=False)
    risk: str = field(repr=False)
    started_at_ns: int
    why_no_order: str = field(repr=False)
    deadline_ns: int
    narrowly_tailored: bool
    entered_by: str | None
    entered_through: str | None
    entered_signed_in: bool
    confirmed_by: str | None
    confirmed_at_ns: int | None
    due_ns: int | None
    applied_at_ns: int | None
    instrument: str | None
    attached_at_ns: int | None
    status: ExigencyStatus
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A foreign issuer; `profile` is what `registry.issuers.IssuerProfile` reads."""

    id: str
    issuer: str
    profile: Mapping[str, Any]
    status: Status
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLink:
    """Which user a subject of an issuer is; None once the link was taken away."""

    issuer: str
    subject: str = field(repr=False)
    user_id: str | None
    version: int


Record = Agency | Contract | User | Client | CourtKey | Instrument | Exigency | Issuer | UserLink
