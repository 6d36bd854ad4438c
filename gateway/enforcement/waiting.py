"""Whether people must decide first: what the obligations of a decision ask for, and whether their yes could help.

A denial waits for supervisors only if policy would permit the same request with their approval; otherwise it stands.
A permit that asks for approval waits until as many have approved as the strictest obligation names. Where a release is
held, those who approved before the search count for what is to be approved before it, and for nothing that was found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.enforcement import gateway_reasons
from gateway.vocabulary import Operation, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.enforcement.facts import Row
    from gateway.policy.decision import Decision, Obligation

BEFORE_THE_SEARCH: Final = "SUPERVISOR_REVIEW"
APPROVAL: Final = frozenset({"HOLD_FOR_SUPERVISOR", BEFORE_THE_SEARCH})
EXAMINATION: Final = "SECOND_EXAMINER"
# How long somebody is waited for where policy names no time.
PATIENCE_HOURS: Final = 72
MOST_APPROVERS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One supervisor's yes, as policy sees it. `of`: `search` before it was made, `release` of what it found."""

    approved_by: str
    role: str
    approved_at: int
    of: str

    def document(self) -> dict[str, Any]:
        return {"approved_by": self.approved_by, "role": self.role, "approved_at": self.approved_at, "of": self.of}


@dataclass(frozen=True, slots=True)
class Hold:
    needed: int
    hours: int

    @property
    def patience_ns(self) -> int:
        return self.hours * 3600 * NANOSECONDS_PER_SECOND


def hold_of(
    decision: Decision, document: Mapping[str, Any], decide: Callable[[dict[str, Any]], Decision], *, stage: str
) -> Hold | None:
    """How many supervisors must still decide; None where nobody is waited for, or where their yes would change nothing.

    `document` is what policy was asked, its `approvals` those that were given.
    """
    asking = _asking(decision.obligations)
    if not asking:
        return None
    if decision.permit:
        asking = [obligation for obligation in asking if len(_approvers(obligation, document)) < _needed([obligation])]
        return Hold(_needed(asking), _hours(asking)) if asking else None
    given = document["approvals"] or []
    role, now_ns = str(Role.SUPERVISOR_APPROVER), document["now"]
    supposed = [
        Approval(approved_by=f"supposed/{number}", role=role, approved_at=now_ns, of=stage)
        for number in range(MOST_APPROVERS)
    ]
    then = decide(
        {
            **document,
            "approvals": [*given, *(approval.document() for approval in supposed)],
            "approval": supposed[0].document(),
        }
    )
    if not then.permit:
        return None
    asking += _asking(then.obligations)
    return Hold(_needed(asking), _hours(asking))


def held(decision: Decision, hold: Hold) -> Decision:
    """The decision as it is committed while it waits: a denial. What a permit owes is owed only once it permits."""
    if not decision.permit:
        return decision
    refusal = gateway_reasons.refusal(
        "APPROVAL_REQUIRED", revision=decision.revision, parameters={"approvers": str(hold.needed)}
    )
    asking = tuple(obligation for obligation in decision.obligations if obligation.code in APPROVAL)
    return replace(refusal, obligations=asking, packs=decision.packs)


def examined(obligations: Iterable[Obligation]) -> bool:
    return any(obligation.code == EXAMINATION for obligation in obligations)


def without_crops(decision: Decision, operation: Operation, gallery: Row | None) -> bool:
    """Whether examiners would have nothing to compare: a search of a gallery that keeps no pictures.

    A comparison brings both pictures with it.
    """
    return (
        decision.permit
        and operation is Operation.IDENTIFY_1_TO_N
        and examined(decision.obligations)
        and gallery is not None
        and not gallery["keep_crops"]
    )


def _asking(obligations: Iterable[Obligation]) -> list[Obligation]:
    return [obligation for obligation in obligations if obligation.code in APPROVAL]


def _approvers(obligation: Obligation, document: Mapping[str, Any]) -> set[str]:
    """Who has given what the obligation asks for."""
    of_finding = document["operation"] == Operation.RELEASE_RESULT and obligation.code != BEFORE_THE_SEARCH
    return {
        approval["approved_by"]
        for approval in document["approvals"] or []
        if approval["of"] == "release" or not of_finding
    }


def _needed(asking: list[Obligation]) -> int:
    return min(MOST_APPROVERS, max(1, *(_whole(obligation, "approvers", 1) for obligation in asking)))


def _hours(asking: list[Obligation]) -> int:
    return max(1, min(_whole(obligation, "hours", PATIENCE_HOURS) for obligation in asking))


def _whole(obligation: Obligation, name: str, default: int) -> int:
    value = obligation.parameters.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
