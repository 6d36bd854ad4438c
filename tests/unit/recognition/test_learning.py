"""A fast scan is learnt while faces come and go, and is in step with them when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from gateway.recognition import index as module
from gateway.recognition.fastscan import FastScan
from gateway.recognition.index import ExactIndex, Proof

if TYPE_CHECKING:
    import pytest

TEMPLATES = np.random.default_rng(6).normal(0.1, 0.05, (1200, 128)).astype(np.float32)


def filled(count: int) -> ExactIndex:
    index = ExactIndex(scan_from=500)
    index.add([(UUID(int=name), str(name)) for name in range(count)], TEMPLATES[:count])
    return index


def test_what_changes_while_a_scan_is_learnt_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 64)
    index, blocks = filled(1000), list[int]()
    original = FastScan.append

    def append(scan: FastScan, templates: np.ndarray[tuple[int, int], np.dtype[np.floating]]) -> None:
        blocks.append(len(scan))
        if len(blocks) == 5:  # of rows that were copied, of rows that were not, and at the end
            for name in (3, 999, 700, 256, 255, 998):
                index.remove(UUID(int=name))
            index.add([(UUID(int=name), str(name)) for name in range(1000, 1100)], TEMPLATES[1000:1100])
        if len(blocks) == 8:
            for name in range(1050, 1100):
                index.remove(UUID(int=name))
        original(scan, templates)

    monkeypatch.setattr(FastScan, "append", append)
    index.settle()
    assert len(blocks) > 8
    gone = {3, 999, 700, 256, 255, 998, *range(1050, 1100)}
    scan = index._scan
    assert scan is not None
    assert len(scan) == len(index) == 1100 - len(gone)
    codes, _ = scan._encode(index._codes.templates(slice(None)))
    assert all((scan._unpack(row)[0] == code).all() for row, code in enumerate(codes))
    for name in range(1100):
        answer = index.nearest(TEMPLATES[name], limit=1, furthest_micro=1000)
        assert answer.proof == Proof.FAST_SCAN
        assert [hit.face_id.int for hit in answer.hits] == ([] if name in gone else [name])


def test_a_gallery_that_grew_fourfold_is_learnt_anew() -> None:
    index = filled(520)
    index.settle()
    first = index._scan
    index.add([(UUID(int=name), str(name)) for name in range(520, 1000)], TEMPLATES[520:1000])
    index.settle()
    assert index._learnt in {520, 1000}  # the grid may have been laid anew, and everything with it
    more = np.random.default_rng(7).normal(0.1, 0.05, (4000, 128)).astype(np.float32)
    index.add([(UUID(int=name), str(name)) for name in range(2000, 6000)], more)
    index.settle()
    assert index._learnt == 5000
    assert index._scan is not first


def test_where_nothing_can_be_learnt_the_8_bit_codes_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(scan: FastScan, sample: object) -> None:
        raise MemoryError

    monkeypatch.setattr(FastScan, "__init__", fail)
    index = filled(1000)
    index.settle()
    assert index._touched is None
    answer = index.nearest(TEMPLATES[1], limit=1, furthest_micro=1000)
    assert (answer.proof, [hit.face_id.int for hit in answer.hits]) == (Proof.EIGHT_BIT, [1])
