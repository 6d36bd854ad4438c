"""Decision 1 as it stands on the log, and what of it is needed afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.enforcement.release import Worked
from gateway.enforcement.waiting import examined
from gateway.enforcement.wording import refused_with

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.enforcement import obligations
    from gateway.enforcement.answers import Refused
    from gateway.enforcement.approval_rows import Awaited
    from gateway.enforcement.facts import Blinds, Facts
    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A decision that stands on the log. `shape` is how the answer will be cut; `read_at` is the monotonic clock, in
    nanoseconds, when the facts and with them the database's time were read.
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
    reasons: list[dict[str, Any]]
    obligations: list[dict[str, Any]]
    policy: dict[str, Any]
    receipt: str
    result_scope: str
    """Names the key under which what the search gives is sealed: the case's, or one of its own where it may have to be
    deleted by itself.
    """
    awaited: Awaited | None = None
    """Set where the denial waits for supervisors."""

    @property
    def scope(self) -> str:
        return self.blinds.scope

    def now_ns(self) -> int:
        """The database's clock, carried forward by the time that passed since it was read."""
        return self.facts.now_ns + time.monotonic_ns() - self.read_at

    def refused(self) -> Refused:
        """The answer that says no."""
        return refused_with(self.decision, self.engine, policy=self.policy, receipt=self.receipt)

    def standing(self) -> dict[str, Any]:
        """What decision 1 leaves for the answer, whenever it may be given."""
        examining = examined(self.decision.obligations)
        return {
            "reasons": self.reasons,
            "obligations": self.obligations,
            "policy": self.policy,
            "notices": list(self.shape.notices),
            "min_similarity": self.shape.min_similarity,
            "receipt": self.receipt,
            "examined": examining,
            "waited": examining,
        }

    def worked(self) -> Worked:
        return Worked(
            decision_id=self.decision_id,
            caller=self.caller,
            request=self.request,
            scope=self.result_scope,
            document=self.document,
            engine=self.engine,
            standing=self.standing(),
            gallery=self.facts.gallery,
            now_ns=self.now_ns,
        )
