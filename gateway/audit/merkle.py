"""The Merkle tree of RFC 6962 section 2.1 (the same as RFC 9162 section 2.1): hashes, compact ranges, proof checks.

Pure arithmetic: no store, no clock. A compact range holds the roots of the perfect subtrees that a tree of `size`
leaves is made of, largest first; it is all that is needed to append and to give the root. By its construction a tree
that it reaches by appending is consistent with every tree it has been.
"""

from __future__ import annotations

import hashlib
from operator import add
from typing import TYPE_CHECKING, Final

from gateway.audit.errors import ProofInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()


# A copy of a state that has read its prefix costs less than a new one, for which OpenSSL looks the algorithm up.
_LEAF: Final = hashlib.sha256(b"\x00")
_NODE: Final = hashlib.sha256(b"\x01")


def leaf_hash(leaf: bytes) -> bytes:
    state = _LEAF.copy()
    state.update(leaf)
    return state.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    state = _NODE.copy()
    state.update(left + right)
    return state.digest()


class CompactRange:
    """The perfect subtrees of a growing tree."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Raises ValueError if the hashes cannot be those of a tree of this size."""
        self._size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count() or any(len(item) != HASH_BYTES for item in self._hashes):
            raise ValueError("a compact range has one hash for each bit of its size")

    @property
    def size(self) -> int:
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Roots of the perfect subtrees, largest first."""
        return tuple(self._hashes)

    def append(self, hash_of_leaf: bytes) -> None:
        node, size = hash_of_leaf, self._size
        while size & 1:
            node = node_hash(self._hashes.pop(), node)
            size >>= 1
        self._hashes.append(node)
        self._size += 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        for item in leaf_hashes:
            self.append(item)

    def append_perfect(self, root: bytes, height: int) -> None:
        """Appends 2^height leaves by their root. Raises ValueError unless the size is a multiple of as many."""
        if self._size & ((1 << height) - 1):
            raise ValueError("a perfect subtree begins at a multiple of its size")
        node, size = root, self._size >> height
        while size & 1:
            node = node_hash(self._hashes.pop(), node)
            size >>= 1
        self._hashes.append(node)
        self._size += 1 << height

    def root(self) -> bytes:
        if not self._hashes:
            return EMPTY_ROOT
        node = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            node = node_hash(left, node)
        return node


# Both are the hashes above written out: a verifier of millions of entries spends its time here.


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    hashes, fresh = [], _LEAF.copy
    for leaf in leaves:
        state = fresh()
        state.update(leaf)
        hashes.append(state.digest())
    return hashes


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over 2^k hashes. Raises ValueError if there are as many of no k."""
    level, fresh = list(hashes), _NODE.copy
    if len(level).bit_count() != 1:
        raise ValueError("a perfect tree has a power of two of leaves")
    while len(level) > 1:
        above = []
        for both in map(add, level[::2], level[1::2]):
            state = fresh()
            state.update(both)
            above.append(state.digest())
        level = above
    return level[0]


def split(size: int) -> int:
    """The largest power of two smaller than `size` (at least 2): where the RFC divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Checks an inclusion proof (RFC 9162 section 2.1.3.2). `leaf` is the leaf's hash.

    Raises:
        ProofInvalid: the leaf is not shown to stand at `index` in the tree of this size and root.
    """
    if not 0 <= index < size:
        raise ProofInvalid("the index lies outside the tree")
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid("the inclusion proof is too long")
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        first >>= 1
        last >>= 1
    if last != 0 or node != root:
        raise ProofInvalid("the inclusion proof does not lead to the root")


def verify_consistency(  # noqa: C901  the RFC's algorithm, step by step
    *, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Checks a consistency proof (RFC 9162 section 2.1.4.2).

    Raises:
        ProofInvalid: the larger tree is not shown to begin with the smaller one.
    """
    if old_size < 0 or old_size > size:
        raise ProofInvalid("the older tree is larger")
    if old_size in {0, size}:
        if proof or (old_root != (EMPTY_ROOT if old_size == 0 else root)):
            raise ProofInvalid("trees of one size must have one root, and need no proof")
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("the consistency proof is empty")
    first, last = old_size - 1, size - 1
    while first & 1:
        first >>= 1
        last >>= 1
    old_node = node = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("the consistency proof is too long")
        if first & 1 or first == last:
            old_node = node_hash(sibling, old_node)
            node = node_hash(sibling, node)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        first >>= 1
        last >>= 1
    if last != 0 or old_node != old_root or node != root:
        raise ProofInvalid("the consistency proof does not lead to both roots")
