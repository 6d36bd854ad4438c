"""A monitor: follows a log from outside, by HTTP, and keeps what it saw where the log's operator cannot reach it.

Invariants: what was seen last is replaced only by a checkpoint that is proven to continue it, from hash tiles that the
two signed roots themselves authenticate; two checkpoints that contradict each other are both kept, for they are the
proof; the monitor's own clock says what is late. It sees hashes and sizes, never an entry.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateway import private_files
from gateway.audit.errors import AuditError, NoteMalformed, ProofInvalid, SignatureInvalid
from gateway.audit.keyring import Keyring
from gateway.audit.merkle import HASH_BYTES, perfect_root, verify_consistency
from gateway.audit.notes import open_signed
from gateway.audit.promises import verify_receipt
from gateway.audit.proofs import consistency_proof, verify_proof
from gateway.audit.receipts import MERGE_DELAY_SECONDS
from gateway.audit.tile_paths import WIDTH, tile_path
from gateway.audit.tiles import HEIGHT, split_hashes
from gateway.outbound import OutboundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.audit.notes import Checkpoint
    from gateway.audit.promises import Receipt
    from gateway.audit.witness_policy import WitnessPolicy
    from gateway.outbound import Outbound

_SEEN: Final = "seen.json"
_SECONDS: Final = 15.0
_LARGEST: Final = 1 << 20
_OK: Final = 200


class Alarm(StrEnum):
    """What a monitor shouts about. The first four are proof, or the want of it, against the log itself."""

    SPLIT_VIEW = "SPLIT_VIEW"
    SHRANK = "SHRANK"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    RECEIPT_BROKEN = "RECEIPT_BROKEN"
    STALE = "STALE"
    NO_QUORUM = "NO_QUORUM"
    UNREACHABLE = "UNREACHABLE"


@dataclass(frozen=True, slots=True)
class Shout:
    alarm: Alarm
    sentence: str

    def document(self) -> dict[str, str]:
        return {"alarm": self.alarm.value, "sentence": self.sentence}


@dataclass(slots=True)
class _Seen:
    """The last checkpoint that was proven, since when it has been the last, and when a quorum was seen.

    `ahead` has, by the address that showed it, a checkpoint larger than this view has reached, and when it was seen.
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
        """
        self._url = url.rstrip("/")
        self._key = key
        self._keys = Keyring.of(key)
        self._folder = folder
        self._outbound = outbound
        self._policy = policy
        self._others = others
        self._stale_seconds = stale_seconds
        self._clock = clock
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def look(self) -> list[Shout]:
        """One look at the log; what there is to shout about."""
        seen = self._read()
        try:
            shouts = self._follow(seen)
        except OutboundError as error:
            shouts = [Shout(Alarm.UNREACHABLE, f"The log did not answer: {error}.")]
        now = self._clock()
        if seen.note and now - seen.grown_at > self._stale_seconds:
            shouts.append(Shout(Alarm.STALE, f"The log has not grown for {round(now - seen.grown_at)} seconds."))
        if self._policy and seen.quorum_at and now - seen.quorum_at > self._stale_seconds:
            sentence = f"No quorum of witnesses was seen for {round(now - seen.quorum_at)} seconds."
            shouts.append(Shout(Alarm.NO_QUORUM, sentence))
        self._write(seen)
        return [*shouts, *self._receipts()]

    # The checkpoint.

    def _follow(self, seen: _Seen) -> list[Shout]:
        note = self._text("checkpoint")
        try:
            checkpoint = self._open(note)
        except AuditError as error:
            return [Shout(Alarm.BAD_SIGNATURE, f"The checkpoint fails: {error}.")]
        shouts = self._compare(seen, note, checkpoint)
        if not shouts:
            for other in self._others:
                shouts += self._compare_other(other, seen)
        return shouts

    def _open(self, note: str) -> Checkpoint:
        """Signed by a key that follows from the one that is trusted. Raises AuditError."""
        try:
            return self._keys.open(note)
        except SignatureInvalid:
            # Perhaps by a key that took over since; the log says how.
            self._keys = Keyring.of(self._key, _history(self._text("keys")))
            return self._keys.open(note)

    def _compare(self, seen: _Seen, note: str, checkpoint: Checkpoint) -> list[Shout]:
        now = self._clock()
        if not seen.note:
            seen.note, seen.grown_at, seen.quorum_at = note, now, now
            return []
        last = self._keys.open(seen.note)
        if checkpoint.size < last.size:
            self._keep(note)
            sentence = f"The log shows {checkpoint.size} entries, and {last.size} were signed before."
            return [Shout(Alarm.SHRANK, sentence)]
        try:
            continues = self._continues(last, checkpoint)
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

    def _continues(self, old: Checkpoint, new: Checkpoint) -> bool:
        """The proof is made of tiles that nobody vouches for, and is then verified against both signed roots."""
        try:
            tiles = _HttpTiles(self, new.size)
            proof = consistency_proof(tiles, old_size=old.size, size=new.size)
            verify_consistency(old_size=old.size, old_root=old.root, size=new.size, root=new.root, proof=proof)
        except ProofInvalid:
            return False
        return True

    def _compare_other(self, url: str, seen: _Seen) -> list[Shout]:
        """What somebody else was shown must be a beginning of what was seen here, or what is seen here in time."""
        shouts = self._reached(url, seen) if url in seen.ahead else []
        try:
            reply = self._outbound.get(url, seconds=_SECONDS, largest=_LARGEST)
            if reply.status != _OK:
                raise ResourceMissingError(f"STATUS_{reply.status}")
            note = reply.body.decode()
            other = self._open(note)
        except (OutboundError, AuditError, ValueError) as error:
            sentence = f"The other view cannot be compared: {type(error).__name__}."
            return [*shouts, Shout(Alarm.UNREACHABLE, sentence)]
        if other.size > self._keys.open(seen.note).size:
            # The tiles are this log's; a tree larger than its checkpoint cannot be proven from them yet.
            seen.ahead.setdefault(url, (note, self._clock()))
            return shouts
        return shouts + self._within(note, other, seen)

    def _reached(self, url: str, seen: _Seen) -> list[Shout]:
        """The larger checkpoint that was kept, once this view has its size; this view must have it in time."""
        note, since = seen.ahead[url]
        other = self._open(note)
        if other.size <= self._keys.open(seen.note).size:
            del seen.ahead[url]
            return self._within(note, other, seen)
        if self._clock() - since <= MERGE_DELAY_SECONDS:
            return []
        self._keep(note)
        sentence = f"Somebody else was shown {other.size} entries, which this view has not reached in the merge delay."
        return [Shout(Alarm.SPLIT_VIEW, f"{sentence} Both are kept in {self._folder}.")]

    def _within(self, note: str, other: Checkpoint, seen: _Seen) -> list[Shout]:
        """Somebody else's checkpoint, no larger than what was seen here, must be a beginning of it."""
        try:
            if self._continues(other, self._keys.open(seen.note)):
                return []
        except OutboundError as error:
            self._keep(note)
            return [Shout(Alarm.UNREACHABLE, f"The other view, kept in {self._folder}, cannot be proven: {error}.")]
        self._keep(note)
        sentence = f"Somebody else was shown another tree, of {other.size} entries. Both are kept in {self._folder}."
        return [Shout(Alarm.SPLIT_VIEW, sentence)]

    # Receipts.

    def add_receipt(self, text: str) -> None:
        """Remembers a promise until it is kept, and the key that signed it, which the log could show otherwise later.

        Raises:
            SignatureInvalid: it is not this log's.
            OutboundError: the log does not give its key.
            ValueError: what it gives is none.
        """
        name = hashlib.sha256(text.strip().encode()).hexdigest()[:32]
        key = self._folder / f"{name}.key"
        public = key.read_text(encoding="utf-8") if key.exists() else self._text("receipt_key")
        self._promise(text, public)
        private_files.replace(key, public.encode())
        private_files.replace(self._folder / f"{name}.receipt", text.strip().encode())

    def _promise(self, text: str, public: str) -> Receipt:
        receipt = verify_receipt(text.strip(), json.loads(public))
        if receipt.origin != self._keys.origin:
            raise SignatureInvalid("the receipt is of another log")
        return receipt

    def _receipts(self) -> list[Shout]:
        shouts = []
        for path in sorted(self._folder.glob("*.receipt")):
            key = path.with_suffix(".key")
            try:
                if not key.exists():  # kept by an earlier version
                    self.add_receipt(path.read_text(encoding="utf-8"))
                receipt = self._promise(path.read_text(encoding="utf-8"), key.read_text(encoding="utf-8"))
            except (OutboundError, AuditError, ValueError) as error:
                shouts.append(Shout(Alarm.UNREACHABLE, f"{path.name} cannot be read: {type(error).__name__}."))
                continue
            trouble = ""
            try:
                if self._is_kept(receipt):
                    path.rename(path.with_suffix(".kept"))
                    continue
            except (OutboundError, AuditError, ValueError) as error:
                trouble = type(error).__name__
            # A log that answers with nonsense, or not at all, has not kept its promise either.
            if self._clock() * 10**9 > receipt.due_ns:
                sentence = f"Leaf {receipt.leaf_hash.hex()} was promised and is not shown to be in the tree"
                shouts.append(Shout(Alarm.RECEIPT_BROKEN, f"{sentence}; {path.name} proves it. {trouble}".strip()))
            elif trouble:
                shouts.append(Shout(Alarm.UNREACHABLE, f"A receipt cannot be redeemed: {trouble}."))
        return shouts

    def _is_kept(self, receipt: Receipt) -> bool:
        """Raises OutboundError, AuditError, ValueError: the answer is no proof."""
        base = self._url.rpartition("/")[0]
        reply = self._outbound.get(
            f"{base}/v1/audit/receipts/{receipt.leaf_hash.hex()}", seconds=_SECONDS, largest=_LARGEST
        )
        if reply.status != _OK:
            return False
        verify_proof(reply.body.decode(), receipt.leaf_hash, self._keys)
        return True

    # What is kept, and what is asked.

    def _text(self, name: str) -> str:
        reply = self.get(name)
        try:
            return reply.decode()
        except UnicodeDecodeError:
            raise NoteMalformed("the log's answer is not UTF-8") from None

    def get(self, name: str) -> bytes:
        """A resource of the log. Raises OutboundError."""
        reply = self._outbound.get(f"{self._url}/{name}", seconds=_SECONDS, largest=_LARGEST)
        if reply.status != _OK:
            raise ResourceMissingError(f"STATUS_{reply.status}")
        return reply.body

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


def _history(text: str) -> list[tuple[str, str | None]]:
    """What /log/keys says. Raises NoteMalformed."""
    try:
        return [(str(item["verifier_key"]), item.get("transition")) for item in json.loads(text)["keys"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoteMalformed("the log's list of its keys cannot be read") from error


class ResourceMissingError(OutboundError):
    """The log does not give what it must have."""


class _HttpTiles:
    """Hash tiles of a tree of one size, each asked for once."""

    def __init__(self, monitor: Monitor, size: int) -> None:
        self._monitor = monitor
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        """Raises OutboundError."""
        tile_level, inside = divmod(level, HEIGHT)
        first = index << inside
        hashes = self._tile(tile_level, first // WIDTH)
        start = first % WIDTH
        found = hashes[start * HASH_BYTES : (start + (1 << inside)) * HASH_BYTES]
        if len(found) != HASH_BYTES << inside:
            raise ResourceMissingError("TILE_TOO_NARROW")
        return perfect_root(split_hashes(found))

    def _tile(self, level: int, index: int) -> bytes:
        found = self._tiles.get((level, index))
        if found is None:
            width = min(WIDTH, (self._size >> (HEIGHT * level)) - index * WIDTH)
            place = tile_path(index) + (f".p/{width}" if width < WIDTH else "")
            found = self._tiles[level, index] = self._monitor.get(f"tile/{level}/{place}")
        return found
