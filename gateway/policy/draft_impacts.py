"""What a draft would have changed: recorded decisions replayed against its candidate, at once or as they come.

What must always hold: decisions of every agency are opened for it, so that each reading is an entry before it happens;
an impact is kept under the digest by which an approval names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.audit.log import database_now
from gateway.clock import rfc3339
from gateway.policy import draft_rows, impact
from gateway.policy.draft_rows import name_of
from gateway.policy.refusal import PolicyRefused
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from gateway.database import Connection, Database
    from gateway.policy.draft_checks import DraftChecks
    from gateway.policy.drafts import Drafts
    from gateway.policy.impact import Impact
    from gateway.registry.models import Actor

_MOST_SHADOWED: Final = 1_000_000


class DraftImpacts:
    """`replayer` is the database of the role that reads recorded decisions; None where this process may not."""

    def __init__(
        self, *, database: Database, replayer: Database | None, drafts: Drafts, checks: DraftChecks, keys: Path
    ) -> None:
        self._database = database
        self._replayer = replayer
        self._drafts = drafts
        self._checks = checks
        self._keys = keys

    def run(self, actor: Actor, draft_id: UUID, *, last: int) -> Impact:
        """Replays the last recorded decisions against the draft's candidate, and keeps what was found.

        Raises: PolicyRefused: the draft did not pass its checks as it is, or decisions cannot be read here.
        """
        candidate = self._checks.candidate(draft_id)
        self._record_reading(actor, draft_id, "impact", last)
        found = impact.run(self._reader(), candidate=candidate, last=last, keys=self._keys)
        with self._database.transaction() as connection:
            impact.store(connection, found, draft_id)
        return found

    def shadow(self, actor: Actor, draft_id: UUID, *, seconds: int) -> dict[str, Any]:
        """From now on, for a time, every recorded decision is put to the draft's candidate too. It decides nothing.

        Raises: PolicyRefused where the draft did not pass its checks as it is.
        """
        opened = self._drafts.open(draft_id)
        with self._database.transaction() as connection:
            candidate = self._checks.candidate_of(connection, draft_id, opened.digest)
            now = database_now(connection)
            connection.execute(
                "INSERT INTO policy.shadows (draft, files_sha256, started_by, started_ns, until_ns)"
                " VALUES (%s, %s, %s, %s, %s)",
                (draft_id, opened.digest, name_of(actor), now, now + seconds * 10**9),
            )
            self._drafts.record(
                connection, EntryKind.SHADOW_STARTED, opened.draft, actor,
                clear={"candidate": candidate.sha256, "until": now + seconds * 10**9},
            )  # fmt: skip
        return self._shadowed(draft_id)

    def shadowed(self, actor: Actor, draft_id: UUID) -> dict[str, Any]:
        """The last shadow of a draft: for how long, and what it said otherwise than the live revision until now.

        Raises: PolicyRefused where there is none, or recorded decisions cannot be read here.
        """
        self._record_reading(actor, draft_id, "shadow", _MOST_SHADOWED)
        return self._shadowed(draft_id)

    def _record_reading(self, actor: Actor, draft_id: UUID, what: str, most: int) -> None:
        """Recorded decisions of every agency are opened for it; that they were is an entry, before they are."""
        with self._database.transaction() as connection:
            draft = draft_rows.one(connection, draft_id)
            clear = {"read": what, "count": most}
            self._drafts.record(connection, EntryKind.ENTRIES_READ, draft, actor, clear=clear)

    def _shadowed(self, draft_id: UUID) -> dict[str, Any]:
        with self._database.transaction() as connection:
            draft_rows.one(connection, draft_id)
            row = connection.execute(
                "SELECT files_sha256, started_by, started_ns, until_ns, until_ns > ops.now_ns() FROM policy.shadows"
                " WHERE draft = %s ORDER BY started_ns DESC LIMIT 1",
                (draft_id,),
            ).fetchone()
            if row is None:
                raise PolicyRefused(
                    status=404,
                    code="NOT_FOUND",
                    sentence="The draft does not run beside the live revision.",
                    remedy="POST the draft's shadow to have it do so for a time.",
                )
            candidate = self._checks.candidate_of(connection, draft_id, bytes(row[0]))
        found = impact.run(
            self._reader(), candidate=candidate, last=_MOST_SHADOWED, keys=self._keys, window=(row[2], row[3])
        )
        return {
            "started_by": row[1],
            "started_at": rfc3339(row[2]),
            "until": rfc3339(row[3]),
            "running": row[4],
            "impact": found.document(),
        }

    def last(self, draft_id: UUID) -> tuple[str, dict[str, Any]]:
        """(digest, document) of the last impact. Raises: PolicyRefused where there is none."""
        with self._database.transaction() as connection:
            draft_rows.one(connection, draft_id)
            return stored_impact(connection, draft_id)

    def _reader(self) -> Database:
        if self._replayer is None:
            raise PolicyRefused(
                status=503,
                code="REPLAY_UNAVAILABLE",
                sentence="This process may not read recorded decisions.",
                remedy="Ask a web process of the gateway.",
            )
        return self._replayer


def stored_impact(connection: Connection, draft_id: UUID) -> tuple[str, dict[str, Any]]:
    """(digest, document) of the last impact. Raises: PolicyRefused where there is none."""
    found = impact.stored(connection, draft_id)
    if found is None:
        raise PolicyRefused(
            status=409,
            code="IMPACT_MISSING",
            sentence="Nobody has computed what this draft would have changed.",
            remedy="POST the draft's impact, read it, and approve with its digest.",
        )
    return found
