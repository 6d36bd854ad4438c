"""The templates of a gallery in 20 bits a number: 8 that are searched, and 12 that make them whole again.

A number's place is counted in units of the grid from an origin of its own dimension; the upper 8 bits name a cell of
4,096 units, whose middle stands for the number in the search. Every bound here is the triangle inequality,

    d(q, x) >= d(q', x') - d(q, q') - d(x, x'),

for the cells' middles q' and x'. In cells, d(q', x')^2 is a whole number below 2^24, which single precision holds
exactly whatever the order of summation; d(q, q') and d(x, x') are computed in double precision, and ROUNDING is far
more than the errors of those few operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import faiss
import numpy as np

from gateway.recognition.distance import UNITS, on_grid
from gateway.recognition.models import DIMENSIONS
from gateway.recognition.rows import with_room

if TYPE_CHECKING:
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


class Codes:
    """Rows of templates that lie within half a unit of length, in every dimension, around their middle."""

    def __init__(self, sample: Templates) -> None:
        """Lays the origin around the sample's median, which no outlier can move far."""
        units = np.median(on_grid(sample), axis=0).astype(np.float32) * np.float32(UNITS)
        self._origin = np.rint(units - np.float32(_REACH // 2))
        self._cells = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit_direct)
        self._low = np.zeros((0, DIMENSIONS), dtype=np.uint8)  # the lower 8 of the 12 bits
        self._middle = np.zeros((0, DIMENSIONS // 2), dtype=np.uint8)  # the upper 4 of them, two to a byte
        self._off = 0.0  # no template lies further than this from the middle of its cells

    def __len__(self) -> int:
        return int(self._cells.ntotal)

    def fits(self, templates: Templates) -> Mask:
        """Which of the templates, which are on the grid, have their place here."""
        places = self._places(templates)
        fit: Mask = np.all((places >= 0) & (places < _REACH), axis=1)
        return fit

    def append(self, templates: Templates) -> None:
        """Takes templates that fit into the rows that follow."""
        before, count = len(self), len(self) + len(templates)
        self._low, self._middle = with_room(self._low, count), with_room(self._middle, count)
        for at in range(0, len(templates), _BLOCK):
            places = self._places(templates[at : at + _BLOCK]).astype(np.uint32)
            rest = places & (_CELL - 1)
            rows = slice(before + at, before + at + len(places))
            self._low[rows] = rest
            upper = (rest >> 8).astype(np.uint8)
            self._middle[rows] = upper[:, 0::2] | (upper[:, 1::2] << 4)
            off = (rest.astype(np.float32) - _CELL / 2) / np.float32(_CELL)
            # The factor covers single precision in a sum of 128 squares.
            furthest = float(np.einsum("ij,ij->i", off, off).max()) ** 0.5 * (1 + 1e-4)
            self._off = max(self._off, furthest * _CELL / UNITS)
            self._cells.add((places >> _BITS).astype(np.float32))

    def remove(self, row: int) -> None:
        """The last row takes the place of this one. Nothing of it is left behind."""
        last = len(self) - 1
        cells = self._view()
        for array in (cells, self._low, self._middle):
            array[row] = array[last]
            array[last] = 0
        self._cells.codes.resize(last * DIMENSIONS)
        self._cells.ntotal = last

    def templates(self, rows: Rows | slice) -> Templates:
        """Exactly as they were given: places are whole numbers below 2^20, which single precision holds."""
        count = len(self)
        upper = self._middle[:count][rows]
        places = self._view()[rows].astype(np.float32)
        places *= 16
        places[:, 0::2] += upper & 15
        places[:, 1::2] += upper >> 4
        places *= 256
        places += self._low[:count][rows]
        places += self._origin
        places *= np.float32(1 / UNITS)
        return places

    def nearest(self, query: Template, wanted: int) -> tuple[Rows, Least, float]:
        """The rows nearest by their cells, nearest first, the least distance that each can have, and the horizon.

        Every other row is at least as far away as the horizon.
        """
        cells, off = self._cells_of(query)
        squares, rows = self._cells.search(cells.reshape(1, DIMENSIONS), wanted)
        least = self._least(squares[0], off)
        return rows[0], least, float(least[-1])

    def among(self, query: Template, rows: Rows, furthest: float) -> Rows:
        """Those of the rows that may lie within this distance, each once."""
        cells, off = self._cells_of(query)
        apart = self._view().take(rows, axis=0).astype(np.float32)
        apart -= cells
        near: Rows = np.unique(rows[self._least(np.einsum("ij,ij->i", apart, apart), off) <= furthest])
        return near

    def _places(self, templates: Templates) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        # Whole numbers. A difference too large for single precision is rounded, and stays too large to fit.
        places = templates.astype(np.float32) * np.float32(UNITS)
        places -= self._origin
        return places

    def _view(self) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        """The index's own memory: writing to it writes the rows."""
        count = len(self)
        if count == 0:
            return np.zeros((0, DIMENSIONS), dtype=np.uint8)
        view: np.ndarray[tuple[int, int], np.dtype[np.uint8]] = faiss.rev_swig_ptr(
            self._cells.codes.data(), count * DIMENSIONS
        ).reshape(-1, DIMENSIONS)
        return view

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
