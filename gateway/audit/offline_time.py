"""What outsiders say of the time of a tree, and whether what the entries say of theirs agrees with it.

A cosignature or a time stamp says that the tree of its size existed then. So an entry under it that claims a later time
lies, and so does one beyond it that claims to be older than the merge delay allows: it was inserted later.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.audit.errors import NoteMalformed, SignatureInvalid, TimestampInvalid
from gateway.audit.notes import cosigned_at, open_signed
from gateway.audit.report import Check
from gateway.audit.timestamps import verify_timestamp
from gateway.audit.witness_policy import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from cryptography import x509

    from gateway.audit.notes import SignedCheckpoint
    from gateway.audit.report import Findings, Verdict
    from gateway.audit.witness_policy import WitnessPolicy

NS: Final = 10**9
# How far the clocks of honest machines may be apart, and how long an entry may wait for its place.
SKEW_NS: Final = 300 * NS
DELAY_NS: Final = 60 * NS
# A leaf that ends so says its time there: one brace closes the entry itself. Times of our day have one length.
_TAILS: Final = re.compile(rb'(?:,"time":[0-9]{19}})+')
_TAIL_BYTES: Final = len(',"time":1790000000000000000}')
_TIME_AT: Final = slice(len(',"time":'), -1)


@dataclass(frozen=True, slots=True)
class Bound:
    """Somebody outside saw the tree of `size` entries at `time_ns`."""

    size: int
    time_ns: int
    what: str


def cosigned_bounds(
    checkpoints: Mapping[int, SignedCheckpoint], policy: WitnessPolicy, findings: Findings
) -> list[Bound]:
    """A bound for each cosignature by a witness of the policy; a wrong one is a failure of the witnesses."""
    found = []
    for size, signed in checkpoints.items():
        try:
            opened = open_signed(signed.note, policy.verifiers)
        except (NoteMalformed, SignatureInvalid) as error:
            findings.fail(Check.WITNESSES, size, f"A cosignature of the checkpoint of {size} fails: {error}.")
            continue
        for witness, signature in opened.signatures.items():
            found.append(Bound(size, cosigned_at(signature) * NS, f"the cosignature of {witness.name} at {size}"))
    return found


def stamped_bounds(
    stamps: Iterable[tuple[str, bytes]],
    checkpoints: Mapping[int, SignedCheckpoint],
    roots: Sequence[x509.Certificate],
    findings: Findings,
) -> list[Bound]:
    """A bound for each time stamp that a trusted root stands behind; another is a failure of the time.

    The name of a stamp begins with the size of the checkpoint that it is of.
    """
    found = []
    for name, response in stamps if roots else ():
        number = name.partition(".")[0]
        size = int(number) if number.isascii() and number.isdecimal() and len(number) < 20 else -1  # noqa: PLR2004  64 bits
        signed = checkpoints.get(size)
        if signed is None:
            findings.fail(Check.TIME, max(size, 0), f"The time stamp {name} is of no checkpoint that is here.")
            continue
        try:
            time = verify_timestamp(response, signed.note.encode(), roots)
        except TimestampInvalid as error:
            findings.fail(Check.TIME, size, f"The time stamp {name} fails: {error}.")
            continue
        found.append(Bound(size, int(time.timestamp()) * NS, f"the time stamp of {size} entries"))
    return found


def witness_verdict(
    findings: Findings,
    checkpoints: Mapping[int, SignedCheckpoint],
    sizes: AbstractSet[int],
    policy: WitnessPolicy,
    whose: str,
) -> Verdict:
    """Whether a quorum has seen the trees of these sizes; `whose` is the policy's, in words."""
    if policy.quorum == NONE:
        return findings.verdict(Check.WITNESSES, f"There are no witnesses in {whose}.", judged=False)
    for size in sorted(sizes):
        signed = checkpoints.get(size)
        # A wrong signature was found where the bounds were read.
        if signed is None or findings.failed(Check.WITNESSES):
            continue
        if not policy.is_met(open_signed(signed.note, policy.verifiers).signatures):
            findings.fail(Check.WITNESSES, size, f"The checkpoint of {size} has no quorum by {whose}.")
    return findings.verdict(
        Check.WITNESSES,
        f"A quorum of witnesses by {whose} has seen the tree of {max(sizes, default=0)} entries.",
        judged=bool(sizes & checkpoints.keys()),
    )


def time_verdict(findings: Findings, bounds: Sequence[Bound], stamps: int) -> Verdict:
    """Whether the entries' times agree with the bounds; `stamps` is how many are there, judged or not."""
    if bounds:
        size = max(bound.size for bound in bounds)
        return findings.verdict(
            Check.TIME, f"The entries' times agree with {len(bounds)} from outside, the last over {size} entries."
        )
    reason = f"{stamps} time stamps are here; give the roots that you trust, to judge them."
    return findings.verdict(
        Check.TIME, reason if stamps else "Nobody outside said when anything was there.", judged=False
    )


class Times:
    """Compares the entries' own times with the bounds."""

    def __init__(self, bounds: Sequence[Bound], findings: Findings) -> None:
        self.bounds = tuple(bounds)
        self._findings = findings

    def compare(self, start: int, count: int, extent: tuple[int, int], each: Callable[[], Sequence[int]]) -> None:
        """Of `count` entries from index `start` on: the earliest and the latest, and each where that is needed."""
        end, (earliest, latest) = start + count, extent
        for bound in self.bounds:
            within = start < bound.size < end
            if within or (_is_younger(latest, bound) if bound.size >= end else _is_older(earliest, bound)):
                self._compare_each(start, each(), bound)

    def _compare_each(self, start: int, times: Sequence[int], bound: Bound) -> None:
        for index, time in enumerate(times, start):
            if index < bound.size and _is_younger(time, bound):
                sentence = f"Entry {index} says that it is younger than {bound.what}, which covers it."
                self._findings.fail(Check.TIME, index, sentence)
            if index >= bound.size and _is_older(time, bound):
                sentence = f"Entry {index} says that it is older than {bound.what}, which does not cover it."
                self._findings.fail(Check.TIME, index, sentence)


def _is_younger(time: int, bound: Bound) -> bool:
    return time > bound.time_ns + SKEW_NS


def _is_older(time: int, bound: Bound) -> bool:
    return time < bound.time_ns - SKEW_NS - DELAY_NS


def tile_extent(leaves: Sequence[bytes]) -> tuple[int, int]:
    """The earliest and the latest time that the leaves of an entry tile say."""
    tails = [leaf[-_TAIL_BYTES:] for leaf in leaves]
    joined = b"".join(tails)
    if len(joined) == _TAIL_BYTES * len(tails) and _TAILS.fullmatch(joined):
        # All of one length, so they need not be numbers to be compared.
        return int(min(tails)[_TIME_AT]), int(max(tails)[_TIME_AT])
    times = list(map(time_of, leaves))
    return min(times), max(times)


def time_of(leaf: bytes) -> int:
    """The time that a leaf says, 0 where it is no entry."""
    try:
        time = json.loads(leaf)["time"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    return time if isinstance(time, int) else 0
