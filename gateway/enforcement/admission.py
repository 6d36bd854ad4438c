"""Decision 1, `admit`: read the facts, ask policy, commit the decision with its entry and its limits.

Three times at most, because a fact may change between the reading and the commit; after that the request is refused
with FACTS_CHANGED. A denial is committed too: an attempt that policy refused is on the log like one that it allowed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gateway import metrics
from gateway.audit.entries import Entry, case_of
from gateway.enforcement import clock, gateway_reasons, obligations
from gateway.enforcement import facts as facts_of
from gateway.enforcement.answers import Refused
from gateway.enforcement.commit import Commit, StaleDecision, commit_decision, stale
from gateway.enforcement.errors import Unavailable
from gateway.enforcement.limits import counters, is_exhausted
from gateway.enforcement.question import asked_candidates, asked_similarity, question
from gateway.enforcement.request import GovernedRequest, narrowed
from gateway.policy.render import render, render_obligations
from gateway.recognition.client import EngineUnavailable
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.audit.receipts import ReceiptSigner
    from gateway.database import Database
    from gateway.enforcement.facts import Blinds, Facts
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine
    from gateway.policy.live import LivePolicy
    from gateway.recognition.models import RecognitionEngine

ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A decision that stands on the log. `shape` is how the answer will be cut; `read_at` is the monotonic clock, in
    nanoseconds, when the facts and with them the database's time were read. `result_scope` names the key under which
    what the search gives is sealed: the case's, or one of its own where it may have to be deleted by itself.
    """

    decision_id: UUID
    caller: Caller
    request: GovernedRequest
    facts: Facts
    blinds: Blinds
    read_at: int
    document: Mapping[str, Any]
    decision: Decision
    engine: PolicyEngine
    shape: obligations.Shape
    result_scope: str
    reasons: list[dict[str, Any]]
    obligations: list[dict[str, Any]]
    policy: dict[str, Any]
    receipt: str

    def now_ns(self) -> int:
        """The database's clock, carried forward by the time that passed since it was read."""
        return self.facts.now_ns + time.monotonic_ns() - self.read_at

    def refused(self, decision: Decision | None = None, *, receipt: str | None = None) -> Refused:
        """The answer that says no: this decision's, or the later one that withheld the result."""
        known = words(self.engine)
        reasons = render(decision, known) if decision else self.reasons
        first = _main_reason(reasons, self.engine)
        return Refused(
            code=first["code"],
            detail=first["sentence"],
            remedy=first["remedy"],
            reasons=reasons,
            obligations=render_obligations(decision, known) if decision else self.obligations,
            policy=self.policy,
            receipt=receipt or self.receipt,
        )


class Admissions:
    def __init__(
        self,
        *,
        database: Database,
        log: AuditLog,
        receipts: ReceiptSigner,
        policy: LivePolicy,
        recognition: RecognitionEngine,
        injected_clock: bool = False,
        operated_by: str = "requesting_agency",
    ) -> None:
        self._database = database
        self._log = log
        self._receipts = receipts
        self._policy = policy
        self._recognition = recognition
        self._injected_clock = injected_clock
        self._operated_by = operated_by

    def admit(self, caller: Caller, request: GovernedRequest, *, decision_id: UUID) -> Admission:
        """The committed decision, permit or denial.

        Raises: DatabaseUnavailable, Unavailable (nothing was committed).
        """
        within = narrowed(request, caller.authorization_details)
        request = within or request
        digests = facts_of.blinds(self._log, caller, request)
        recognition = self.engine_facts()
        for attempt in range(ATTEMPTS + 1):
            with self._database.statement() as connection:
                facts = facts_of.read(connection, caller, request, digests)
            read_at = time.monotonic_ns()
            clock.require_sound(facts, injected=self._injected_clock)
            engine = self._policy.current()
            document = question(
                caller=caller,
                request=request,
                facts=facts,
                engine=recognition,
                offences=engine.source.data["offences"] if engine.source else {},
            )
            if within is None:
                decision = gateway_reasons.refusal("TOKEN_DOES_NOT_COVER", revision=engine.revision)
            elif is_exhausted(request, facts):
                decision = gateway_reasons.refusal("TOKEN_EXHAUSTED", revision=engine.revision)
            elif request.gallery is not None and facts.gallery is None and not request.dry_run:
                decision = gateway_reasons.refusal("GALLERY_NOT_FOUND", revision=engine.revision)
            elif attempt == ATTEMPTS:
                decision = gateway_reasons.refusal("FACTS_CHANGED", revision=engine.revision)
            else:
                decision = self._enforceable(engine.decide(document))
                metrics.DECISIONS.labels(engine.name, _result(decision)).inc()
            if decision.permit and not request.dry_run and not self._recognition.answers():
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
                )
            except StaleDecision:
                self._policy.refresh()
        raise AssertionError("a denial for changed facts rests on no fact and always commits")

    def engine_facts(self) -> dict[str, Any]:
        """What policy judges of the engine: vendor, name and version, as it was last heard."""
        try:
            facts = self._recognition.facts()
        except EngineUnavailable:
            raise _no_engine("The face engine does not answer, so nobody can say which vendor's terms apply.") from None
        return {
            "vendor": facts.vendor,
            "name": facts.name,
            "version": facts.version,
            "operated_by": self._operated_by,
        }

    @staticmethod
    def _enforceable(decision: Decision) -> Decision:
        missing = obligations.unenforceable(decision.obligations) if decision.permit else ()
        if not missing:
            return decision
        refusal = gateway_reasons.refusal(
            "OBLIGATION_UNENFORCEABLE", revision=decision.revision, parameters={"obligations": ", ".join(missing)}
        )
        return replace(refusal, obligations=decision.obligations, packs=decision.packs)

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
        }
        # The commit is one statement; only a case's first entry has another before it, which makes the case's key.
        once = self._database.statement if self._log.knows(digests.scope) else self._database.transaction
        with once() as connection, stale():
            sealed = self._log.seal(connection, entry, now_ns=facts.now_ns)
            key_id, kept = self._log.seal_value(connection, digests.scope, summary, context=f"decision:{decision_id}")
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
        return Admission(
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
            result_scope=result_scope,
            reasons=reasons,
            obligations=duties,
            policy=policy,
            receipt=self._receipts.sign(sealed.leaf_hash, time_ns=facts.now_ns),
        )


def _result_scope(decision_id: UUID, facts: Facts, decision: Decision) -> str | None:
    """A key of its own for what may have to be deleted by itself; None where the case's serves."""
    by_order = facts.instrument is not None and facts.instrument["delete_by_ns"] is not None
    alone = facts.exigency is not None or by_order or obligations.deletable(decision.obligations)
    return f"result:{decision_id}" if alone else None


def _result(decision: Decision) -> str:
    if decision.is_error:
        return "error"
    return "permit" if decision.permit else "denial"


def _no_engine(sentence: str) -> Unavailable:
    return Unavailable(
        code="ENGINE_UNAVAILABLE", sentence=sentence, remedy="Try again in a few seconds; nothing was searched."
    )


def words(engine: PolicyEngine) -> Mapping[str, Mapping[str, Any]]:
    annotations = engine.source.annotations if engine.source else {}
    return {**annotations, gateway_reasons.PACK: gateway_reasons.WORDS}


def policy_of(decision: Decision, engine: PolicyEngine) -> dict[str, Any]:
    return {
        "revision": decision.revision,
        "sha256": engine.source.sha256 if engine.source else None,
        "engine": engine.name,
        "packs": list(decision.packs),
    }


def clear_of(decision_id: UUID, caller: Caller, request: GovernedRequest, decision: Decision) -> dict[str, Any]:
    return {
        "decision_id": str(decision_id),
        "agency": caller.agency,
        "client": caller.client,
        "operation": str(request.operation),
        "purpose": request.purpose,
        "permit": decision.permit,
        "reasons": list(decision.codes),
        "obligations": sorted({obligation.code for obligation in decision.obligations}),
        "packs": list(decision.packs),
        "revision": decision.revision,
    }


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
    if request.probe and request.probe.images:
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


def _main_reason(rendered: list[dict[str, Any]], engine: PolicyEngine) -> dict[str, Any]:
    """The first reason that refuses; a denial may also list what was satisfied."""
    known = words(engine)
    for reason in rendered:
        if known.get(reason["pack"], {}).get(reason["rule"], {}).get("kind") != "grant":
            return reason
    return rendered[0]
