"""Transaction 1: the decision, its permit, its duties, its entry and its counters, in one call of the database.

`enforcement.commit_decision` holds the rows that the decision rests on, checks that they are as they were read, and
takes the counters last. Everything stands afterwards, or nothing.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg

from gateway.enforcement import obligations
from gateway.enforcement.story import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from gateway.audit.entries import SealedEntry
    from gateway.database import Connection
    from gateway.enforcement.facts import Blinds, Facts
    from gateway.enforcement.limits import Counter
    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision

# A fact changed; a limit is used up; the transaction could not be serialised; it met another in a deadlock.
_STALE: Final = frozenset({"WG001", "WG002", "40001", "40P01"})


class StaleDecision(Exception):  # noqa: N818 - it states what is so
    """A fact, the live revision or a limit changed between the reading and the commit."""


@contextmanager
def stale() -> Iterator[None]:
    """Turns the database's word for it into StaleDecision."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate in _STALE:
            raise StaleDecision from None
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What is committed. `sealed` is the decision's entry; `result_scope` names the key of what the search gives."""

    decision_id: UUID
    caller: Caller
    request: GovernedRequest
    facts: Facts
    digests: Blinds
    decision: Decision
    shape: obligations.Shape
    counters: list[Counter]
    result_scope: str
    clear: Mapping[str, Any]
    document_key: UUID
    document: bytes
    sealed: SealedEntry


def commit_decision(connection: Connection, commit: Commit) -> None:
    """Raises: psycopg.Error, which `stale` understands.

    Bytes travel as bytes (`%b`), and what only a permit needs as one document: written out one by one the parameters
    were the dearest part of a request.
    """
    sealed = commit.sealed
    duties = obligations.duties(commit.decision.obligations, now_ns=commit.facts.now_ns)
    connection.execute(
        """
        SELECT enforcement.commit_decision(
            %s, %s, %s, %s, %s, %s, %s, %b, %s, %b, %s::text[], %s::bigint[],
            %s, %s, %s::text[], %b::bytea[], %b, %b, %b, %s, %s::jsonb
        )
        """,
        (
            commit.decision_id,
            commit.caller.agency or "",
            commit.caller.client,
            str(commit.request.operation),
            commit.request.purpose,
            commit.request.dry_run,
            commit.facts.now_ns,
            remembered(commit.decision, commit.digests),
            commit.document_key,
            commit.document,
            [code for code, _ in duties],
            [due for _, due in duties],
            sealed.leaf,
            sealed.key_id,
            list(sealed.names),
            list(sealed.ciphertexts),
            sealed.blind_case,
            sealed.blind_user,
            sealed.blind_probe,
            commit.decision.permit,
            json.dumps(_terms(commit)) if commit.decision.permit and not commit.request.dry_run else None,
        ),
    )


def is_decided(connection: Connection, decision_id: UUID) -> bool:
    row = connection.execute("SELECT 1 FROM enforcement.decisions WHERE decision_id = %s", (decision_id,)).fetchone()
    return row is not None


def _terms(commit: Commit) -> dict[str, Any]:
    """What the permit rests on, allows and takes."""
    probe = commit.request.probe
    return {
        "revision": commit.decision.revision,
        "facts": commit.facts.versions(),
        "gallery": commit.facts.gallery and commit.facts.gallery["id"],
        "probe_sha256": [digest.hex() for digest in probe.sha256] if probe else [],
        "min_similarity": commit.shape.min_similarity,
        "max_candidates": commit.shape.max_candidates,
        "scope": commit.result_scope,
        "clear": {
            **commit.clear,
            "probe_source": probe.source if probe else None,
            "case_scope": commit.digests.scope,
            "max_false_candidate_ppm": commit.shape.max_false_candidate_ppm,
            # The database takes the papers out again and keeps them by themselves (`enforcement.rests_on`).
            **({"_papers": commit.facts.papers()} if commit.facts.papers() else {}),
        },
        "counters": [(counter.kind, counter.id, counter.period, counter.limit) for counter in commit.counters],
    }
