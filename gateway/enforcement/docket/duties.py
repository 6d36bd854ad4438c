"""A duty as it stands on the docket, and how it is taken up and moved on: one row, one step, one transaction.

What must always hold: a step is taken by whoever holds the row's lock, in the transaction that writes the step's entry
and moves the row, so that however many runners there are and whenever one dies, each step is taken once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import Entry
from gateway.clock import rfc3339

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.database import Connection
    from gateway.vocabulary import EntryKind

COLUMNS: Final = (
    "id, code, agency, about_kind, about_id, decision_id, opened_ns, due_ns, stage, level, next_ns, ended_ns, ended_as,"
    " ended_by"
)


@dataclass(frozen=True, slots=True)
class Duty:
    """`level` is how many people of the agency's chain were told; `next_ns` when the runner takes it up again."""

    id: UUID
    code: str
    agency: str
    about_kind: str
    about_id: str
    decision_id: UUID | None
    opened_ns: int
    due_ns: int | None
    stage: str
    level: int
    next_ns: int | None
    ended_ns: int | None
    ended_as: str | None
    ended_by: str | None

    @property
    def scope(self) -> str:
        """The key under which what is personal in its entries is sealed."""
        return f"agency:{self.agency}"

    def entry(self, kind: EntryKind, **more: Any) -> Entry:
        """What happened to it. Whom or what it is about may be personal; code, agency and times are not."""
        disclosed = {"about": {"kind": self.about_kind, "id": self.about_id}} | more.pop("disclosed", {})
        clear = {
            "duty": str(self.id),
            "code": self.code,
            "agency": self.agency,
            "due": self.due_ns,
            "decision_id": str(self.decision_id) if self.decision_id else None,
        }
        return Entry(kind=kind, clear=clear | more, disclosed=disclosed, scope=self.scope)

    def document(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "code": self.code,
            "agency": self.agency,
            "about": {"kind": self.about_kind, "id": self.about_id},
            "opened_at": rfc3339(self.opened_ns),
            "due": rfc3339(self.due_ns) if self.due_ns is not None else None,
            "stage": self.stage,
            "told": self.level,
            "next_at": rfc3339(self.next_ns) if self.next_ns is not None else None,
            "ended_at": rfc3339(self.ended_ns) if self.ended_ns is not None else None,
            "ended_as": self.ended_as,
            "ended_by": self.ended_by,
        }


def take(connection: Connection, now_ns: int) -> Duty | None:
    """The duty whose next step is longest overdue and that no other runner holds; it is held until the commit."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM enforcement.docket WHERE next_ns <= %s"  # noqa: S608 - names of this module
        " ORDER BY next_ns LIMIT 1 FOR UPDATE SKIP LOCKED",
        (now_ns,),
    ).fetchone()
    return Duty(*row) if row else None


def find(connection: Connection, duty: UUID, *, lock: bool = False) -> Duty | None:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM enforcement.docket WHERE id = %s" + (" FOR UPDATE" if lock else ""),  # noqa: S608
        (duty,),
    ).fetchone()
    return Duty(*row) if row else None


def move(connection: Connection, duty: Duty, *, stage: str, next_ns: int | None, level: int | None = None) -> None:
    """Where it stands now, and when its next step is."""
    connection.execute(
        "UPDATE enforcement.docket SET stage = %s, next_ns = %s, level = %s WHERE id = %s",
        (stage, next_ns, duty.level if level is None else level, duty.id),
    )


def end(connection: Connection, duty: Duty, *, how: str, by: str) -> None:
    """It is over; an ended duty has no next step."""
    connection.execute(
        "UPDATE enforcement.docket SET stage = 'ended', next_ns = NULL, ended_ns = ops.now_ns(), ended_as = %s,"
        " ended_by = %s WHERE id = %s AND ended_ns IS NULL",
        (how, by, duty.id),
    )


def open_ones(
    connection: Connection, codes: frozenset[str], *, exigency: str, but: UUID | None = None, wait: bool = True
) -> list[Duty]:
    """The open duties of these codes about an emergency or a decision that rests on it, held until the commit.

    Raises: psycopg.errors.LockNotAvailable where somebody else holds one and the caller does not `wait`.
    """
    rows = connection.execute(
        f"""
        SELECT {COLUMNS} FROM enforcement.docket
        WHERE ended_ns IS NULL AND code = ANY (%(codes)s) AND id IS DISTINCT FROM %(but)s
            AND ((about_kind = 'exigency' AND about_id = %(exigency)s) OR decision_id IN (
                SELECT decision_id FROM enforcement.rests_on WHERE kind = 'exigency' AND id = %(exigency)s
            ))
        ORDER BY id {_held(wait)}
        """,  # noqa: S608 - names of this module
        {"codes": sorted(codes), "exigency": exigency, "but": but},
    ).fetchall()
    return [Duty(*row) for row in rows]


def of_decision(connection: Connection, codes: frozenset[str], decision: UUID, *, wait: bool = True) -> list[Duty]:
    """The duties of these codes that came with a decision, over or not, held until the commit.

    Raises: psycopg.errors.LockNotAvailable where somebody else holds one and the caller does not `wait`.
    """
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM enforcement.docket WHERE decision_id = %s AND about_kind = 'decision'"  # noqa: S608
        f" AND code = ANY (%s) ORDER BY id {_held(wait)}",
        (decision, sorted(codes)),
    ).fetchall()
    return [Duty(*row) for row in rows]


def _held(wait: bool) -> str:  # noqa: FBT001 - the only thing asked
    return "FOR UPDATE" if wait else "FOR UPDATE NOWAIT"


def decisions_of(connection: Connection, duty: Duty) -> list[UUID]:
    """The permits whose results a duty is about."""
    if duty.about_kind == "decision":
        rows = connection.execute(
            "SELECT decision_id FROM enforcement.permits WHERE decision_id = %s", (duty.decision_id,)
        ).fetchall()
    else:
        rows = connection.execute(
            "SELECT decision_id FROM enforcement.rests_on WHERE kind = %s AND id = %s ORDER BY decision_id",
            (duty.about_kind, duty.about_id),
        ).fetchall()
    return [row[0] for row in rows]


def exigency_of(connection: Connection, duty: Duty) -> str | None:
    """The emergency that a duty is about, or that its decision rests on."""
    if duty.about_kind == "exigency":
        return duty.about_id
    row = connection.execute(
        "SELECT id FROM enforcement.rests_on WHERE kind = 'exigency' AND decision_id = %s", (duty.decision_id,)
    ).fetchone()
    return str(row[0]) if row else None
