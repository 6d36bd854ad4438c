"""From a draft to an approved one: its checks, its impact, its submission, and the review by somebody else.

What must always hold: nothing that fails a check is submitted; nobody reviews what he had a hand in, through whatever
client; who approves names the impact that he saw, which is that of exactly the files that were submitted, and says how
many newly permitted decisions he signs off. PostgreSQL holds the first two against this code itself.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.policy import draft_rows, impact, opa_program
from gateway.policy.check import check
from gateway.policy.draft_rows import had_a_hand, name_of
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
    from gateway.policy.draft_rows import Draft
    from gateway.policy.drafts import Drafts, Opened
    from gateway.policy.impact import Impact
    from gateway.registry.models import Actor

Verdict = Literal["approve", "reject"]
WAIT_SECONDS: Final = 60.0
_MOST_SHADOWED: Final = 1_000_000


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


class Reviews:
    def __init__(
        self, *, database: Database, replayer: Database | None, drafts: Drafts, keys: Path, home: Path
    ) -> None:
        self._database = database
        self._replayer = replayer
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

    def check(self, actor: Actor, draft_id: UUID, *, wait: float = WAIT_SECONDS) -> StoredCheck:
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

    def last_check(self, draft_id: UUID) -> StoredCheck | None:
        """The newest check of any state of the files. Raises: PolicyRefused where there is no such draft."""
        with self._database.transaction() as connection:
            draft_rows.one(connection, draft_id)
            return _stored(connection, draft_id, None)

    def submit(self, actor: Actor, draft_id: UUID) -> Draft:
        """Closes the files and asks for a review. Whoever submits is an author too.

        Raises: PolicyRefused: with the findings where a check fails.
        """
        opened = self._drafts.open(draft_id)
        if opened.draft.state != "draft":
            raise wrong_state(opened.draft.state, "open", "A submitted draft waits for its review.")
        if not opened.before.changes_to(opened.tree):
            raise PolicyRefused(
                status=422,
                code="DRAFT_EMPTY",
                sentence="The draft changes nothing.",
                remedy="Put or remove a file first.",
            )
        with self._database.transaction() as connection:
            stored = _stored(connection, draft_id, opened.digest)
        if stored is None:
            stored = self.check(actor, draft_id)
        if not stored.passed:
            raise PolicyRefused(
                status=422,
                code="CHECK_FAILED",
                sentence=_failed(stored),
                remedy="Correct what the findings name, and submit again. Nothing that fails can be submitted.",
                findings=stored.findings,
            )
        with self._database.transaction() as connection:
            draft = draft_rows.one(connection, draft_id, for_update=True)
            digest = draft_rows.digest(draft.base, draft_rows.changes(connection, draft_id))
            if draft.state != "draft" or digest != stored.files_sha256:
                raise wrong_state("changed meanwhile", "as it was checked", "Check it and submit it again.")
            now = database_now(connection)
            draft_rows.add_hand(connection, draft_id, actor, now)
            connection.execute(
                "UPDATE policy.drafts SET state = 'submitted', files_sha256 = %s, submitted_ns = %s WHERE id = %s",
                (digest, now, draft_id),
            )
            self._drafts.record(
                connection, EntryKind.DRAFT_SUBMITTED, draft, actor,
                clear={"files_sha256": digest.hex(), "base": draft.base},
            )  # fmt: skip
            return draft_rows.one(connection, draft_id)

    def impact(self, actor: Actor, draft_id: UUID, *, last: int) -> Impact:
        """Replays the last recorded decisions against the draft's candidate, and keeps what was found.

        Raises: PolicyRefused: the draft did not pass its checks as it is, or decisions cannot be read here.
        """
        candidate = self.candidate(draft_id)
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
            candidate = self.candidate_of(connection, draft_id, opened.digest)
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
            candidate = self.candidate_of(connection, draft_id, bytes(row[0]))
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

    def stored_impact(self, draft_id: UUID) -> tuple[str, dict[str, Any]]:
        """(digest, document) of the last impact. Raises: PolicyRefused where there is none."""
        with self._database.transaction() as connection:
            draft_rows.one(connection, draft_id)
            found = impact.stored(connection, draft_id)
        if found is None:
            raise _impact_missing()
        return found

    def candidate(self, draft_id: UUID) -> Revision:
        """The signed candidate of the draft's present files. Raises: PolicyRefused where they did not pass."""
        opened = self._drafts.open(draft_id)
        with self._database.transaction() as connection:
            return self.candidate_of(connection, draft_id, opened.digest)

    def candidate_of(self, connection: Connection, draft_id: UUID, digest: bytes) -> Revision:
        stored = _stored(connection, draft_id, digest)
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
        with self._database.transaction() as connection:
            stored = _stored(connection, draft_id, opened.digest)
        if stored is None or stored.candidate is None:
            return None
        return semantic_diff(opened.base, Revision.open(stored.candidate, key=verification_key(self._keys)))

    def review(
        self,
        actor: Actor,
        draft_id: UUID,
        *,
        verdict: Verdict,
        reason: str,
        impact_sha256: str | None = None,
        newly_permitted: int | None = None,
    ) -> Draft:
        """Approves or rejects what was submitted.

        Raises: PolicyRefused: the reviewer had a hand in it; no impact, or another than that of these files; or the
            number of newly permitted decisions is not the one that the impact has. SamePerson.
        """
        with self._database.transaction() as connection:
            draft = draft_rows.one(connection, draft_id, for_update=True)
            if draft.state != "submitted" or draft.files_sha256 is None:
                raise wrong_state(draft.state, "submitted", "Only what was submitted is reviewed.")
            hands = draft_rows.hands(connection, draft_id)
            if had_a_hand(hands, actor):
                raise PolicyRefused(
                    status=403,
                    code="SELF_REVIEW",
                    sentence="You had a hand in this draft, and nobody reviews his own work.",
                    remedy="Ask a second person, with a client of his own, to review it.",
                )
            draft_rows.require_another(connection, hands, actor)
            signed = None
            if verdict == "approve":
                signed = self._signed_off(connection, draft, impact_sha256, newly_permitted)
            now = database_now(connection)
            connection.execute(
                "INSERT INTO policy.draft_reviews (id, draft, files_sha256, client, person, verdict, reason,"
                " impact_sha256, newly_permitted, reviewed_ns) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    uuid7(), draft_id, draft.files_sha256, name_of(actor), actor.user or "", verdict, reason,
                    signed, newly_permitted if signed else None, now,
                ),
            )  # fmt: skip
            connection.execute(
                "UPDATE policy.drafts SET state = %s WHERE id = %s",
                ("approved" if verdict == "approve" else "rejected", draft_id),
            )
            self._drafts.record(
                connection, EntryKind.DRAFT_REVIEWED, draft, actor,
                clear={
                    "verdict": verdict,
                    "files_sha256": draft.files_sha256.hex(),
                    "impact": signed.hex() if signed else None,
                    "newly_permitted": newly_permitted if signed else None,
                },
                disclosed={"reason": reason},
            )  # fmt: skip
            return draft_rows.one(connection, draft_id)

    def of_draft(self, draft_id: UUID) -> list[dict[str, Any]]:
        """The reviews of a draft, the oldest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT client, person, verdict, reason, impact_sha256, newly_permitted, reviewed_ns, files_sha256"
                " FROM policy.draft_reviews WHERE draft = %s ORDER BY reviewed_ns",
                (draft_id,),
            ).fetchall()
        return [
            {
                "reviewer": row[0],
                "user": row[1] or None,
                "verdict": row[2],
                "reason": row[3],
                "impact": bytes(row[4]).hex() if row[4] is not None else None,
                "newly_permitted": row[5],
                "reviewed_at": rfc3339(row[6]),
                "files_sha256": bytes(row[7]).hex(),
            }
            for row in rows
        ]

    def keep_rollback(self, actor: Actor, opened: Opened, candidate: Revision) -> StoredCheck:
        """An older revision's policy passed its checks when it was published; its candidate is kept as it is."""
        steps = [
            {"name": "rollback", "outcome": "passed", "milliseconds": 0, "findings": [], "figures": {}},
        ]
        return self._keep(actor, opened, {"passed": True, "steps": steps}, candidate)

    def _reader(self) -> Database:
        if self._replayer is None:
            raise PolicyRefused(
                status=503,
                code="REPLAY_UNAVAILABLE",
                sentence="This process may not read recorded decisions.",
                remedy="Ask a web process of the gateway.",
            )
        return self._replayer

    def _signed_off(
        self, connection: Connection, draft: Draft, impact_sha256: str | None, newly_permitted: int | None
    ) -> bytes:
        found = impact.stored(connection, draft.id)
        if found is None:
            raise _impact_missing()
        digest, document = found
        candidate = self.candidate_of(connection, draft.id, draft.files_sha256 or b"")
        if document["candidate"]["sha256"] != candidate.sha256:
            raise PolicyRefused(
                status=409,
                code="IMPACT_OUTDATED",
                sentence="The impact that is kept is not of the files that were submitted.",
                remedy="Have the impact computed again, read it, and name its digest.",
            )
        if impact_sha256 != digest:
            raise PolicyRefused(
                status=409,
                code="IMPACT_NOT_SEEN",
                sentence="Approval names the digest of the impact that was seen, and this is not that of the last one.",
                remedy="Read the draft's impact, and approve with its digest in `impact`.",
            )
        count = int(document["counts"]["newly_permitted"])
        if newly_permitted != count:
            raise PolicyRefused(
                status=409,
                code="SIGN_OFF_MISSING",
                sentence=f"{count} recorded decisions would newly be permitted, and that number was not signed off.",
                remedy="Look at each of them in the impact, and approve with their number in `newly_permitted`.",
            )
        return bytes.fromhex(digest)

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


def _stored(connection: Connection, draft_id: UUID, digest: bytes | None) -> StoredCheck | None:
    row = connection.execute(
        "SELECT files_sha256, passed, report, candidate, checked_ns FROM policy.draft_checks"
        " WHERE draft = %(draft)s AND (%(digest)s::bytea IS NULL OR files_sha256 = %(digest)s)"
        " ORDER BY checked_ns DESC LIMIT 1",
        {"draft": draft_id, "digest": digest},
    ).fetchone()
    if row is None:
        return None
    return StoredCheck(bytes(row[0]), row[1], row[2], bytes(row[3]) if row[3] is not None else None, row[4])


def _failed(stored: StoredCheck) -> str:
    findings = stored.findings
    first = findings[0] if findings else None
    rest = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    if first is None:
        return "The draft did not pass its checks."
    return f"The step `{first.step}` fails: {first.place}: {first.sentence.rstrip('.')}{rest}."


def _impact_missing() -> PolicyRefused:
    return PolicyRefused(
        status=409,
        code="IMPACT_MISSING",
        sentence="Nobody has computed what this draft would have changed.",
        remedy="POST the draft's impact, read it, and approve with its digest.",
    )
