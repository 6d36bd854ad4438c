"""A log as it is seen from outside, over HTTP: its resources, and what of them its keys have signed.

Invariant: nothing is believed for having been served. A checkpoint counts by a key that follows from the one that is
trusted, tiles by the signed roots that they are proven against, the key of receipts by the log's own word for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.errors import NoteMalformed, ProofInvalid, SignatureInvalid
from gateway.audit.keyring import Keyring
from gateway.audit.merkle import verify_consistency
from gateway.audit.proofs import Proof, consistency_proof, verify_proof
from gateway.audit.receipt_keys import vouched
from gateway.audit.tile_paths import WIDTH, tile_path
from gateway.audit.tiles import HEIGHT, node
from gateway.outbound import OutboundError

if TYPE_CHECKING:
    from gateway.audit.notes import Checkpoint
    from gateway.outbound import Outbound

_SECONDS: Final = 15.0
_LARGEST: Final = 1 << 20
_OK: Final = 200


class ResourceMissingError(OutboundError):
    """The log does not give what it must have."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint that the log's key signed, its note, and the address that showed it."""

    url: str
    note: str
    checkpoint: Checkpoint


class FollowedLog:
    """`url` is the prefix of its tlog-tiles, such as https://gateway.example/log; `key` the vkey that is trusted."""

    def __init__(self, url: str, key: str, *, outbound: Outbound) -> None:
        """Raises NoteMalformed: the key is not a log's."""
        self._url = url.rstrip("/")
        self._key = key
        self._outbound = outbound
        self.keys = Keyring.of(key)

    def open(self, note: str) -> Checkpoint:
        """Signed by a key that follows from the one that is trusted. Raises AuditError, OutboundError."""
        try:
            return self.keys.open(note)
        except SignatureInvalid:
            # Perhaps by a key that took over since; the log says how.
            self._ask_keys()
            return self.keys.open(note)

    def receipt_keys(self) -> list[dict[str, str]]:
        """Public keys of receipts that the log's key in use vouches for. Raises AuditError, OutboundError."""
        notes = self._ask_keys().get("receipt_keys")
        return vouched(map(str, notes), self.keys) if isinstance(notes, list) else []

    def continues(self, old: Checkpoint, new: Checkpoint) -> bool:
        """Whether one tree begins with the other. The proof is made of tiles that nobody vouches for, and is then
        verified against both signed roots.

        Raises:
            OutboundError: a tile is not given.
        """
        try:
            proof = consistency_proof(_Tiles(self, new.size), old_size=old.size, size=new.size)
            verify_consistency(old_size=old.size, old_root=old.root, size=new.size, root=new.root, proof=proof)
        except ProofInvalid:
            return False
        return True

    def text(self, name: str) -> str:
        """Raises OutboundError, NoteMalformed."""
        return self.text_at(f"{self._url}/{name}")

    def text_at(self, url: str) -> str:
        """What is given at any address. Raises OutboundError, NoteMalformed."""
        try:
            return self._get(url).decode()
        except UnicodeDecodeError:
            raise NoteMalformed("the answer is not UTF-8") from None

    def tile(self, level: int, place: str) -> bytes:
        """Raises OutboundError."""
        return self._get(f"{self._url}/tile/{level}/{place}")

    def shown_at(self, url: str) -> Shown:
        """The checkpoint at any address. Raises AuditError, OutboundError."""
        note = self.text_at(url)
        return Shown(url, note, self.open(note))

    def shown_with(self, leaf_hash: bytes) -> Shown | None:
        """A checkpoint of a tree that is proven to hold a receipt's leaf; None where the log gives no proof.

        That it is the tree which the log shows to everybody, its signature does not say.

        Raises:
            OutboundError: it does not answer.
            AuditError: what it answers is no proof.
        """
        url = f"{self._url.rpartition('/')[0]}/v1/audit/receipts/{leaf_hash.hex()}"
        try:
            proof = self.text_at(url)
        except ResourceMissingError:
            return None
        note = Proof.parse(proof).checkpoint
        shown = Shown(url, note, self.open(note))
        verify_proof(proof, leaf_hash, self.keys)
        return shown

    def _get(self, url: str) -> bytes:
        reply = self._outbound.get(url, seconds=_SECONDS, largest=_LARGEST)
        if reply.status != _OK:
            raise ResourceMissingError(f"STATUS_{reply.status}")
        return reply.body

    def _ask_keys(self) -> dict[str, Any]:
        """What /log/keys says, and the keys that follow from it. Raises AuditError, OutboundError."""
        text = self.text("keys")
        try:
            said: dict[str, Any] = json.loads(text)
            history = [(str(item["verifier_key"]), item.get("transition")) for item in said["keys"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NoteMalformed("the log's list of its keys cannot be read") from error
        if not all(transition is None or isinstance(transition, str) for _, transition in history):
            raise NoteMalformed("a transition between the log's keys is not a note")
        self.keys = Keyring.of(self._key, history)
        return said


class _Tiles:
    """Hash tiles of a tree of one size, each asked for once."""

    def __init__(self, followed: FollowedLog, size: int) -> None:
        self._log = followed
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        """Raises OutboundError."""
        try:
            return node(self._tile, level, index)
        except KeyError:
            raise ResourceMissingError("TILE_TOO_NARROW") from None

    def _tile(self, level: int, index: int) -> bytes:
        found = self._tiles.get((level, index))
        if found is None:
            width = min(WIDTH, (self._size >> (HEIGHT * level)) - index * WIDTH)
            place = tile_path(index) + (f".p/{width}" if width < WIDTH else "")
            found = self._tiles[level, index] = self._log.tile(level, place)
        return found
