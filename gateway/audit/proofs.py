"""Proofs from tiles, and the `.tlog-proof` text (c2sp.org/tlog-proof@v1) that carries one to a stranger.

`verify_proof` needs nothing but the proof, the leaf and the log's verifier key: no database, no network, no trust.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.audit.errors import NoteMalformed, ProofInvalid
from gateway.audit.keyring import Keyring
from gateway.audit.merkle import HASH_BYTES, leaf_hash, node_hash, split, verify_inclusion
from gateway.audit.notes import Checkpoint, decode_base64

if TYPE_CHECKING:
    from gateway.audit.tiles import HashReader

HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")
# A tree of 2^63 leaves.
_LONGEST: Final = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as its text says it; nothing is verified. `extra` is what the log added for its own use, if anything."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"extra {base64.b64encode(self.extra).decode()}"]
        hashes = [base64.b64encode(item).decode() for item in self.hashes]
        return "\n".join([HEADER, *extra, f"index {self.index}", *hashes, "", self.checkpoint])

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Raises NoteMalformed."""
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines.pop(0) != HEADER:
            raise NoteMalformed("the text is no tlog-proof")
        extra = decode_base64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
        match = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if match is None or len(lines) > _LONGEST:
            raise NoteMalformed("the proof's index or its length is not as it must be")
        hashes = tuple(decode_base64(line) for line in lines)
        if any(len(item) != HASH_BYTES for item in hashes):
            raise NoteMalformed("the proof's hashes are not SHA-256")
        return cls(int(match.group(1)), hashes, checkpoint, extra)


@dataclass(frozen=True, slots=True)
class Proven:
    """What a verified proof shows: the leaf stands at `index` in the tree that the log signed."""

    index: int
    checkpoint: Checkpoint


def verify_proof(proof_text: str, leaf: str | bytes, key: str | Keyring) -> Proven:
    """Checks a `.tlog-proof` against a leaf and the log's verifier key, or all its keys.

    The leaf is its JSON text, or its hash from a receipt.

    Raises:
        NoteMalformed: proof or key are not in their format.
        SignatureInvalid: the log did not sign the checkpoint.
        ProofInvalid: the leaf is not shown to be in the tree.
    """
    if isinstance(leaf, bytes) and len(leaf) != HASH_BYTES:
        raise ProofInvalid("a leaf hash has 32 bytes")
    proof = Proof.parse(proof_text)
    checkpoint = (Keyring.of(key) if isinstance(key, str) else key).open(proof.checkpoint)
    verify_inclusion(
        leaf=leaf_hash(leaf.encode()) if isinstance(leaf, str) else leaf,
        index=proof.index,
        size=checkpoint.size,
        proof=proof.hashes,
        root=checkpoint.root,
    )
    return Proven(proof.index, checkpoint)


def inclusion_proof(reader: HashReader, *, index: int, size: int) -> list[bytes]:
    """The audit path of RFC 9162 section 2.1.3.1, leaf to root. Raises ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError("the index lies outside the tree")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree_root(reader, middle, end))
            end = middle
        else:
            path.append(subtree_root(reader, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(reader: HashReader, *, old_size: int, size: int) -> list[bytes]:
    """The proof of RFC 9162 section 2.1.4.1. Raises ValueError unless 0 <= old_size <= size."""
    if not 0 <= old_size <= size:
        raise ValueError("the older tree is larger")
    if old_size in {0, size}:
        return []
    start, end = 0, size
    path: list[bytes] = []
    while old_size != end:
        middle = start + split(end - start)
        if old_size <= middle:
            path.append(subtree_root(reader, middle, end))
            end = middle
        else:
            path.append(subtree_root(reader, start, middle))
            start = middle
    if start > 0:
        path.append(subtree_root(reader, start, end))
    return path[::-1]


def subtree_root(reader: HashReader, start: int, end: int) -> bytes:
    """The root over leaves [start, end), where start is a multiple of the largest power of two within."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return reader.node(level, start >> level)
    middle = start + split(count)
    return node_hash(subtree_root(reader, start, middle), subtree_root(reader, middle, end))
