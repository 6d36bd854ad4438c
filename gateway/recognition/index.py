"""Exact nearest faces of one gallery, in memory. No approximation: approximate indexes lose people.

Every answer equals a full comparison in double precision, ordered by distance in millionths and then by face id, so
that equal distances always come in the same order. Readers and one writer may work at the same time.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import faiss
import numpy as np

from gateway.recognition.models import DIMENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    Templates = np.ndarray[tuple[int, int], np.dtype[np.float32]]
    Template = np.ndarray[tuple[int], np.dtype[np.float32]]

# faiss sums in single precision: what it calls nearer may be further by this share.
SINGLE_PRECISION: Final = 1e-5

# One thread a search: the gateway answers many at once.
faiss.omp_set_num_threads(1)


@dataclass(frozen=True, slots=True)
class Hit:
    face_id: UUID
    external_id: str
    distance_micro: int


class Index(Protocol):
    """What a gallery is searched with; a shard elsewhere would answer the same calls."""

    def __len__(self) -> int: ...

    def add(self, faces: Sequence[tuple[UUID, str]], templates: Templates) -> None: ...

    def remove(self, face_id: UUID) -> bool: ...

    def nearest(self, probe: Template, *, limit: int, furthest_micro: int | None) -> list[Hit]: ...


class FlatIndex:
    """All templates in a row, compared one by one: 2 ms for 100,000 faces."""

    def __init__(self) -> None:
        self._index = faiss.IndexFlatL2(DIMENSIONS)
        self._faces: list[tuple[UUID, str]] = []  # in the order of the index's rows
        self._rows: dict[UUID, int] = {}
        self._lock = _ReadersWriter()

    def __len__(self) -> int:
        return len(self._faces)

    def add(self, faces: Sequence[tuple[UUID, str]], templates: Templates) -> None:
        """Adds faces with their templates; one that is there already is left as it is."""
        with self._lock.writing():
            fresh = [row for row, (face_id, _) in enumerate(faces) if face_id not in self._rows]
            for row in fresh:
                self._rows[faces[row][0]] = len(self._faces)
                self._faces.append(faces[row])
            if fresh:
                self._index.add(np.ascontiguousarray(templates[fresh], dtype=np.float32))

    def remove(self, face_id: UUID) -> bool:
        """True when the face was there. The last face takes its row, so nothing else moves."""
        with self._lock.writing():
            row = self._rows.pop(face_id, None)
            if row is None:
                return False
            last = len(self._faces) - 1
            moved = self._faces.pop()
            if row != last:
                # A view of the index's own memory: writing to it writes the row.
                stored = faiss.rev_swig_ptr(self._index.get_xb(), (last + 1) * DIMENSIONS).reshape(-1, DIMENSIONS)
                stored[row] = stored[last]
                self._faces[row] = moved
                self._rows[moved[0]] = row
            self._index.remove_ids(faiss.IDSelectorRange(last, last + 1))
            return True

    def nearest(self, probe: Template, *, limit: int, furthest_micro: int | None) -> list[Hit]:
        """At most `limit` faces no further than `furthest_micro` (None: however far), nearest first."""
        query = np.ascontiguousarray(probe, dtype=np.float32).reshape(1, DIMENSIONS)
        with self._lock.reading():
            count, wanted = len(self._faces), limit + 8
            while True:
                wanted = min(wanted, count)
                if wanted == 0 or limit <= 0:
                    return []
                squares, rows = self._index.search(query, wanted)
                hits = self._measured(query[0], rows[0])
                # Everything outside what faiss returned is at least this far, give or take its rounding.
                horizon = float(np.sqrt(max(squares[0][-1], 0.0))) * (1 - SINGLE_PRECISION) * 1e6
                full = wanted == count
                enough = len(hits) >= limit and hits[limit - 1].distance_micro < horizon - 1
                beyond = furthest_micro is not None and furthest_micro < horizon - 1
                if full or enough or beyond:
                    break
                wanted *= 4
        return [hit for hit in hits[:limit] if furthest_micro is None or hit.distance_micro <= furthest_micro]

    def _measured(self, query: Template, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[Hit]:
        stored = faiss.rev_swig_ptr(self._index.get_xb(), len(self._faces) * DIMENSIONS).reshape(-1, DIMENSIONS)
        hits = [
            Hit(*self._faces[row], distance_micro=micro(query, template))
            for row, template in zip(rows.tolist(), stored[rows], strict=True)
        ]
        return sorted(hits, key=lambda hit: (hit.distance_micro, hit.face_id))


def micro(one: Template, other: Template) -> int:
    """Euclidean distance of two templates of one pipeline, in millionths, computed in double precision."""
    return round(float(np.linalg.norm(one.astype(np.float64) - other.astype(np.float64))) * 1e6)


class _ReadersWriter:
    """Many readers or one writer; a waiting writer goes before new readers, so a deletion is never starved."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0
        self._writers_waiting = 0
        self._writing = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: not self._writing and not self._writers_waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self._condition:
            self._writers_waiting += 1
            self._condition.wait_for(lambda: not self._writing and not self._readers)
            self._writers_waiting -= 1
            self._writing = True
        try:
            yield
        finally:
            with self._condition:
                self._writing = False
                self._condition.notify_all()
