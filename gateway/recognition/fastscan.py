"""Which faces can lie within a distance: product-quantised codes of 4 bits, scanned in registers, with a proof.

A template x is stored as its nearest centroids x' (64 pairs of numbers, 16 centroids each), and the length of what is
left, |x - x'|, rounded up to one of 16 lengths r. By the triangle inequality a face within T of the probe q has

    |q - x'| <= T + r,   that is   |q - x'|^2 - (T + r)^2 <= 0,

a sum over the pairs, and a term that depends on r alone. The sum is what a fast scan computes from tables; the term
becomes two more tables. For those, query and centroids have two further pairs each: (T, 0) against (r, y), halved,
with r^2 + y^2 = K - r^2, whose squared distance is T^2 - 2 T r - r^2 + K = 2 T^2 + K - (T + r)^2. One radius then
serves every length, and a few long remainders do not spoil the bound for all. Rows with longer remainders than the
longest of the 16 are `loose`: always among those to be measured.

The scan rounds its tables to 8 bits with one step for all, so a row's sum is off by half a step a table at most; that,
two steps for the rounding of the radius, and what single precision may lose, is added to the radius. The constant of
the proof is computed in double precision from the centroids as they are stored, not from the formula.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np

from gateway.recognition.large_pages import LARGE_PAGE, to_large_pages
from gateway.recognition.models import DIMENSIONS
from gateway.recognition.together import Together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Templates = np.ndarray[tuple[int, int], np.dtype[np.floating]]
    Template = np.ndarray[tuple[int], np.dtype[np.floating]]
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
    Nibbles = np.ndarray[Any, np.dtype[np.uint8]]

SAMPLE: Final = 65_536  # templates to learn from
_PAIR: Final = 2
_PAIRS: Final = DIMENSIONS // _PAIR
_EXTRA: Final = 2  # tables for the length of the remainder
_TABLES: Final = _PAIRS + _EXTRA
_WIDTH: Final = _TABLES * _PAIR
_CENTROIDS: Final = 16
_ROWS: Final = 32  # of a block
_ROW_BYTES: Final = _TABLES // 2
# Rows of a list. faiss rounds a list's memory up to a power of two, which these 33 bytes each just fill; and lists, so
# that there is a search by radius, which its scan without lists does not offer.
_LIST: Final = 2**23 // (_ROWS * _ROW_BYTES) * _ROWS
_LISTS: Final = 64
LARGEST: Final = _LISTS * _LIST  # how many rows there is room for
_LONGEST: Final = 0.999  # the quantile of remainders' lengths above which a row is loose
_SHORTEST: Final = 0.1  # the quantile that is the shortest of the 16: from there on they lie closer to each other
_STEPS: Final = _TABLES * 0.5 + 2
_LARGEST_ENTRY: Final = 255
# Sums stay below 66 x 255; the scan's threshold is a 16-bit number, which must not overflow.
_LARGEST_SUM: Final = 60_000
_SINGLE: Final = 2.0**-20  # covers every operation in single precision, relative to the largest number in it
_SEED: Final = 2026
_BLOCK: Final = 65_536
# Where more than this share of a gallery could pass, a scan is not worth its while.
_SHARE: Final = 1 / 16
_PROBES: Final = 64
# So many queries share a reading of the codes, as many as the registers hold, and so many are scanned for in one go.
_SHARING: Final = 2
_AT_ONCE: Final = 8
# faiss's searches by several queries in the blocks' order, in the thread that asks.
_IN_THIS_THREAD: Final = 112


class FastScan:
    """The codes of all rows of a gallery."""

    def __init__(self, sample: Templates) -> None:
        """Learns the centroids and lengths from a sample of the gallery."""
        learnt = np.ascontiguousarray(sample, dtype=np.float32)
        self._quantizer: Any = faiss.ProductQuantizer(DIMENSIONS, _PAIRS, 4)
        self._quantizer.cp.seed = _SEED
        self._quantizer.cp.min_points_per_centroid = 1
        self._quantizer.train(learnt)
        pairs = faiss.vector_to_array(self._quantizer.centroids).reshape(_PAIRS, _CENTROIDS, _PAIR)
        self._lengths = self._levels(learnt)
        self._centroids = np.concatenate([pairs, np.repeat(self._length_table(), _EXTRA, axis=0)])
        self._wide = self._centroids.astype(np.float64)
        self._largest = float(np.abs(self._wide).max())
        self._scan, self._lists, self._coarse = self._empty()
        self._together: Together[_Sought, Rows] = Together(at_once=os.cpu_count() or 1, most=_AT_ONCE)
        self.loose: set[int] = set()
        self._reach = self._worthwhile(learnt)

    def __len__(self) -> int:
        return int(self._scan.ntotal)

    def append(self, templates: Templates) -> None:
        for at in range(0, len(templates), _BLOCK):
            codes, loose = self._encode(templates[at : at + _BLOCK])
            before, count = len(self), len(self) + len(codes)
            self._resize(count)
            self._pack(codes, np.arange(before, count))
            self.loose.update((before + np.flatnonzero(loose)).tolist())

    def replace(self, row: int, template: Template) -> None:
        """Another template stands in this row now."""
        codes, loose = self._encode(template.reshape(1, DIMENSIONS))
        self._pack(codes, np.array([row]))
        self.loose.discard(row)
        if loose[0]:
            self.loose.add(row)

    def remove(self, row: int) -> None:
        """The last row takes the place of this one. Nothing of it is left behind."""
        last = len(self) - 1
        self._pack(self._unpack(last), np.array([row]))
        self._pack(np.zeros((1, _TABLES), dtype=np.uint8), np.array([last]))
        self._resize(last)
        self.loose.discard(row)
        if last in self.loose:
            self.loose.discard(last)
            if row != last:
                self.loose.add(row)

    def serves(self, furthest: float) -> bool:
        """Whether a scan for this distance leaves few enough rows to be worth its while."""
        return furthest <= self._reach

    def within(self, query: Template, furthest: float) -> Rows | None:
        """Every row that may lie within this distance, some of them twice; None where the scan cannot tell."""
        sought = self._sought(query, furthest)
        if sought is None:
            return None
        loose = np.fromiter(self.loose, dtype=np.int64, count=len(self.loose))
        return np.concatenate((self._together.ask(sought, self._scanned), loose))

    def _sought(self, query: Template, furthest: float) -> _Sought | None:
        """With the radius within which the scan finds every row that it must."""
        wide = np.zeros(_WIDTH, dtype=np.float32)
        wide[:DIMENSIONS] = query
        wide[DIMENSIONS::_PAIR] = furthest * _EXTRA**-0.5
        apart = wide.reshape(_TABLES, 1, _PAIR).astype(np.float64) - self._wide
        apart *= apart
        tables = apart[..., 0] + apart[..., 1]
        least = tables.min(axis=-1)
        step = float((tables.max(axis=-1) - least).max()) / _LARGEST_ENTRY
        largest = (float(np.abs(wide).max()) + self._largest) ** 2 * _PAIR
        single = _TABLES * _SINGLE * largest
        if single > step:
            return None  # no step to count in, or too far from everything for single precision
        exact = float(((furthest + self._lengths.astype(np.float64)) ** 2 + tables[_PAIRS:].sum(axis=0)).max())
        lowest = float(least.sum())
        sought = _Sought(wide, furthest, exact + _STEPS * step + single, lowest + _LARGEST_SUM * step)
        return sought if lowest <= sought.radius <= sought.largest else None

    def _scanned(self, sought: Sequence[_Sought]) -> list[Rows]:
        faiss.omp_set_num_threads(1)  # of this thread
        found: dict[_Sought, Rows] = {}
        for company in _alike(sought):
            radius = max(one.radius for one in company)
            limits, _, rows = self._scan.range_search(np.stack([one.wide for one in company]), radius)
            found.update(zip(company, np.split(rows, limits[1:-1].tolist()), strict=True))
        return [found[one] for one in sought]

    def _encode(self, templates: Templates) -> tuple[Nibbles, np.ndarray[Any, np.dtype[np.bool_]]]:
        """A number below 16 for each table, and which rows are loose."""
        exact = np.ascontiguousarray(templates, dtype=np.float32)
        packed = self._quantizer.compute_codes(exact)
        level = np.searchsorted(self._lengths, self._remainders(exact, packed))  # the first that is not shorter
        loose = level == _CENTROIDS
        level[loose] = _CENTROIDS - 1
        codes = np.empty((len(exact), _TABLES), dtype=np.uint8)
        codes[:, 0:_PAIRS:2], codes[:, 1:_PAIRS:2] = packed & 15, packed >> 4
        codes[:, _PAIRS:] = level[:, np.newaxis]
        return codes, loose

    def _remainders(self, exact: Templates, codes: np.ndarray[Any, np.dtype[np.uint8]]) -> Any:
        """|x - x'|, never too short: the factor covers single precision in a sum of 128 squares."""
        apart = self._quantizer.decode(codes)
        apart -= exact
        return np.sqrt(np.einsum("ij,ij->i", apart, apart).astype(np.float64)) * (1 + 1e-4) + 1e-7

    def _levels(self, learnt: Templates) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        rest = self._remainders(learnt, self._quantizer.compute_codes(learnt))
        longest = float(np.quantile(rest, _LONGEST)) * 1.02
        shortest = min(float(np.quantile(rest, _SHORTEST)), longest * 0.99)
        return np.linspace(shortest, longest, _CENTROIDS, dtype=np.float32)

    def _length_table(self) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
        lengths = self._lengths.astype(np.float64)
        across = np.sqrt(2 * lengths[-1] ** 2 - 2 * lengths**2)
        table: np.ndarray[tuple[int, int, int], np.dtype[np.float32]] = (
            np.stack((lengths, across), axis=-1)[np.newaxis] * _EXTRA**-0.5
        ).astype(np.float32)
        return table

    def _empty(self) -> tuple[Any, Any, Any]:
        coarse = faiss.IndexFlatL2(_WIDTH)
        coarse.add(np.zeros((_LISTS, _WIDTH), dtype=np.float32))
        scan: Any = faiss.IndexIVFPQFastScan(coarse, _WIDTH, _LISTS, _TABLES, 4, faiss.METRIC_L2, _ROWS)
        scan.by_residual, scan.is_trained, scan.nprobe = False, True, _LISTS  # every list is scanned
        scan.implem, scan.qbs2 = _IN_THIS_THREAD, _SHARING
        faiss.copy_array_to_vector(self._centroids.ravel(), scan.pq.centroids)
        return scan, faiss.downcast_InvertedLists(scan.invlists), coarse

    def _resize(self, count: int) -> None:
        """Makes room for rows, in the lists that change, and writes down which they are."""
        before = len(self)
        for at in range(min(before, count) // _LIST, max(before, count) // _LIST + 1):
            first = at * _LIST
            had, has = (min(max(rows - first, 0), _LIST) for rows in (before, count))
            if had != has:
                self._lists.resize(at, has)
            if has > had:
                faiss.rev_swig_ptr(self._lists.get_ids(at), has)[had:] = np.arange(first + had, first + has)
                if has * _ROW_BYTES // LARGE_PAGE > had * _ROW_BYTES // LARGE_PAGE:
                    to_large_pages(int(self._lists.get_codes(at)), has * _ROW_BYTES)
        self._scan.ntotal = count

    def _blocks(self, at: int) -> Nibbles:
        """A list's own memory, 33 bytes a row: block, pair of tables, table, two rows to a byte."""
        blocks = -(-self._lists.list_size(at) // _ROWS)
        view: Nibbles = faiss.rev_swig_ptr(self._lists.get_codes(at), blocks * _ROWS * _TABLES // 2)
        return view.reshape(blocks, _TABLES // 2, 2, _ROWS // 2)

    def _pack(self, codes: Nibbles, rows: Rows) -> None:
        for at in range(int(rows[0]) // _LIST, int(rows[-1]) // _LIST + 1):
            mine = np.flatnonzero(rows // _LIST == at)
            blocks, pairs = self._blocks(at), codes[mine].reshape(-1, _TABLES // 2, 2)
            block, place, shift = _address(rows[mine] % _LIST)
            for upper in (0, 4):  # the two rows of a byte one after the other
                those = np.flatnonzero(shift == upper)
                byte = (block[those], slice(None), slice(None), place[those])
                blocks[byte] = (blocks[byte] & (240 >> upper)) | (pairs[those] << upper)

    def _unpack(self, row: int) -> Nibbles:
        (block,), (place,), (shift,) = _address(np.array([row % _LIST]))
        codes: Nibbles = (self._blocks(row // _LIST)[block, :, :, place] >> shift) & 15
        return codes.reshape(1, _TABLES)

    def _worthwhile(self, learnt: Templates) -> float:
        """Up to which distance few rows pass, as the sample's own members see it."""
        probes = learnt[:: max(1, len(learnt) // _PROBES)][:_PROBES]
        others = learnt[:: max(1, len(learnt) // 4096)][:4096]
        codes = self._quantizer.compute_codes(others)
        rest = self._remainders(others, codes)
        decoded = self._quantizer.decode(codes)
        apart = np.sqrt(np.maximum(faiss.pairwise_distances(probes, decoded), 0))  # rounding can make it negative
        return float(np.quantile(apart - rest, _SHARE))


@dataclass(frozen=True, slots=True, eq=False)
class _Sought:
    wide: Template  # the query, and the two pairs that follow it
    furthest: float
    radius: float
    largest: float  # radius, up to which the scan's threshold is a 16-bit number


def _alike(sought: Sequence[_Sought]) -> Iterator[list[_Sought]]:
    """Who may be scanned for with one radius: within the same distance the radii differ by roundings alone."""
    for furthest in {one.furthest for one in sought}:
        company = [one for one in sought if one.furthest == furthest]
        if max(one.radius for one in company) <= min(one.largest for one in company):
            yield company
        else:
            yield from ([one] for one in company)


def _address(rows: Rows) -> tuple[Rows, Rows, Nibbles]:
    """Block, place and shift within the byte, as faiss lays them out (`pq4_get_packed_element`)."""
    within = rows % _ROWS
    place = within % 16
    place = np.where(place < 8, 2 * place, 2 * place - 15)  # noqa: PLR2004 - the two halves take turns
    return rows // _ROWS, place, np.where(within < 16, 0, 4).astype(np.uint8)  # noqa: PLR2004
