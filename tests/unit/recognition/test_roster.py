"""A roster is a list of faces in which the last takes the place of one that leaves."""

from __future__ import annotations

from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition.roster import Roster, ids_of

FACES = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number)) | st.integers(0, 20).map(
    lambda number: UUID(int=number)
)
NAMES = st.text("abcXYZ019_.:-", min_size=1, max_size=40)
STEPS = st.lists(st.lists(st.tuples(FACES, NAMES), min_size=1, max_size=6) | st.integers(0, 30), max_size=30)


@given(STEPS)
def test_a_roster_is_what_a_list_would_be(steps: list[list[tuple[UUID, str]] | int]) -> None:
    roster, faces = Roster(), list[tuple[UUID, str]]()
    for step in steps:
        if isinstance(step, int):
            if faces:
                row = step % len(faces)
                roster.remove(row)
                faces[row] = faces[-1]
                faces.pop()
        else:
            ids = ids_of(b"".join(face.bytes for face, _ in step))
            fresh = roster.fresh(ids)
            new = [face for face, is_new in zip(step, fresh.tolist(), strict=True) if is_new]
            seen = {face for face, _ in faces}
            assert [face for face, _ in new] == [
                face for at, (face, _) in enumerate(step) if face not in seen | {other for other, _ in step[:at]}
            ]
            if new:
                roster.append(ids[fresh], [name.encode() for _, name in new])
            faces += new
        assert len(roster) == len(faces)
        assert roster.faces(np.arange(len(faces))) == faces
        assert all(roster.row(face) == row for row, (face, _) in enumerate(faces))
        assert roster.names() == [name.encode() for _, name in faces]


def test_names_that_left_take_no_room_for_ever() -> None:
    roster = Roster()
    for number in range(5000):
        roster.append(np.array([[0, number]], dtype=np.uint64), [b"n" * 200])
        if number >= 10:
            roster.remove(0)
    assert len(roster) == 10
    assert len(roster._names) < 300_000
    assert all(name == b"n" * 200 for name in roster.names())
