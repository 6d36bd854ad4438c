"""Exact nearest faces of one gallery, in memory. No approximation: approximate indexes lose people.

Every answer equals a full comparison of the stored templates in double precision, ordered by distance in millionths and
then by face id, so that equal distances always come in the same order. It says which stage proved it:

- `fast_scan`: 4-bit codes (`fastscan.py`) prove which few rows can lie within the distance that was asked for;
- `eight_bit`: 8-bit codes (`codes.py`) prove which few can, where the fast scan would leave too many, or no distance
  was asked for;
- `full`: every template was measured; small galleries know no other.

Whatever a stage leaves is measured in full. Templates too far from the others for the codes' grid stand apart and are
always measured. Readers and one writer may work at the same time; what a fast scan needs is learnt in the background,
while the 8-bit codes answer.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

import faiss
import numpy as np
import structlog

from gateway.recognition.apart import Apart
from gateway.recognition.codes import Codes
from gateway.recognition.distance import micros, on_grid
from gateway.recognition.fastscan import LARGEST, SAMPLE, FastScan
from gateway.recognition.models import DIMENSIONS
from gateway.recognition.readers_writer import ReadersWriter
from gateway.recognition.roster import Roster, ids_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from gateway.recognition.roster import Ids

    Templates = np.ndarray[tuple[int, int], np.dtype[np.floating]]
    Template = np.ndarray[tuple[int], np.dtype[np.floating]]
    Distances = np.ndarray[tuple[int], np.dtype[np.int64]]
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

# From how many faces on a fast scan is worth its memory.
SCAN_FROM: Final = 32_768
# A fast scan is learnt anew when the gallery has grown by this factor, until it knew this many faces.
_GROWN: Final = 4
_SETTLED: Final = 4 * SAMPLE
# No more than this share of the rows is compared one by one after a fast scan; all of them in a row are quicker then.
_SHARE: Final = 1 / 4
# The 8-bit codes are asked for so many rows, so many more for each that is wanted, and one more for so many that there
# are; and for so many times more while the proof fails.
_SPARE: Final = 64
_EACH: Final = 7
_MANY: Final = 4096
_GROWTH: Final = 6
# The grid is laid anew whenever the gallery has doubled, until it knew this many faces.
_LAID: Final = 65_536
_MEDIAN_OF: Final = 4096
_BLOCK: Final = 4096
_MICRO: Final = 1e-6
_FURTHEST: Final = int(np.iinfo(np.int64).max)

_log = structlog.get_logger()

# One thread a search: the gateway answers many at once.
faiss.omp_set_num_threads(1)
_one_gallery_at_a_time = threading.Lock()


class Proof(StrEnum):
    FAST_SCAN = "fast_scan"
    EIGHT_BIT = "eight_bit"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Hit:
    face_id: UUID
    external_id: str
    distance_micro: int


@dataclass(frozen=True, slots=True)
class Answer:
    hits: list[Hit]
    proof: Proof


class Index(Protocol):
    """What a gallery is searched with; a shard elsewhere would answer the same calls."""

    def __len__(self) -> int: ...

    def add(self, faces: Sequence[tuple[UUID, str]], templates: Templates) -> None: ...

    def remove(self, face_id: UUID) -> bool: ...

    def nearest(self, probe: Template, *, limit: int, furthest_micro: int | None) -> Answer: ...


class ExactIndex:
    def __init__(self, *, scan_from: int = SCAN_FROM) -> None:
        self._scan_from = scan_from
        self._faces = Roster()
        self._codes = Codes(np.zeros((1, DIMENSIONS)))
        self._scan: FastScan | None = None
        self._apart = Apart()
        self._lock = ReadersWriter()
        self._laid = 0  # how many faces the grid was laid for
        self._learnt = 0  # how many faces the fast scan was learnt from
        self._learner: threading.Thread | None = None
        self._learning = threading.Lock()
        self._touched: set[int] | None = None  # rows that changed while a fast scan is learnt

    def __len__(self) -> int:
        return len(self._faces) + len(self._apart)

    def add(self, faces: Sequence[tuple[UUID, str]], templates: Templates) -> None:
        """Adds faces with their templates; one that is there already is left as it is."""
        ids = ids_of(b"".join(face.bytes for face, _ in faces))
        self.add_rows(ids, [name.encode() for _, name in faces], templates)

    def add_rows(self, ids: Ids, names: Sequence[bytes], templates: Templates) -> None:
        """As `add`, for many at once."""
        if not len(ids):
            return
        exact = on_grid(templates)
        with self._lock.writing():
            fresh = self._faces.fresh(ids) & self._apart.faces.fresh(ids)
            if not fresh.all():
                ids, exact = ids[fresh], exact[fresh]
                names = [name for name, new in zip(names, fresh.tolist(), strict=True) if new]
            if len(ids):
                if self._laid < _LAID and len(self) + len(ids) > 2 * self._laid:
                    ids, names, exact = self._take_all(ids, names, exact)
                    self._laid = len(ids)
                    self._codes = Codes(exact[:: -(-len(exact) // _MEDIAN_OF)])
                self._insert(ids, names, exact)

    def remove(self, face_id: UUID) -> bool:
        """True when the face was there. The last face takes its row, so nothing else moves."""
        with self._lock.writing():
            row = self._faces.row(face_id)
            if row is None:
                return self._apart.remove(face_id)
            self._faces.remove(row)
            self._codes.remove(row)
            if self._scan is not None:
                self._scan.remove(row)
            if self._touched is not None:
                self._touched.add(row)
            return True

    def nearest(self, probe: Template, *, limit: int, furthest_micro: int | None) -> Answer:
        """At most `limit` faces no further than `furthest_micro` (None: however far), nearest first."""
        query = on_grid(probe)
        with self._lock.reading():
            if limit <= 0:
                return Answer([], Proof.FULL)
            rows, distances, proof = self._near(query, limit, furthest_micro)
            near = _first(rows, distances, self._faces, limit, furthest_micro)
            if len(self._apart):
                near += _first(*self._apart.measured(query), self._apart.faces, limit, furthest_micro)
        hits = [Hit(face_id, external_id, distance) for distance, face_id, external_id in sorted(near)[:limit]]
        return Answer(hits, proof)

    def named(self, faces: Iterable[UUID]) -> dict[UUID, str]:
        """The external ids of those of the faces that are here."""
        with self._lock.reading():
            found: dict[UUID, str] = {}
            for roster in (self._faces, self._apart.faces):
                rows = [row for face in faces if (row := roster.row(face)) is not None]
                found.update(roster.faces(np.array(rows, dtype=np.int64)))
        return found

    def prepare(self) -> None:
        """Begins to learn what a fast scan needs, in the background, if that is due."""
        with self._learning:
            if self._learner is None and self._due():
                self._learner = threading.Thread(target=self._learn, name="recognition-learner", daemon=True)
                self._learner.start()

    def settle(self) -> None:
        """As `prepare`, and returns when nothing is being learnt any more."""
        self.prepare()
        learner = self._learner
        if learner is not None:
            learner.join()

    def _near(self, query: Template, limit: int, furthest_micro: int | None) -> tuple[Rows, Distances, Proof]:
        """Rows among which the answer is, how far they are, and what proved that.

        A distance of m millionths is a number up to m + 1/2 of them: whoever only rounding tells apart is among them.
        """
        count = len(self._codes)
        floor = np.inf if furthest_micro is None else (furthest_micro + 1) * _MICRO
        if self._scan is not None and self._scan.serves(floor):
            rows = self._scan.within(query, floor)
            if rows is not None and len(rows) <= count * _SHARE:
                rows = self._codes.among(query, rows, floor)
                return rows, self._measured(query, rows), Proof.FAST_SCAN
        wanted = _SPARE + limit * _EACH + count // _MANY
        while wanted < count // 2:
            rows, least, horizon = self._codes.nearest(query, wanted)
            # As near as the furthest of the first few is as far as anybody can be who belongs to the answer.
            reach = float(self._measured(query, rows[:limit]).max() + 2) * _MICRO
            rows = rows[least <= min(floor, reach)]
            distances = self._measured(query, rows)
            if min(floor, (_kth(distances, limit) + 2) * _MICRO) < horizon:
                return rows, distances, Proof.EIGHT_BIT
            wanted *= _GROWTH
        rows = np.arange(count)
        return rows, self._measured(query, rows), Proof.FULL

    def _measured(self, query: Template, rows: Rows) -> Distances:
        blocks = [rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK)]
        distances = [micros(query, self._codes.templates(block)) for block in blocks]
        return np.concatenate(distances) if distances else np.zeros(0, dtype=np.int64)

    def _insert(self, ids: Ids, names: Sequence[bytes], exact: Templates) -> None:
        fits = self._codes.fits(exact)
        if not fits.all():
            strange = np.flatnonzero(~fits)
            self._apart.append(ids[strange], [names[at] for at in strange.tolist()], exact[strange])
            names = [names[at] for at in np.flatnonzero(fits).tolist()]
            ids, exact = ids[fits], exact[fits]
        if not len(ids):
            return
        before = len(self._codes)
        self._faces.append(ids, names)
        self._codes.append(exact)
        if self._scan is not None and len(self._codes) > LARGEST:
            self._scan = None
        if self._scan is not None:
            self._scan.append(exact)
        if self._touched is not None:
            self._touched.update(range(before, len(self._codes)))

    def _take_all(self, ids: Ids, names: Sequence[bytes], exact: Templates) -> tuple[Ids, Sequence[bytes], Templates]:
        """Everything that is here and these, to be inserted anew."""
        here, there = self._faces, self._apart.faces
        everything = (
            np.concatenate((here.ids(), there.ids(), ids)),
            [*here.names(), *there.names(), *names],
            np.concatenate((self._codes.templates(slice(None)), self._apart.templates(), exact)).astype(np.float32),
        )
        self._faces, self._apart, self._scan, self._learnt = Roster(), Apart(), None, 0
        return everything

    def _due(self) -> bool:
        count = len(self._codes)
        grown = count >= _GROWN * self._learnt and self._learnt < _SETTLED
        return self._scan_from <= count <= LARGEST and (self._learnt == 0 or grown)

    def _learn(self) -> None:
        while True:
            with self._learning:
                if not self._due():
                    self._learner = None
                    return
            try:
                with _one_gallery_at_a_time:
                    self._learn_once()
            except Exception as error:  # noqa: BLE001 - the 8-bit codes go on answering; growth will try again
                _log.error("recognition.learning_failed", reason=type(error).__name__)
                with self._lock.writing():
                    self._touched, self._learnt = None, len(self._codes)

    def _learn_once(self) -> None:
        """Makes a fast scan of what is here while searches and changes go on."""
        faiss.omp_set_num_threads(1)
        with self._lock.writing():
            self._touched = set()
            codes, count = self._codes, len(self._codes)
        chosen = np.random.default_rng(count).permutation(count)[:SAMPLE]
        chosen.sort()
        scan = FastScan(
            np.concatenate([self._copied(codes, chosen[at : at + _BLOCK]) for at in range(0, count, _BLOCK)])
        )
        while len(block := self._copied(codes, slice(len(scan), len(scan) + _BLOCK))):
            scan.append(block)
        with self._lock.writing():
            touched, self._touched = self._touched, None
            if codes is not self._codes:
                return  # laid anew in the meantime
            while len(scan) > len(codes):
                scan.remove(len(scan) - 1)
            changed = np.array(sorted(row for row in touched or () if row < len(scan)), dtype=np.int64)
            for row, template in zip(changed.tolist(), codes.templates(changed), strict=True):
                scan.replace(row, template)
            scan.append(codes.templates(slice(len(scan), None)))
            self._scan, self._learnt = scan, count

    def _copied(self, codes: Codes, rows: Rows | slice) -> Templates:
        with self._lock.reading():
            if not isinstance(rows, slice):
                rows = rows[rows < len(codes)]  # others left meanwhile
            return codes.templates(rows).astype(np.float32)


def _kth(distances: Distances, limit: int) -> int:
    """The distance of the last that an answer of `limit` can hold; the largest there is where there are fewer."""
    return int(np.partition(distances, limit - 1)[limit - 1]) if len(distances) >= limit else _FURTHEST


def _first(
    rows: Rows, distances: Distances, faces: Roster, limit: int, furthest_micro: int | None
) -> list[tuple[int, UUID, str]]:
    """The nearest `limit` and those as near as the last of them, no further than `furthest_micro`."""
    furthest = _kth(distances, limit)
    near = distances <= (furthest if furthest_micro is None else min(furthest, furthest_micro))
    found = zip(distances[near].tolist(), faces.faces(rows[near]), strict=True)
    return [(distance, face_id, external_id) for distance, (face_id, external_id) in found]
