"""Postings: which of a segment's entries hold a word, and sets of entries as one long bitmap.

A segment has 4,096 entries; bit 0, the highest of the first byte, is its first. A set of entries of many segments is
their bitmaps one after another, in a numpy array of bytes. The bitmap of sixteen segments that begin at a multiple of
sixteen, a block, is one row, so whoever asks for a range of segments asks for whole blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Bits = NDArray[np.uint8]

SEGMENT: Final = 4096
SEGMENT_BYTES: Final = SEGMENT // 8
BLOCK: Final = 16  # segments
# PostgreSQL's binary form of bit(n) begins with n, in four bytes.
_PREFIX: Final = SEGMENT.to_bytes(4)


def bits_of(places: Sequence[int]) -> bytes:
    """The bitmap of a segment in which the bits at `places` are set, as PostgreSQL sends it."""
    flags = np.zeros(SEGMENT, dtype=np.bool_)
    flags[np.asarray(places)] = True
    return _PREFIX + np.packbits(flags).tobytes()


def bits_text(bits: bytes) -> str:
    """The same as PostgreSQL writes it: 4,096 digits."""
    return f"{int.from_bytes(bits[len(_PREFIX) :]):0{SEGMENT}b}"


def assemble(rows: Iterable[tuple[int, bytes]], *, segments: int) -> Bits:
    """One bitmap over `segments` segments, of postings as PostgreSQL sends them, each with its segment from 0 on."""
    frame = bytearray(segments * SEGMENT_BYTES)
    for segment, bits in rows:
        start, length = segment * SEGMENT_BYTES, len(bits) - len(_PREFIX)
        frame[start : start + length] = memoryview(bits)[len(_PREFIX) :]
    return np.frombuffer(frame, dtype=np.uint8)


def set_bits(bits: Bits, places: NDArray[Any]) -> None:
    np.bitwise_or.at(bits, places >> 3, (0x80 >> (places & 7)).astype(np.uint8))


def count(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def places_of(bits: Bits, *, many: int, newest_first: bool) -> list[int]:
    """The first `many` places that are set, from the one end or the other."""
    rows = np.flatnonzero(bits)
    rows = rows[-many:][::-1] if newest_first else rows[:many]
    order = range(7, -1, -1) if newest_first else range(8)
    found = [int(row) * 8 + place for row in rows for place in order if bits[row] & (0x80 >> place)]
    return found[:many]
