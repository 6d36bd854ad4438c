"""Where the networks' files are: in the package face_recognition_models, found without running a line of it.

Importing that package (or face_recognition) would import pkg_resources, which newer setuptools no longer has, and
face_recognition answers that failure with `quit()`: the process would end with status 0.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

LANDMARKS: Final = "shape_predictor_5_face_landmarks.dat"
NETWORK: Final = "dlib_face_recognition_resnet_model_v1.dat"


class WeightsMissing(Exception):  # noqa: N818 - it states a condition
    """The package face_recognition_models is not installed, or a file of it is gone."""


class NetworkUnusable(Exception):  # noqa: N818 - it states a condition
    """The network cannot be read, converted or run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Weights:
    landmarks: Path
    network: Path

    def network_digest(self) -> str:
        """SHA-256 of the network's file, hex: part of the pipeline's name, so other weights are another pipeline."""
        with self.network.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def find() -> Weights:
    """The two files.

    Raises:
        WeightsMissing: they are not there.
    """
    spec = importlib.util.find_spec("face_recognition_models")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        models = Path(folder) / "models"
        if (models / LANDMARKS).is_file() and (models / NETWORK).is_file():
            return Weights(landmarks=models / LANDMARKS, network=models / NETWORK)
    raise WeightsMissing("install the package face_recognition_models")


def version() -> str:
    """Version of face_recognition as installed, or of its models where only they are."""
    for name in ("face_recognition", "face_recognition_models"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
