"""Arrays of rows with room to grow. Room that was never written to takes no memory."""

from __future__ import annotations

from typing import Any

import numpy as np


def with_room(rows: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """The same rows, in an array that holds at least `count`."""
    if count <= len(rows):
        return rows
    grown = np.zeros((count + count // 8, *rows.shape[1:]), dtype=rows.dtype)
    grown[: len(rows)] = rows
    return grown
