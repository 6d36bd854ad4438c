"""What policy says of a grant before a token is made of it: could a search under its details be permitted now?

The details say purpose, case, instrument and galleries; the rest of a request is not said yet. So policy is asked with
a request that says the rest as well as it could be said, and a reason that only the later request can settle does not
count. Whatever else denies, an unknown reason and an engine that failed included, refuses the grant. The search itself
is decided afresh when it comes: nothing here permits anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.clock import uuid7
from gateway.enforcement import facts as facts_of
from gateway.enforcement.question import question
from gateway.enforcement.request import GovernedRequest, Probe
from gateway.enforcement.wording import words
from gateway.identity.caller import Caller
from gateway.vocabulary import Operation, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.admission import Admissions
    from gateway.identity.caller import FaceSearchAuthorization
    from gateway.identity.issuance import Grant
    from gateway.policy.decision import Decision
    from gateway.policy.live import LivePolicy

# The operations that a scope opens, and that authorization_details limit.
_OPERATIONS: Final = {
    Scope.SEARCHES_WRITE: Operation.IDENTIFY_1_TO_N,
    Scope.COMPARISONS_WRITE: Operation.VERIFY_1_TO_1,
    Scope.GALLERIES_WRITE: Operation.ENROL_GALLERY,
}
# What a request says and authorization_details do not.
_LATER: Final = frozenset(
    """
    AUTHORISATION_REQUIRED CASE_REUSE_ANOMALY CONSENT_REQUIRED DECLARED_FACT_INSUFFICIENT INDEPENDENT_EVIDENCE_REQUIRED
    INSTRUMENT_PLACE_MISMATCH INSTRUMENT_PROBE_MISMATCH INSTRUMENT_SUBJECT_MISMATCH JUSTIFICATION_MISSING
    JUSTIFICATION_TOO_VAGUE LEGAL_FRAMEWORK_INSUFFICIENT OFFENCE_NOT_COVERED PRIOR_DENIAL_OTHER_STORY
    SECOND_VERIFIER_REQUIRED SUBJECT_NOT_TARGET SUSPICION_STANDARD_NOT_MET WRITTEN_REQUEST_REQUIRED
    """.split()  # noqa: SIM905 - read as a list of words, not of quotation marks
)
# What an instrument settles, where the details name none and the request may.
_WITH_INSTRUMENT: Final = frozenset(
    """
    CONTRACT_DEMANDS_INSTRUMENT COURT_ORDER_REQUIRED INSTRUMENT_NOT_FOUND WARRANT_REQUIRED
    """.split()  # noqa: SIM905 - as above
)
# Beside this rule another one says which of the fields it is.
_GENERAL: Final = ("base", "instrument_out_of_scope")
_WITH_GALLERY: Final = frozenset({"DATABASE_NOT_AUTHORISED", "GALLERY_NOT_IN_CONTRACT"})
_JUSTIFICATION: Final = "to be stated with the request, with the facts of the case, the place, the day and the source"


class Prospects:
    """The `IssuancePolicy` of a running gateway."""

    def __init__(self, *, log: AuditLog, policy: LivePolicy, admissions: Admissions) -> None:
        self._log = log
        self._policy = policy
        self._admissions = admissions

    def __call__(self, connection: Connection, grant: Grant) -> Sequence[str]:
        operations = [operation for scope, operation in _OPERATIONS.items() if scope in grant.scopes]
        if not operations:
            return ()
        caller = _caller(grant)
        against: set[str] = set()
        for detail in grant.details:
            against |= self._of_detail(connection, caller, detail, operations)
        return sorted(against)

    def _of_detail(
        self, connection: Connection, caller: Caller, detail: FaceSearchAuthorization, operations: list[Operation]
    ) -> set[str]:
        """Nothing where one operation and purpose would do in every gallery; else what stands against the first."""
        purposes = [detail.purpose] if detail.purpose else self._purposes(connection, caller)
        found = [
            set().union(
                *(
                    self._ask(connection, caller, _asking(detail, operation, purpose, gallery))
                    for gallery in detail.galleries or (None,)
                )
            )
            for operation in operations
            for purpose in purposes
        ]
        return min(found, key=len) if found else {"CONTRACT_NOT_IN_FORCE"}

    def _purposes(self, connection: Connection, caller: Caller) -> list[str]:
        facts = self._facts(connection, caller, _asking(None, Operation.IDENTIFY_1_TO_N, None, None))
        return list(facts.contract["terms"]["purposes"]) if facts.contract else []

    def _facts(self, connection: Connection, caller: Caller, request: GovernedRequest) -> facts_of.Facts:
        return facts_of.read(connection, caller, request, facts_of.blinds(self._log, caller, request))

    def _ask(self, connection: Connection, caller: Caller, request: GovernedRequest) -> set[str]:
        facts, engine = self._facts(connection, caller, request), self._policy.current()
        document = question(
            caller=caller,
            request=request,
            facts=facts,
            engine=self._admissions.engine_facts(),
            offences=engine.source.data["offences"] if engine.source else {},
        )
        return _against(engine.decide(document), request, words(engine))


def _against(decision: Decision, request: GovernedRequest, known: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The codes of what denies now and would still deny when the request has said the rest."""
    if decision.permit:
        return set()
    denying = {
        reason.code
        for reason in decision.reasons
        if known.get(reason.pack, {}).get(reason.rule, {}).get("kind") != "grant"
        and (reason.pack, reason.rule) != _GENERAL
    }
    if request.instrument is None:
        denying -= _WITH_INSTRUMENT
    if request.gallery is None:
        denying -= _WITH_GALLERY
    return denying - _LATER


def _asking(
    detail: FaceSearchAuthorization | None, operation: Operation, purpose: str | None, gallery: str | None
) -> GovernedRequest:
    return GovernedRequest(
        operation=operation,
        purpose=purpose,
        case_number=(detail and detail.case_number) or str(uuid7()),
        instrument=detail.instrument if detail else None,
        gallery=gallery,
        justification=_JUSTIFICATION,
        suspicion="probable_cause",
        probe=Probe(images=(uuid7().bytes,), source="cctv_still"),
        declared={"subject": {"intended_target": True}, "written_request": True},
        dry_run=True,
    )


def _caller(grant: Grant) -> Caller:
    """The bearer as a token of this grant would name it."""
    return Caller(
        client=grant.client,
        agency=grant.agency,
        user=grant.user,
        user_strength=grant.strength if grant.user is not None else None,
        scopes=frozenset(grant.scopes),
        authorization_details=grant.details,
        token_id="",
        issued_at=0,
        expires_at=0,
        rev=0,
        session=grant.session,
        sign_in=grant.sign_in,
        behind=grant.behind,
    )
