"""How each kind of record lies in its table: its key, columns that never change, columns that may, its entry's kind.

The SQL is made here once, at import, from these names; no value ever becomes SQL text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from psycopg.types.json import Jsonb

from gateway.registry.records import (
    Agency,
    Client,
    Contract,
    ContractTerms,
    CourtKey,
    Demand,
    Exigency,
    Instrument,
    Issuer,
    Quota,
    Record,
    User,
    UserLink,
)
from gateway.vocabulary import Affiliation, EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

R = TypeVar("R", bound=Record)

# How long frozen results are kept where the contract does not say, so that a mistake can be put right.
FROZEN_HOURS: Final = 72
# How long templates of probes are kept unless the contract says less or more, and the longest that it may say.
PROBE_DAYS: Final = 365
LONGEST_PROBE_DAYS: Final = 3 * 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[R]):
    """`personal` tables hold ids and texts about people: on the log those are disclosures, under a key for each row.

    `first` are values of a new row for fields that a write may leave out; left out of a later write, they stay.
    """

    kind: str
    name: str
    record: type[R]
    entry: EntryKind
    fixed: tuple[str, ...]
    changing: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    owner: str = "agency"
    documents: frozenset[str] = frozenset()
    first: Mapping[str, Any] = field(default_factory=dict)
    personal: bool = False
    load: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda values: values)
    select: bytes = field(init=False)
    select_page: bytes = field(init=False)
    insert: bytes = field(init=False)

    def __post_init__(self) -> None:
        columns, key = ", ".join(self.columns), ", ".join(self.key)
        written = self.columns[:-1]
        statements = {
            "select": f"SELECT {columns} FROM {self.name} WHERE {self._is_key}",  # noqa: S608  names of this module
            "select_page": f"SELECT {columns} FROM {self.name}"  # noqa: S608  as above
            f" WHERE (%(agency)s::text IS NULL OR {self.owner} = %(agency)s)"
            f" AND (%(after)s::text[] IS NULL OR ARRAY[{key}]::text[] > %(after)s::text[])"
            f" ORDER BY ARRAY[{key}]::text[] LIMIT %(limit)s",
            "insert": f"INSERT INTO {self.name} ({', '.join(written)})"  # noqa: S608  as above
            f" VALUES ({', '.join(f'%({name})s' for name in written)})"
            f" ON CONFLICT ({key}) DO NOTHING RETURNING {columns}",
        }
        for name, statement in statements.items():
            object.__setattr__(self, name, statement.encode())

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.fixed, *self.changing, "version")

    @property
    def _is_key(self) -> str:
        return " AND ".join(f"{name} = %({name})s" for name in self.key)

    def update(self, names: Sequence[str]) -> bytes:
        """The statement that sets `names`, each a column of `changing`."""
        assignments = ", ".join(f"{name} = %({name})s" for name in names if name in self.changing)
        return (
            f"UPDATE {self.name} SET {assignments} WHERE {self._is_key}"  # noqa: S608  names of this module
            f" RETURNING {', '.join(self.columns)}"
        ).encode()

    def build(self, row: Sequence[Any]) -> R:
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in zip(self.columns, row, strict=True)
        }
        return self.record(**self.load(values))

    def parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: Jsonb(value) if name in self.documents else value for name, value in values.items()}


def terms(document: Mapping[str, Any]) -> ContractTerms:
    """A contract's stored terms as a value."""

    def words(source: Mapping[str, Any], *names: str) -> dict[str, Any]:
        return {name: tuple(source[name]) for name in names}

    return ContractTerms(
        **words(document, "purposes", "operations", "galleries", "packs"),
        quotas=tuple(Quota(**quota) for quota in document["quotas"]),
        min_similarity=document["min_similarity"],
        max_candidates=document["max_candidates"],
        demands=tuple(
            Demand(clause=demand["clause"], **words(demand, "operations", "purposes", "instruments"))
            for demand in document["demands"]
        ),
        user_strength=document["user_strength"],
        keep_crops=document["keep_crops"],
        # Contracts of before there was a docket say neither.
        exigency_hours=document.get("exigency_hours"),
        frozen_hours=document.get("frozen_hours", FROZEN_HOURS),
        probe_days=document.get("probe_days", PROBE_DAYS),
        # Contracts that were stored before these words existed ask for none of them.
        max_false_candidate_ppm=document.get("max_false_candidate_ppm"),
        approvers=document.get("approvers", 0),
        second_examiner=document.get("second_examiner", False),
    )


AGENCIES: Final = Table(
    kind="agency",
    name="registry.agencies",
    record=Agency,
    entry=EntryKind.AGENCY_WRITTEN,
    fixed=("id",),
    changing=("name", "type", "jurisdiction", "status", "controls", "exigency_right"),
    owner="id",
    documents=frozenset({"controls"}),
    first={"status": "active", "exigency_right": "active"},
)
CONTRACTS: Final = Table(
    kind="contract",
    name="registry.contracts",
    record=Contract,
    entry=EntryKind.CONTRACT_WRITTEN,
    fixed=("id", "agency"),
    changing=("valid_from_ns", "valid_to_ns", "status", "terms"),
    documents=frozenset({"terms"}),
    first={"status": "active"},
    load=lambda values: values | {"terms": terms(values["terms"])},
)
USERS: Final = Table(
    kind="user",
    name="registry.users",
    record=User,
    entry=EntryKind.USER_WRITTEN,
    fixed=("id", "agency"),
    changing=("name", "roles", "account", "person", "training_valid_to_ns", "status"),
    # Whose account it is stays known when a correction leaves it out.
    first={"status": "active", "person": None},
    personal=True,
)
CLIENTS: Final = Table(
    kind="client",
    name="registry.clients",
    record=Client,
    entry=EntryKind.CLIENT_WRITTEN,
    fixed=("id", "agency"),
    changing=(
        "name",
        "scopes",
        "jwks",
        "secret_hash",
        "grant_types",
        "redirect_uris",
        "acts_for",
        "default_user",
        "requests_per_minute",
        "certificates",
        "certificate_subject",
        "affiliation",
        "person",
        "status",
    ),
    documents=frozenset({"jwks"}),
    first={"status": "active", "jwks": {"keys": []}, "affiliation": Affiliation.VENDOR.value, "person": None},
)
COURT_KEYS: Final = Table(
    kind="court_key",
    name="registry.court_keys",
    record=CourtKey,
    entry=EntryKind.COURT_KEY_WRITTEN,
    key=("court", "kid"),
    owner="court",
    fixed=("court", "kid", "jwk", "not_before_ns"),
    changing=("not_after_ns", "revoked_at_ns"),
    documents=frozenset({"jwk"}),
)
INSTRUMENTS: Final = Table(
    kind="instrument",
    name="registry.instruments",
    record=Instrument,
    entry=EntryKind.INSTRUMENT_WRITTEN,
    fixed=("id", "agency", "origin", "warrant_court", "warrant_kid", "warrant_jti"),
    changing=(
        "type",
        "court",
        "docket_number",
        "judge",
        "applicant",
        "application_authorised_by",
        "sworn",
        "standard",
        "statute",
        "subject",
        "probe_sha256",
        "galleries",
        "modes",
        "operations",
        "purposes",
        "place",
        "public_spaces",
        "valid_from_ns",
        "expires_at_ns",
        "extensions",
        "extended_days",
        "searches_allowed",
        "minimisation",
        "delete_by_ns",
        "status",
        "officer_certification",
        "sealed",
        "notice_due_ns",
        "return_due_ns",
        "document_sha256",
        "document_checked",
        "limits",
        "entered_by",
        "entered_through",
        "entered_signed_in",
        "verified",
        "verified_by",
        "verified_at_ns",
        "replaced_by",
    ),
    first={"status": "granted"},
    personal=True,
)
EXIGENCIES: Final = Table(
    kind="exigency",
    name="registry.exigencies",
    record=Exigency,
    entry=EntryKind.EXIGENCY_WRITTEN,
    fixed=(
        "id",
        "agency",
        "certified_by",
        "rank",
        "facts",
        "harm",
        "risk",
        "started_at_ns",
        "why_no_order",
        "deadline_ns",
        "narrowly_tailored",
        "entered_by",
        "entered_through",
        "entered_signed_in",
    ),
    changing=("confirmed_by", "confirmed_at_ns", "due_ns", "applied_at_ns", "instrument", "attached_at_ns", "status"),
    first={"status": "certified"},
    personal=True,
)
ISSUERS: Final = Table(
    kind="issuer",
    name="registry.issuers",
    record=Issuer,
    entry=EntryKind.ISSUER_WRITTEN,
    fixed=("id", "issuer"),
    changing=("profile", "status"),
    owner="issuer",  # no agency's id is a URL: administrators alone see them
    documents=frozenset({"profile"}),
    first={"status": "active"},
)
USER_LINKS: Final = Table(
    kind="user_link",
    name="registry.user_links",
    record=UserLink,
    entry=EntryKind.USER_LINK_WRITTEN,
    key=("issuer", "subject"),
    owner="issuer",
    fixed=("issuer", "subject"),
    changing=("user_id",),
    personal=True,
)
