"""What the detector is shown: never more than it can go over in time, and small faces all the same."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.recognition.detector import (
    LOOK_FOR_TINY,
    LOOKS,
    MOST_SEEN,
    Detector,
    Look,
    smallest_face,
)
from gateway.recognition.images import MAX_PIXELS, MIN_SIDE, Pixels, decode


def blank(width: int, height: int) -> Pixels:
    """A picture of these sides that takes no memory."""
    return np.broadcast_to(np.uint8(0), (height, width, 3))


@given(
    width=st.integers(MIN_SIDE, MAX_PIXELS // MIN_SIDE),
    height=st.integers(MIN_SIDE, MAX_PIXELS // MIN_SIDE),
    look=st.sampled_from((*LOOKS, LOOK_FOR_TINY)),
)
def test_no_look_goes_over_more_than_the_most_whatever_the_pictures_shape(width: int, height: int, look: Look) -> None:
    closeness = look.closeness(blank(width, height))
    assert width * height * closeness**2 <= MOST_SEEN * 1.0001
    assert max(width, height) * look.scale(blank(width, height)) <= look.long_side * 1.0001


@pytest.mark.parametrize(("width", "height"), [(400, 300), (80, 80), (700, 700)])
def test_a_picture_that_is_small_enough_is_looked_at_as_it_is(width: int, height: int) -> None:
    assert [look.scale(blank(width, height)) for look in LOOKS] == [1.0, 1.0]
    assert smallest_face(blank(width, height)) == 40


@pytest.mark.parametrize(("width", "height", "smallest"), [(1600, 750, 40), (4000, 3000, 126), (5000, 5000, 183)])
def test_the_smallest_face_grows_with_the_picture(width: int, height: int, smallest: int) -> None:
    assert smallest_face(blank(width, height)) == smallest


def test_the_look_for_tiny_faces_is_left_out_where_it_would_be_no_closer() -> None:
    grey = np.full((768, 1024, 3), 120, dtype=np.uint8)
    assert LOOK_FOR_TINY.closeness(grey) == LOOKS[-1].closeness(grey)
    assert Detector().look_for_tiny(grey) == []
    assert LOOK_FOR_TINY.closeness(grey[:, :1000]) > LOOKS[-1].closeness(grey[:, :1000])


@pytest.mark.photographs
def test_a_face_too_small_for_the_first_look_is_found_by_the_second_where_it_is(photographs: dict[str, bytes]) -> None:
    face = Image.open(io.BytesIO(photographs["person_d_1.jpg"])).convert("RGB")
    canvas = Image.new("RGB", (1400, 1200), (120, 130, 140))
    canvas.paste(face.resize((200, 234), Image.Resampling.LANCZOS), (900, 500))  # 84 pixels wide, of 720 43
    file = io.BytesIO()
    canvas.save(file, "JPEG", quality=95)
    pixels, detector = decode(file.getvalue()), Detector()
    assert detector.look(pixels, LOOKS[0]) == []
    (found,) = detector.detect(pixels)
    assert 900 < found.left < found.right < 1100
    assert 500 < found.top < found.bottom < 734
