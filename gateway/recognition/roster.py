"""Which face stands in which row: 16 bytes for its id, four for where its name begins, and the name itself.

A million faces as Python objects would take more memory than their templates. Ids of version 7 grow with time, so the
usual newcomer is known to be one without a search; anything else is searched for in one pass over the ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np

from gateway.recognition.rows import with_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    Ids = np.ndarray[tuple[int, int], np.dtype[np.uint64]]  # two columns, the more significant half first
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

_HALF: Final = 64
_END: Final = b"\0"  # no external id holds it
_COMPACT_BYTES: Final = 1 << 16


def ids_of(faces: bytes) -> Ids:
    """Ids from their 16 bytes each, one after the other."""
    return np.frombuffer(faces, dtype=">u8").astype(np.uint64).reshape(-1, 2)


class Roster:
    def __init__(self) -> None:
        self._count = 0
        self._ids: Ids = np.zeros((0, 2), dtype=np.uint64)  # with room to grow
        self._starts = np.zeros(0, dtype=np.uint32)
        self._names = bytearray()
        self._unused = 0  # bytes of names that went
        self._largest = -1

    def __len__(self) -> int:
        return self._count

    def row(self, face_id: UUID) -> int | None:
        high, low = divmod(face_id.int, 1 << _HALF)
        ids = self._ids[: self._count]
        for row in np.flatnonzero(ids[:, 1] == np.uint64(low)).tolist():
            if int(ids[row, 0]) == high:
                return int(row)
        return None

    def faces(self, rows: Rows) -> list[tuple[UUID, str]]:
        halves, starts = self._ids[rows].tolist(), self._starts[rows].tolist()
        return [
            (UUID(int=high << _HALF | low), self._names[start : self._names.index(_END, start)].decode())
            for (high, low), start in zip(halves, starts, strict=True)
        ]

    def ids(self) -> Ids:
        return self._ids[: self._count]

    def names(self) -> list[bytes]:
        """External ids in the order of the rows."""
        starts = self._starts[: self._count].tolist()
        return [bytes(self._names[start : self._names.index(_END, start)]) for start in starts]

    def fresh(self, ids: Ids) -> Mask:
        """Which of them are not here yet; of equal ones the first."""
        order = np.lexsort((ids[:, 1], ids[:, 0]))
        mask = np.ones(len(ids), dtype=bool)
        ordered = ids[order]
        mask[order[1:][(ordered[1:] == ordered[:-1]).all(axis=1)]] = False
        if _whole(ordered[0]) <= self._largest:
            for at in np.flatnonzero(np.isin(ids[:, 1], self._ids[: self._count, 1])).tolist():
                mask[at] &= self.row(UUID(int=_whole(ids[at]))) is None
        return mask

    def append(self, ids: Ids, names: Sequence[bytes]) -> None:
        """Takes faces that are not here yet into the rows that follow."""
        before, self._count = self._count, self._count + len(ids)
        self._ids = with_room(self._ids, self._count)
        self._starts = with_room(self._starts, self._count)
        self._ids[before : self._count] = ids
        lengths = np.fromiter((len(name) + 1 for name in names), dtype=np.int64, count=len(names))
        self._starts[before : self._count] = len(self._names) + np.cumsum(lengths) - lengths
        self._names += _END.join(names) + _END
        self._largest = max(self._largest, _whole(ids[np.lexsort((ids[:, 1], ids[:, 0]))[-1]]))

    def remove(self, row: int) -> None:
        """The last face takes this row."""
        start = int(self._starts[row])
        end = self._names.index(_END, start)
        self._names[start:end] = _END * (end - start)
        self._unused += end - start + 1
        self._count -= 1
        self._ids[row], self._starts[row] = self._ids[self._count], self._starts[self._count]
        self._ids[self._count], self._starts[self._count] = 0, 0
        if self._unused > max(_COMPACT_BYTES, len(self._names) // 2):
            self._compact()

    def _compact(self) -> None:
        names = self.names()
        lengths = np.fromiter((len(name) + 1 for name in names), dtype=np.int64, count=len(names))
        self._starts[: self._count] = np.cumsum(lengths) - lengths
        self._names = bytearray(_END.join(names) + _END) if names else bytearray()
        self._unused = 0


def _whole(halves: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> int:
    return (int(halves[0]) << _HALF) | int(halves[1])
