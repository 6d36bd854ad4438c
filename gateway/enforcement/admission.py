"""Decision 1, `admit`: read the facts, ask policy, commit the decision with its entry and its limits.

Three times at most, because a fact may change between the reading and the commit; after that the request is refused
with FACTS_CHANGED. A denial is committed too: an attempt that policy refused is on the log like one that it allowed.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gateway import metrics
from gateway.audit.clock import require_sound
from gateway.audit.entries import Entry, case_of
from gateway.enforcement import approval_rows, gateway_reasons, misuse, obligations, parked, progress
from gateway.enforcement import facts as facts_of
from gateway.enforcement.admitted import Admission
from gateway.enforcement.commit import Commit, StaleDecision, commit_decision, stale
from gateway.enforcement.errors import Unavailable
from gateway.enforcement.limits import counters, is_exhausted
from gateway.enforcement.obligations import dated
from gateway.enforcement.question import asked_candidates, asked_similarity, question
from gateway.enforcement.release import Worked
from gateway.enforcement.request import GovernedRequest, narrowed
from gateway.enforcement.waiting import examined, held, hold_of, without_crops
from gateway.enforcement.wording import clear_of, policy_of, words
from gateway.policy.render import render, render_obligations
from gateway.recognition.client import EngineUnavailable
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from gateway.audit.entries import SealedEntry
    from gateway.audit.log import AuditLog
    from gateway.audit.receipts import ReceiptSigner
    from gateway.database import Connection, Database
    from gateway.enforcement.facts import Blinds, Facts
    from gateway.enforcement.misuse import Incidents
    from gateway.enforcement.parked import Parked
    from gateway.enforcement.progress import Ending, Progress
    from gateway.enforcement.waiting import Approval, Hold
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine
    from gateway.policy.live import LivePolicy
    from gateway.recognition.models import RecognitionEngine

    Beside = Callable[[Connection, Decision, SealedEntry], None]

ATTEMPTS: Final = 3


class Admissions:
    def __init__(
        self,
        *,
        database: Database,
        log: AuditLog,
        receipts: ReceiptSigner,
        policy: LivePolicy,
        recognition: RecognitionEngine,
        incidents: Incidents,
        injected_clock: bool = False,
        operated_by: str = "requesting_agency",
    ) -> None:
        self._database = database
        self._log = log
        self._receipts = receipts
        self._policy = policy
        self._recognition = recognition
        self._incidents = incidents
        self._injected_clock = injected_clock
        self._operated_by = operated_by

    def admit(
        self,
        caller: Caller,
        request: GovernedRequest,
        *,
        decision_id: UUID,
        approvals: tuple[Approval, ...] = (),
        verification: dict[str, Any] | None = None,
        search: dict[str, Any] | None = None,
        against: str | None = None,
        ends: Ending | None = None,
        beside: Beside | None = None,
    ) -> Admission:
        """The committed decision, permit or denial. With `approvals` it is one that waited, and waits no more.

        `verification` is who examined the result that is used, `search` what it was found by. `against` is the code
        of what stands against the caller since the request began to wait; the waiting that `ends` is over with the
        commit. What `beside` does is done in the same commit.

        Raises: DatabaseUnavailable, ClockNotTrusted, Unavailable, CarriedOn (nothing was committed).
        """
        within = narrowed(request, caller.authorization_details)
        request = within or request
        digests = facts_of.blinds(self._log, caller, request)
        recognition = self.engine_facts()
        for attempt in range(ATTEMPTS + 1):
            with self._database.statement() as connection:
                facts = facts_of.read(connection, caller, request, digests)
            read_at = time.monotonic_ns()
            require_sound(facts.now_ns, facts.last_signed_ns, like_host=not self._injected_clock)
            engine = self._policy.current()
            document = _asked(caller, request, facts, engine, recognition, approvals) | {
                "verification": verification,
                "search": search,
            }
            hold = None
            code = against or _unasked(request, facts, covered=within is not None, given_up=attempt == ATTEMPTS)
            if code is not None:
                decision = gateway_reasons.refusal(code, revision=engine.revision)
            else:
                decision = obligations.enforceable(engine.decide(document))
                if without_crops(decision, request.operation, facts.gallery):
                    decision = gateway_reasons.refusal("GALLERY_WITHOUT_CROPS", revision=engine.revision)
                if not request.dry_run and (hold := hold_of(decision, document, engine.decide, stage="search")):
                    decision = held(decision, hold)
                decision = replace(decision, obligations=dated(decision.obligations, by_ns=request.proceeding_ns))
                metrics.DECISIONS.labels(engine.name, _result(decision)).inc()
            worked = decision.permit and not request.dry_run and request.operation is not Operation.USE_RESULT
            if worked and not self._recognition.answers():
                raise _no_engine("The face engine does not answer; no limit was used up.")
            try:
                return self._commit(
                    caller=caller,
                    request=request,
                    facts=facts,
                    read_at=read_at,
                    digests=digests,
                    document=document,
                    decision=decision,
                    engine=engine,
                    decision_id=decision_id,
                    hold=None if approvals or request.operation is Operation.USE_RESULT else hold,
                    ends=ends,
                    beside=beside,
                )
            except StaleDecision:
                self._policy.refresh()
        raise AssertionError("a denial for changed facts rests on no fact and always commits")

    def revisit(self, asked: Parked, *, decision_id: UUID, reached: Progress) -> Worked:
        """What was worked for, as policy would be asked about it now that people have come so far.

        Raises: DatabaseUnavailable, ClockNotTrusted, Unavailable.
        """
        caller, request = asked.caller, asked.request
        digests = facts_of.blinds(self._log, caller, request)
        with self._database.statement() as connection:
            facts = facts_of.read(connection, caller, request, digests)
            permitted = connection.execute(
                "SELECT scope FROM enforcement.permits WHERE decision_id = %s", (decision_id,)
            ).fetchone()
        read_at = time.monotonic_ns()
        require_sound(facts.now_ns, facts.last_signed_ns, like_host=not self._injected_clock)
        engine = self._policy.current()
        return Worked(
            decision_id=decision_id,
            caller=caller,
            request=request,
            scope=permitted[0] if permitted else digests.scope,
            document=_asked(caller, request, facts, engine, self.engine_facts(), (), made=True),
            engine=engine,
            standing=asked.standing,
            gallery=facts.gallery,
            now_ns=lambda: facts.now_ns + time.monotonic_ns() - read_at,
            reached=reached,
        )

    def engine_facts(self) -> dict[str, Any]:
        """What policy judges of the engine: vendor, name, version and calibration, as it was last heard."""
        try:
            facts = self._recognition.facts()
        except EngineUnavailable:
            raise _no_engine("The face engine does not answer, so nobody can say which vendor's terms apply.") from None
        return {
            "vendor": facts.vendor,
            "name": facts.name,
            "version": facts.version,
            "calibration": facts.calibration,
            "calibrated": facts.calibrated,
            "operated_by": self._operated_by,
        }

    def _commit(
        self,
        *,
        caller: Caller,
        request: GovernedRequest,
        facts: Facts,
        read_at: int,
        digests: Blinds,
        document: Mapping[str, Any],
        decision: Decision,
        engine: PolicyEngine,
        decision_id: UUID,
        hold: Hold | None,
        ends: Ending | None,
        beside: Beside | None,
    ) -> Admission:
        shape = obligations.shape(
            decision.obligations,
            min_similarity=asked_similarity(request, facts),
            max_candidates=asked_candidates(request, facts),
        )
        clear = clear_of(decision_id, caller, request, decision)
        entry = _entry(caller, request, scope=digests.scope, document=document, decision=decision, clear=clear)
        result_scope = _result_scope(decision_id, facts, decision) or digests.scope
        known = words(engine)
        reasons, duties = render(decision, known), render_obligations(decision, known)
        policy = policy_of(decision, engine)
        summary = {
            "reasons": reasons,
            "obligations": duties,
            "policy": policy,
            "gallery": request.gallery,
            "case_number": request.case_number,
            "user": caller.user,
            "request": parked.fields_of(request),
        }
        examining = decision.permit and not request.dry_run and examined(decision.obligations)
        # The commit is one statement, unless something is kept for people to decide about; a case's first entry has
        # another before it, which makes the case's key.
        own_key = decision.permit and not request.dry_run and result_scope != digests.scope
        suspected = misuse.shown(decision) and not request.dry_run
        alone = not (hold or examining or ends or beside or own_key or suspected) and self._log.knows(digests.scope)
        with self._database.statement() if alone else self._database.transaction() as connection, stale():
            if ends:
                # Its rows come first: nobody waits for them while counters are held.
                progress.require(connection, ends.decision_id, ends.reached)
            sealed = self._log.seal(connection, entry, now_ns=facts.now_ns)
            key_id, kept = self._log.seal_value(connection, digests.scope, summary, context=f"decision:{decision_id}")
            if own_key:
                self._log.make_key(connection, result_scope, within=key_id)
            commit_decision(
                connection,
                Commit(
                    decision_id=decision_id,
                    caller=caller,
                    request=request,
                    facts=facts,
                    digests=digests,
                    decision=decision,
                    shape=shape,
                    counters=counters(request, facts) if decision.permit else [],
                    result_scope=result_scope,
                    clear=clear,
                    document_key=key_id,
                    document=kept,
                    sealed=sealed,
                ),
            )
            admission = Admission(
                decision_id=decision_id,
                caller=caller,
                request=request,
                facts=facts,
                read_at=read_at,
                blinds=digests,
                document=document,
                decision=decision,
                engine=engine,
                shape=shape,
                reasons=reasons,
                obligations=duties,
                policy=policy,
                receipt=self._receipts.sign(sealed.leaf_hash, time_ns=facts.now_ns),
                result_scope=result_scope,
            )
            if hold or examining:
                admission = self._park(connection, admission, hold)
            if ends:
                parked.let_go(connection, self._log, ends.decision_id, agency=caller.agency)
            if beside:
                beside(connection, decision, sealed)
            if suspected:
                misuse.open_incidents(
                    self._incidents, connection, decision, decision_id=decision_id, caller=caller, request=request,
                    sealed=sealed,
                )  # fmt: skip
        return admission

    def _park(self, connection: Connection, admission: Admission, hold: Hold | None) -> Admission:
        """Keeps the request for the people who must see it, in the commit of its decision."""
        of_request = parked.keep(
            connection,
            self._log,
            admission.decision_id,
            scope=admission.scope,
            caller=admission.caller,
            request=admission.request,
            standing=admission.standing(),
        )
        if hold is None:
            return admission
        approval_rows.open_for(
            connection,
            self._log,
            admission.decision_id,
            caller=admission.caller,
            phase="search",
            hold=hold,
            request_sha256=of_request,
            now_ns=admission.facts.now_ns,
        )
        return replace(admission, awaited=approval_rows.find(connection, admission.decision_id))


def _asked(  # noqa: PLR0917 - as `question` takes them, by name
    caller: Caller,
    request: GovernedRequest,
    facts: Facts,
    engine: PolicyEngine,
    recognition: dict[str, Any],
    approvals: tuple[Approval, ...],
    *,
    made: bool = False,
) -> dict[str, Any]:
    return question(
        caller=caller,
        request=request,
        facts=facts,
        engine=recognition,
        offences=engine.source.data["offences"] if engine.source else {},
        approvals=approvals,
        made=made,
    )


def _unasked(request: GovernedRequest, facts: Facts, *, covered: bool, given_up: bool) -> str | None:
    """The code of what refuses the request before policy is asked."""
    if not covered:
        return "TOKEN_DOES_NOT_COVER"
    if is_exhausted(request, facts):
        return "TOKEN_EXHAUSTED"
    if request.gallery is not None and facts.gallery is None and not request.dry_run:
        return "GALLERY_NOT_FOUND"
    return "FACTS_CHANGED" if given_up else None


def _result(decision: Decision) -> str:
    if decision.is_error:
        return "error"
    return "permit" if decision.permit else "denial"


def _no_engine(sentence: str) -> Unavailable:
    return Unavailable(
        code="ENGINE_UNAVAILABLE", sentence=sentence, remedy="Try again in a few seconds; nothing was searched."
    )


def _entry(
    caller: Caller,
    request: GovernedRequest,
    *,
    scope: str,
    document: Mapping[str, Any],
    decision: Decision,
    clear: Mapping[str, Any],
) -> Entry:
    """The whole input is kept as the text that policy was asked with, so that the decision can be replayed."""
    blind: dict[str, str] = {}
    if request.case_number:
        blind["case"] = case_of(caller.agency, request.case_number)
    if caller.user:
        blind["user"] = caller.user
    if request.probe and request.probe.sha256:
        blind["probe"] = request.probe.sha256[0].hex()
    return Entry(
        kind=EntryKind.DRY_RUN if request.dry_run else EntryKind.DECISION,
        clear=clear,
        disclosed={
            "user": caller.user,
            "case_number": request.case_number,
            "input": msgspec.json.encode(document, order="sorted").decode(),
            "reasons": [reason.document() for reason in decision.reasons],
            "obligations": [obligation.document() for obligation in decision.obligations],
        },
        scope=scope,
        blind=blind,
    )


def _result_scope(decision_id: UUID, facts: Facts, decision: Decision) -> str | None:
    """A key of its own for what may have to be deleted by itself; None where the case's serves."""
    by_order = facts.instrument is not None and facts.instrument["delete_by_ns"] is not None
    alone = facts.exigency is not None or by_order or obligations.deletable(decision.obligations)
    return f"result:{decision_id}" if alone else None
