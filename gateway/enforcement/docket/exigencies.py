"""What may follow an emergency: that the court was asked; its paper, in time; and, where none came, the right lost.
What may follow a search that the law permits before its paper: the paper, in time.

What must always hold: only a paper that stands, of the same agency, that covers what was searched (`covering`),
attached before the time is over, discharges the duty; the right to emergencies is given back by an administrator, with
reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.enforcement.docket import duties
from gateway.enforcement.obligations import AWAITING_PAPER
from gateway.registry import queries, rules
from gateway.registry.documents import view
from gateway.registry.errors import Conflict, Invalid, Unknown
from gateway.registry.tables import AGENCIES, EXIGENCIES, INSTRUMENTS
from gateway.vocabulary import EntryKind, InstrumentStatus, InstrumentType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.enforcement.docket.covering import Covering
    from gateway.enforcement.docket.duties import Duty
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
    def __init__(self, *, database: Database, log: AuditLog, registry: Registry, covering: Covering) -> None:
        self._database = database
        self._log = log
        self._registry = registry
        self._covering = covering

    def attach(self, exigency_id: str, instrument_id: str, *, actor: Actor) -> dict[str, Any]:
        """The paper that follows the emergency. What waited for it is discharged.

        An emergency that was withdrawn stays so: the paper ends the duty and brings nothing back.

        Raises: RegistryError, Unavailable; nothing is changed then.
        """
        with self._database.transaction() as connection:
            exigency = _own(queries.find(connection, EXIGENCIES, exigency_id, lock=True), actor)
            now = sound_now(connection)
            _may_be_followed(exigency, now)
            paper = _standing(connection, exigency.agency, instrument_id, now)
            for decision in _searched_under(connection, exigency):
                self._covering.require(connection, decision, paper)
            self._discharge(
                connection, duties.open_ones(connection, AWAITING_PAPER, exigency=exigency.id), paper, actor
            )
            values = {"id": exigency.id, "instrument": paper.id, "attached_at_ns": now}
            if exigency.status == "certified":
                values["status"] = "authorised"
            return view(self._registry.change(connection, EXIGENCIES, exigency.id, values, actor=actor))

    def attach_to_search(self, search_id: UUID, instrument_id: str, *, actor: Actor) -> dict[str, Any]:
        """The paper that follows a search which the law permits before it, with no emergency (AI Act Art 26(10)).

        Raises: RegistryError, Unavailable; nothing is changed then.
        """
        with self._database.transaction() as connection:
            now = sound_now(connection)
            waiting = duties.of_decision(connection, AWAITING_PAPER, search_id)
            if not waiting or actor.agency not in (None, waiting[0].agency):
                raise Unknown
            _may_follow_search(connection, waiting, now)
            paper = _standing(connection, waiting[0].agency, instrument_id, now)
            self._covering.require(connection, search_id, paper)
            ended = [duty for duty in waiting if duty.ended_ns is None]
            self._discharge(connection, ended, paper, actor)
        return {"search": str(search_id), "instrument": paper.id, "discharged": sorted(duty.code for duty in ended)}

    def _discharge(self, connection: Connection, waiting: Iterable[Duty], paper: Instrument, actor: Actor) -> None:
        for duty in waiting:
            duties.end(connection, duty, how="discharged", by=rules.person(actor))
            said = {"by": rules.person(actor), "instrument": paper.id}
            self._log.record(connection, duty.entry(EntryKind.DUTY_DISCHARGED, how="discharged", disclosed=said))

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
    waits = exigency.status in {"certified", "withdrawn"} and exigency.instrument is None
    if not waits or exigency.confirmed_by is None:
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


def _may_follow_search(connection: Connection, waiting: list[Duty], now: int) -> None:
    exigency = duties.exigency_of(connection, waiting[0])
    if exigency is not None:
        raise Conflict(
            code="SEARCH_RESTS_ON_EXIGENCY",
            sentence="The search was made under an emergency, and the instrument follows that.",
            remedy="Attach it to the emergency: POST /v1/exigencies/{id}/instrument.",
        )
    if any(duty.ended_as == "missed" or (duty.due_ns is not None and duty.due_ns <= now) for duty in waiting):
        raise Conflict(
            code="AUTHORISATION_OVERDUE",
            sentence="The time in which an instrument had to follow this search is over.",
            remedy="A new search needs the authorisation first.",
        )
    if all(duty.ended_ns is not None for duty in waiting):
        raise Conflict(code="DUTY_ENDED", sentence="Nothing waits for an instrument here.", remedy="Nothing to do.")


def _searched_under(connection: Connection, exigency: Exigency) -> list[UUID]:
    rows = connection.execute(
        "SELECT decision_id FROM enforcement.rests_on WHERE kind = 'exigency' AND id = %s ORDER BY decision_id",
        (exigency.id,),
    ).fetchall()
    return [row[0] for row in rows]


def _standing(connection: Connection, agency: str, instrument_id: str, now: int) -> Instrument:
    """The agency's paper, held until the commit so that nobody withdraws it meanwhile."""
    paper = queries.find(connection, INSTRUMENTS, instrument_id, lock=True)
    if paper is None or paper.agency != agency:
        raise Unknown
    if paper.type not in AUTHORISING:
        raise Invalid(
            code="INSTRUMENT_DOES_NOT_AUTHORISE",
            sentence="A paper of this type does not authorise what was done before it.",
            remedy="Attach the court's warrant, order or authorisation.",
        )
    if not paper.verified or paper.status not in _STANDING or not paper.valid_from_ns <= now < paper.expires_at_ns:
        raise Invalid(
            code="INSTRUMENT_DOES_NOT_STAND",
            sentence="The instrument is not confirmed, not granted, not yet valid, or over.",
            remedy="Have it confirmed by a second person, or ask the court for another.",
        )
    return paper
