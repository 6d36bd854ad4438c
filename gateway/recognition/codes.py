"""The templates of a gallery in 20 bits a number: 8 that are searched, and 12 that make them whole again.

A number's place is counted in units of the grid from an origin of its own dimension; the upper 8 bits name a cell of
4,096 units, whose middle stands for the number in the search. Every bound here is the triangle inequality,

    d(q, x) >= d(q', x') - d(q, q') - d(x, x'),

for the cells' middles q' and x'. In cells, d(q', x')^2 is a whole number below 2^24, which single precision holds
exactly whatever the order of summation; d(q, q') and d(x, x') are computed in double precision, and ROUNDING is far
more than the errors of those few operations.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np

from gateway.recognition.distance import UNITS, on_grid
from gateway.recognition.models import DIMENSIONS
from gateway.recognition.rows import with_room

if TYPE_CHECKING:
    from collections.abc import Iterator

    Templates = np.ndarray[tuple[int, int], np.dtype[np.floating]]
    Template = np.ndarray[tuple[int], np.dtype[np.floating]]
    Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Least = np.ndarray[tuple[int], np.dtype[np.float64]]

ROUNDING: Final = 1e-9
_BITS: Final = 12
_CELL: Final = 1 << _BITS  # units
_CELLS: Final = 256
_REACH: Final = _CELL * _CELLS
_BLOCK: Final = 4096
_FAISS: Final[Any] = faiss  # whose stubs leave out what works below an index
_BYTES: Final[Any] = faiss.ScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit_direct)


class Codes:
    """Rows of templates that lie within half a unit of length, in every dimension, around their middle."""

    def __init__(self, sample: Templates) -> None:
        """Lays the origin around the sample's median, which no outlier can move far."""
        units = np.median(on_grid(sample), axis=0).astype(np.float32) * np.float32(UNITS)
        self._origin = np.rint(units - np.float32(_REACH // 2))
        self._count = 0
        self._cells = np.zeros((0, DIMENSIONS), dtype=np.uint8)  # the upper 8 bits, which are searched
        # The lower 8 of the 12 bits, and the upper 4 of them, two to a byte.
        self._rest = np.zeros((0, DIMENSIONS + DIMENSIONS // 2), dtype=np.uint8)
        self._off = 0.0  # no template lies further than this from the middle of its cells

    def __len__(self) -> int:
        return self._count

    def fits(self, templates: Templates) -> Mask:
        """Which of the templates, which are on the grid, have their place here."""
        places = self._places(templates)
        fit: Mask = np.all((places >= 0) & (places < _REACH), axis=1)
        return fit

    def append(self, templates: Templates) -> None:
        """Takes templates that fit into the rows that follow."""
        before, count = len(self), len(self) + len(templates)
        self._cells, self._rest = with_room(self._cells, count), with_room(self._rest, count)
        for at in range(0, len(templates), _BLOCK):
            places = self._places(templates[at : at + _BLOCK]).astype(np.uint32)
            rest = places & (_CELL - 1)
            rows = slice(before + at, before + at + len(places))
            self._cells[rows] = places >> _BITS
            self._rest[rows, :DIMENSIONS] = rest
            upper = (rest >> 8).astype(np.uint8)
            self._rest[rows, DIMENSIONS:] = upper[:, 0::2] | (upper[:, 1::2] << 4)
            off = (rest.astype(np.float32) - _CELL / 2) / np.float32(_CELL)
            # The factor covers single precision in a sum of 128 squares.
            furthest = float(np.einsum("ij,ij->i", off, off).max()) ** 0.5 * (1 + 1e-4)
            self._off = max(self._off, furthest * _CELL / UNITS)
        self._count = count

    def remove(self, row: int) -> None:
        """The last row takes the place of this one. Nothing of it is left behind."""
        last = len(self) - 1
        for array in (self._cells, self._rest):
            array[row] = array[last]
            array[last] = 0
        self._count = last

    def templates(self, rows: Rows | slice) -> Templates:
        """Exactly as they were given: places are whole numbers below 2^20, which single precision holds."""
        count = len(self)
        rest = self._rest[:count][rows]
        upper = rest[:, DIMENSIONS:]
        places = self._cells[:count][rows].astype(np.float32)
        places *= 16
        places[:, 0::2] += upper & 15
        places[:, 1::2] += upper >> 4
        places *= 256
        places += rest[:, :DIMENSIONS]
        places += self._origin
        places *= np.float32(1 / UNITS)
        return places

    def nearest(self, query: Template, wanted: int) -> tuple[Rows, Least, float]:
        """The rows nearest by their cells, nearest first, the least distance that each can have, and the horizon.

        Every other row is at least as far away as the horizon.
        """
        cells, off = self._cells_of(query)
        squares = np.full(wanted, np.inf, dtype=np.float32)  # a heap, the furthest first
        rows = np.full(wanted, -1, dtype=np.int64)
        with _comparing_with(cells) as scanner:
            scanner.scan_codes(
                len(self), faiss.swig_ptr(self._cells), None, faiss.swig_ptr(squares), faiss.swig_ptr(rows), wanted
            )
        order = np.argsort(squares)
        least = self._least(squares[order], off)
        return rows[order], least, float(least[-1])

    def among(self, query: Template, rows: Rows, furthest: float) -> Rows:
        """Those of the rows that may lie within this distance, each once."""
        cells, off = self._cells_of(query)
        cells_apart = (furthest + off + self._off + ROUNDING) * UNITS / _CELL
        squares = math.floor(cells_apart**2) + 1  # whole numbers below this
        near = [np.zeros(0, dtype=np.int64)]
        with _comparing_with(cells) as scanner:
            for at in range(0, len(rows), _BLOCK):
                block = rows[at : at + _BLOCK]
                near.append(block[_below(scanner, self._cells.take(block, axis=0), squares)])
        return np.unique(np.concatenate(near))

    def _places(self, templates: Templates) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        # Whole numbers. A difference too large for single precision is rounded, and stays too large to fit.
        places = templates.astype(np.float32) * np.float32(UNITS)
        places -= self._origin
        return places

    def _cells_of(self, query: Template) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], float]:
        """The query's cells, and how far it lies from their middle."""
        exact = (query.astype(np.float64) * UNITS - self._origin) / _CELL - 0.5
        cells = np.clip(np.rint(exact), 0, _CELLS - 1)
        exact -= cells
        return cells.astype(np.float32), float(exact.dot(exact)) ** 0.5 * _CELL / UNITS

    def _least(self, squares: np.ndarray[tuple[int], np.dtype[np.float32]], off: float) -> Least:
        """The least distance of rows whose cells are this far from the query's."""
        least: Least = np.sqrt(squares.astype(np.float64)) * (_CELL / UNITS) - (off + self._off + ROUNDING)
        return least


@contextmanager
def _comparing_with(cells: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Iterator[Any]:
    """What compares cells with these, byte by byte, in the thread that asks; an index of faiss would start others."""
    scanner = _BYTES.select_InvertedListScanner(faiss.METRIC_L2, None, True, None)
    try:
        scanner.list_no = 0
        scanner.set_query(faiss.swig_ptr(cells))
        yield scanner
    finally:
        _FAISS.InvertedListScanner.__swig_destroy__(scanner)  # nobody else frees it


def _below(scanner: Any, cells: np.ndarray[tuple[int, int], np.dtype[np.uint8]], squares: float) -> Rows:
    """Which of these cells are less than so many squares of a cell away."""
    found = faiss.RangeSearchResult(1)
    partial = _FAISS.RangeSearchPartialResult(found)
    scanner.scan_codes_range(len(cells), faiss.swig_ptr(cells), None, squares, partial.new_result(0))
    partial.finalize()
    count = int(faiss.rev_swig_ptr(found.lims, 2)[1])
    return faiss.rev_swig_ptr(found.labels, count).copy()
