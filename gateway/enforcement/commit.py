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
    """What is committed. `scope` names the key of the sealed `document`; `sealed` is the decision's entry."""

    decision_id: UUID
    caller: Caller
    request: GovernedRequest
    facts: Facts
    digests: Blinds
    decision: Decision
    shape: obligations.Shape
    counters: list[Counter]
    scope: str
    clear: Mapping[str, Any]
    document_key: UUID
    document: bytes
    sealed: SealedEntry


def commit_decision(connection: Connection, commit: Commit) -> None:
    """Raises: psycopg.Error, which `stale` understands.

    Bytes travel as bytes (`%b`): written out as text they were the dearest part of a request.
    """
    connection.execute(
        """
        SELECT enforcement.commit_decision(
            %(decision)s, %(agency)s, %(client)s, %(operation)s, %(purpose)s, %(permit)s, %(dry_run)s, %(now)s,
            %(probe)b, %(case)b, %(story)b, %(document_key)s, %(document)b,
            %(revision)s, %(tables)s::text[], %(ids)s::text[], %(versions)s::bigint[],
            %(gallery)s, %(probe_sha256)b::bytea[], %(min_similarity)s, %(max_candidates)s, %(scope)s,
            %(clear)s::jsonb,
            %(kinds)s::text[], %(counter_ids)s::text[], %(periods)s::text[], %(limits)s::bigint[],
            %(duties)s::text[], %(dues)s::bigint[],
            %(leaf)s, %(leaf_key)s, %(names)s::text[], %(values)b::bytea[],
            %(blind_case)b, %(blind_user)b, %(blind_probe)b
        )
        """,
        {**_asked(commit), **_rests_on(commit), **_permits(commit), **_entry(commit.sealed)},
    )


def _asked(commit: Commit) -> dict[str, Any]:
    digests = commit.digests
    return {
        "decision": commit.decision_id,
        "agency": commit.caller.agency or "",
        "client": commit.caller.client,
        "operation": str(commit.request.operation),
        "purpose": commit.request.purpose,
        "permit": commit.decision.permit,
        "dry_run": commit.request.dry_run,
        "now": commit.facts.now_ns,
        "probe": digests.probes[0] if digests.probes else None,
        "case": digests.case,
        "story": remembered(commit.decision, digests),
        "document_key": commit.document_key,
        "document": commit.document,
    }


def _rests_on(commit: Commit) -> dict[str, Any]:
    tables, ids, versions = commit.facts.versions()
    return {
        "revision": commit.decision.revision,
        "tables": tables,
        "ids": ids,
        "versions": versions,
        "kinds": [counter.kind for counter in commit.counters],
        "counter_ids": [counter.id for counter in commit.counters],
        "periods": [counter.period for counter in commit.counters],
        "limits": [counter.limit for counter in commit.counters],
    }


def _permits(commit: Commit) -> dict[str, Any]:
    duties = obligations.duties(commit.decision.obligations)
    probe = commit.request.probe
    return {
        "gallery": commit.facts.gallery_id,
        "probe_sha256": list(probe.sha256) if probe else [],
        "min_similarity": commit.shape.min_similarity,
        "max_candidates": commit.shape.max_candidates,
        "scope": commit.scope,
        "clear": json.dumps(commit.clear),
        "duties": [code for code, _ in duties],
        "dues": [due for _, due in duties],
    }


def _entry(sealed: SealedEntry) -> dict[str, Any]:
    return {
        "leaf": sealed.leaf,
        "leaf_key": sealed.key_id,
        "names": list(sealed.names),
        "values": list(sealed.ciphertexts),
        "blind_case": sealed.blind_case,
        "blind_user": sealed.blind_user,
        "blind_probe": sealed.blind_probe,
    }
