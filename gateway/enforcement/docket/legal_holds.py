"""Legal holds: what must not be deleted although a duty says so, because a court or a dispute needs it.

A hold keeps results frozen and in being; it shows them to nobody. Whoever placed it does not lift it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry, case_of
from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.enforcement.errors import NotYours
from gateway.registry import rules
from gateway.registry.errors import Conflict
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Database
    from gateway.registry.records import Actor


class LegalHolds:
    """`agency` None is an administrator's: all agencies."""

    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def place(self, *, actor: Actor, agency: str, kind: str, about: str, reason: str) -> dict[str, Any]:
        """From the commit on nothing that this is about is deleted. Raises Unknown for another agency's."""
        rules.own_agency(actor, agency)
        hold = uuid7()
        case = self._log.blind("case", case_of(agency, about)) if kind == "case" else None
        with self._database.transaction() as connection:
            now = database_now(connection)
            connection.execute(
                """
                INSERT INTO enforcement.legal_holds (id, agency, about_kind, about_id, about_case, placed_by, placed_ns)
                VALUES (%s, %s, %s, %s, %s, %s, %s)
                """,
                (hold, agency, kind, None if case else about, case, rules.person(actor), now),
            )
            clear, said = {"hold": str(hold), "about_kind": kind}, {"about": about, "reason": reason}
            self._log.record(connection, _entry(EntryKind.LEGAL_HOLD_PLACED, agency, actor, clear, said))
        return {"id": str(hold), "agency": agency, "about": {"kind": kind, "id": about}, "placed_at": rfc3339(now)}

    def lift(self, hold: UUID, *, actor: Actor, reason: str) -> dict[str, Any]:
        """What it kept is deleted by the duties that wanted it. Raises NotYours; Conflict for who placed it."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT agency, about_kind, placed_by FROM enforcement.legal_holds WHERE id = %s AND lifted_ns IS NULL"
                " FOR UPDATE",
                (hold,),
            ).fetchone()
            if row is None or actor.agency not in (None, row[0]):
                raise NotYours
            if row[2] == rules.person(actor):
                raise Conflict(
                    code="SAME_DECIDER",
                    sentence="Who placed a legal hold does not lift it.",
                    remedy="Ask another person.",
                )
            now = database_now(connection)
            connection.execute(
                "UPDATE enforcement.legal_holds SET lifted_by = %s, lifted_ns = %s WHERE id = %s",
                (rules.person(actor), now, hold),
            )
            connection.execute(
                "UPDATE enforcement.docket SET next_ns = %s WHERE agency = %s AND stage = 'held'", (now, row[0])
            )
            clear, said = {"hold": str(hold), "about_kind": row[1]}, {"reason": reason}
            self._log.record(connection, _entry(EntryKind.LEGAL_HOLD_LIFTED, row[0], actor, clear, said))
        return {"id": str(hold), "agency": row[0], "lifted_at": rfc3339(now)}

    def list(self, *, agency: str | None) -> list[dict[str, Any]]:
        """Those that stand. Of a case only that it is one: its number is sealed on the log."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT id, agency, about_kind, about_id, placed_by, placed_ns FROM enforcement.legal_holds"
                " WHERE lifted_ns IS NULL AND (%(agency)s::text IS NULL OR agency = %(agency)s) ORDER BY id DESC",
                {"agency": agency},
            ).fetchall()
        return [
            {
                "id": str(row[0]),
                "agency": row[1],
                "about": {"kind": row[2], "id": row[3]},
                "placed_by": row[4],
                "placed_at": rfc3339(row[5]),
            }
            for row in rows
        ]


def _entry(kind: EntryKind, agency: str | None, actor: Actor, clear: dict[str, Any], said: dict[str, Any]) -> Entry:
    return Entry(
        kind=kind,
        clear={"agency": agency, "actor": actor.kind} | clear,
        disclosed={"by": rules.person(actor)} | said,
        scope=f"agency:{agency}" if agency else "general",
    )
