"""What may be asked about decisions that were made: why, whether they come out the same, and which rules spoke.

One agency sees its own decisions, a caller without an agency all of them. Whoever asks, about a recorded decision or a
request that nobody made, is on the log for it before the answer leaves.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.audit.entries import Entry
from gateway.policy import impact, replay, revisions
from gateway.policy.evaluators import EvaluationError
from gateway.policy.explain import explain
from gateway.policy.input_document import InputError, document
from gateway.policy.opa_program import OpaMissingError
from gateway.policy.probes import ExplanationError
from gateway.policy.recorded import RecordedDecisions
from gateway.policy.refusal import PolicyRefused, no_revision
from gateway.policy.rule_report import rule_report
from gateway.policy.semantic_diff import semantic_diff, text_diff
from gateway.policy.workbench import WorkbenchError
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Database
    from gateway.policy.impact import Impact
    from gateway.policy.revisions import Revision
    from gateway.registry.models import Actor


class History:
    def __init__(self, *, database: Database, replayer: Database, log: AuditLog, keys: Path, home: Path) -> None:
        self._database = database
        self._replayer = replayer
        self._log = log
        self._keys = keys
        self._home = home

    def replay(
        self, actor: Actor, decision_id: UUID, *, agency: str | None, revision: int | None = None
    ) -> dict[str, Any]:
        """A recorded decision, made again under the revision that decided it, or under another.

        Raises: PolicyRefused; DatabaseUnavailable.
        """
        self._note(actor, agency, "replay", {"decision_id": str(decision_id)})
        try:
            found = replay.one(self._replayer, decision_id, keys=self._keys, agency=agency, under=revision)
        except replay.NotReplayableError as error:
            raise _not_replayable(error) from None
        except revisions.RevisionError:
            raise no_revision() from None
        if found is None:
            raise _no_decision()
        return found.document()

    def explain_recorded(
        self,
        actor: Actor,
        number: int,
        decision_id: UUID,
        *,
        agency: str | None,
        may_see: bool,
        pack: str | None = None,
    ) -> dict[str, Any]:
        """Why a revision answers a recorded request as it does. Values are shown to the agency that asked, if at all.

        Raises: PolicyRefused; DatabaseUnavailable.
        """
        self._note(actor, agency, "explanation", {"decision_id": str(decision_id)})
        found = RecordedDecisions(self._replayer, self._keys).one(decision_id, agency=agency)
        if found is None:
            raise _no_decision()
        try:
            asked = replay.input_of(found)
        except replay.NotReplayableError as error:
            raise _not_replayable(error) from None
        own = agency is not None and found.clear["agency"] == agency
        explained = self._explained(self._revision(number), asked, may_see=may_see and own, pack=pack)
        return {"decision_id": found.decision_id, "recorded_under": found.revision, **explained}

    def explain_request(
        self, actor: Actor, number: int, sections: Mapping[str, Any], *, agency: str | None, pack: str | None = None
    ) -> dict[str, Any]:
        """Why a revision would answer a request as it would. Raises: PolicyRefused; DatabaseUnavailable."""
        try:
            asked = document(**sections)
        except InputError as error:
            raise PolicyRefused(
                status=422,
                code="REQUEST_INVALID",
                sentence=f"This is no input document: {error}.",
                remedy="policies/schema/input.json describes it; times are nanoseconds since 1970.",
            ) from None
        revision = self._revision(number)
        digest = hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()
        self._note(actor, agency, "hypothesis", {"revision": number, "request_sha256": digest})
        return self._explained(revision, asked, may_see=True, pack=pack)

    def diff(self, number: int, other: int) -> dict[str, Any]:
        """What changed between two revisions, in the words of the law and line by line. Raises: PolicyRefused."""
        before, after = self._revision(number), self._revision(other)
        return semantic_diff(before, after) | {"text": text_diff(before, after)}

    def rules(self, actor: Actor, number: int, *, agency: str | None, last: int) -> dict[str, Any]:
        """How often each rule of a revision spoke in the last decisions. Raises: PolicyRefused; DatabaseUnavailable."""
        revision = self._revision(number)
        self._note(actor, agency, "rules", {"revision": number, "last": last})
        return rule_report(RecordedDecisions(self._replayer, self._keys).last(last, agency=agency), revision)

    def impact(self, actor: Actor, number: int, *, last: int) -> Impact:
        """What the last decisions would have been under a published revision: what a rollback would bring.

        Raises: PolicyRefused; DatabaseUnavailable.
        """
        revision = self._revision(number)
        self._note(actor, None, "impact", {"revision": number, "last": last})
        try:
            found = impact.run(self._replayer, candidate=revision, last=last, keys=self._keys)
        except (impact.NoBaseError, EvaluationError) as error:
            raise PolicyRefused(
                status=503,
                code="IMPACT_UNAVAILABLE",
                sentence=str(error),
                remedy="Ask again with fewer decisions; if it goes on, look at the revision's own cost.",
            ) from None
        with self._database.transaction() as connection:
            impact.store(connection, found, None)
        return found

    def impact_page(
        self, digest: str, *, change: str | None, group: Mapping[str, str], after: int, limit: int
    ) -> dict[str, Any]:
        """Decisions of a stored impact: those of one change, agency, purpose, operation or pack, from an index on.

        Raises: PolicyRefused; DatabaseUnavailable.
        """
        with self._database.transaction() as connection:
            found = impact.by_digest(connection, digest)
        if found is None:
            raise PolicyRefused(
                status=404,
                code="NOT_FOUND",
                sentence="There is no impact of that digest.",
                remedy="Make one; its answer holds the digest.",
            )
        pack = group.get("pack")
        wanted = {name: value for name, value in group.items() if name != "pack"}
        rows = [
            row
            for row in found["decisions"]
            if row["index"] > after
            and change in (None, *row["changes"])
            and (pack is None or pack in row["packs"])
            and all(row[name] == value for name, value in wanted.items())
        ]
        return {
            "items": rows[:limit],
            "next_cursor": str(rows[limit - 1]["index"]) if len(rows) > limit else None,
        }

    def _revision(self, number: int) -> Revision:
        try:
            with self._database.transaction() as connection:
                return revisions.load(connection, number, keys=self._keys)
        except revisions.RevisionError:
            raise no_revision() from None

    def _explained(
        self, revision: Revision, asked: Mapping[str, Any], *, may_see: bool, pack: str | None
    ) -> dict[str, Any]:
        try:
            return explain(revision, asked, may_see=may_see, home=self._home, pack=pack)
        except (OpaMissingError, WorkbenchError, ExplanationError) as error:
            raise PolicyRefused(
                status=503,
                code="EXPLANATION_UNAVAILABLE",
                sentence=str(error),
                remedy="Try again; where `opa` is missing, the operator runs `writgate opa install`.",
            ) from None

    def _note(self, actor: Actor, agency: str | None, read: str, question: dict[str, Any]) -> None:
        entry = Entry(
            EntryKind.ENTRIES_READ,
            {"client": actor.id, "agency": agency, "read": read, "count": 1},
            {"user": actor.user, "question": question},
            scope="audit",
            blind={"user": actor.user} if actor.user else {},
        )
        with self._database.transaction() as connection:
            self._log.record(connection, entry)


def _no_decision() -> PolicyRefused:
    return PolicyRefused(
        status=404,
        code="NOT_FOUND",
        sentence="There is no recorded decision of that id for you.",
        remedy="A decision can be replayed once it is on the log, seconds after it was made; dry runs are not.",
    )


def _not_replayable(error: replay.NotReplayableError) -> PolicyRefused:
    return PolicyRefused(
        status=409, code=error.code, sentence=str(error), remedy="The entry itself still stands on the log."
    )
