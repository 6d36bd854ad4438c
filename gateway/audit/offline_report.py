"""The verdicts on a bundle, each with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.audit.offline_time import DELAY_NS, SKEW_NS, time_verdict, witness_verdict
from gateway.audit.report import Check, Report, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from gateway.audit.bundle import Bundle
    from gateway.audit.merkle import CompactRange
    from gateway.audit.notes import SignedCheckpoint
    from gateway.audit.offline_receipts import Promises
    from gateway.audit.offline_time import Times
    from gateway.audit.report import Findings
    from gateway.audit.witness_policy import WitnessPolicy


@dataclass(frozen=True, slots=True)
class Found:
    """What the way through a bundle showed.

    Attributes:
        proven: sizes of the trees that the entries were shown to be in; each of them needs a quorum.
        whose: the policy's, in words.
        span: the time of the first entry of the range, and the latest.
        values: how many values are disclosed.
        unreadable: by index, how many more the bundle was to disclose and could not.
        singles: how many entries have a proof of their own.
        unshown: the size of a tree that only a retired key signed, and of the later one at which the key in use took
            over, where nothing shows that the one continues the other; whoever stole a key since can sign such a tree.
    """

    bundle: Bundle
    findings: Findings
    checkpoints: Mapping[int, SignedCheckpoint]
    proven: AbstractSet[int]
    policy: WitnessPolicy
    whose: str
    times: Times
    promises: Promises
    span: tuple[int, int] | None
    values: int
    unreadable: Mapping[int, int]
    singles: int
    unshown: tuple[int, int] | None

    def report(self, tree: CompactRange) -> Report:
        """All of it; `tree` is that of the range, empty where there is none."""
        ranged = self.bundle.first is not None
        if not self.checkpoints:
            self.findings.fail(Check.SIGNATURE, 0, "There is no checkpoint that the log's key signed.")
        last = max(self.proven, default=0)
        signed = self.checkpoints.get(last)
        verdicts = self._range(tree.size, last) if ranged else self._singles()
        stamps = len(self.bundle.files.names("timestamps"))
        verdicts += [
            self._content(),
            witness_verdict(self.findings, self.checkpoints, self.proven, self.policy, self.whose),
            time_verdict(self.findings, self.times.bounds, stamps),
            *self._receipts(ranged=ranged),
        ]
        return Report(
            verdicts=tuple(verdicts),
            size=tree.size if ranged else last,
            signed=last,
            root=signed.checkpoint.root if signed and not ranged else tree.root(),
            receipts=tuple(self.promises.verdicts),
        )

    def _range(self, size: int, last: int) -> list[Verdict]:
        first = self.bundle.first or 0
        return [
            self._signatures(),
            self.findings.verdict(
                Check.INCLUSION, f"All {size - first} entries are under a checkpoint that the log signed."
            ),
            self.findings.verdict(
                Check.CONSISTENCY, f"The tree agrees with every checkpoint here, the last over {last} entries."
            ),
            self.findings.verdict(Check.COMPLETENESS, f"Nothing is missing from {first} to {size}."),
        ]

    def _singles(self) -> list[Verdict]:
        return [
            self._signatures(),
            self.findings.verdict(
                Check.INCLUSION,
                f"{self.singles} single entries are under a checkpoint that the log signed.",
                judged=self.singles > 0,
            ),
            self.findings.verdict(
                Check.CONSISTENCY, "Without a range only checkpoints of one size could be compared.", judged=False
            ),
            self.findings.verdict(
                Check.COMPLETENESS, "The bundle has single entries; what stands between them it does not show.",
                judged=False,
            ),
        ]  # fmt: skip

    def _signatures(self) -> Verdict:
        if self.unshown is None:
            return self.findings.verdict(
                Check.SIGNATURE, f"{len(self.checkpoints)} checkpoints are signed by the log's key."
            )
        size, handover = self.unshown
        sentence = (
            f"The tree of {size} entries is signed by a key that was retired, and nothing here shows that the tree of"
            f" {handover}, at which the key in use took over, continues it. Ask for a bundle made since then."
        )
        return self.findings.verdict(Check.SIGNATURE, sentence, judged=False)

    def _content(self) -> Verdict:
        if not self.values:
            return self.findings.verdict(Check.CONTENT, f"No value is disclosed.{self._unopened()}", judged=False)
        return self.findings.verdict(
            Check.CONTENT, f"{self.values} disclosed values are those that their leaves committed to.{self._unopened()}"
        )

    def _unopened(self) -> str:
        """What the bundle itself says that it lacks; nobody can judge it."""
        if not self.unreadable:
            return ""
        first, count = min(self.unreadable), sum(self.unreadable.values())
        return f" {count} more could not be opened for whoever made the bundle, the first of entry {first}."

    def _receipts(self, *, ranged: bool) -> list[Verdict]:
        reached = max([self.span[1] if self.span else 0, *(bound.time_ns for bound in self.times.bounds)])
        begins = None
        if ranged:
            begins = (self.span[0] + SKEW_NS + DELAY_NS) if self.bundle.first and self.span else 0
        verdicts = self.promises.redeem(covered_from_ns=begins, covered_to_ns=reached)
        for verdict in verdicts:
            if verdict.ok is False:
                self.findings.fail(Check.RECEIPTS, 0, f"Receipt {verdict.name}: {verdict.sentence}")
        kept = sum(verdict.ok is True for verdict in verdicts)
        sentence = f"{kept} of {len(verdicts)} receipts were honoured, and none was broken."
        return [self.findings.verdict(Check.RECEIPTS, sentence, judged=kept > 0)] if verdicts else []
