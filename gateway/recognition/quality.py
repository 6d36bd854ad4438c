"""Is this face good enough? Measures on one aligned face, and the gates for a probe and, stricter, for an enrolment.

The gate is a control on false matches: strangers' blurred or tiny faces come closer to each other than they should.
It therefore stands on both sides. No gate judges a person's features (open eyes, skin); light is judged by extremes.
Figures from eight photographs and their degradations, to be calibrated on a deployment's own pictures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gateway.recognition.models import Caution, Quality, Refusal
from gateway.recognition.refusals import refusal

if TYPE_CHECKING:
    from gateway.recognition.detector import Detection
    from gateway.recognition.encoder import AlignedFace
    from gateway.recognition.images import Pixels
    from gateway.recognition.models import Box

LUMA: Final = np.array([0.299, 0.587, 0.114])
WHITE: Final = 250


@dataclass(frozen=True, slots=True)
class Gate:
    """Lower and upper bounds, in the units of `Quality`."""

    score_thousandths: int
    inter_eye_px: int
    sharpness: int
    darkest: int
    brightest: int
    clipped_permille: int
    yaw_permille: int
    must_be_inside: bool


PROBE: Final = Gate(
    score_thousandths=200,
    inter_eye_px=30,
    sharpness=20,
    darkest=25,
    brightest=235,
    clipped_permille=500,
    yaw_permille=450,
    must_be_inside=False,
)
ENROLMENT: Final = Gate(
    score_thousandths=500,
    inter_eye_px=40,
    sharpness=60,
    darkest=40,
    brightest=220,
    clipped_permille=200,
    yaw_permille=300,
    must_be_inside=True,
)
ROLL_CAUTION: Final = 20  # degrees; alignment turns the face upright, so it never refuses


def measure(
    pixels: Pixels, detection: Detection, face: AlignedFace, *, faces: int, others: tuple[Box, ...] = ()
) -> Quality:
    """What this face is worth. `faces` is how many were detected in the picture, `others` where the others are."""
    height, width = pixels.shape[:2]
    one, other = face.points[0:2].mean(axis=0), face.points[2:4].mean(axis=0)
    across = one - other
    apart = float(np.hypot(*across)) or 1.0
    nose = face.points[4] - (one + other) / 2
    grey = face.chip @ LUMA
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return Quality(
        detector_score_thousandths=round(detection.score * 1000),
        inter_eye_px=int(apart),
        sharpness=int(laplacian.var()),
        brightness=int(grey.mean()),
        clipped_permille=round(float((grey > WHITE).mean()) * 1000),
        roll_degrees=round(float(np.degrees(np.arctan2(across[1], across[0])))),
        yaw_permille=round(float(nose @ across) / apart**2 * 1000),
        inside=detection.left >= 0 and detection.top >= 0 and detection.right < width and detection.bottom < height,
        faces=faces,
        box=(detection.left, detection.top, detection.right, detection.bottom),
        width=width,
        height=height,
        others=others,
    )


def shortcomings(quality: Quality, gate: Gate) -> list[Refusal]:
    """Every reason for which a face with these measures is refused at this gate, the weightiest first."""
    checks = (
        (
            quality.inter_eye_px < gate.inter_eye_px,
            refusal("PROBE_FACE_TOO_SMALL", inter_eye_px=quality.inter_eye_px, limit=gate.inter_eye_px),
        ),
        (
            quality.detector_score_thousandths < gate.score_thousandths,
            refusal(
                "PROBE_UNCERTAIN",
                score=quality.detector_score_thousandths / 1000,
                limit=gate.score_thousandths / 1000,
            ),
        ),
        (gate.must_be_inside and not quality.inside, refusal("PROBE_FACE_CUT_OFF")),
        (quality.brightness < gate.darkest, refusal("PROBE_TOO_DARK", value=quality.brightness, limit=gate.darkest)),
        (
            quality.brightness > gate.brightest or quality.clipped_permille > gate.clipped_permille,
            refusal("PROBE_TOO_BRIGHT", value=quality.brightness, clipped=quality.clipped_permille),
        ),
        (quality.sharpness < gate.sharpness, refusal("PROBE_BLURRED", value=quality.sharpness, limit=gate.sharpness)),
        (abs(quality.yaw_permille) > gate.yaw_permille, refusal("PROBE_TURNED_AWAY")),
    )
    return [reason for failed, reason in checks if failed]


def with_cautions(quality: Quality) -> Quality:
    """The same measures with a sentence for each that an enrolment would be refused for, and for a tilted head."""
    cautions = [
        Caution(code=reason.code.removeprefix("PROBE_"), sentence=reason.sentence)
        for reason in shortcomings(quality, ENROLMENT)
    ]
    if abs(quality.roll_degrees) > ROLL_CAUTION:
        cautions.append(Caution(code="TILTED", sentence=f"The head is tilted by {abs(quality.roll_degrees)} degrees."))
    return replace(quality, warnings=tuple(cautions))
