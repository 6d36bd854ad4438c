"""What is read from a picture: the reference library's numbers, one face or a reason, and how good it is."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from reference_library import face_recognition

from gateway.recognition import weights
from gateway.recognition.images import decode
from gateway.recognition.quality import ENROLMENT, PROBE
from gateway.recognition.refusals import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.recognition.pipeline import Pipeline

pytestmark = pytest.mark.photographs

PEOPLE = ("person_a_1.jpg", "person_a_2.jpg", "person_a_3.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")
ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def reference() -> Any:
    return face_recognition()


def jpeg(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.fromarray(decode(data))


@pytest.mark.parametrize("name", PEOPLE)
def test_the_numbers_are_those_of_face_recognition_for_the_same_box(
    name: str, photographs: dict[str, bytes], pipeline: Pipeline, reference: Any
) -> None:
    reading = pipeline.read(photographs[name], PROBE)
    left, top, right, bottom = reading.quality.box
    (expected,) = reference.face_encodings(
        decode(photographs[name]), known_face_locations=[(top, right, bottom, left)], num_jitters=1, model="small"
    )
    assert np.abs(reading.template - expected).max() < 1e-6


@pytest.mark.parametrize("name", PEOPLE)
def test_real_photographs_are_good_enough_to_enrol(
    name: str, photographs: dict[str, bytes], pipeline: Pipeline
) -> None:
    reading = pipeline.read(photographs[name], ENROLMENT, crop=True)
    assert reading.quality.warnings == ()
    assert reading.quality.inside
    assert reading.crop is not None
    assert max(decode(reading.crop).shape) <= 400


def test_the_same_picture_gives_the_same_template(photographs: dict[str, bytes], pipeline: Pipeline) -> None:
    one, other = (pipeline.read(photographs["person_d_1.jpg"], PROBE).template for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_a_face_cut_by_the_edge_may_be_searched_with_but_not_enrolled(
    photographs: dict[str, bytes], pipeline: Pipeline
) -> None:
    reading = pipeline.read(photographs["person_a_cut_1.jpg"], PROBE)
    assert [warning.code for warning in reading.quality.warnings] == ["FACE_CUT_OFF"]
    with pytest.raises(Refused, match="PROBE_FACE_CUT_OFF") as refused:
        pipeline.read(photographs["person_a_cut_1.jpg"], ENROLMENT)
    assert refused.value.quality is not None


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_taken_sideways_is_turned_upright(
    orientation: int, photographs: dict[str, bytes], pipeline: Pipeline
) -> None:
    turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    upright = opened(photographs["person_a_1.jpg"])
    reading = pipeline.read(jpeg(upright.transpose(turn), exif=exif), PROBE)
    straight = pipeline.read(jpeg(upright), PROBE)
    assert reading.quality.faces == 1
    assert np.linalg.norm(reading.template - straight.template) < 0.15


def test_no_face_says_how_large_one_must_be(photographs: dict[str, bytes], pipeline: Pipeline) -> None:
    with pytest.raises(Refused, match="PROBE_NO_FACE") as refused:
        pipeline.read(photographs["no_face_1.png"], PROBE)
    assert "at least 40 pixels wide" in refused.value.reason.remedy


def test_three_faces_are_refused_and_counted(photographs: dict[str, bytes], pipeline: Pipeline) -> None:
    one = opened(photographs["person_d_1.jpg"]).resize((300, 352))
    three = Image.new("RGB", (900, 352))
    for place in range(3):
        three.paste(one, (300 * place, 0))
    with pytest.raises(Refused, match="PROBE_SEVERAL_FACES") as refused:
        pipeline.read(jpeg(three), PROBE)
    assert "3 faces" in refused.value.reason.sentence


def test_a_bystander_far_behind_does_not_matter(photographs: dict[str, bytes], pipeline: Pipeline) -> None:
    front = opened(photographs["person_d_1.jpg"])
    both = Image.new("RGB", (760, 600), (90, 90, 90))
    both.paste(front, (0, 0))
    both.paste(front.crop((120, 80, 420, 420)).resize((150, 170)), (560, 100))
    reading = pipeline.read(jpeg(both), PROBE)
    alone = pipeline.read(photographs["person_d_1.jpg"], PROBE)
    assert reading.quality.faces == 2
    assert np.linalg.norm(reading.template - alone.template) < 0.2


@pytest.mark.parametrize("width", [18, 25, 34])
def test_a_tiny_face_is_called_too_small_and_not_absent(
    width: int, photographs: dict[str, bytes], pipeline: Pipeline
) -> None:
    image = opened(photographs["person_d_1.jpg"])
    scale = width / 216  # the face is 216 pixels wide
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", (400, 300), (120, 130, 140))
    canvas.paste(small, (150, 100))
    with pytest.raises(Refused) as refused:
        pipeline.read(jpeg(canvas), PROBE)
    assert refused.value.reason.code == ("PROBE_NO_FACE" if width < 20 else "PROBE_FACE_TOO_SMALL")
    assert "40 pixels" in refused.value.reason.remedy or "larger" in refused.value.reason.remedy


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda image: image.resize((60, 75)).resize(image.size), "PROBE_BLURRED"),
        (lambda image: image.point(lambda value: value // 7), "PROBE_TOO_DARK"),
        (lambda image: image.point(lambda value: min(255, value * 2 + 60)), "PROBE_TOO_BRIGHT"),
    ],
)
def test_a_spoilt_picture_is_refused_for_what_is_wrong_with_it(
    spoil: Any, code: str, photographs: dict[str, bytes], pipeline: Pipeline
) -> None:
    with pytest.raises(Refused) as refused:
        pipeline.read(jpeg(spoil(opened(photographs["person_a_1.jpg"]))), PROBE)
    assert refused.value.reason.code == code


def test_the_pipelines_name_changes_with_the_weights(tmp_path: Path, pipeline: Pipeline) -> None:
    found = weights.find()
    other = tmp_path / weights.NETWORK
    other.write_bytes(b"other weights")
    assert weights.Weights(found.landmarks, other).network_digest() != found.network_digest()
    assert found.network_digest()[:8] in pipeline.name


def test_finding_the_weights_runs_no_code_of_their_package() -> None:
    program = (
        "import sys; from gateway.recognition import weights; weights.find();"
        "sys.exit(len({'face_recognition_models', 'face_recognition', 'pkg_resources'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
