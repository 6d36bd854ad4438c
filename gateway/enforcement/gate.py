"""The governed operations: each reads like the picture in the design. Admit, work, release.

Nothing is worked on that was not admitted, and nothing leaves that was not released. What stops in between leaves its
entry: a refusal of the picture is the engine's own outcome, a result that may no longer be shown is `search.withheld`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from gateway.audit.entries import Entry, case_of
from gateway.audit.log import database_now
from gateway.enforcement import gateway_reasons
from gateway.enforcement.admission import Admission, Admissions, clear_of
from gateway.enforcement.answers import Answer, Refused, Released
from gateway.enforcement.errors import EngineRefusal, NotYours, Unavailable
from gateway.identity.revocation import hold_caller
from gateway.policy.render import render
from gateway.recognition.client import EngineUnavailable
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.audit.receipts import ReceiptSigner
    from gateway.database import Connection, Database
    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision
    from gateway.recognition.models import Outcome, RecognitionEngine

# What `enforcement.release` raises for a caller who was suspended or whose token was revoked; its message is the code.
NOT_IN_STANDING: Final = "WG006"
# Decided and recorded, never executed by this product: live, tracking and watchlist operations.
EXECUTED: Final = frozenset({Operation.IDENTIFY_1_TO_N, Operation.VERIFY_1_TO_1, Operation.ENROL_GALLERY})


class Gate:
    def __init__(
        self,
        *,
        database: Database,
        log: AuditLog,
        receipts: ReceiptSigner,
        admissions: Admissions,
        engine: RecognitionEngine,
    ) -> None:
        self._database = database
        self._log = log
        self._receipts = receipts
        self._admissions = admissions
        self._engine = engine

    def engine_answers(self) -> bool:
        """Whether the engine can be reached and can see its newest deletions."""
        return self._engine.answers()

    def search(self, caller: Caller, request: GovernedRequest, *, decision_id: UUID) -> Answer:
        """One face against one gallery."""
        image = _image(request, 0)
        return self._governed(
            caller,
            request,
            decision_id,
            work=lambda: self._engine.search(decision_id, image),
            result=lambda outcome, _floor: {
                "candidates": [
                    {
                        "face_id": str(candidate.face_id),
                        "external_id": candidate.external_id,
                        "similarity": candidate.similarity,
                        "distance": candidate.distance,
                        "rank": candidate.rank,
                    }
                    for candidate in outcome.candidates
                ],
                "faces_searched": outcome.faces_searched,
            },
        )

    def compare(self, caller: Caller, request: GovernedRequest, *, decision_id: UUID) -> Answer:
        """One face against one other. Below the floor the answer says no more than that."""
        first, second = _image(request, 0), _image(request, 1)

        def result(outcome: Outcome, floor: float) -> dict[str, Any]:
            above = outcome.similarity is not None and outcome.similarity >= floor
            return {"similarity": outcome.similarity if above else None, "above_floor": above}

        return self._governed(
            caller,
            request,
            decision_id,
            work=lambda: self._engine.compare(decision_id, first, second),
            result=result,
        )

    def enrol(self, caller: Caller, request: GovernedRequest, *, decision_id: UUID) -> Answer:
        """One face into one gallery."""
        image = _image(request, 0)
        return self._governed(
            caller,
            request,
            decision_id,
            work=lambda: self._engine.enrol(decision_id, image, external_id=request.external_id or ""),
            result=lambda outcome, _floor: {"face_id": str(outcome.face_id), "external_id": request.external_id},
        )

    def dry_run(self, caller: Caller, request: GovernedRequest, *, decision_id: UUID) -> dict[str, Any]:
        """What policy says, without doing anything but writing down that it was asked."""
        admission = self._admissions.admit(caller, request, decision_id=decision_id)
        return {
            "decision_id": str(decision_id),
            "permit": admission.decision.permit,
            "executable": request.operation in EXECUTED,
            "reasons": admission.reasons,
            "obligations": admission.obligations,
            "packs": list(admission.decision.packs),
            "policy": admission.policy,
            "origins": dict(admission.document["origins"]),
            "receipt": admission.receipt,
        }

    def refuse_suspended(self, caller: Caller, *, code: str, decision_id: UUID, route: str) -> Refused:
        """Writes down that a suspended caller tried, and says so to it."""
        decision = gateway_reasons.refusal(code, revision=0)
        rendered = render(decision, {gateway_reasons.PACK: gateway_reasons.WORDS})
        entry = Entry(
            kind=EntryKind.ACCESS_REFUSED,
            clear={
                "decision_id": str(decision_id),
                "agency": caller.agency,
                "client": caller.client,
                "operation": route,
                "permit": False,
                "reasons": [code],
            },
            disclosed={"user": caller.user},
            scope=f"agency:{caller.agency}",
            blind={"user": caller.user} if caller.user else {},
        )
        with self._database.transaction() as connection:
            now_ns = database_now(connection)
            sealed = self._log.record(connection, entry, now_ns=now_ns)
        return Refused(
            code=code,
            detail=rendered[0]["sentence"],
            remedy=rendered[0]["remedy"],
            reasons=rendered,
            obligations=[],
            policy={},
            receipt=self._receipts.sign(sealed.leaf_hash, time_ns=now_ns),
        )

    def _governed(
        self,
        caller: Caller,
        request: GovernedRequest,
        decision_id: UUID,
        *,
        work: Callable[[], Outcome],
        result: Callable[[Outcome, float], dict[str, Any]],
    ) -> Answer:
        admission = self._admissions.admit(caller, request, decision_id=decision_id)
        if "GALLERY_NOT_FOUND" in admission.decision.codes:
            raise NotYours
        if not admission.decision.permit:
            return admission.refused()
        outcome = self._work(work)
        if outcome.refusal is not None:
            raise EngineRefusal(
                code=outcome.refusal.code,
                sentence=outcome.refusal.sentence,
                remedy=outcome.refusal.remedy,
                quality=outcome.quality[0].document() if outcome.quality else {},
            )
        return self._release(admission, outcome, result(outcome, admission.shape.min_similarity))

    @staticmethod
    def _work(work: Callable[[], Outcome]) -> Outcome:
        try:
            return work()
        except EngineUnavailable:
            raise Unavailable(
                code="ENGINE_UNAVAILABLE",
                sentence="The face engine did not answer; nothing was released.",
                remedy="Try again in a few seconds. The attempt is on the log.",
            ) from None

    def _release(self, admission: Admission, outcome: Outcome, result: Mapping[str, Any]) -> Answer:
        """Decision 2 and the commit that lets the answer out, or the entry that says why it stays."""
        decision = admission.engine.decide(_release_question(admission, outcome))
        if not decision.permit:
            return self._withhold(admission, decision)
        document = self._document(admission, outcome, result)
        try:
            self._let_out(admission, decision, document)
        except LinkRevoked as revoked:
            return self._withhold(admission, gateway_reasons.refusal(revoked.code, revision=decision.revision))
        except psycopg.Error as error:
            if error.sqlstate != NOT_IN_STANDING:
                raise
            code = str(error.diag.message_primary)
            return self._withhold(admission, gateway_reasons.refusal(code, revision=decision.revision))
        return Released(document=document)

    def _let_out(self, admission: Admission, decision: Decision, document: dict[str, Any]) -> None:
        """The commit, in one statement, that also reads the caller's standing (`identity.hold_caller`): it falls before
        a suspension or after it. `document` gets its receipt.
        """
        caller, now_ns = admission.caller, admission.now_ns()
        alone = self._log.knows(admission.result_scope) and not caller.behind
        once = self._database.statement if alone else self._database.transaction
        with once() as connection:
            for link in caller.links():
                _require_standing(connection, link)
            sealed = self._log.seal(connection, _release_entry(admission, decision, document), now_ns=now_ns)
            document["receipt"] = self._receipts.sign(sealed.leaf_hash, time_ns=now_ns)
            key_id, kept = self._log.seal_value(
                connection, admission.result_scope, document, context=f"release:{admission.decision_id}"
            )
            connection.execute(
                "SELECT enforcement.release(%s, %s, %s, %b, %s, %s, %s::text[], %b::bytea[], %b, %b, %b)",
                (
                    admission.decision_id,
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

    def _withhold(self, admission: Admission, decision: Decision) -> Refused:
        now_ns = admission.now_ns()
        with self._database.transaction() as connection:
            sealed = self._log.record(connection, _release_entry(admission, decision, {}), now_ns=now_ns)
        return admission.refused(decision, receipt=self._receipts.sign(sealed.leaf_hash, time_ns=now_ns))

    @staticmethod
    def _document(admission: Admission, outcome: Outcome, result: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "id": str(admission.decision_id),
            "decision_id": str(admission.decision_id),
            "status": "completed",
            **result,
            "min_similarity": admission.shape.min_similarity,
            "reasons": admission.reasons,
            "obligations": admission.obligations,
            "notice": " ".join(admission.shape.notices),
            "quality": [quality.document() for quality in outcome.quality],
            "engine": outcome.engine.document(),
            "policy": admission.policy,
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


def _image(request: GovernedRequest, position: int) -> bytes:
    if request.probe is None or len(request.probe.images) <= position:
        raise ValueError("the edge admits no such request without its pictures")
    return request.probe.images[position]


def _release_question(admission: Admission, outcome: Outcome) -> dict[str, Any]:
    """The same facts, the operation `release_result`, and what only the engine could tell."""
    return {
        **admission.document,
        "operation": str(Operation.RELEASE_RESULT),
        "search": {
            "operation": str(admission.request.operation),
            "candidates": len(outcome.candidates),
            "warnings": sorted({caution.code for quality in outcome.quality for caution in quality.warnings}),
        },
    }


def _release_entry(admission: Admission, decision: Decision, document: Mapping[str, Any]) -> Entry:
    caller, request = admission.caller, admission.request
    clear = clear_of(admission.decision_id, caller, request, decision)
    clear["operation"] = str(Operation.RELEASE_RESULT)
    clear["of"] = str(request.operation)
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
        scope=admission.result_scope,
        blind=blind,
    )
