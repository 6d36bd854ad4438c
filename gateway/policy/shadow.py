"""A share of the decisions is asked of the other engine too, in the background; where the two differ, an alarm.

What must always hold: the caller gets the first engine's decision, at its own pace, whatever becomes of the second. A
question that finds the queue full is not asked again later but counted, and nothing of a question is ever logged: the
alarm names the revision and the rules of which only one engine spoke.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from queue import Full, Queue
from typing import TYPE_CHECKING, Any, Final

import structlog

from gateway import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine
    from gateway.policy.revisions import Revision

WAITING: Final = 256
ENGINE_ERROR: Final = "ENGINE_ERROR"

logger = structlog.get_logger()


class ShadowedEngine:
    """`first` decides; `share` (0 to 1) of its decisions are compared with those of `second`, of the same revision.

    `counts` holds `compared`, `differed`, `unanswered` (the second gave no decision) and `left_out` (the queue was
    full); every alarm repeats it, and `/metrics` shows it as `writgate_policy_shadow_total`.
    """

    def __init__(self, first: PolicyEngine, second: PolicyEngine, *, share: float) -> None:
        self._first = first
        self._second = second
        self._share = share
        self._waiting: Queue[tuple[Mapping[str, Any], Decision] | None] = Queue(WAITING)
        self.counts: Counter[str] = Counter(compared=0, differed=0, unanswered=0, left_out=0)
        self._thread = threading.Thread(target=self._run, name="policy-shadow", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return self._first.name

    @property
    def revision(self) -> int:
        return self._first.revision

    @property
    def source(self) -> Revision | None:
        return self._first.source

    def decide(self, document: Mapping[str, Any]) -> Decision:
        decision = self._first.decide(document)
        if random.random() < self._share:  # noqa: S311 - a sample, not a secret
            try:
                self._waiting.put_nowait((document, decision))
            except Full:
                self._count("left_out")
        return decision

    def settle(self) -> None:
        """Waits until everything sampled so far is compared."""
        self._waiting.join()

    def close(self) -> None:
        """What is waiting is still compared."""
        self._waiting.put(None)
        self._thread.join(timeout=10)
        self._first.close()
        self._second.close()

    def _run(self) -> None:
        while (asked := self._waiting.get()) is not None:
            try:
                self._compare(*asked)
            finally:
                self._waiting.task_done()
        self._waiting.task_done()

    def _count(self, result: str) -> None:
        self.counts[result] += 1
        metrics.SHADOW.labels(result).inc()

    def _compare(self, document: Mapping[str, Any], decision: Decision) -> None:
        other = self._second.decide(document)
        if ENGINE_ERROR in other.codes and ENGINE_ERROR not in decision.codes:
            self._count("unanswered")
            logger.error("policy.shadow_unanswered", engine=self._second.name, revision=self.revision, **self.counts)
            return
        self._count("compared")
        if other.document() != decision.document():
            self._count("differed")
            logger.critical(
                "policy.engines_differ",
                engines=[self._first.name, self._second.name],
                revision=self.revision,
                permits=[decision.permit, other.permit],
                rules=sorted(_spoke(decision) ^ _spoke(other)),
                **self.counts,
            )


def _spoke(decision: Decision) -> set[str]:
    reasons = {f"{reason.pack}.{reason.rule}" for reason in decision.reasons}
    return reasons | {f"{obligation.pack}.{obligation.rule}" for obligation in decision.obligations}
