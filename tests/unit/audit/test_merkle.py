"""The tree is RFC 6962's: checked against its definition, word for word, and against pymerkle."""

from __future__ import annotations

import hashlib

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.errors import ProofInvalid
from gateway.audit.merkle import (
    EMPTY_ROOT,
    CompactRange,
    leaf_hash,
    leaf_hashes,
    node_hash,
    perfect_root,
    verify_consistency,
    verify_inclusion,
)
from gateway.audit.proofs import consistency_proof, inclusion_proof


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + definition(leaves[:k]) + definition(leaves[k:])).digest()


def leaves_of(size: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(size)]


def tree_of(size: int) -> CompactRange:
    tree = CompactRange()
    tree.extend(leaf_hash(leaf) for leaf in leaves_of(size))
    return tree


class Leaves:
    """A hash reader straight from the definition."""

    def __init__(self, size: int) -> None:
        self._leaves = leaves_of(size)

    def node(self, level: int, index: int) -> bytes:
        part = self._leaves[index << level : (index + 1) << level]
        assert len(part) == 1 << level
        return definition(part)


sizes = st.integers(min_value=1, max_value=130)


@pytest.mark.parametrize("height", range(9))
def test_a_perfect_root_is_the_definitions(height: int) -> None:
    leaves = leaves_of(1 << height)
    assert perfect_root(leaf_hashes(leaves)) == definition(leaves)


@pytest.mark.parametrize("size", [0, 3, 6, 255])
def test_there_is_no_perfect_tree_of_another_number_of_leaves(size: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        perfect_root(leaf_hashes(leaves_of(size)))


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    tree = CompactRange()
    tree.extend(map(leaf_hash, leaves))
    assert tree.root() == definition(leaves)
    assert tree.size == len(leaves)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
def test_pymerkle_finds_the_same_root(leaves: list[bytes]) -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        oracle.append_entry(leaf)
    tree = CompactRange()
    tree.extend(map(leaf_hash, leaves))
    assert tree.root() == oracle.get_root()


@given(sizes, st.data())
def test_a_range_kept_and_restored_goes_on_as_if_never_stopped(size: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, size))
    first = tree_of(cut)
    restored = CompactRange(first.size, first.hashes)
    restored.extend(leaf_hash(leaf) for leaf in leaves_of(size)[cut:])
    assert restored.root() == tree_of(size).root()


@given(sizes, st.data())
def test_every_leaf_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(Leaves(size), index=index, size=size)
    root = definition(leaves_of(size))
    leaf = leaf_hash(leaves_of(size)[index])
    verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)
    other = data.draw(st.integers(0, size).filter(lambda at: at != index))
    for changed in (
        {"leaf": leaf_hash(b"another")},
        {"index": other},
        {"root": node_hash(root, root)},
        {"proof": [*proof, root]},
        {"proof": proof[:-1] if proof else [root]},
        {"proof": [bytes(32), *proof[1:]]},
    ):
        with pytest.raises(ProofInvalid):
            verify_inclusion(
                **({"leaf": leaf, "index": index, "size": size, "proof": proof, "root": root} | changed)  # type: ignore[arg-type]  # each change has its field's type
            )


@given(sizes, st.data())
def test_every_older_tree_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    old_size = data.draw(st.integers(0, size))
    proof = consistency_proof(Leaves(size), old_size=old_size, size=size)
    old_root, root = definition(leaves_of(old_size)), definition(leaves_of(size))
    verify_consistency(old_size=old_size, old_root=old_root, size=size, root=root, proof=proof)
    forged = node_hash(root, root)
    with pytest.raises(ProofInvalid):
        verify_consistency(old_size=old_size, old_root=forged, size=size, root=root, proof=proof)
    if 0 < old_size < size:
        for change in (proof[:-1], [*proof, forged], [forged, *proof[1:]]):
            with pytest.raises(ProofInvalid):
                verify_consistency(old_size=old_size, old_root=old_root, size=size, root=root, proof=change)
        with pytest.raises(ProofInvalid):
            verify_consistency(old_size=old_size, old_root=old_root, size=size, root=forged, proof=proof)


def test_a_smaller_tree_does_not_follow_a_larger_one() -> None:
    with pytest.raises(ProofInvalid):
        verify_consistency(old_size=2, old_root=EMPTY_ROOT, size=1, root=EMPTY_ROOT, proof=[])


def test_a_range_with_the_wrong_number_of_hashes_is_refused() -> None:
    for size, hashes in ((3, [bytes(32)]), (-1, []), (1, [b"short"])):
        with pytest.raises(ValueError, match="compact range"):
            CompactRange(size, hashes)


def test_a_proof_outside_the_tree_is_refused() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="outside"):
            inclusion_proof(Leaves(5), index=index, size=size)
    with pytest.raises(ValueError, match="larger"):
        consistency_proof(Leaves(5), old_size=6, size=5)
