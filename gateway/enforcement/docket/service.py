"""What people do with the docket: see it, and discharge a duty.

What must always hold: a duty that the gateway carries out is not discharged by anybody; one that waits for a paper is
discharged by the paper (`exigencies`); everything else by somebody who says what was done, and each is an entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

from gateway.enforcement.docket import duties, messages
from gateway.enforcement.errors import NotYours
from gateway.enforcement.obligations import ACTING, AWAITING_PAPER
from gateway.registry import rules
from gateway.registry.errors import Conflict
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Database
    from gateway.registry.records import Actor

# What is listed, and the cursor of the next page.
Page: TypeAlias = tuple[list[dict[str, Any]], str | None]

# Ends by a date of the register that moves, not by anybody's word.
_BY_REGISTER: Final = frozenset({"RENEW_TRAINING"})


class Docket:
    """`agency` None is an administrator's: all agencies."""

    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def list(self, *, agency: str | None, open_only: bool, cursor: str | None, limit: int) -> Page:
        """Newest first, and the cursor of the next page. Raises NotYours for a cursor that is none."""
        after = _position(cursor)
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"""
                SELECT {duties.COLUMNS} FROM enforcement.docket
                WHERE (%(agency)s::text IS NULL OR agency = %(agency)s) AND (NOT %(open)s OR ended_ns IS NULL)
                    AND (%(at)s::bigint IS NULL OR (opened_ns, id) < (%(at)s, %(id)s))
                ORDER BY opened_ns DESC, id DESC LIMIT %(limit)s
                """,  # noqa: S608 - names of the module `duties`
                {"agency": agency, "open": open_only, "at": after[0], "id": after[1], "limit": limit + 1},
            ).fetchall()
        found = [duties.Duty(*row) for row in rows]
        more = len(found) > limit
        page = found[:limit]
        return [duty.document() for duty in page], f"{page[-1].opened_ns}:{page[-1].id}" if more else None

    def show(self, duty_id: UUID, *, agency: str | None) -> dict[str, Any]:
        """The duty with what was told of it. Raises NotYours."""
        with self._database.transaction() as connection:
            duty = _own(duties.find(connection, duty_id), agency)
            told = messages.of_duty(connection, duty_id)
        return duty.document() | {"messages": told}

    def messages(self, *, agency: str | None, cursor: str | None, limit: int) -> Page:
        """What was told, of duties and of what waits for people: newest first, and the cursor of the next page.

        Raises NotYours for a cursor that is none.
        """
        after = _position(cursor)
        with self._database.transaction() as connection:
            found = messages.newest(connection, agency=agency, after=after, limit=limit + 1)
        page = found[:limit]
        return [told for _, told in page], page[-1][0] if len(found) > limit else None

    def discharge(self, duty_id: UUID, *, actor: Actor, note: str) -> dict[str, Any]:
        """Somebody did it and says how.

        Raises: NotYours; Conflict where it is over, or not for a person to end.
        """
        with self._database.transaction() as connection:
            duty = _own(duties.find(connection, duty_id, lock=True), actor.agency)
            _for_a_person(duty)
            duties.end(connection, duty, how="discharged", by=rules.person(actor))
            self._log.record(
                connection,
                duty.entry(
                    EntryKind.DUTY_DISCHARGED,
                    how="discharged",
                    actor=actor.kind,
                    disclosed={"by": rules.person(actor), "note": note},
                ),
            )
            ended = duties.find(connection, duty_id)
        if ended is None:
            raise LookupError("the row was locked by this transaction")
        return ended.document()


def _own(duty: duties.Duty | None, agency: str | None) -> duties.Duty:
    if duty is None or agency not in (None, duty.agency):
        raise NotYours
    return duty


def _for_a_person(duty: duties.Duty) -> None:
    if duty.ended_ns is not None:
        raise Conflict(code="DUTY_ENDED", sentence="This duty is over.", remedy="Nothing to do.")
    if duty.code in ACTING:
        raise Conflict(
            code="DUTY_CARRIED_OUT_BY_GATEWAY",
            sentence="The gateway carries this duty out itself at its time; nobody can discharge it.",
            remedy="To keep what would be deleted, place a legal hold on the case: `writgate audit hold`.",
        )
    if duty.code in AWAITING_PAPER:
        raise Conflict(
            code="DUTY_NEEDS_INSTRUMENT",
            sentence="Only an instrument of the court discharges this duty.",
            remedy="Attach it: POST /v1/exigencies/{id}/instrument, or POST /v1/searches/{id}/instrument.",
        )
    if duty.code in _BY_REGISTER:
        raise Conflict(
            code="DUTY_ENDS_IN_REGISTER",
            sentence="This duty ends when the user's new training date is entered.",
            remedy="Have the training date of the user changed.",
        )


def _position(cursor: str | None) -> tuple[int | None, UUID | None]:
    if cursor is None:
        return None, None
    at, _, duty = cursor.partition(":")
    try:
        position = int(at), UUID(duty)
    except ValueError:
        raise NotYours from None
    if not 0 <= position[0] < 1 << 63:
        raise NotYours
    return position
