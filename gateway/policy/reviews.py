"""From a checked draft to an approved one: its submission, and the review by somebody else.

What must always hold: nothing that fails a check is submitted; nobody reviews what he had a hand in, through whatever
client; who approves names the impact that he saw, which is that of exactly the files that were submitted, and says how
many newly permitted decisions he signs off. PostgreSQL holds the first two against this code itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from gateway.audit.clock import sound_now
from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.policy import draft_rows
from gateway.policy.draft_impacts import stored_impact
from gateway.policy.draft_rows import had_a_hand, name_of
from gateway.policy.refusal import PolicyRefused, wrong_state
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.database import Connection, Database
    from gateway.policy.draft_checks import DraftChecks, StoredCheck
    from gateway.policy.draft_rows import Draft
    from gateway.policy.drafts import Drafts
    from gateway.registry.models import Actor

Verdict = Literal["approve", "reject"]


class Reviews:
    def __init__(self, *, database: Database, drafts: Drafts, checks: DraftChecks) -> None:
        self._database = database
        self._drafts = drafts
        self._checks = checks

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
        stored = self._checks.of_present_files(opened) or self._checks.run(actor, draft_id)
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
            now = sound_now(connection)
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

    def _signed_off(
        self, connection: Connection, draft: Draft, impact_sha256: str | None, newly_permitted: int | None
    ) -> bytes:
        digest, document = stored_impact(connection, draft.id)
        candidate = self._checks.candidate_of(connection, draft.id, draft.files_sha256 or b"")
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


def _failed(stored: StoredCheck) -> str:
    findings = stored.findings
    first = findings[0] if findings else None
    rest = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    if first is None:
        return "The draft did not pass its checks."
    return f"The step `{first.step}` fails: {first.place}: {first.sentence.rstrip('.')}{rest}."
