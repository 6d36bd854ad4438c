"""How far people have come with what waits for them, so that what follows from it is done once.

Whoever asked may look in the moment in which the last vote or judgement counts, and then two carry on the same result.
Each says what it found people to have decided, and the transaction that closes the waiting looks once more, with the
rows of the approval and of the review locked in this order, like those who delete results and those who end what was
waited for too long. Who finds something else comes too late and changes nothing. So it is with a request that was
approved before its search: the commit of its new decision closes the waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.enforcement import approval_rows, review_rows

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.database import Connection


@dataclass(frozen=True, slots=True)
class Progress:
    """The states of the approval and of the review; None where there is none. `found`: a result is kept for them."""

    approval: str | None
    review: str | None
    found: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A request that waited before its search, and waits no more once it is decided afresh."""

    decision_id: UUID
    reached: Progress


class CarriedOn(Exception):  # noqa: N818 - it states what is so
    """Somebody else has carried it on, ended it or deleted what was found, meanwhile."""


def read(connection: Connection, decision_id: UUID) -> Progress | None:
    """None where the request was let go: nobody is waited for, and nothing is left to be carried on."""
    row = connection.execute(
        """
        SELECT a.state, r.state, w.decision_id IS NOT NULL FROM enforcement.parked AS p
        LEFT JOIN enforcement.approvals AS a USING (decision_id)
        LEFT JOIN enforcement.reviews AS r USING (decision_id)
        LEFT JOIN enforcement.withheld AS w USING (decision_id)
        WHERE p.decision_id = %s AND p.ended_ns IS NULL
        """,
        (decision_id,),
    ).fetchone()
    return Progress(*row) if row else None


def require(connection: Connection, decision_id: UUID, found: Progress) -> None:
    """That it is still so, until this transaction ends. Raises: CarriedOn.

    The reading is a statement of its own, after the locks: one that waits for a lock does not see what was done
    meanwhile in other rows.
    """
    approval_rows.find(connection, decision_id, lock=True)
    review_rows.find(connection, decision_id, lock=True)
    if read(connection, decision_id) != found:
        raise CarriedOn
