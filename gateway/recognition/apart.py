"""Faces whose templates do not fit a gallery's grid, as they are: few, and measured in every search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gateway.recognition.distance import micros
from gateway.recognition.models import DIMENSIONS
from gateway.recognition.roster import Roster
from gateway.recognition.rows import with_room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from gateway.recognition.distance import Distances, Template, Templates
    from gateway.recognition.roster import Ids, Rows


class Apart:
    def __init__(self) -> None:
        self.faces = Roster()
        self._rows = np.zeros((0, DIMENSIONS), dtype=np.float32)

    def __len__(self) -> int:
        return len(self.faces)

    def templates(self) -> Templates:
        return self._rows[: len(self)]

    def append(self, ids: Ids, names: Sequence[bytes], exact: Templates) -> None:
        before = len(self)
        self.faces.append(ids, names)
        self._rows = with_room(self._rows, len(self))
        self._rows[before : len(self)] = exact

    def remove(self, face_id: UUID) -> bool:
        row = self.faces.row(face_id)
        if row is None:
            return False
        self.faces.remove(row)
        self._rows[row] = self._rows[len(self)]
        self._rows[len(self)] = 0
        return True

    def measured(self, query: Template) -> tuple[Rows, Distances]:
        return np.arange(len(self)), micros(query, self.templates())
