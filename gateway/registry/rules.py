"""Who may write what, and what may become of it: the rules behind `service`, each in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.registry import queries
from gateway.registry.documents import document
from gateway.registry.errors import (
    AdministratorsOnly,
    Conflict,
    Invalid,
    OperatorOnly,
    RegistryError,
    TwoPersonsRequired,
    Unknown,
)
from gateway.registry.records import Exigency, Instrument
from gateway.vocabulary import Affiliation, InstrumentStatus, Role, Scope

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.registry.issuers import IssuerWrite, UserLinkWrite
    from gateway.registry.records import Actor, Client, Record
    from gateway.registry.tables import Table
    from gateway.registry.writes import ClientWrite, ContractWrite, InstrumentWrite

# From these a paper does not come back by the word of the agency that wants to use it.
ENDED: Final = frozenset({InstrumentStatus.REVOKED, InstrumentStatus.QUASHED, InstrumentStatus.DENIED})
# What may be said of a paper after a court has signed it.
DOWNWARD: Final = frozenset({InstrumentStatus.REVOKED, InstrumentStatus.QUASHED})

# What is said of a paper's checking and not by it.
_CHECKING: Final = frozenset(
    {
        "entered_by",
        "entered_through",
        "entered_signed_in",
        "verified",
        "verified_by",
        "verified_at_ns",
        "document_checked",
    }
)

_STATUSES: Final = {
    "agency": frozenset({"active", "suspended"}),
    "user": frozenset({"active", "suspended"}),
    "client": frozenset({"active", "suspended"}),
    "issuer": frozenset({"active", "suspended"}),
    "contract": frozenset({"active", "terminated"}),
    "instrument": frozenset(status.value for status in InstrumentStatus),
    "exigency": frozenset({"certified", "authorised", "rejected", "withdrawn"}),  # `lapsed` is the docket's
}
# A client that may search is not a clerk's: it would verify its own papers.
_SEARCHING: Final = frozenset({Scope.SEARCHES_WRITE, Scope.COMPARISONS_WRITE})


def administrators_only(actor: Actor) -> None:
    if actor.agency is not None:
        raise AdministratorsOnly


# Whose person stands outside the vendor and the agencies.
OUTSIDE: Final = frozenset({Affiliation.OVERSIGHT, Affiliation.COURT})
# What asks for two persons is worth nothing where one of them can register the other.
_TWO_PERSONS: Final = frozenset(
    {
        Scope.SANCTIONS_WRITE,
        Scope.POLICIES_WRITE,
        Scope.POLICIES_REVIEW,
        Scope.POLICIES_PUBLISH,
        Scope.POLICIES_HOLD,
    }
)


def grants_of_clients(actor: Actor, before: Client | None, write: ClientWrite) -> None:
    """Who could make a second administrator of himself could give back what he took: the operator makes them."""
    held = set(write.scopes) | set(before.scopes if before else ())
    unbound = write.agency is None or (before is not None and before.agency is None)
    if actor.kind == "client" and (held & _TWO_PERSONS or (unbound and Scope.REGISTRY_WRITE in held)):
        raise OperatorOnly


def affiliation(connection: Connection, actor: Actor, before: Client | None, write: ClientWrite) -> str:
    """Whose person stands behind the client. The operator names the first from outside the vendor; after that it
    takes one of them to name another (`proposals`), or the operator alone could be both people.
    """
    if write.agency is not None:
        return Affiliation.AGENCY.value
    wanted = write.affiliation or (before.affiliation if before else Affiliation.VENDOR.value)
    outside = wanted in OUTSIDE
    named_before = before is not None and before.affiliation == wanted
    if wanted == Affiliation.AGENCY:
        raise Invalid(
            code="AFFILIATION_OF_AGENCY",
            sentence="A client of no agency is not an agency's.",
            remedy="Name the agency, or the affiliation vendor, oversight or court.",
        )
    if outside and not named_before and actor.kind != "gateway" and queries.outsiders(connection):
        raise TwoPersonsRequired
    return wanted


def takes_two(before: Client | None, write: ClientWrite | None) -> bool:
    """Whether adding or removing this client is for two people: who reads the log of all agencies is an auditor.

    So is changing or removing whoever stands outside the vendor: else one person could be both.
    """
    if before is not None and before.agency is None and before.affiliation in OUTSIDE:
        return True
    scopes = set(write.scopes if write else ()) | set(before.scopes if before else ())
    unbound = write.agency is None if write else before is not None and before.agency is None
    return unbound and Scope.AUDIT_READ in scopes


def by_two(actor: Actor, before: Client | None, write: ClientWrite | None) -> None:
    """One client alone neither makes nor removes an auditor."""
    if actor.kind == "client" and takes_two(before, write):
        raise TwoPersonsRequired


def watcher_by_two(connection: Connection, client_id: str) -> None:
    """Nor does one person suspend by a sanction, or end the tokens of, whoever watches: an auditor, or somebody outside
    the vendor. Done again and again, that would be a removal.

    Raises: TwoPersonsRequired.
    """
    client = queries.client(connection, client_id)
    if client is None or client.agency is not None:
        return
    scopes = set(client.scopes)
    audits = Scope.AUDIT_READ in scopes and not scopes & {*_TWO_PERSONS, Scope.REGISTRY_WRITE}
    if audits or client.affiliation in OUTSIDE:
        raise TwoPersonsRequired


def standing_by_two(connection: Connection, actor: Actor, before: Client) -> None:
    """Nor does the operator remove one, or bring one back, once somebody outside the vendor can agree to it."""
    by_two(actor, before, None)
    if actor.kind == "operator" and takes_two(before, None) and queries.outsiders(connection):
        raise TwoPersonsRequired


def person(actor: Actor) -> str:
    """Who acts, as far as is known: the user that the client named, or else the client or the operator's account."""
    return actor.user or f"{actor.kind}:{actor.id}"


def speaks_for(connection: Connection, write: IssuerWrite) -> None:
    """Its clients are clients of the agencies that it speaks for: through an administrator's it would speak for all."""
    tokens = write.profile.access_tokens
    for client_id in sorted(set(tokens.clients.values())) if tokens else ():
        client = queries.client(connection, client_id)
        if client is None or client.agency not in write.profile.agencies:
            raise Invalid(
                code="CLIENT_NOT_OF_ISSUER",
                sentence="A client that the profile maps to is not one of an agency that the issuer speaks for.",
                remedy="Register the client for the agency first, or correct the profile.",
            )


def linked_user(connection: Connection, write: UserLinkWrite) -> None:
    issuer = queries.issuer(connection, write.issuer)
    if issuer is None:
        raise Unknown
    user = queries.user(connection, write.user_id) if write.user_id is not None else None
    if write.user_id is not None and (user is None or user.agency not in issuer.profile["agencies"]):
        raise Invalid(
            code="USER_UNKNOWN",
            sentence="The person named is not a user of an agency that the issuer speaks for.",
            remedy="Name a user of such an agency, or add the user first.",
        )


def own_agency(actor: Actor, agency: str) -> None:
    if actor.agency not in (None, agency):
        raise Unknown


def id_of_agency(record_id: str, agency: str, *, bound: bool = False) -> None:
    """An id with a slash begins with its agency; an agency's own clients use no other kind.

    So the ids that two agencies choose cannot meet, and a collision never tells one what the other has.
    """
    if ("/" in record_id or bound) and not record_id.startswith(f"{agency}/"):
        raise Invalid(
            code="ID_NOT_OF_AGENCY",
            sentence=f"The id must begin with the agency's own: {agency}/…",
            remedy="Choose an id of that form.",
        )


def fixed_field(table: Table[Any], name: str) -> RegistryError:
    if table.kind == "exigency":
        return Conflict(
            code="EXIGENCY_CERTIFIED",
            sentence="What was certified is not edited.",
            remedy="Withdraw this certificate and certify anew under another id.",
        )
    return Conflict(
        code="FIELD_FIXED",
        sentence=f"The field {name} of a {table.kind.replace('_', ' ')} never changes.",
        remedy="Make a new record under another id.",
    )


def contract_values(write: ContractWrite) -> dict[str, Any]:
    """A demand that names no operations or purposes is for all that the contract permits."""
    values = write.model_dump()
    terms = values["terms"]
    for demand in terms["demands"]:
        for name in ("operations", "purposes"):
            demand[name] = demand[name] or terms[name]
    return values


def user_of_agency(connection: Connection, user_id: str, agency: str) -> None:
    user = queries.user(connection, user_id)
    if user is None or user.agency != agency or user.status != "active":
        raise Invalid(
            code="USER_UNKNOWN",
            sentence="The person named is not an active user of the agency.",
            remedy="Name an active user of the agency, or add the user first.",
        )


def clerk(connection: Connection, actor: Actor) -> str | None:
    """Who verified, where the writer may: the operator, or a client that cannot search, for a court clerk or itself.

    The user of a token may be only asserted by its client. So the client counts as well: one that searches could name
    a clerk and verify the papers that its own searches rest on.
    """
    if actor.kind == "operator":
        return f"operator:{actor.id}"
    client = queries.client(connection, actor.id)
    if client is None or _SEARCHING & set(client.scopes):
        return None
    if actor.user is None:
        return f"client:{client.id}"
    user = queries.user(connection, actor.user)
    named = user is not None and user.agency == actor.agency and user.status == "active"
    return actor.user if user and named and Role.COURT_CLERK in user.roles else None


def by_whom(actor: Actor) -> dict[str, Any]:
    """Who entered a paper or certificate, and through what."""
    return {
        "entered_by": person(actor),
        "entered_through": actor.id if actor.kind == "client" else None,
        "entered_signed_in": actor.signed_in,
    }


def entered(actor: Actor) -> dict[str, Any]:
    """A paper that was just entered: by whom, and that nobody stands behind it yet."""
    return {
        **by_whom(actor),
        "verified": False,
        **dict.fromkeys(
            ("verified_by", "verified_at_ns", "replaced_by", "warrant_court", "warrant_kid", "warrant_jti")
        ),
        "document_checked": False,
    }


def corrects(before: Instrument, values: dict[str, Any]) -> bool:
    """Whether the written values say anything else than the stored paper, its status aside."""
    stored = document(before)
    return any(stored[name] != value for name, value in values.items() if name != "status" and name not in _CHECKING)


def instrument_may_change(before: Instrument, write: InstrumentWrite, actor: Actor) -> None:
    own_agency(actor, before.agency)
    if before.origin == "court_verified":
        raise Conflict(
            code="INSTRUMENT_SIGNED_BY_COURT",
            sentence="A court signed this instrument; its words are not edited here.",
            remedy="Set its status, or register the court's new warrant.",
        )
    if write.status is not None and write.status != before.status:
        status_may_change(before, "instrument", write.status, actor)


def exigency_may_become(before: Exigency | None, status: str | None, actor: Actor) -> None:
    if status is not None and (before is None or status != before.status):
        status_may_change(before, "exigency", status, actor, creating=before is None)


def has_begun(started_at_ns: int, now_ns: int) -> None:
    """The time in which a paper must follow counts from the start, so a start that is to come would put it off."""
    if started_at_ns > now_ns:
        raise Invalid(
            code="EXIGENCY_NOT_BEGUN",
            sentence="The emergency is said to begin in the future, and what has not begun is none.",
            remedy="Write when it began (started_at); check the clock that the time was read from.",
        )


def status_may_change(before: Record | None, kind: str, status: str, actor: Actor, *, creating: bool = False) -> None:
    """An agency may end its own papers and never revive or approve them; the rest is an administrator's."""
    if status not in _STATUSES[kind]:
        raise Invalid(
            code="STATUS_UNKNOWN",
            sentence=f"The status of {kind} is one of: {', '.join(sorted(_STATUSES[kind]))}.",
            remedy="Send one of these.",
        )
    if before is None and not creating:
        raise Unknown
    if isinstance(before, Instrument):
        _instrument_status(before, status, actor)
    elif kind == "exigency":
        _exigency_status(before, status, actor)
    else:
        administrators_only(actor)


def reinstatement(before: Record, status: str, actor: Actor) -> None:
    """A client does not reinstate by writing the registry: a sanction has rules about who may lift it."""
    if actor.kind == "client" and getattr(before, "status", None) == "suspended" and status == "active":
        raise Conflict(
            code="SUSPENDED",
            sentence="A suspension is not lifted by writing the record.",
            remedy="Lift the sanction: POST /v1/sanctions/{id}/lift, by somebody other than who imposed it.",
        )


def _instrument_status(before: Instrument, status: str, actor: Actor) -> None:
    own_agency(actor, before.agency)
    if before.origin == "court_verified" and (status not in DOWNWARD or before.status in ENDED):
        raise Conflict(
            code="INSTRUMENT_SIGNED_BY_COURT",
            sentence="An instrument that a court signed can only be revoked or quashed, and stays so.",
            remedy="Register the court's new warrant.",
        )
    if actor.agency is not None and before.status in ENDED and status != before.status:
        raise Conflict(
            code="INSTRUMENT_ENDED",
            sentence="This instrument was denied, revoked or quashed.",
            remedy="Enter the court's new instrument under another id.",
        )


def _exigency_status(before: Record | None, status: str, actor: Actor) -> None:
    if isinstance(before, Exigency):
        own_agency(actor, before.agency)
    if actor.agency is None:
        return
    decided = isinstance(before, Exigency) and before.status != "certified"
    if status not in ("certified", "withdrawn") or decided:
        raise AdministratorsOnly
