"""The second person: a paper that a clerk typed in, and an emergency that an officer certified, count when another
person has confirmed them.

What must always hold: whoever entered or certified does not confirm, whatever account they come through (`persons`); a
paper is confirmed by a clerk who cannot search, an emergency by a supervisor of the same agency; what is confirmed is
the paper as it stands, because it is held while it is judged, and a correction takes the confirmation back.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.audit.clock import sound_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.registry import persons, queries, rules, sealed
from gateway.registry.errors import Conflict, Invalid, RegistryError, Unknown
from gateway.registry.persons import Hand, SamePerson
from gateway.registry.tables import EXIGENCIES, INSTRUMENTS
from gateway.vocabulary import InstrumentStatus, Role

if TYPE_CHECKING:
    from gateway.database import Connection, Database
    from gateway.registry.records import Actor, Exigency, Instrument
    from gateway.registry.service import Registry

# Who may say, beside the officer, that an emergency is one.
SUPERVISORS: Final = frozenset({Role.SUPERVISOR_APPROVER, Role.AGENCY_ADMIN})
_HOUR_NS: Final = 3600 * NANOSECONDS_PER_SECOND
R = TypeVar("R", "Instrument", "Exigency")


class ClerkRequired(RegistryError):  # noqa: N818 - it states what is so
    status = 403

    def __init__(self) -> None:
        super().__init__(
            code="CLERK_REQUIRED",
            sentence="A paper is confirmed by a court clerk whose client cannot search.",
            remedy="Ask a user with the role court_clerk, through the clerk's own client.",
        )


class SupervisorRequired(RegistryError):  # noqa: N818 - it states what is so
    status = 403

    def __init__(self) -> None:
        super().__init__(
            code="SUPERVISOR_REQUIRED",
            sentence="An emergency is confirmed by an active supervisor or administrator of the agency.",
            remedy="Ask a user of the agency with the role supervisor_approver or agency_admin.",
        )


class Confirmations:
    """Each raises `RegistryError` and then changes nothing."""

    def __init__(self, *, database: Database, registry: Registry) -> None:
        self._database = database
        self._registry = registry

    def instrument(self, instrument_id: str, *, actor: Actor, file: bytes | None = None) -> Instrument:
        """A second person vouches for the paper; with `file`, the signed document was seen to have its digest."""
        with self._database.transaction() as connection:
            before = _own(queries.find(connection, INSTRUMENTS, instrument_id, lock=True), actor)
            sealed.require_seen(connection, before, actor)
            verified_by = rules.clerk(connection, actor)
            if verified_by is None:
                raise ClerkRequired
            if before.entered_by is None:
                raise SamePerson
            persons.require_two(connection, _entered(before.entered_by, before), Hand.of(actor))
            _may_be_confirmed(before)
            if file is not None and not _is_of(file, before.document_sha256):
                raise Invalid(
                    code="DOCUMENT_DIGEST_MISMATCH",
                    sentence="The file is not the document whose digest was entered.",
                    remedy="Compare the file with the court's; correct the digest, or use the right file.",
                )
            values = {
                "verified": True,
                "verified_by": verified_by,
                "verified_at_ns": sound_now(connection),
                "document_checked": file is not None,
            }
            return self._registry.change(
                connection, INSTRUMENTS, instrument_id, {"id": before.id} | values, actor=actor
            )

    def exigency(self, exigency_id: str, *, actor: Actor, by: str | None = None) -> Exigency:
        """A supervisor confirms the certificate, and its clock begins. An operator, who did not enter it, says who."""
        with self._database.transaction() as connection:
            before = _own(queries.find(connection, EXIGENCIES, exigency_id, lock=True), actor)
            confirmer = actor.user if actor.kind == "client" else by
            _supervisor_of(connection, confirmer, before.agency)
            second = replace(Hand.of(actor), account=str(confirmer))
            for account in dict.fromkeys((before.certified_by, before.entered_by or before.certified_by)):
                persons.require_two(connection, _entered(account, before), second)
                persons.require_two(connection, _entered(account, before), Hand.of(actor))
            now = sound_now(connection)
            due = self._due(connection, before, now)
            if before.status != "certified" or before.confirmed_by is not None:
                raise Conflict(
                    code="EXIGENCY_DECIDED",
                    sentence="This certificate was confirmed, decided or withdrawn already.",
                    remedy="Certify anew under another id.",
                )
            rules.has_begun(before.started_at_ns, now)
            if due <= now:
                raise Conflict(
                    code="EXIGENCY_OVER",
                    sentence="The time in which an instrument had to follow this emergency is over.",
                    remedy="Apply to the court.",
                )
            values = {"confirmed_by": confirmer, "confirmed_at_ns": now, "due_ns": due}
            return self._registry.change(connection, EXIGENCIES, exigency_id, {"id": before.id} | values, actor=actor)

    @staticmethod
    def _due(connection: Connection, exigency: Exigency, now: int) -> int:
        """The certificate's deadline, or the contract's number of hours from the start where that is earlier."""
        contract = queries.contract_in_force(connection, exigency.agency, now)
        hours = contract.terms.exigency_hours if contract else None
        if hours is None:
            return exigency.deadline_ns
        return min(exigency.deadline_ns, exigency.started_at_ns + hours * _HOUR_NS)


def _entered(account: str, before: Instrument | Exigency) -> Hand:
    return Hand(account, before.entered_through, before.entered_signed_in)


def _own(found: R | None, actor: Actor) -> R:
    if found is None or actor.agency not in (None, found.agency):
        raise Unknown
    return found


def _may_be_confirmed(paper: Instrument) -> None:
    if paper.origin == "court_verified" or paper.verified:
        raise Conflict(
            code="INSTRUMENT_CONFIRMED",
            sentence="The instrument is confirmed already.",
            remedy="Use it.",
        )
    if paper.status not in (InstrumentStatus.GRANTED, InstrumentStatus.MODIFIED):
        raise Conflict(
            code="INSTRUMENT_NOT_GRANTED",
            sentence="Only an instrument that the court granted can be confirmed.",
            remedy="Enter what the court decided first.",
        )
    if paper.document_sha256 is None:
        raise Invalid(
            code="DOCUMENT_MISSING",
            sentence="The digest of the signed document is missing, so nobody could say what was confirmed.",
            remedy="Enter document_sha256, the SHA-256 of the signed PDF.",
        )


def _supervisor_of(connection: Connection, user_id: str | None, agency: str) -> None:
    user = queries.user(connection, user_id) if user_id else None
    if user is None or user.agency != agency or user.status != "active" or not SUPERVISORS & set(user.roles):
        raise SupervisorRequired


def _is_of(file: bytes, sha256: str | None) -> bool:
    return hmac.compare_digest(hashlib.sha256(file).hexdigest(), sha256 or "")
