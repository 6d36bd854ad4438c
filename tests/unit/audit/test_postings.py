"""Bitmaps are sets of entries."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.postings import SEGMENT, assemble, bits_of, bits_text, count, places_of, set_bits

places = st.sets(st.integers(0, SEGMENT - 1), min_size=1, max_size=200)


@given(held=st.dictionaries(st.integers(0, 4), places, max_size=3))
def test_what_was_packed_segment_by_segment_is_one_set(held: dict[int, set[int]]) -> None:
    bits = assemble([(segment, bits_of(sorted(found))) for segment, found in held.items()], segments=5)
    everything = sorted(segment * SEGMENT + place for segment, found in held.items() for place in found)
    assert count(bits) == len(everything)
    assert places_of(bits, many=SEGMENT * 5, newest_first=False) == everything
    assert places_of(bits, many=SEGMENT * 5, newest_first=True) == everything[::-1]
    assert places_of(bits, many=3, newest_first=False) == everything[:3]
    assert places_of(bits, many=3, newest_first=True) == everything[::-1][:3]
    other = np.zeros_like(bits)
    set_bits(other, np.asarray(everything, dtype=np.int64))
    assert (other == bits).all()


def test_the_text_form_is_the_same_bits() -> None:
    text = bits_text(bits_of([0, 9, SEGMENT - 1]))
    assert len(text) == SEGMENT
    assert [place for place, bit in enumerate(text) if bit == "1"] == [0, 9, SEGMENT - 1]
