"""The governed operations: each reads like the picture in the design. Admit, work, release.

Nothing is worked on that was not admitted, and nothing leaves that was not released. What stops in between leaves its
entry: a refusal of the picture is the engine's own outcome, a result that may no longer be shown is `search.withheld`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from psycopg.errors import UniqueViolation

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.enforcement import approval_rows, gateway_reasons, judgements, parked, progress, review_rows, withheld
from gateway.enforcement.answers import Answer, Refused, awaiting_approval
from gateway.enforcement.errors import EngineRefusal, NotYours, Unavailable
from gateway.enforcement.progress import CarriedOn, Ending
from gateway.enforcement.results import agreed, judged_verdicts, result_of, verification_of
from gateway.identity.revocation import hold_caller, hold_chain
from gateway.policy.render import render
from gateway.recognition.client import EngineUnavailable
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.audit.receipts import ReceiptSigner
    from gateway.database import Connection, Database
    from gateway.enforcement.admission import Admissions
    from gateway.enforcement.admitted import Admission
    from gateway.enforcement.approval_rows import Awaited
    from gateway.enforcement.release import Releases
    from gateway.enforcement.request import GovernedRequest
    from gateway.enforcement.waiting import Approval
    from gateway.identity.caller import Caller
    from gateway.recognition.models import Outcome, RecognitionEngine

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
        releases: Releases,
        engine: RecognitionEngine,
    ) -> None:
        self._database = database
        self._log = log
        self._receipts = receipts
        self._admissions = admissions
        self._releases = releases
        self._engine = engine

    def engine_answers(self) -> bool:
        """Whether the engine can be reached and can see its newest deletions."""
        return self._engine.answers()

    def engine_facts(self) -> dict[str, Any]:
        """Whose engine answers, and in which version. Raises: Unavailable."""
        try:
            return self._engine.facts().document()
        except EngineUnavailable:
            raise Unavailable(
                code="ENGINE_UNAVAILABLE",
                sentence="The face engine does not answer, so nobody can say whose it is.",
                remedy="Try again in a few seconds.",
            ) from None

    def perform(self, caller: Caller, request: GovernedRequest, *, decision_id: UUID) -> Answer:
        """A search (one face against one gallery), a comparison (one against one other) or an enrolment."""
        return self._carry_out(self._admissions.admit(caller, request, decision_id=decision_id))

    def resume(self, awaited: Awaited) -> None:
        """Carries on what supervisors approved: the request, decided afresh, or the release of what it found.

        Cut short, it is carried on by another call; what was decided once is not decided again. The waiting ends in
        the commit of the new decision, so that it is decided or lapses, and never both. Whoever asked must be in
        standing still: nobody looked at their token since.
        """
        if awaited.phase == "release":
            self.carry_on(awaited.decision_id)
            return
        waiting, resumed = awaited.decision_id, awaited.resumes_as
        with self._database.transaction() as connection:
            # Read first: whatever changes from here on, the commit finds another progress.
            reached = progress.read(connection, waiting)
            asked = parked.read(connection, self._log, waiting)
            if reached is None or asked is None or resumed is None:
                return
            approvals = approval_rows.given(connection, self._log, resumed)
            against = _standing_against(connection, asked.caller)
        try:
            admission = self._admissions.admit(
                asked.caller, asked.request, decision_id=resumed, approvals=approvals, against=against,
                ends=Ending(waiting, reached),
            )  # fmt: skip
        except (CarriedOn, UniqueViolation):
            return  # it lapsed in this moment, or somebody else carried it on
        self._carry_out(admission, approvals)

    def carry_on(self, decision_id: UUID) -> None:
        """Decides about a withheld result again, now that people have approved or judged.

        Nothing happens where none waits, or where supervisors are waited for still.

        What another call carries on at the same moment is done once, by one of them.
        """
        with self._database.transaction() as connection:
            # Read first: whatever changes from here on, the commit finds another progress.
            reached = progress.read(connection, decision_id)
            asked = parked.read(connection, self._log, decision_id)
            found = withheld.read(connection, self._log, decision_id)
            if reached is None or reached.approval == "awaiting" or asked is None or found is None:
                return
            judged = judged_verdicts(connection, self._log, decision_id)
            approvals = approval_rows.given(connection, self._log, decision_id)
        examiners = judgements.ENOUGH if reached.review == "judged" else None
        leads = judgements.leads(judged) if examiners else None
        worked = self._admissions.revisit(asked, decision_id=decision_id, reached=reached)
        found = found if leads is None else agreed(found, leads)
        result = result_of(worked.request, found, worked.standing["min_similarity"], leads=leads)
        with suppress(CarriedOn):
            self._releases.decide(worked, found, result, approvals=approvals, examiners=examiners)

    def carry_on_decided(self, caller: Caller, decision_id: UUID) -> None:
        """Carries on what people have decided and nobody carried out; only for the agency that asked."""
        with self._database.transaction() as connection:
            review = review_rows.find(connection, decision_id)
            awaited = approval_rows.find(connection, decision_id)
        if review is not None and review.state == "judged" and review.agency == caller.agency:
            self.carry_on(decision_id)
        elif awaited is not None and awaited.state == "approved" and awaited.agency == caller.agency:
            with suppress(EngineRefusal, NotYours):  # the picture cannot be used, or the gallery is gone, as is shown
                self.resume(awaited)

    def dry_run(
        self, caller: Caller, request: GovernedRequest, *, decision_id: UUID, of: UUID | None = None
    ) -> dict[str, Any]:
        """What policy says, without doing anything but writing down that it was asked.

        `of` is the search whose result is asked about: who examined it is read, and nothing of what it found.

        Raises: NotYours where the caller's agency made no such search.
        """
        verification, search = self._about(caller, of) if of is not None else (None, None)
        admission = self._admissions.admit(
            caller, request, decision_id=decision_id, verification=verification, search=search
        )
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

    def _about(self, caller: Caller, search: UUID) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """Who examined a search's result, and what it was found by."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT operation FROM enforcement.decisions WHERE decision_id = %s AND agency = %s AND NOT dry_run",
                (search, caller.agency),
            ).fetchone()
            if row is None:
                raise NotYours
            return verification_of(connection, search), {"operation": row[0]}

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
            obligations=gateway_reasons.owed(decision),
            policy={},
            receipt=self._receipts.sign(sealed.leaf_hash, time_ns=now_ns),
        )

    def _carry_out(self, admission: Admission, approvals: tuple[Approval, ...] = ()) -> Answer:
        if "GALLERY_NOT_FOUND" in admission.decision.codes:
            raise NotYours
        if admission.awaited is not None:
            return awaiting_approval(
                admission.decision_id, admission.standing(), reasons=admission.reasons, awaited=admission.awaited
            )
        if not admission.decision.permit:
            return admission.refused()
        outcome = self._work(admission.decision_id, admission.request)
        if outcome.refusal is not None:
            raise EngineRefusal(
                code=outcome.refusal.code,
                sentence=outcome.refusal.sentence,
                remedy=outcome.refusal.remedy,
                quality=outcome.quality[0].document() if outcome.quality else {},
                face_id=outcome.face_id,
            )
        result = result_of(admission.request, outcome, admission.shape.min_similarity)
        return self._releases.decide(admission.worked(), outcome, result, approvals=approvals)

    def _work(self, decision_id: UUID, request: GovernedRequest) -> Outcome:
        images = request.probe.images if request.probe else ()
        face, largest = request.probe and request.probe.face, request.largest_face
        try:
            match request.operation, images:
                case Operation.IDENTIFY_1_TO_N, [image]:
                    return self._engine.search(decision_id, image, largest=largest)
                case Operation.IDENTIFY_1_TO_N, [] if face:
                    return self._engine.search_face(decision_id, face)
                case Operation.VERIFY_1_TO_1, [first, second]:
                    return self._engine.compare(decision_id, first, second, largest=largest)
                case Operation.ENROL_GALLERY, [image]:
                    external_id = request.external_id or ""
                    return self._engine.enrol(decision_id, image, external_id=external_id, largest=largest)
        except EngineUnavailable:
            raise Unavailable(
                code="ENGINE_UNAVAILABLE",
                sentence="The face engine did not answer; nothing was released.",
                remedy="Try again in a few seconds. The attempt is on the log.",
            ) from None
        raise ValueError("the edge admits no such request without its pictures")


def _standing_against(connection: Connection, caller: Caller) -> str | None:
    """The code of what stands against the caller, or against one of those who passed the token on."""
    hold_chain(connection, caller)
    codes = (hold_caller(connection, link) for link in (caller, *caller.links()))
    return next((code for code in codes if code is not None), None)
