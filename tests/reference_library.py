"""face_recognition itself, to compare with. Its models package is stood in for, since importing that one may end the
process; and it must not leave Pillow accepting half a picture.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

from PIL import ImageFile

from gateway.recognition import weights

_FILES = {
    "pose_predictor_model_location": "shape_predictor_68_face_landmarks.dat",
    "pose_predictor_five_point_model_location": weights.LANDMARKS,
    "cnn_face_detector_model_location": "mmod_human_face_detector.dat",
    "face_recognition_model_location": weights.NETWORK,
}


def face_recognition() -> Any:
    models = weights.find().network.parent
    stand_in = types.ModuleType("face_recognition_models")
    for function, file in _FILES.items():
        setattr(stand_in, function, lambda file=file: str(models / file))
    sys.modules["face_recognition_models"] = stand_in
    try:
        return importlib.import_module("face_recognition")
    finally:
        del sys.modules["face_recognition_models"]  # or nobody would find where the package's files are
        ImageFile.LOAD_TRUNCATED_IMAGES = False
