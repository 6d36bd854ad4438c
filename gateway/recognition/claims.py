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
# What a permit tells the engine and no entry repeats: where the picture comes from, the digest of the case, and the cap
# on false candidates, which stands among the decision's obligations.
FOR_THE_ENGINE: Final = frozenset({"probe_source", "case_scope", "max_false_candidate_ppm"})


class ClaimRefused(Exception):  # noqa: N818 - it states a condition
    """There is no such permit, or it is used or past its time."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What was permitted. `clear` is what the outcome's entry repeats in clear, agency and operation among it, but for
    what `FOR_THE_ENGINE` names. `scope` names the key of the result; the case has one of its own.

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
    def case_scope(self) -> str:
        """The keyed digest of the case, or the agency's name where it asked without one."""
        return str(self.clear.get("case_scope") or self.scope)

    @property
    def max_false_candidate_ppm(self) -> int | None:
        """How likely a false candidate of the search may be, in millionths; None where nothing limits it."""
        limit = self.clear.get("max_false_candidate_ppm")
        return None if limit is None else int(limit)

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


@dataclass(frozen=True, slots=True)
class Ending:
    """How a permit ends: the word for its outcome, whether its limits are given back, and its entry."""

    decision_id: UUID
    outcome: str
    refused: bool
    entry: SealedEntry

    def parameters(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "decision_id": self.decision_id,
            "outcome": self.outcome,
            "refused": self.refused,
            "leaf": entry.leaf,
            "key_id": entry.key_id,
            "names": list(entry.names),
            "ciphertexts": list(entry.ciphertexts),
            "blind_case": entry.blind_case,
            "blind_user": entry.blind_user,
            "blind_probe": entry.blind_probe,
        }


_COMPLETE: Final = """
SELECT enforcement.complete(
    %(decision_id)s, %(outcome)s, %(refused)s, %(leaf)s, %(key_id)s, %(names)s::text[], %(ciphertexts)b::bytea[],
    %(blind_case)b, %(blind_user)b, %(blind_probe)b
)
"""
_KEEPING_THE_PROBE: Final = """
WITH kept AS (
    INSERT INTO recognition.probes (decision_id, agency, case_scope, source, pipeline, template, created_ns)
    VALUES (%(decision_id)s, %(agency)s, %(case_scope)s, %(source)s, %(pipeline)s, %(template)b, ops.now_ns())
)
"""


@dataclass(frozen=True, slots=True)
class KeptProbe:
    """The sealed template of a probe, kept for what the next search of its case will be told."""

    permit: Permit
    pipeline: str
    template: bytes

    def parameters(self) -> dict[str, Any]:
        return {
            "agency": self.permit.agency,
            "case_scope": self.permit.case_scope,
            "source": self.permit.probe_source,
            "pipeline": self.pipeline,
            "template": self.template,
        }


def complete(connection: Connection, ending: Ending, probe: KeptProbe | None = None) -> None:
    """Ends the permit, stages its entry and keeps the probe, in one statement.

    Raises:
        ClaimRefused: it was not claimed, or was given up as abandoned meanwhile.
    """
    try:
        if probe is None:
            connection.execute(_COMPLETE, ending.parameters())
        else:
            connection.execute(_KEEPING_THE_PROBE + _COMPLETE, ending.parameters() | probe.parameters())
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
