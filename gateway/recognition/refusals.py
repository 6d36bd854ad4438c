"""Every reason for which a picture or a task is refused, each with a sentence and a remedy. Codes are never renamed."""

from __future__ import annotations

from typing import Final

from gateway.recognition.models import Quality, Refusal

# code: (sentence, remedy), with {parameters}
REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "IMAGE_EMPTY": ("The picture has no bytes.", "Send the file's bytes as a JPEG or PNG."),
    "IMAGE_TOO_LARGE": (
        "The picture is larger than {limit_mb} MB.",
        "Send a smaller file; 2,000 pixels on the long side is plenty.",
    ),
    "IMAGE_FORMAT": (
        "The picture is not a JPEG or PNG file.",
        "Convert it to JPEG or PNG without cropping or retouching it.",
    ),
    "IMAGE_TOO_MANY_PIXELS": (
        "The picture has more than {limit_mp} million pixels.",
        "Send it scaled down; 2,000 pixels on the long side is plenty.",
    ),
    "IMAGE_TOO_SMALL": (
        "The picture has {width} by {height} pixels; each side needs at least {limit}.",
        "Send the original picture, not a thumbnail and not an enlargement.",
    ),
    "IMAGE_TRUNCATED": ("The picture's file is cut off.", "Send the complete file; check the upload or export."),
    "IMAGE_DAMAGED": (
        "The picture's file is damaged and cannot be read.",
        "Open it in a viewer and save it again as JPEG or PNG.",
    ),
    "IMAGE_ANIMATED": ("The picture has {frames} frames.", "Send one frame as its own JPEG or PNG."),
    "IMAGE_DEPTH": (
        "The picture has more than 8 bits for each grey value ({mode}).",
        "Save it with 8 bits for each channel.",
    ),
    "IMAGE_UNPROCESSABLE": (
        "The picture could not be processed within the limits of time and memory.",
        "Save it again as a plain JPEG of at most 2,000 pixels on the long side and send that.",
    ),
    "PROBE_NO_FACE": (
        "No face was found in the picture.",
        (
            "Send a picture that shows the face upright, from the front and, at this picture's size, at least"
            " {smallest} pixels wide."
        ),
    ),
    "PROBE_SEVERAL_FACES": (
        "The picture shows {faces} faces of similar size.",
        "Crop the picture to the one face that the search is for.",
    ),
    "PROBE_FACE_TOO_SMALL": (
        "The face is too small: its eyes are {inter_eye_px} pixels apart, and {limit} are needed.",
        "Send a picture in which the face is larger; enlarging this one does not help.",
    ),
    "PROBE_UNCERTAIN": (
        "What was found is not clearly a face (detector score {score}, {limit} needed).",
        "Send a picture that shows the whole face from the front.",
    ),
    "PROBE_BLURRED": (
        "The face is too blurred (sharpness {value}, {limit} needed).",
        "Send a sharper picture; sharpening this one does not help.",
    ),
    "PROBE_TOO_DARK": (
        "The face is too dark (brightness {value}, {limit} needed).",
        "Send a picture with more light on the face.",
    ),
    "PROBE_TOO_BRIGHT": (
        "The face is overexposed (brightness {value}, {clipped} thousandths of it are white).",
        "Send a picture with less light on the face.",
    ),
    "PROBE_TURNED_AWAY": (
        "The face is turned too far to the side.",
        "Send a picture that shows the face from the front.",
    ),
    "PROBE_FACE_CUT_OFF": (
        "Part of the face lies outside the picture.",
        "Send a picture that holds the whole face.",
    ),
    "PROBE_CHANGED": (
        "The picture is not the one that was decided about.",
        "Send the request again with the picture that you want searched.",
    ),
    "FACE_GONE": (
        "The gallery has no such face, or it was enrolled by another pipeline.",
        "Search with a picture, or enrol the face again.",
    ),
    "FACE_ENROLLED": (
        "The gallery holds a face that was enrolled from this picture under this external id.",
        "Use that face; delete it first to enrol the picture again.",
    ),
    "GALLERY_GONE": ("The gallery was deleted meanwhile.", "Choose another gallery."),
    "EXTERNAL_ID_INVALID": (
        "The external id is not acceptable.",
        "Use 1 to 255 letters, digits, and the characters _ . - and colon.",
    ),
    "ENGINE_NOT_CALIBRATED": (
        "The chance of a false candidate is limited, and the engine is not calibrated, so nobody can say what it is.",
        "Ask the operator to calibrate the engine with `writgate bench accuracy`.",
    ),
    "UPSTREAM_NO_FACE": (
        "The vendor's engine found no face in the picture that it can use.",
        "Send a picture that shows the face larger, upright and from the front.",
    ),
    "UPSTREAM_BUSY": (
        "The vendor's engine takes no more requests at the moment.",
        "Send the request again in a minute.",
    ),
    "UPSTREAM_UNREACHABLE": (
        "The vendor's engine did not answer.",
        "Send the request again in a minute; if it goes on, tell the operator.",
    ),
    "UPSTREAM_REFUSED": (
        "The vendor's engine refused the operator's request.",
        "Tell the operator, whose credentials, address or settings for that engine are wrong.",
    ),
    "UPSTREAM_MALFORMED": (
        "The vendor's engine gave an answer that cannot be used.",
        "Send the request again; if it goes on, tell the operator.",
    ),
    "ENGINE_BUSY": (
        "Every worker of the engine is busy.",
        "Send the request again in a minute.",
    ),
    "ENGINE_STALE": (
        "The engine cannot see the newest deletions just now, so it does not search.",
        "Send the request again in a few seconds.",
    ),
}


def refusal(code: str, **parameters: object) -> Refusal:
    """The refusal of this code with its words filled in.

    Raises:
        KeyError: no such code, or a parameter is missing.
    """
    sentence, remedy = REFUSALS[code]
    return Refusal(code=code, sentence=sentence.format(**parameters), remedy=remedy.format(**parameters))


class Refused(Exception):  # noqa: N818 - a refusal is not an error of ours
    """Carries a refusal out of the depths of a pipeline."""

    def __init__(self, reason: Refusal, quality: Quality | None = None) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.quality = quality  # what had been measured by then


class ImageRefused(Refused):
    """The file itself was refused before any face was looked for."""
