"""What a verification found: separate verdicts, each with the first bad index and a sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Check(StrEnum):
    """What is judged, one by one, so that a failure says what it is a failure of."""

    SIGNATURE = "signature"
    COMPLETENESS = "completeness"
    INCLUSION = "inclusion"
    CONSISTENCY = "consistency"
    TILES = "tiles"
    CONTENT = "content"
    WITNESSES = "witnesses"
    TIME = "time"
    RECEIPTS = "receipts"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`first_bad` is the first index (for `signature`, the size of the first bad checkpoint) where the check failed.

    `ok` is None where there was nothing to judge by, which the sentence says; that is no failure, and no proof either.
    """

    check: Check
    ok: bool | None
    sentence: str
    first_bad: int | None = None


@dataclass(frozen=True, slots=True)
class ReceiptVerdict:
    """What became of one promise; `index` is where its leaf stands."""

    name: str
    ok: bool | None
    sentence: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts over the `size` entries that the log has, of which `signed` are under a checkpoint."""

    verdicts: tuple[Verdict, ...]
    size: int
    signed: int
    root: bytes
    receipts: tuple[ReceiptVerdict, ...] = ()

    @property
    def ok(self) -> bool:
        return all(verdict.ok is not False for verdict in self.verdicts)

    def verdict(self, check: Check) -> Verdict:
        return next(verdict for verdict in self.verdicts if verdict.check is check)

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        found: dict[str, Any] = {
            "ok": self.ok,
            "size": self.size,
            "signed": self.signed,
            "root": self.root.hex(),
            "verdicts": {
                verdict.check.value: {"ok": verdict.ok, "first_bad": verdict.first_bad, "sentence": verdict.sentence}
                for verdict in self.verdicts
            },
        }
        if self.receipts:
            found["receipts"] = [asdict(receipt) for receipt in self.receipts]
        return found


class Findings:
    """Collects failures; of each check the one at the lowest index is kept, and how many there were."""

    def __init__(self) -> None:
        self._first: dict[Check, tuple[int, str]] = {}
        self._count: dict[Check, int] = {}

    def fail(self, check: Check, index: int, sentence: str) -> None:
        self._count[check] = self._count.get(check, 0) + 1
        if check not in self._first or index < self._first[check][0]:
            self._first[check] = (index, sentence)

    def failed(self, check: Check) -> bool:
        return check in self._first

    def verdict(self, check: Check, sentence: str, *, judged: bool = True) -> Verdict:
        """The verdict on a check; `sentence` is what holds where nothing failed, or why nothing could be `judged`."""
        if check not in self._first:
            return Verdict(check, ok=True if judged else None, sentence=sentence)
        index, failure = self._first[check]
        more = self._count[check] - 1
        if more:
            failure += f" {more} more of the kind follow{'s' if more == 1 else ''}."
        return Verdict(check, ok=False, sentence=failure, first_bad=index)
