"""The engine's one door: it works only for a committed permit, which it claims once, and it ends what it claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.database import Connection

NO_PERMIT: Final = "WG003"
PERMIT_SPENT: Final = "WG004"


class ClaimRefused(Exception):  # noqa: N818 - it states a condition
    """There is no such permit, or it is used or past its time."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What was permitted. `clear` is what the outcome's entry repeats in clear: agency and operation among it."""

    operation: str
    gallery: UUID | None
    probe_sha256: list[bytes]
    min_similarity: float
    max_candidates: int
    scope: str
    clear: Mapping[str, Any]


def claim(connection: Connection, decision_id: UUID) -> Permit:
    """Takes the permit of a decision, for good once the transaction is committed.

    Raises:
        ClaimRefused: as named there.
    """
    try:
        with connection.cursor(row_factory=class_row(Permit)) as cursor:
            permit = cursor.execute(
                """SELECT operation, gallery, probe_sha256, min_similarity, max_candidates, scope, clear
                   FROM enforcement.claim(%s)""",
                (decision_id,),
            ).fetchone()
    except psycopg.Error as error:
        if error.sqlstate in {NO_PERMIT, PERMIT_SPENT}:
            raise ClaimRefused from error
        raise
    if permit is None:
        raise ClaimRefused
    return permit


def complete(connection: Connection, decision_id: UUID, *, outcome: str, refused: bool) -> None:
    """Ends the permit; `refused` gives its limits back.

    Raises:
        ClaimRefused: it was not claimed, or was given up as abandoned meanwhile.
    """
    try:
        connection.execute("SELECT enforcement.complete(%s, %s, %s)", (decision_id, outcome, refused))
    except psycopg.Error as error:
        if error.sqlstate == PERMIT_SPENT:
            raise ClaimRefused from error
        raise
