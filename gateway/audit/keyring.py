"""The keys that a log signed with, one after the other, and for which sizes each of them speaks.

A key hands over to the next by one checkpoint that both sign, under which stands the entry that names the new key. So
whoever was given any one of the keys can follow to all others, forward and backward, and trusts nobody else for it.
Invariant: a key speaks for no tree larger than the one at which it handed over, nor smaller than the one at which it
began. A key stolen after that can still sign a smaller tree of its thief's own, and with a key of his invention a
handover before its own. The last handover alone is signed by the key in use; so a smaller tree must be shown to be one
that it continues. Who opens a checkpoint asks `last_handover`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.audit.errors import NoteMalformed, SignatureInvalid
from gateway.audit.notes import ED25519, Checkpoint, SignedCheckpoint, Verifier, open_signed

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """A key, the size of the first tree that it speaks for, and where it handed over; None while it signs."""

    verifier: Verifier
    first: int
    handover: SignedCheckpoint | None

    def speaks_for(self, size: int) -> bool:
        return self.first <= size and (self.handover is None or size <= self.handover.checkpoint.size)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one log in their order."""

    periods: tuple[KeyPeriod, ...]

    @classmethod
    def of(cls, trusted: Verifier | str, history: Sequence[tuple[str, str | None]] = ()) -> Keyring:
        """The keys that can be reached from the one that is trusted.

        `history` is what the log says of itself: for each key its vkey and the checkpoint at which it took over, None
        for the first. What of it does not follow from the trusted key is not used.

        Raises:
            NoteMalformed: a key or a checkpoint is not in its format, or the trusted key is not a log's.
            SignatureInvalid: a checkpoint of the history is not signed by the two keys that it should join.
        """
        verifier = Verifier.parse(trusted) if isinstance(trusted, str) else trusted
        if verifier.kind != ED25519:
            raise NoteMalformed("the verifier key is a witness's, not a log's")
        keys = [Verifier.parse(vkey) for vkey, _ in history]
        if verifier not in keys:
            return cls((KeyPeriod(verifier, 0, None),))
        handovers: list[SignedCheckpoint] = []
        for older, newer, (_, note) in zip(keys, keys[1:], history[1:], strict=False):
            after = handovers[-1].checkpoint.size if handovers else 0
            handovers.append(_handed_over(older, newer, note or "", after))
        begins = [0, *(handover.checkpoint.size for handover in handovers)]
        return cls(tuple(map(KeyPeriod, keys, begins, [*handovers, None])))

    @property
    def origin(self) -> str:
        return self.periods[0].verifier.name

    @property
    def current(self) -> Verifier:
        return self.periods[-1].verifier

    @property
    def handovers(self) -> list[SignedCheckpoint]:
        return [period.handover for period in self.periods if period.handover]

    @property
    def last_handover(self) -> SignedCheckpoint | None:
        """Where the key in use took over; None where it is the first."""
        return self.handovers[-1] if self.handovers else None

    def open(self, note: str) -> Checkpoint:
        """A checkpoint of this log, signed by a key that speaks for its size.

        Raises:
            NoteMalformed: it is no checkpoint.
            SignatureInvalid: no such key signed it, or it is of another log.
        """
        opened = open_signed(note, [period.verifier for period in self.periods])
        checkpoint = Checkpoint.parse(opened.text)
        if not opened.signatures:
            raise SignatureInvalid("the log's key did not sign this note")
        if checkpoint.origin != self.origin:
            raise SignatureInvalid("the checkpoint is of another log")
        if not any(
            period.speaks_for(checkpoint.size) for period in self.periods if period.verifier in opened.signatures
        ):
            raise SignatureInvalid(f"the key that signed it does not speak for a tree of {checkpoint.size} entries")
        return checkpoint


def _handed_over(older: Verifier, newer: Verifier, note: str, after: int) -> SignedCheckpoint:
    """Where one key handed over to the next."""
    opened = open_signed(note, [older, newer])
    checkpoint = Checkpoint.parse(opened.text)
    if not {older, newer} <= opened.signatures.keys() or older.name != newer.name:
        raise SignatureInvalid("a key of the log was not handed over by the one before it")
    if checkpoint.origin != older.name or checkpoint.size <= after:
        raise SignatureInvalid("a key of the log was handed over by a checkpoint of another log, or out of order")
    return SignedCheckpoint(checkpoint, note)
