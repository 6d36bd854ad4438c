"""Legal holds: nothing of what is held may be erased until somebody else than who placed the hold lifts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry
from gateway.clock import rfc3339, uuid7
from gateway.compliance.recorded import decide
from gateway.compliance.refusals import ActRefused
from gateway.compliance.subjects import Subject, decider, found_by, named
from gateway.registry import persons
from gateway.registry.persons import Hand
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.models import Actor

_SCOPE = "legal holds"


class LegalHolds:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def place(self, *, actor: Actor, agency: str, case: str | None, reference: str, statement: str) -> dict[str, Any]:
        """Holds a case, or everything of an agency where no case is named; waits for what is being deleted there.

        Raises: DatabaseUnavailable.
        """
        particulars = {"agency": agency, "case": case, "reference": reference, "statement": statement}
        hold_id, by = uuid7(), decider(actor)
        with self._database.transaction() as connection:
            key_id, sealed = self._log.seal_value(connection, _SCOPE, particulars, context=f"legal hold:{hold_id}")
            connection.execute(
                """
                INSERT INTO audit.legal_holds (id, agency, scope_blind, key_id, particulars, placed_by)
                VALUES (%s, %s, %b, %s, %b, %s)
                """,
                (
                    hold_id,
                    agency,
                    Subject(agency, case).scope_blind(self._log) if case is not None else None,
                    key_id,
                    sealed,
                    by,
                ),
            )
            clear = {"hold": str(hold_id), "agency": agency}
            self._log.record(connection, _entry(EntryKind.LEGAL_HOLD_PLACED, actor, clear, particulars))
            found = self._rows(connection, "id = %s", (hold_id,))
        return found[0]

    def lift(self, *, actor: Actor, hold_id: UUID, statement: str) -> dict[str, Any]:
        """Raises ActRefused; DatabaseUnavailable."""
        with self._database.transaction() as connection:
            found = self._rows(connection, "id = %s AND lifted_ns IS NULL", (hold_id,))
            if not found:
                raise _no_hold()
            if found[0]["placed_by"] == decider(actor):
                raise ActRefused(
                    status=403,
                    code="SAME_DECIDER",
                    sentence="Who placed a legal hold cannot lift it.",
                    remedy="Ask another administrator.",
                )
            persons.require_two(connection, Hand(found[0]["placed_by"]), Hand.of(actor))
            clear = {"hold": str(hold_id), "agency": found[0]["agency"]}
            entry = _entry(EntryKind.LEGAL_HOLD_LIFTED, actor, clear, {"statement": statement})
            if not decide(connection, self._log, "lift_hold", hold_id, actor=actor, entry=entry):
                raise _no_hold()
            return self._rows(connection, "id = %s", (hold_id,))[0]

    def latest(self, *, limit: int) -> list[dict[str, Any]]:
        """The newest first."""
        with self._database.transaction() as connection:
            return self._rows(connection, "true ORDER BY placed_ns DESC LIMIT %s", (limit,))

    def _rows(self, connection: Connection, condition: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        rows = connection.execute(
            "SELECT id, agency, placed_by, placed_ns, lifted_by, lifted_ns, key_id, particulars"  # noqa: S608  ours
            f" FROM audit.legal_holds WHERE {condition}",
            values,
        ).fetchall()
        return [
            {
                "id": str(hold_id),
                "agency": agency,
                "placed_by": placed_by,
                "placed_at": rfc3339(placed_ns),
                "lifted_by": lifted_by,
                "lifted_at": rfc3339(lifted_ns) if lifted_ns else None,
                "particulars": self._log.open_value(
                    connection, key_id, bytes(particulars), context=f"legal hold:{hold_id}"
                ),
            }
            for hold_id, agency, placed_by, placed_ns, lifted_by, lifted_ns, key_id, particulars in rows
        ]


def _entry(kind: EntryKind, actor: Actor, clear: dict[str, Any], told: dict[str, Any]) -> Entry:
    return Entry(kind, {**clear, **named(actor)}, {**told, "user": actor.user}, scope=_SCOPE, blind=found_by(actor))


def _no_hold() -> ActRefused:
    return ActRefused(
        status=404,
        code="NOT_FOUND",
        sentence="There is no hold of that id in force.",
        remedy="GET /v1/audit/holds lists them.",
    )
