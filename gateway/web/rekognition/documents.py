"""Faces and matches in the words of Amazon's service model, made of what the rooms below say.

What is not measured here (age, gender, emotion, pitch and yaw in degrees) is left out, never guessed. Boxes and points
are shares of the picture's width and height. `Confidence`, `Brightness` and `Sharpness` are maps onto 0 to 100 of the
detector's score, the mean grey of the face and the variance of its Laplacian, each rising and none comparable with
Amazon's.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# At a score of 0.17 half of the scale, at 0.5 (what an enrolment needs) 87, at 1 (a good photograph) 98.
HALF_SCORE: Final = 170
# The sharpness that an enrolment needs is the middle of the scale.
HALF_SHARPNESS: Final = 60
# The five landmarks of the engine, in its order, by the names of the model.
LANDMARKS: Final = ("rightEyeRight", "rightEyeLeft", "leftEyeLeft", "leftEyeRight", "nose")


def model_version(version: str) -> str:
    """The engine's version in the letters that the model allows."""
    return re.sub(r"[^0-9.]", "", version) or "0"


def bounding_box(box: Sequence[int], width: int, height: int) -> dict[str, float]:
    left, top, right, bottom = box
    return {
        "Width": _share(right - left + 1, width),
        "Height": _share(bottom - top + 1, height),
        "Left": _share(left, width),
        "Top": _share(top, height),
    }


def confidence(quality: Mapping[str, Any]) -> float:
    missing = math.pow(0.5, max(0, quality["detector_score_thousandths"]) / HALF_SCORE)
    return round(100 * (1 - missing), 2)


def place(quality: Mapping[str, Any]) -> dict[str, Any]:
    """Where a face is, and how sure the detector is of it."""
    return {
        "BoundingBox": bounding_box(quality["box"], quality["width"], quality["height"]),
        "Confidence": confidence(quality),
    }


def detail(quality: Mapping[str, Any], points: Sequence[Sequence[int]] = ()) -> dict[str, Any]:
    """A `FaceDetail`, or as much of a `ComparedFace`."""
    sharpness = quality["sharpness"]
    document = place(quality) | {
        "Pose": {"Roll": float(max(-180, min(180, quality["roll_degrees"])))},
        "Quality": {
            "Brightness": round(quality["brightness"] / 2.55, 2),
            "Sharpness": round(100 * sharpness / (sharpness + HALF_SHARPNESS), 2),
        },
    }
    if points:
        document["Landmarks"] = [
            {"Type": name, "X": _share(x, quality["width"]), "Y": _share(y, quality["height"])}
            for name, (x, y) in zip(LANDMARKS, points, strict=True)
        ]
    return document


def others(quality: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A `FaceDetail` for each smaller face of the picture: nothing but its place was measured."""
    return [
        {"BoundingBox": bounding_box(box, quality["width"], quality["height"])} for box in quality.get("others", [])
    ]


def face(stored: Mapping[str, Any], version: str) -> dict[str, Any]:
    """A `Face`. The image is named by the decision that permitted its enrolment; where the program gave no external id,
    the gateway gave it that name too, and it is not shown twice.
    """
    document = {
        "FaceId": stored["face_id"],
        "ImageId": stored["decision_id"],
        "IndexFacesModelVersion": version,
        **place(stored["quality"]),
    }
    if stored["external_id"] != stored["decision_id"]:
        document["ExternalImageId"] = stored["external_id"]
    if stored["group"] is not None:
        document["UserId"] = stored["group"]
    return document


def face_match(candidate: Mapping[str, Any], stored: Mapping[str, Any] | None, version: str) -> dict[str, Any]:
    """A `FaceMatch`; of a face that was deleted since there is only what the result said."""
    left = {"FaceId": candidate["face_id"], "ExternalImageId": candidate["external_id"]}
    return {"Similarity": candidate["similarity"], "Face": face(stored, version) if stored else left}


def _share(pixels: int, whole: int) -> float:
    return round(pixels / whole, 6)
