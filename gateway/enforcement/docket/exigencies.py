"""What may follow an emergency: that the court was asked; its paper, in time; and, where none came, the right lost.

What must always hold: only a paper that stands, of the same agency, that covers what was searched under the emergency,
attached before the time is over, discharges the duty; the right to emergencies is given back by an administrator, with
reasons.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.enforcement.docket import duties
from gateway.enforcement.obligations import AWAITING_PAPER
from gateway.registry import queries, rules
from gateway.registry.documents import view
from gateway.registry.errors import Conflict, Invalid, Unknown
from gateway.registry.tables import AGENCIES, EXIGENCIES
from gateway.vocabulary import EntryKind, InstrumentStatus, InstrumentType

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.records import Actor, Exigency, Instrument
    from gateway.registry.service import Registry

# Papers by which somebody who may decide authorised a search. A request or a consent is none.
AUTHORISING: Final = frozenset(
    {
        InstrumentType.SEARCH_WARRANT,
        InstrumentType.ARREST_WARRANT,
        InstrumentType.COURT_ORDER,
        InstrumentType.EX_PARTE_ORDER,
        InstrumentType.JUDICIAL_AUTHORISATION,
        InstrumentType.ADMINISTRATIVE_AUTHORISATION,
    }
)
_STANDING: Final = frozenset({InstrumentStatus.GRANTED, InstrumentStatus.MODIFIED})


class Exigencies:
    def __init__(self, *, database: Database, log: AuditLog, registry: Registry) -> None:
        self._database = database
        self._log = log
        self._registry = registry

    def attach(self, exigency_id: str, instrument_id: str, *, actor: Actor) -> dict[str, Any]:
        """The paper that follows the emergency. What waited for it is discharged.

        Raises: RegistryError; nothing is changed then.
        """
        with self._database.transaction() as connection:
            exigency = _own(queries.find(connection, EXIGENCIES, exigency_id, lock=True), actor)
            now = sound_now(connection)
            _may_be_followed(exigency, now)
            paper = queries.instrument(connection, exigency.agency, instrument_id)
            if paper is None:
                raise Unknown
            _stands(paper, now)
            _covers(connection, paper, exigency)
            for duty in duties.open_ones(connection, AWAITING_PAPER, exigency=exigency.id):
                duties.end(connection, duty, how="discharged", by=rules.person(actor))
                said = {"by": rules.person(actor), "instrument": paper.id}
                self._log.record(connection, duty.entry(EntryKind.DUTY_DISCHARGED, how="discharged", disclosed=said))
            values = {"id": exigency.id, "status": "authorised", "instrument": paper.id, "attached_at_ns": now}
            return view(self._registry.change(connection, EXIGENCIES, exigency.id, values, actor=actor))

    def apply(self, exigency_id: str, applied_at_ns: int, *, actor: Actor) -> dict[str, Any]:
        """That the court was asked for the paper, and when; said once, while the emergency waits for it.

        Raises: RegistryError; nothing is changed then.
        """
        with self._database.transaction() as connection:
            exigency = _own(queries.find(connection, EXIGENCIES, exigency_id, lock=True), actor)
            _may_be_followed(exigency, sound_now(connection))
            if exigency.applied_at_ns is not None:
                raise Conflict(
                    code="APPLICATION_KNOWN",
                    sentence="The register says already when the court was asked.",
                    remedy="Nothing to do.",
                )
            if not exigency.started_at_ns <= applied_at_ns <= sound_now(connection):
                raise Invalid(
                    code="APPLICATION_TIME",
                    sentence="The court was asked after the emergency began, and not in the future.",
                    remedy="Correct the time of the application.",
                )
            values = {"id": exigency.id, "applied_at_ns": applied_at_ns}
            return view(self._registry.change(connection, EXIGENCIES, exigency.id, values, actor=actor))

    def restore_right(self, agency_id: str, *, actor: Actor, reason: str) -> dict[str, Any]:
        """Gives an agency its right to emergencies back. Raises RegistryError."""
        rules.administrators_only(actor)
        with self._database.transaction() as connection:
            agency = queries.find(connection, AGENCIES, agency_id, lock=True)
            if agency is None:
                raise Unknown
            if agency.exigency_right != "suspended":
                raise Conflict(
                    code="RIGHT_NOT_SUSPENDED",
                    sentence="The agency's right to emergencies is not suspended.",
                    remedy="Nothing to do.",
                )
            values = {"id": agency.id, "exigency_right": "active"}
            restored = self._registry.change(connection, AGENCIES, agency.id, values, actor=actor)
            self._log.record(
                connection,
                Entry(
                    kind=EntryKind.EXIGENCY_RIGHT_RESTORED,
                    clear={"agency": agency.id, "actor": actor.kind},
                    disclosed={"by": rules.person(actor), "reason": reason},
                    scope=f"agency:{agency.id}",
                ),
            )
            return view(restored)


def _own(found: Exigency | None, actor: Actor) -> Exigency:
    if found is None or actor.agency not in (None, found.agency):
        raise Unknown
    return found


def _may_be_followed(exigency: Exigency, now: int) -> None:
    if exigency.status != "certified" or exigency.confirmed_by is None:
        raise Conflict(
            code="EXIGENCY_DECIDED",
            sentence="This emergency is not one that waits for an instrument.",
            remedy="Look at its status: GET /v1/exigencies/{id}.",
        )
    if exigency.due_ns is None or now >= exigency.due_ns:
        raise Conflict(
            code="EXIGENCY_OVER",
            sentence="The time in which an instrument had to follow this emergency is over.",
            remedy="A new search needs the court's order.",
        )


def _stands(paper: Instrument, now: int) -> None:
    if paper.type not in AUTHORISING:
        raise Invalid(
            code="INSTRUMENT_DOES_NOT_AUTHORISE",
            sentence="A paper of this type does not authorise what was done in an emergency.",
            remedy="Attach the court's warrant, order or authorisation.",
        )
    if not paper.verified or paper.status not in _STANDING or paper.expires_at_ns <= now:
        raise Invalid(
            code="INSTRUMENT_DOES_NOT_STAND",
            sentence="The instrument is not confirmed, not granted, or over.",
            remedy="Have it confirmed by a second person, or ask the court for another.",
        )


def _covers(connection: Connection, paper: Instrument, exigency: Exigency) -> None:
    """Whether the paper authorises each operation, purpose and gallery that the emergency stood in for."""
    rows = connection.execute(
        """
        SELECT DISTINCT d.operation, d.purpose, g.name
        FROM enforcement.rests_on AS r
        JOIN enforcement.decisions AS d USING (decision_id) JOIN enforcement.permits AS p USING (decision_id)
        LEFT JOIN recognition.galleries AS g ON g.id = p.gallery
        WHERE r.kind = 'exigency' AND r.id = %s
        """,
        (exigency.id,),
    ).fetchall()
    for operation, purpose, gallery in rows:
        named = gallery is None or any(fnmatch.fnmatchcase(gallery, pattern) for pattern in paper.galleries)
        if operation not in paper.operations or purpose not in paper.purposes or not named:
            raise Invalid(
                code="INSTRUMENT_DOES_NOT_COVER",
                sentence="The instrument does not cover every search that was made under this emergency.",
                remedy="Ask the court for one that names their operation, purpose and gallery.",
            )
