"""The engine's one door: it works only for a committed permit, which it claims once, and it ends what it claimed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.audit.entries import SealedEntry
    from gateway.database import Connection

NO_PERMIT: Final = "WG003"
PERMIT_SPENT: Final = "WG004"


class ClaimRefused(Exception):  # noqa: N818 - it states a condition
    """There is no such permit, or it is used or past its time."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What was permitted. `clear` is what the outcome's entry repeats in clear: agency and operation among it; only
    where the picture comes from (`probe_source`) is for the engine alone.

    `claimed_ns` is the database's time of the claim, `claimed_at` this process's monotonic clock then, in nanoseconds.
    """

    operation: str
    gallery: UUID | None
    probe_sha256: list[bytes]
    min_similarity: float
    max_candidates: int
    scope: str
    clear: Mapping[str, Any]
    claimed_ns: int
    claimed_at: int = field(default_factory=time.monotonic_ns)

    @property
    def agency(self) -> str:
        return str(self.clear.get("agency") or "")

    @property
    def probe_source(self) -> str | None:
        """Where the picture comes from, as the caller said."""
        source = self.clear.get("probe_source")
        return None if source is None else str(source)

    @property
    def examined(self) -> bool:
        """Whether examiners must judge the result before anybody sees it: the permit's duties say so."""
        return "SECOND_EXAMINER" in self.clear.get("obligations", ())

    def now_ns(self) -> int:
        """The database's clock, carried forward by the time that passed since the claim."""
        return self.claimed_ns + time.monotonic_ns() - self.claimed_at


def claim(connection: Connection, decision_id: UUID, operation: str) -> Permit:
    """Takes the permit of a decision for this operation, for good once it is committed. One statement.

    Raises:
        ClaimRefused: as named there.
    """
    try:
        with connection.cursor(row_factory=class_row(Permit)) as cursor:
            permit = cursor.execute(
                """SELECT (permit).operation, (permit).gallery, (permit).probe_sha256, (permit).min_similarity,
                       (permit).max_candidates, (permit).scope, (permit).clear, claimed_ns
                   FROM enforcement.claim(%s, %s)""",
                (decision_id, operation),
            ).fetchone()
    except psycopg.Error as error:
        if error.sqlstate in {NO_PERMIT, PERMIT_SPENT}:
            raise ClaimRefused from error
        raise
    if permit is None:
        raise ClaimRefused
    return permit


def complete(connection: Connection, decision_id: UUID, entry: SealedEntry, *, outcome: str, refused: bool) -> None:
    """Ends the permit and stages its entry, in one statement; `refused` gives its limits back.

    Raises:
        ClaimRefused: it was not claimed, or was given up as abandoned meanwhile.
    """
    try:
        connection.execute(
            "SELECT enforcement.complete(%s, %s, %s, %s, %s, %s::text[], %b::bytea[], %b, %b, %b)",
            (
                decision_id,
                outcome,
                refused,
                entry.leaf,
                entry.key_id,
                list(entry.names),
                list(entry.ciphertexts),
                entry.blind_case,
                entry.blind_user,
                entry.blind_probe,
            ),
        )
    except psycopg.Error as error:
        if error.sqlstate == PERMIT_SPENT:
            raise ClaimRefused from error
        raise


def withhold(connection: Connection, decision_id: UUID, key_id: UUID, sealed: bytes) -> None:
    """Keeps a sealed result in the commit that ends its permit."""
    connection.execute(
        "INSERT INTO enforcement.withheld (decision_id, key_id, document) VALUES (%s, %s, %b)",
        (decision_id, key_id, sealed),
    )
