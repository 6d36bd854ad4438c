"""How far two templates are from each other: Euclidean, in millionths, computed in double precision.

A stored template's numbers are whole multiples of 2^-20 (`on_grid`). That is a hundredth of what two pictures of one
face differ by, moves no distance by more than 0.000011, and lets a gallery hold every template exactly in 20 bits a
number. Numbers of 8 and above have no finer steps in single precision, so every finite template has its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gateway.recognition.models import DIMENSIONS

if TYPE_CHECKING:
    from typing import Any

    Templates = np.ndarray[tuple[int, int], np.dtype[np.floating]]
    Template = np.ndarray[tuple[int], np.dtype[np.floating]]
    Whichever = np.ndarray[Any, np.dtype[np.floating]]
    Distances = np.ndarray[tuple[int], np.dtype[np.int64]]

UNITS: Final = 2.0**20  # of the grid, to one


def on_grid(templates: Whichever) -> np.ndarray[Any, np.dtype[np.float32]]:
    """One template or several as they are stored. Scaling by a power of two rounds nothing."""
    units: np.ndarray[Any, np.dtype[np.float32]] = np.rint(templates.astype(np.float32) * np.float32(UNITS))
    units *= np.float32(1 / UNITS)
    return units


def micros(one: Template, others: Templates) -> Distances:
    """Distances of one template to each of the others."""
    apart = others - one.astype(np.float64)
    apart *= apart
    distances: Distances = np.rint(np.sqrt(apart.sum(axis=-1)) * 1e6).astype(np.int64)
    return distances


def micro(one: Template, other: Template) -> int:
    """As `micros`, of two templates of one pipeline."""
    return int(micros(one, other.reshape(1, DIMENSIONS))[0])
