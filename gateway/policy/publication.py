"""Putting an approved draft live, at once or at a set time, and bringing an older revision back.

What must always hold: only what another person approved is published, over the policy that it was made for; the
revision is built, loaded by the engines and asked its canaries before it takes over, and until then the old one
answers; its entry names the draft, the review and the impact that was seen. The holds in force are carried over. A
rollback is a publication like any other: a draft whose files are those of an older revision, reviewed by somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
import structlog

from gateway.audit.log import database_now
from gateway.clock import rfc3339
from gateway.policy import canary, draft_rows, holds, opa_program, revisions
from gateway.policy.draft_rows import name_of
from gateway.policy.drafts import OPEN
from gateway.policy.engine import EngineUnavailableError
from gateway.policy.keys import signing_key
from gateway.policy.live import make_engine
from gateway.policy.refusal import PolicyRefused, no_revision, wrong_state
from gateway.policy.revisions import RevisionError, renumbered
from gateway.policy.tree import of_revision
from gateway.registry.models import Actor
from gateway.rounds import make_rounds
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.policy.draft_checks import DraftChecks
    from gateway.policy.draft_rows import Draft
    from gateway.policy.drafts import Drafts
    from gateway.policy.revisions import Revision
    from gateway.settings import Settings

INTERVAL_SECONDS: Final = 0.5
RACE: Final = "PUBLICATION_RACE"
_ATTEMPTS: Final = 5
_CANDIDATE: Final = 0

logger = structlog.get_logger()


class Publications:
    def __init__(
        self, *, database: Database, log: AuditLog, settings: Settings, drafts: Drafts, checks: DraftChecks
    ) -> None:
        self._database = database
        self._log = log
        self._settings = settings
        self._drafts = drafts
        self._checks = checks

    def publish(self, actor: Actor, draft_id: UUID, *, due_ns: int | None = None) -> Draft:
        """Makes the approved draft the live revision; with `due_ns` only while it is scheduled for that time.

        Raises: PolicyRefused: not approved, or scheduled otherwise, or policy changed since it was made, or an engine
            does not take it.
        """
        for _ in range(_ATTEMPTS):
            with self._database.transaction() as connection:
                _, number, candidate = self._publishable(connection, draft_id, due_ns=due_ns)
                held = holds.active(connection, database_now(connection))
            revision = renumbered(candidate, number, holds=held, key=signing_key(self._settings.keys))
            self._vet(revision)
            try:
                with self._database.transaction() as connection:
                    again, number, _ = self._publishable(connection, draft_id, due_ns=due_ns)
                    if holds.active(connection, database_now(connection)) != held or number != revision.number:
                        continue
                    self._put_live(connection, again, revision, actor)
                    return draft_rows.one(connection, draft_id)
            except (psycopg.errors.SerializationFailure, psycopg.errors.UniqueViolation):
                continue
        raise PolicyRefused(
            status=409,
            code=RACE,
            sentence="Others kept publishing while this was prepared.",
            remedy="Send the request again.",
        )

    def schedule(self, actor: Actor, draft_id: UUID, *, at_ns: int) -> Draft:
        """Has an approved draft published at a time that is still to come. Raises: PolicyRefused."""
        with self._database.transaction() as connection:
            draft, _, _ = self._publishable(connection, draft_id)
            if at_ns <= database_now(connection):
                raise PolicyRefused(
                    status=422,
                    code="TIME_PAST",
                    sentence="The time at which to publish is past.",
                    remedy="Leave `at` out to publish at once.",
                )
            connection.execute(
                "UPDATE policy.drafts SET publish_at_ns = %s, publish_by = %s, publish_fault = NULL WHERE id = %s",
                (at_ns, name_of(actor), draft_id),
            )
            self._drafts.record(connection, EntryKind.PUBLICATION_SCHEDULED, draft, actor, clear={"publish_at": at_ns})
            return draft_rows.one(connection, draft_id)

    def publish_due(self) -> int:
        """Publishes what is due, and says how much. What cannot be published is marked, logged, and not tried again.

        Where others kept publishing meanwhile, it is tried again in the next round.
        """
        with self._database.transaction() as connection:
            due = draft_rows.due(connection, database_now(connection))
        done = 0
        for draft in due:
            kind, _, name = (draft.publish_by or "").partition(":")
            actor = Actor(kind="client" if kind == "client" else "operator", id=name)
            try:
                self.publish(actor, draft.id, due_ns=draft.publish_at_ns)
                done += 1
            except PolicyRefused as refused:
                # Another node was faster, or somebody set another time; or others published, and it is due still.
                if refused.code not in {"DRAFT_STATE", RACE}:
                    self._failed(draft, refused)
        return done

    def run(self, stop: threading.Event) -> None:
        """Publishes what is due until told to stop."""
        make_rounds(self.publish_due, stop, name="policy.publications", pause_seconds=INTERVAL_SECONDS)

    def roll_back(self, actor: Actor, number: int, *, reason: str) -> Draft:
        """Proposes that the policy of an older revision be published again: a draft, submitted, waiting for review.

        Raises: PolicyRefused: no such revision, or it is the policy that is live.
        """
        with self._database.transaction() as connection:
            live, older = self._two(connection, number)
            changes = of_revision(live).changes_to(of_revision(older))
            if not changes:
                raise PolicyRefused(
                    status=409,
                    code="DRAFT_EMPTY",
                    sentence=f"The policy of revision {number} is the one that is live.",
                    remedy="Choose another revision.",
                )
            candidate = renumbered(
                older, _CANDIDATE, holds=live.data.get("holds", {}), key=signing_key(self._settings.keys)
            )
            draft = self._drafts.create(
                actor, title=f"Back to revision {number}", why=reason, origin="rollback", brings_back=number,
                changes=changes, connection=connection,
            )  # fmt: skip
        opened = self._drafts.open(draft.id)
        kept = self._checks.keep_rollback(actor, opened, candidate)
        with self._database.transaction() as connection:
            draft = draft_rows.one(connection, draft.id, for_update=True)
            if draft.state != OPEN:  # others saw it meanwhile
                raise wrong_state(draft.state, "open", "Ask for the rollback again, where it is still wanted.")
            connection.execute(
                "UPDATE policy.drafts SET state = 'submitted', files_sha256 = %s, submitted_ns = %s WHERE id = %s",
                (kept.files_sha256, database_now(connection), draft.id),
            )
            self._drafts.record(
                connection, EntryKind.DRAFT_SUBMITTED, draft, actor,
                clear={"files_sha256": kept.files_sha256.hex(), "base": draft.base, "brings_back": number},
            )  # fmt: skip
            return draft_rows.one(connection, draft.id)

    def newest(self, *, limit: int) -> list[dict[str, Any]]:
        """Revisions, the newest first, each with why it is what it is."""
        with self._database.transaction() as connection:
            rows = connection.execute(f"{_REVISIONS} ORDER BY r.number DESC LIMIT %s", (limit,)).fetchall()
        return [_document(row) for row in rows]

    def one(self, number: int) -> dict[str, Any]:
        """Raises: PolicyRefused where there is none."""
        with self._database.transaction() as connection:
            row = connection.execute(f"{_REVISIONS} WHERE r.number = %s", (number,)).fetchone()
        if row is None:
            raise no_revision()
        return _document(row)

    def archive(self, sha256: str) -> bytes:
        """The tar of this hash, for ever. Raises: PolicyRefused where there is none."""
        try:
            digest = bytes.fromhex(sha256)
        except ValueError:
            raise no_revision() from None
        with self._database.transaction() as connection:
            row = connection.execute("SELECT tar FROM policy.revisions WHERE sha256 = %s", (digest,)).fetchone()
        if row is None:
            raise no_revision()
        return bytes(row[0])

    def _publishable(
        self, connection: Connection, draft_id: UUID, *, due_ns: int | None = None
    ) -> tuple[Draft, int, Revision]:
        """The approved draft, the number that it would get, and its candidate."""
        draft = draft_rows.one(connection, draft_id, for_update=True)
        if draft.state != "approved" or draft.files_sha256 is None:
            raise wrong_state(draft.state, "approved", "A second person approves a submitted draft with a review.")
        if due_ns is not None and not _still_due(draft, due_ns):
            raise wrong_state("scheduled otherwise", "due", "It is published at its new time, if it has one.")
        found = revisions.live(connection)
        if found is None:
            raise no_revision()
        try:
            live = revisions.load(connection, found[0], keys=self._settings.keys)
            base = revisions.load(connection, draft.base, keys=self._settings.keys)
        except RevisionError as error:
            raise _not_publishable(str(error)) from error
        if of_revision(live).sha256 != of_revision(base).sha256:
            raise PolicyRefused(
                status=409,
                code="DRAFT_OUTDATED",
                sentence=f"The draft was made over revision {base.number}, and another policy is live since.",
                remedy="Reopen the draft, which carries it over to the live revision; then check and submit it again.",
            )
        candidate = self._checks.candidate_of(connection, draft_id, draft.files_sha256)
        return draft, live.number + 1, candidate

    def _vet(self, revision: Revision) -> None:
        """Every engine that this machine has holds the revision and repeats its canaries. The old one answers still."""
        try:
            canary.require_base(revision)
            engines = {"wasm", self._settings.policy_engine}
            if opa_program.find(self._settings.home) and not self._settings.opa_url:
                engines.add("opa")
            for name in sorted(engines):
                settings = self._settings.model_copy(
                    update={"policy_engine": name, "shadow_share": 0, "web_threads": 1}
                )
                if name == "opa" and self._settings.opa_url:
                    continue  # the operator's own server takes the revision once it is live
                engine = make_engine(revision, settings)
                engine.close()
        except (canary.NotPublishableError, EngineUnavailableError) as error:
            raise _not_publishable(str(error)) from error

    def _put_live(self, connection: Connection, draft: Draft, revision: Revision, actor: Actor) -> None:
        row = connection.execute(
            "SELECT client, impact_sha256 FROM policy.draft_reviews"
            " WHERE draft = %s AND files_sha256 = %s AND verdict = 'approve' ORDER BY reviewed_ns DESC LIMIT 1",
            (draft.id, draft.files_sha256),
        ).fetchone()
        if row is None:
            raise wrong_state(draft.state, "approved", "A second person approves a submitted draft with a review.")
        reviewer, seen = row
        kind = "rollback" if draft.origin == "rollback" else "draft"
        revisions.publish(
            connection, revision, self._log, actor,
            about={
                "from": kind,
                "draft": str(draft.id),
                "brings_back": draft.brings_back,
                "files_sha256": draft.files_sha256.hex() if draft.files_sha256 else None,
                "reviewed_by": reviewer,
                "impact": bytes(seen).hex() if seen is not None else None,
            },
        )  # fmt: skip
        connection.execute(
            "INSERT INTO policy.publications (revision, kind, draft, policy_sha256, impact_sha256, published_by)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (
                revision.number, kind, draft.id, bytes.fromhex(of_revision(revision).sha256), seen, name_of(actor),
            ),
        )  # fmt: skip
        connection.execute(
            "UPDATE policy.drafts SET state = 'published', revision = %s WHERE id = %s", (revision.number, draft.id)
        )

    def _failed(self, due: Draft, refused: PolicyRefused) -> None:
        """Marks the schedule that failed, and no other: what is marked is not tried."""
        with self._database.transaction() as connection:
            draft = draft_rows.one(connection, due.id, for_update=True)
            if not _still_due(draft, due.publish_at_ns):
                return
            logger.critical("policy.publication_failed", draft=str(draft.id), code=refused.code)
            connection.execute("UPDATE policy.drafts SET publish_fault = %s WHERE id = %s", (str(refused), draft.id))
            self._drafts.record(
                connection, EntryKind.PUBLICATION_FAILED, draft, Actor(kind="gateway", id="publications"),
                clear={"code": refused.code},
            )  # fmt: skip

    def _two(self, connection: Connection, number: int) -> tuple[Revision, Revision]:
        found = revisions.live(connection)
        try:
            return tuple(  # type: ignore[return-value]
                revisions.load(connection, which, keys=self._settings.keys)
                for which in (found[0] if found else 0, number)
            )
        except RevisionError:
            raise no_revision() from None


_REVISIONS: Final = """
SELECT r.number, r.sha256, r.published_by, r.published_ns, p.kind, p.draft, p.policy_sha256, p.impact_sha256,
    r.number = (SELECT number FROM policy.live)
FROM policy.revisions AS r LEFT JOIN policy.publications AS p ON p.revision = r.number
"""


def _document(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "number": row[0],
        "sha256": bytes(row[1]).hex(),
        "published_by": row[2],
        "published_at": rfc3339(row[3]),
        "from": row[4] or "shipped",
        "draft": str(row[5]) if row[5] else None,
        "policy_sha256": bytes(row[6]).hex() if row[6] is not None else None,
        "impact": bytes(row[7]).hex() if row[7] is not None else None,
        "live": row[8],
    }


def _still_due(draft: Draft, due_ns: int | None) -> bool:
    """Whether the schedule that was found due stands: nobody set another since, and it has not failed."""
    return draft.state == "approved" and draft.publish_at_ns == due_ns and draft.publish_fault is None


def _not_publishable(why: str) -> PolicyRefused:
    return PolicyRefused(
        status=409,
        code="NOT_PUBLISHABLE",
        sentence=f"The revision cannot become live: {why.rstrip('.')}.",
        remedy="The live revision goes on. Correct the draft, and have it checked and reviewed again.",
    )
