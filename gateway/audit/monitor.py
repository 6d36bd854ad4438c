"""A monitor: follows a log from outside, by HTTP, and keeps what it saw where the log's operator cannot reach it.

Invariants: what was seen last is replaced only by a checkpoint that is proven to continue it, from hash tiles that the
two signed roots themselves authenticate; two checkpoints that contradict each other are both kept, for they are the
proof; a receipt is kept by a proof in the tree that was seen, and in no other; the monitor's own clock says what is
late; whatever the log answers is at most an alarm. It sees hashes and sizes, never an entry.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway import private_files
from gateway.audit.alarms import Alarm, Shout
from gateway.audit.errors import AuditError, SignatureInvalid
from gateway.audit.followed import FollowedLog
from gateway.audit.notes import Checkpoint, open_signed
from gateway.audit.receipts import MERGE_DELAY_SECONDS
from gateway.audit.watched_receipts import WatchedReceipts
from gateway.outbound import OutboundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gateway.audit.followed import Shown
    from gateway.audit.witness_policy import WitnessPolicy
    from gateway.outbound import Outbound

_SEEN: Final = "seen.json"


@dataclass(slots=True)
class _Seen:
    """The last checkpoint that was proven, since when it has been the last, and when a quorum was seen.

    `ahead` has, by the address that showed it, a checkpoint larger than this view has reached, and when it was seen; it
    is held until it is proven to be a beginning of this view.
    """

    note: str = ""
    grown_at: float = 0.0
    quorum_at: float = 0.0
    ahead: dict[str, tuple[str, float]] = field(default_factory=dict)


class Monitor:
    """Follows one log. `url` is the prefix of its tlog-tiles, such as https://gateway.example/log."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        folder: Path,
        outbound: Outbound,
        policy: WitnessPolicy | None = None,
        others: tuple[str, ...] = (),
        stale_seconds: float = 180.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`others` are addresses where the same log's checkpoint is seen by somebody else: witnesses, other networks.

        Raises:
            NoteMalformed: the key is not a log's.
            SignatureInvalid: what the folder keeps is of another log.
        """
        self._log = FollowedLog(url, key, outbound=outbound)
        self._receipts = WatchedReceipts(self._log, folder)
        self._folder = folder
        self._policy = policy
        self._others = others
        self._stale_seconds = stale_seconds
        self._clock = clock
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = self._read()
        if seen.note and _stored(seen.note).origin != self._log.keys.origin:
            raise SignatureInvalid("what was seen before is of another log")

    def look(self) -> list[Shout]:
        """One look at the log; what there is to shout about."""
        seen = self._read()
        try:
            shouts = self._follow(seen)
        except OutboundError as error:
            shouts = [Shout(Alarm.UNREACHABLE, f"The log did not answer: {error}.")]
        except AuditError as error:
            shouts = [Shout(Alarm.BAD_SIGNATURE, f"The checkpoint fails: {error}.")]
        now = self._clock()
        if seen.note and now - seen.grown_at > self._stale_seconds:
            shouts.append(Shout(Alarm.STALE, f"The log has not grown for {round(now - seen.grown_at)} seconds."))
        if self._policy and seen.quorum_at and now - seen.quorum_at > self._stale_seconds:
            sentence = f"No quorum of witnesses was seen for {round(now - seen.quorum_at)} seconds."
            shouts.append(Shout(Alarm.NO_QUORUM, sentence))
        shouts += self._receipts.look(now, lambda shown: self._place(shown, seen))
        self._write(seen)
        return shouts

    def add_receipt(self, text: str, *, key: Mapping[str, Any] | None = None) -> None:
        """As `WatchedReceipts.add`."""
        self._receipts.add(text, key=key)

    # The checkpoint.

    def _follow(self, seen: _Seen) -> list[Shout]:
        note = self._log.text("checkpoint")
        shouts = self._compare(seen, note, self._log.open(note))
        if not shouts:
            for url in tuple(seen.ahead):
                shouts += self._reached(url, seen)
            for other in self._others:
                shouts += self._compare_other(other, seen)
        return shouts

    def _compare(self, seen: _Seen, note: str, checkpoint: Checkpoint) -> list[Shout]:
        now, handover = self._clock(), self._log.keys.last_handover
        if handover and checkpoint.size < handover.checkpoint.size:
            # Whoever has a retired key can sign so many of his own; the key in use signed more than are shown.
            self._keep(note)
            sentence = f"The log shows {checkpoint.size} entries, and its key took over at {handover.checkpoint.size}."
            return [Shout(Alarm.SHRANK, sentence)]
        if not seen.note:
            seen.note, seen.grown_at, seen.quorum_at = note, now, now
            return []
        last = _stored(seen.note)
        if checkpoint.size < last.size:
            self._keep(note)
            sentence = f"The log shows {checkpoint.size} entries, and {last.size} were signed before."
            return [Shout(Alarm.SHRANK, sentence)]
        try:
            continues = self._log.continues(last, checkpoint)
        except OutboundError:
            self._keep(note)
            raise
        if not continues:
            self._keep(note)
            sentence = f"The tree of {checkpoint.size} entries does not continue the one of {last.size} that was seen."
            return [Shout(Alarm.SPLIT_VIEW, f"{sentence} Both are signed, and kept in {self._folder}.")]
        if checkpoint.size > last.size:
            seen.note, seen.grown_at = note, now
        if self._policy and self._policy.is_met(open_signed(note, self._policy.verifiers).signatures):
            seen.quorum_at = now
        return []

    def _compare_other(self, url: str, seen: _Seen) -> list[Shout]:
        try:
            shown = self._log.shown_at(url)
        except (OutboundError, AuditError, ValueError) as error:
            return [Shout(Alarm.UNREACHABLE, f"The other view cannot be compared: {type(error).__name__}.")]
        return self._place(shown, seen) or []

    def _place(self, shown: Shown, seen: _Seen) -> list[Shout] | None:
        """What is shown anywhere must be a beginning of what was seen here; None where only time tells."""
        if not seen.note or shown.checkpoint.size > _stored(seen.note).size:
            # The tiles are this log's; a tree larger than its checkpoint cannot be proven from them yet.
            seen.ahead.setdefault(shown.url, (shown.note, self._clock()))
            return None
        return self._within(shown.note, shown.checkpoint, seen)

    def _reached(self, url: str, seen: _Seen) -> list[Shout]:
        """The larger checkpoint that was kept, once this view has its size; this view must have it in time."""
        note, since = seen.ahead[url]
        other = _stored(note)
        if other.size <= _stored(seen.note).size:
            shouts = self._within(note, other, seen)
            if not shouts:
                del seen.ahead[url]
            return shouts
        if self._clock() - since <= MERGE_DELAY_SECONDS:
            return []
        self._keep(note)
        sentence = f"Elsewhere {other.size} entries are shown, which this view has not reached in the merge delay."
        return [Shout(Alarm.SPLIT_VIEW, f"{sentence} Both are kept in {self._folder}.")]

    def _within(self, note: str, other: Checkpoint, seen: _Seen) -> list[Shout]:
        """A checkpoint from elsewhere, no larger than what was seen here, must be a beginning of it."""
        try:
            if self._log.continues(other, _stored(seen.note)):
                return []
        except OutboundError as error:
            self._keep(note)
            return [Shout(Alarm.UNREACHABLE, f"The other view, kept in {self._folder}, cannot be proven: {error}.")]
        self._keep(note)
        sentence = f"Elsewhere another tree is shown, of {other.size} entries. Both are kept in {self._folder}."
        return [Shout(Alarm.SPLIT_VIEW, sentence)]

    # What is kept.

    def _keep(self, note: str) -> None:
        digest = hashlib.sha256(note.encode()).hexdigest()[:16]
        private_files.replace(self._folder / f"evidence-{digest}.checkpoint", note.encode())

    def _read(self) -> _Seen:
        try:
            return _Seen(**json.loads((self._folder / _SEEN).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return _Seen()

    def _write(self, seen: _Seen) -> None:
        private_files.replace(self._folder / _SEEN, json.dumps(asdict(seen)).encode())


def _stored(note: str) -> Checkpoint:
    """A checkpoint whose signature was verified before it was stored, whatever the log says of its keys since."""
    return Checkpoint.parse(open_signed(note, []).text)
