"""The checks of a draft: run once for each state of its files, kept with what they found, never forged by a caller.

What must always hold: what a check found belongs to exactly the files it ran on; only files that passed have a
candidate, and the candidate is signed.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.log import database_now
from gateway.clock import rfc3339
from gateway.policy import draft_rows, opa_program
from gateway.policy.check import check
from gateway.policy.findings import Finding
from gateway.policy.keys import signing_key, verification_key
from gateway.policy.refusal import PolicyRefused, wrong_state
from gateway.policy.revisions import Revision
from gateway.policy.semantic_diff import semantic_diff
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from gateway.database import Connection, Database
    from gateway.policy.drafts import Drafts, Opened
    from gateway.registry.models import Actor

WAIT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """What a check found on one state of a draft's files. `candidate` is the signed tar, where everything passed."""

    files_sha256: bytes
    passed: bool
    report: dict[str, Any]
    candidate: bytes | None
    checked_ns: int

    def document(self) -> dict[str, Any]:
        return {
            "files_sha256": self.files_sha256.hex(),
            "checked_at": rfc3339(self.checked_ns),
            **self.report,
        }

    @property
    def findings(self) -> list[Finding]:
        return [Finding(**found) for step in self.report["steps"] for found in step["findings"]]


class DraftChecks:
    def __init__(self, *, database: Database, drafts: Drafts, keys: Path, home: Path) -> None:
        self._database = database
        self._drafts = drafts
        self._keys = keys
        self._home = home
        # A check takes both processors for a while; two at once would only take twice as long.
        self._bench = ThreadPoolExecutor(1, thread_name_prefix="bench")
        self._running: dict[tuple[UUID, bytes], Future[StoredCheck]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Waits for nobody: what a check found is only lost, never half kept."""
        self._bench.shutdown(wait=False, cancel_futures=True)

    def run(self, actor: Actor, draft_id: UUID, *, wait: float = WAIT_SECONDS) -> StoredCheck:
        """Runs every check over the draft as it is now, and keeps what was found.

        A check that is running for these very files is waited for and not begun twice.

        Raises: PolicyRefused: no such draft; no `opa`; or it runs still after `wait` seconds, and goes on.
        """
        opened = self._drafts.open(draft_id)
        if opened.draft.origin == "rollback":
            raise wrong_state("a rollback", "edited by people", "A rollback was checked when it was first published.")
        asked = (draft_id, opened.digest)
        with self._lock:
            self._running = {key: future for key, future in self._running.items() if not future.done()}
            future = self._running.get(asked)
            if future is None:
                future = self._running[asked] = self._bench.submit(self._check, actor, opened)
        try:
            return future.result(wait)
        except TimeoutError:
            raise PolicyRefused(
                status=409,
                code="CHECK_RUNNING",
                sentence="The draft's checks are running, and are not done yet.",
                remedy="Read the draft's check until it has a result for these files, then go on.",
            ) from None

    def _check(self, actor: Actor, opened: Opened) -> StoredCheck:
        try:
            checked = check(opened.tree, base=opened.base, key=signing_key(self._keys), home=self._home)
        except opa_program.OpaMissingError as error:
            raise PolicyRefused(
                status=503,
                code="OPA_MISSING",
                sentence="Drafts cannot be checked here: a program is missing.",
                remedy=str(error),
            ) from error
        return self._keep(actor, opened, checked.report.document(), checked.candidate)

    def last(self, draft_id: UUID) -> StoredCheck | None:
        """The newest check of any state of the files. Raises: PolicyRefused where there is no such draft."""
        with self._database.transaction() as connection:
            draft_rows.one(connection, draft_id)
            return self.of(connection, draft_id, None)

    def of_present_files(self, opened: Opened) -> StoredCheck | None:
        """The check of an opened draft's files as they are."""
        with self._database.transaction() as connection:
            return self.of(connection, opened.draft.id, opened.digest)

    def candidate(self, draft_id: UUID) -> Revision:
        """The signed candidate of the draft's present files. Raises: PolicyRefused where they did not pass."""
        opened = self._drafts.open(draft_id)
        with self._database.transaction() as connection:
            return self.candidate_of(connection, draft_id, opened.digest)

    def candidate_of(self, connection: Connection, draft_id: UUID, digest: bytes) -> Revision:
        stored = self.of(connection, draft_id, digest)
        if stored is None or stored.candidate is None:
            raise PolicyRefused(
                status=409,
                code="NOT_CHECKED",
                sentence="The draft's present files did not pass the checks, so there is no candidate of them.",
                remedy="Check the draft, and correct what is found.",
            )
        return Revision.open(stored.candidate, key=verification_key(self._keys))

    def meaning(self, draft_id: UUID) -> dict[str, Any] | None:
        """The semantic difference from the base; None where the present files did not pass the checks."""
        opened = self._drafts.open(draft_id)
        stored = self.of_present_files(opened)
        if stored is None or stored.candidate is None:
            return None
        return semantic_diff(opened.base, Revision.open(stored.candidate, key=verification_key(self._keys)))

    @staticmethod
    def of(connection: Connection, draft_id: UUID, digest: bytes | None) -> StoredCheck | None:
        """The newest check of those files, or of whatever state where no digest is given."""
        row = connection.execute(
            "SELECT files_sha256, passed, report, candidate, checked_ns FROM policy.draft_checks"
            " WHERE draft = %(draft)s AND (%(digest)s::bytea IS NULL OR files_sha256 = %(digest)s)"
            " ORDER BY checked_ns DESC LIMIT 1",
            {"draft": draft_id, "digest": digest},
        ).fetchone()
        if row is None:
            return None
        return StoredCheck(bytes(row[0]), row[1], row[2], bytes(row[3]) if row[3] is not None else None, row[4])

    def keep_rollback(self, actor: Actor, opened: Opened, candidate: Revision) -> StoredCheck:
        """An older revision's policy passed its checks when it was published; its candidate is kept as it is."""
        steps = [
            {"name": "rollback", "outcome": "passed", "milliseconds": 0, "findings": [], "figures": {}},
        ]
        return self._keep(actor, opened, {"passed": True, "steps": steps}, candidate)

    def _keep(self, actor: Actor, opened: Opened, report: dict[str, Any], candidate: Revision | None) -> StoredCheck:
        with self._database.transaction() as connection:
            now = database_now(connection)
            kept = StoredCheck(opened.digest, report["passed"], report, candidate.tar if candidate else None, now)
            connection.execute(
                "INSERT INTO policy.draft_checks (draft, files_sha256, passed, report, candidate, checked_ns)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (opened.draft.id, kept.files_sha256, kept.passed, json.dumps(report), kept.candidate, now),
            )
            self._drafts.record(
                connection, EntryKind.DRAFT_CHECKED, opened.draft, actor,
                clear={
                    "files_sha256": kept.files_sha256.hex(),
                    "passed": kept.passed,
                    "candidate": candidate.sha256 if candidate else None,
                },
            )  # fmt: skip
        return kept
