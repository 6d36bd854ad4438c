"""Memory that moves to large pages keeps what is in it."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.recognition.large_pages import LARGE_PAGE, to_large_pages


@pytest.mark.parametrize("size", [0, 1, LARGE_PAGE, 2 * LARGE_PAGE - 1, 7 * LARGE_PAGE])
def test_memory_that_moves_keeps_what_is_in_it(size: int) -> None:
    held = np.random.default_rng(size).integers(0, 256, 8 * LARGE_PAGE, dtype=np.uint8)
    before = held.copy()
    to_large_pages(held.ctypes.data + 4096, size)
    assert (held == before).all()
    held[:] = 1
    assert held.sum() == len(held)
