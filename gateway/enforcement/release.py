"""Decision 2, `release_result`, and the commit that lets an answer out, or says who must decide first, or why it stays.

Nothing leaves that was not released. Policy is asked afresh with what only the search could tell; people who must look
first, those included for whom only this decision asks, are waited for with the result sealed; and the last statement of
a release reads the caller's standing, so that it falls before a suspension or after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from gateway.audit.entries import Entry, case_of
from gateway.enforcement import approval_rows, gateway_reasons, misuse, parked, progress, review_rows, withheld
from gateway.enforcement.answers import Answer, Refused, Released, Waiting, awaiting_approval, awaiting_review
from gateway.enforcement.obligations import enforceable
from gateway.enforcement.waiting import examined, held, hold_of, without_crops
from gateway.enforcement.wording import clear_of, refused_with, words
from gateway.identity.revocation import hold_caller, hold_chain
from gateway.policy.render import render
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from gateway.audit.entries import SealedEntry
    from gateway.audit.log import AuditLog
    from gateway.audit.receipts import ReceiptSigner
    from gateway.database import Connection, Database
    from gateway.enforcement.facts import Row
    from gateway.enforcement.misuse import Incidents
    from gateway.enforcement.progress import Progress
    from gateway.enforcement.request import GovernedRequest
    from gateway.enforcement.waiting import Approval, Hold
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine
    from gateway.recognition.models import Outcome

# What `enforcement.release` raises for a caller who was suspended or whose token was revoked; its message is the code.
NOT_IN_STANDING: Final = "WG006"
# What the database says to a release that comes too late: there is one, or nobody examines or approves it any more.
_TOO_LATE: Final = frozenset({"23505", "WG007"})
# Examiners that the law asks for where it asks for a second one.
EXAMINERS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A permit that was worked for: what is needed to decide about its answer, now or when people have decided.

    `document` is what policy was asked at decision 1, or would be now; `standing` is what decision 1 left for the
    answer: `reasons obligations policy notices min_similarity receipt examined`; `gallery` is the row of the gallery.
    `reached` is what people had decided where it is carried on; None where nobody else can know of it yet.
    """

    decision_id: UUID
    caller: Caller
    request: GovernedRequest
    scope: str
    document: Mapping[str, Any]
    engine: PolicyEngine
    standing: Mapping[str, Any]
    gallery: Row | None
    now_ns: Callable[[], int]
    reached: Progress | None = None


class Releases:
    def __init__(self, *, database: Database, log: AuditLog, receipts: ReceiptSigner, incidents: Incidents) -> None:
        self._database = database
        self._log = log
        self._receipts = receipts
        self._incidents = incidents

    def decide(
        self,
        worked: Worked,
        outcome: Outcome,
        result: Mapping[str, Any],
        *,
        approvals: tuple[Approval, ...] = (),
        examiners: int | None = None,
    ) -> Answer:
        """The answer, or who is waited for. `examiners` who agreed; None where nobody has examined yet.

        Where people will examine, policy is asked first what it would say if they agreed: what could not be released
        then is shown to nobody, not even to them.

        Raises: CarriedOn where somebody else carried it on meanwhile; nothing was done then.
        """
        to_examine = worked.standing["examined"] and examiners is None
        decision, hold = _decided(worked, outcome, approvals, EXAMINERS if to_examine else examiners)
        if decision.permit and examined(decision.obligations) and examiners is None and not to_examine:
            # Only this decision asks for examiners: it is another revision's, or rests on what was found.
            if without_crops(decision, worked.request.operation, worked.gallery):
                refusal = gateway_reasons.refusal("GALLERY_WITHOUT_CROPS", revision=decision.revision)
                return self.withhold(worked, refusal)
            to_examine = True
            decision, hold = _decided(worked, outcome, approvals, EXAMINERS)
        if hold:
            return self._wait_for_approval(worked, outcome, held(decision, hold), hold)
        if not decision.permit:
            return self.withhold(worked, decision)
        if to_examine:
            return self._wait_for_examiners(worked, outcome)
        return self._let_out(worked, decision, self._answer(worked, outcome, result))

    def withhold(self, worked: Worked, decision: Decision) -> Refused:
        now_ns = worked.now_ns()
        with self._database.transaction() as connection:
            _require_unchanged(connection, worked)
            review_rows.end(connection, worked.decision_id, now_ns=now_ns)
            sealed = self._log.record(connection, _entry(worked, decision, {}), now_ns=now_ns)
            self._suspect(connection, worked, decision, sealed)
            parked.let_go(connection, self._log, worked.decision_id, agency=worked.caller.agency)
        return refused_with(
            decision,
            worked.engine,
            policy=dict(worked.standing["policy"]),
            receipt=self._receipts.sign(sealed.leaf_hash, time_ns=now_ns),
        )

    def _let_out(self, worked: Worked, decision: Decision, document: dict[str, Any]) -> Answer:
        try:
            return Released(document=self._committed(worked, decision, document))
        except LinkRevoked as revoked:
            return self.withhold(worked, gateway_reasons.refusal(revoked.code, revision=decision.revision))
        except psycopg.Error as error:
            if error.sqlstate in _TOO_LATE:
                with self._database.transaction() as connection:
                    _require_unchanged(connection, worked)
            if error.sqlstate != NOT_IN_STANDING:
                raise
            code = str(error.diag.message_primary)
            return self.withhold(worked, gateway_reasons.refusal(code, revision=decision.revision))

    def _committed(self, worked: Worked, decision: Decision, document: dict[str, Any]) -> dict[str, Any]:
        """The answer with its receipt, released. What the database gave up for another to go on is tried once more."""
        try:
            return self._commit(worked, decision, document)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            return self._commit(worked, decision, document)

    def _commit(self, worked: Worked, decision: Decision, document: dict[str, Any]) -> dict[str, Any]:
        """In one statement, unless people had to decide. The answer with its receipt."""
        caller, now_ns = worked.caller, worked.now_ns()
        waited = worked.standing["waited"]
        alone = not (waited or caller.behind or misuse.shown(decision)) and self._log.knows(worked.scope)
        with self._database.statement() if alone else self._database.transaction() as connection:
            if caller.behind:
                hold_chain(connection, caller)
            for link in caller.links():
                _require_standing(connection, link)
            sealed = self._log.seal(connection, _entry(worked, decision, document), now_ns=now_ns)
            answer = document | {"receipt": self._receipts.sign(sealed.leaf_hash, time_ns=now_ns)}
            key_id, kept = self._log.seal_value(
                connection, worked.scope, answer, context=f"release:{worked.decision_id}"
            )
            connection.execute(
                "SELECT enforcement.release(%s, %s, %s, %b, %s, %s, %s::text[], %b::bytea[], %b, %b, %b)",
                (
                    worked.decision_id,
                    Jsonb(caller.standing()),
                    key_id,
                    kept,
                    sealed.leaf,
                    sealed.key_id,
                    list(sealed.names),
                    list(sealed.ciphertexts),
                    sealed.blind_case,
                    sealed.blind_user,
                    sealed.blind_probe,
                ),
            )
            self._suspect(connection, worked, decision, sealed)
            if waited:
                # After the release, which looks at the permit: who deletes a result holds that before these rows.
                _require_unchanged(connection, worked)
                review_rows.end(connection, worked.decision_id, now_ns=now_ns)
                parked.let_go(connection, self._log, worked.decision_id, agency=worked.caller.agency)
        return answer

    def _suspect(self, connection: Connection, worked: Worked, decision: Decision, sealed: SealedEntry) -> None:
        misuse.open_incidents(
            self._incidents, connection, decision, decision_id=worked.decision_id, caller=worked.caller,
            request=worked.request, sealed=sealed,
        )  # fmt: skip

    def _wait_for_approval(self, worked: Worked, outcome: Outcome, decision: Decision, hold: Hold) -> Waiting:
        """Seals what was found and asks supervisors whether it may be released."""
        now_ns, decision_id = worked.now_ns(), worked.decision_id
        standing = {**worked.standing, "waited": True}
        reasons = render(decision, words(worked.engine))
        with self._database.transaction() as connection:
            _require_unchanged(connection, worked)
            of_request = parked.keep_again(
                connection, self._log, decision_id, scope=worked.scope, caller=worked.caller,
                request=worked.request, standing={**standing, "held_for": reasons},
            )  # fmt: skip
            withheld.keep(connection, self._log, decision_id, scope=worked.scope, outcome=outcome)
            approval_rows.open_for(
                connection, self._log, decision_id, caller=worked.caller, phase="release", hold=hold,
                request_sha256=of_request, now_ns=now_ns,
            )  # fmt: skip
            sealed = self._log.record(connection, _entry(worked, decision, {}), now_ns=now_ns)
            self._suspect(connection, worked, decision, sealed)
            awaited = approval_rows.find(connection, decision_id)
        if awaited is None:
            raise LookupError("the row was written by this transaction")
        return awaiting_approval(decision_id, worked.standing, reasons=reasons, awaited=awaited)

    def _wait_for_examiners(self, worked: Worked, outcome: Outcome) -> Waiting:
        """Opens a review of what the engine sealed; or seals what was found, where the permit did not tell it to."""
        now_ns = worked.now_ns()
        with self._database.transaction() as connection:
            expires_ns = review_rows.open_for(
                connection, self._log, worked.decision_id, caller=worked.caller, now_ns=now_ns
            )
            # Afterwards, since the review's row holds the permit, as above; by now there is one.
            if worked.reached is not None:
                progress.require(connection, worked.decision_id, replace(worked.reached, review="open"))
            if not worked.standing["examined"]:
                parked.keep_again(
                    connection, self._log, worked.decision_id, scope=worked.scope, caller=worked.caller,
                    request=worked.request, standing={**worked.standing, "examined": True, "waited": True},
                )  # fmt: skip
                withheld.keep(connection, self._log, worked.decision_id, scope=worked.scope, outcome=outcome)
        return awaiting_review(worked.decision_id, worked.standing, expires_ns=expires_ns)

    @staticmethod
    def _answer(worked: Worked, outcome: Outcome, result: Mapping[str, Any]) -> dict[str, Any]:
        standing = worked.standing
        return {
            "id": str(worked.decision_id),
            "decision_id": str(worked.decision_id),
            "status": "completed",
            **result,
            "min_similarity": standing["min_similarity"],
            "reasons": standing["reasons"],
            "obligations": standing["obligations"],
            "notice": " ".join(standing["notices"]),
            "quality": [quality.document() for quality in outcome.quality],
            "engine": outcome.engine.document(),
            "policy": standing["policy"],
        }


class LinkRevoked(Exception):  # noqa: N818 - it states what is so
    """Something stands against one of those who passed the token on."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _require_standing(connection: Connection, link: Caller) -> None:
    """Holds the rows of one who stands behind the token until the release has committed. Raises LinkRevoked."""
    code = hold_caller(connection, link)
    if code is not None:
        raise LinkRevoked(code)


def _require_unchanged(connection: Connection, worked: Worked) -> None:
    """Where it is carried on: that nobody else did meanwhile, or does until this commit. Raises CarriedOn."""
    if worked.reached is not None:
        progress.require(connection, worked.decision_id, worked.reached)


def _decided(
    worked: Worked, outcome: Outcome, approvals: tuple[Approval, ...], examiners: int | None
) -> tuple[Decision, Hold | None]:
    """What policy says, and which supervisors it waits for."""
    question = _question(worked, outcome, approvals, examiners)

    def decide(document: dict[str, Any]) -> Decision:
        return enforceable(worked.engine.decide(document))

    decision = decide(question)
    return decision, hold_of(decision, question, decide, stage="release")


def _question(
    worked: Worked, outcome: Outcome, approvals: tuple[Approval, ...], examiners: int | None
) -> dict[str, Any]:
    """The same facts, the operation `release_result`, and what only the search and the people could tell.

    An enrolment finds nobody and tells nothing of anybody, so it has no result: it is asked about again as what it is.
    """
    operation = worked.request.operation
    given = [approval.document() for approval in approvals]
    return {
        **worked.document,
        "operation": str(operation if operation is Operation.ENROL_GALLERY else Operation.RELEASE_RESULT),
        "case_usage": {**(worked.document["case_usage"] or {}), **_measured(outcome)},
        "approvals": given,
        "approval": given[-1] if given else None,
        "verification": None if examiners is None else {"independent_verifiers": examiners},
        "search": {
            "operation": str(worked.request.operation),
            "candidates": len(outcome.candidates),
            "warnings": sorted({caution.code for quality in outcome.quality for caution in quality.warnings}),
            **_false_candidate(outcome),
            "upstream_calls": outcome.upstream_calls,
        },
    }


def _measured(outcome: Outcome) -> dict[str, Any]:
    """What only the engine can tell of the case, by faces; it goes before what the gateway counts by pictures."""
    return outcome.case_usage.document() if outcome.case_usage else {}


def _false_candidate(outcome: Outcome) -> dict[str, int]:
    """How likely the likeliest false one of the candidates is; nothing is said where the engine is not calibrated."""
    if outcome.false_candidate is None:
        return {}
    chances = [candidate.false_candidate for candidate in outcome.candidates if candidate.false_candidate]
    return {
        "false_candidate_ppm": max((chance.ppm for chance in chances), default=0),
        "false_candidate_bound_ppm": max((chance.bound_ppm for chance in chances), default=0),
    }


def _entry(worked: Worked, decision: Decision, document: Mapping[str, Any]) -> Entry:
    caller, request = worked.caller, worked.request
    clear = clear_of(worked.decision_id, caller, request, decision)
    clear["operation"] = str(Operation.RELEASE_RESULT)
    clear["of"] = str(request.operation)
    if "candidates" in document:
        clear["candidates"] = len(document["candidates"])
    blind: dict[str, str] = {}
    if request.case_number:
        blind["case"] = case_of(caller.agency, request.case_number)
    if caller.user:
        blind["user"] = caller.user
    return Entry(
        kind=EntryKind.RELEASE if decision.permit else EntryKind.WITHHELD,
        clear=clear,
        disclosed={
            "user": caller.user,
            "case_number": request.case_number,
            "answer": msgspec.json.encode(document, order="sorted").decode() if decision.permit else None,
        },
        scope=worked.scope,
        blind=blind,
    )
