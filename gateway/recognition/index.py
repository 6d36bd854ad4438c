"""Exact nearest faces of one gallery, in memory. No approximation: approximate indexes lose people.

Every answer equals a full comparison in double precision, ordered by distance in millionths and then by face id, so
that equal distances always come in the same order. Readers and one writer may work at the same time.

How it is fast and exact at once: one pass over templates rounded to a byte a number finds the faces that may be near,
these are measured in full, and the triangle inequality proves that no other can be nearer. The rounded distances are
whole numbers below 2^24, which single precision holds exactly, so the proof has no rounding error to allow for but that
of a few operations in double precision. Where the proof fails, more faces are measured; in the end all of them.
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
    Distances = np.ndarray[tuple[int], np.dtype[np.int64]]
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

LARGEST_CODE: Final = 255
# Double precision sums 128 squares with an error far below this, in units of distance.
ROUNDING: Final = 1e-9
# How many more faces than asked for are measured at first, and by how much that grows while the proof fails.
_SPARE: Final = 32
_GROWTH: Final = 6
_BLOCK: Final = 4096

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
    """All templates in a row, compared one by one: about 0.6 ms for 100,000 faces."""

    def __init__(self) -> None:
        self._templates: Templates = np.empty((0, DIMENSIONS), dtype=np.float32)  # with room to grow
        self._codes = _Codes()
        self._faces: list[tuple[UUID, str]] = []  # in the order of the rows
        self._rows: dict[UUID, int] = {}
        self._lock = _ReadersWriter()

    def __len__(self) -> int:
        return len(self._faces)

    def add(self, faces: Sequence[tuple[UUID, str]], templates: Templates) -> None:
        """Adds faces with their templates; one that is there already is left as it is."""
        with self._lock.writing():
            before, fresh = len(self._faces), []
            for row, face in enumerate(faces):
                if face[0] not in self._rows:
                    self._rows[face[0]] = len(self._faces)
                    self._faces.append(face)
                    fresh.append(row)
            if not fresh:
                return
            count = len(self._faces)
            self._make_room(count)
            self._templates[before:count] = templates[fresh]
            self._codes.extend(self._templates[:count], before)

    def remove(self, face_id: UUID) -> bool:
        """True when the face was there. The last face takes its row, so nothing else moves."""
        with self._lock.writing():
            row = self._rows.pop(face_id, None)
            if row is None:
                return False
            last = len(self._faces) - 1
            moved = self._faces.pop()
            if row != last:
                self._templates[row] = self._templates[last]
                self._faces[row] = moved
                self._rows[moved[0]] = row
            # What is left behind would be biometric data that nobody may search.
            self._templates[last] = 0
            self._codes.remove(row, last)
            return True

    def nearest(self, probe: Template, *, limit: int, furthest_micro: int | None) -> list[Hit]:
        """At most `limit` faces no further than `furthest_micro` (None: however far), nearest first."""
        query = np.ascontiguousarray(probe, dtype=np.float32)
        with self._lock.reading():
            count = len(self._faces)
            if count == 0 or limit <= 0:
                return []
            wanted = limit * _GROWTH + _SPARE
            while wanted < count // 2:
                rows, horizon = self._codes.nearest(query, wanted)
                found = _Measured(rows, micros(query, self._templates[rows]))
                if found.kth(limit) < horizon or (furthest_micro is not None and furthest_micro < horizon):
                    return self._hits(found, limit, furthest_micro)
                wanted *= _GROWTH
            everything = [
                micros(query, self._templates[at : min(at + _BLOCK, count)]) for at in range(0, count, _BLOCK)
            ]
            return self._hits(_Measured(np.arange(count), np.concatenate(everything)), limit, furthest_micro)

    def _make_room(self, count: int) -> None:
        room = len(self._templates)
        if count > room:
            grown = np.zeros((max(count, room + room // 2), DIMENSIONS), dtype=np.float32)
            grown[:room] = self._templates
            self._templates = grown

    def _hits(self, found: _Measured, limit: int, furthest_micro: int | None) -> list[Hit]:
        furthest = found.kth(limit) if furthest_micro is None else min(furthest_micro, found.kth(limit))
        hits = []
        for row, distance in found.within(furthest):
            face_id, external_id = self._faces[row]
            hits.append(Hit(face_id, external_id, distance))
        return sorted(hits, key=lambda hit: (hit.distance_micro, hit.face_id))[:limit]


class _Measured:
    """Some rows and their distances, nearest first."""

    def __init__(self, rows: Rows, distances: Distances) -> None:
        order = distances.argsort()
        self._rows = rows[order]
        self._distances = distances[order]

    def kth(self, limit: int) -> int:
        """The distance of the last that an answer of `limit` can hold; equals of it may follow."""
        return int(self._distances[min(limit, len(self._distances)) - 1])

    def within(self, furthest: int) -> Iterator[tuple[int, int]]:
        count = int(self._distances.searchsorted(furthest, "right"))
        return zip(self._rows[:count].tolist(), self._distances[:count].tolist(), strict=True)


class _Codes:
    """The templates rounded to a byte a number, on a grid that is laid anew whenever the gallery has doubled."""

    def __init__(self) -> None:
        self._origin = np.zeros(DIMENSIONS)
        self._scale = 1.0  # codes to a unit of distance
        self._furthest = 0.0  # no template lies further than this from its rounded self
        self._fitted = 0
        self._index = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit_direct)

    def extend(self, templates: Templates, before: int) -> None:
        """Takes the rows from `before` on; `templates` are all of them."""
        if len(templates) > 2 * self._fitted:
            lowest, highest = templates.min(axis=0).astype(np.float64), templates.max(axis=0).astype(np.float64)
            self._origin = lowest
            self._scale = LARGEST_CODE / max(float((highest - lowest).max()), 1e-6)
            self._furthest, self._fitted, before = 0.0, len(templates), 0
            self._index.reset()
        for at in range(before, len(templates), _BLOCK):
            codes, furthest = self._rounded(templates[at : at + _BLOCK])
            self._furthest = max(self._furthest, furthest)
            self._index.add(codes)

    def remove(self, row: int, last: int) -> None:
        """The last row takes the place of this one."""
        if row != last:
            # A view of the index's own memory: writing to it writes the row.
            stored = faiss.rev_swig_ptr(self._index.codes.data(), (last + 1) * DIMENSIONS).reshape(-1, DIMENSIONS)
            stored[row] = stored[last]
        self._index.remove_ids(faiss.IDSelectorRange(last, last + 1))

    def nearest(self, query: Template, wanted: int) -> tuple[Rows, float]:
        """The rows nearest by their codes, and the horizon: every other row is further than this, in millionths.

        d(q, x) >= d(q', x') - d(q, q') - d(x, x'), where the rounded q' and x' are at least as far apart as the last
        row that was returned.
        """
        exact = (query - self._origin) * self._scale
        code = np.minimum(np.maximum(np.rint(exact), 0), LARGEST_CODE)
        exact -= code
        off = float(exact.dot(exact)) ** 0.5
        squares, rows = self._index.search(code.astype(np.float32).reshape(1, DIMENSIONS), wanted)
        apart = float(squares[0, -1]) ** 0.5
        return rows[0], ((apart - off) / self._scale - self._furthest - ROUNDING) * 1e6 - 1

    def _rounded(self, templates: Templates) -> tuple[Templates, float]:
        """Codes as whole numbers 0 to 255 in float32, and the longest distance from a template to its rounded self."""
        exact = (templates - self._origin) * self._scale
        codes = np.clip(np.rint(exact), 0, LARGEST_CODE)
        off = float(np.sqrt(((exact - codes) ** 2).sum(axis=-1).max())) / self._scale
        return codes.astype(np.float32), off


def micros(one: Template, others: Templates) -> Distances:
    """Euclidean distances of one template to each of the others, in millionths, computed in double precision."""
    apart = others - one.astype(np.float64)
    apart *= apart
    distances: Distances = np.rint(np.sqrt(apart.sum(axis=-1)) * 1e6).astype(np.int64)
    return distances


def micro(one: Template, other: Template) -> int:
    """As `micros`, of two templates of one pipeline."""
    return int(micros(one, other.reshape(1, DIMENSIONS))[0])


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
