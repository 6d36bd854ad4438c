"""Who computes a template from an aligned face: dlib, the reference, or onnxruntime with the same parameters.

Both give the same numbers within `TOLERANCE`, so both speak under one pipeline's name. onnxruntime earns that name anew
in every process: at its start it must give dlib's numbers for a fixed pattern, which were written down when the network
was converted. A provider that computes otherwise (an accelerator with shortened floats) is not used.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, Protocol

import dlib
import numpy as np
import onnxruntime

from gateway.recognition import resnet
from gateway.recognition.weights import NetworkUnusable

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.recognition.images import Pixels

Template = np.ndarray[tuple[int], np.dtype[np.float32]]

TOLERANCE: Final = 1e-5  # of any component; the numbers are around 0.1, and distances are told apart by a millionth
# cuDNN would otherwise round its factors to ten bits.
OPTIONS: Final[dict[str, dict[str, str]]] = {"CUDAExecutionProvider": {"use_tf32": "0"}}


class Network(Protocol):
    """`describe` takes a chip (150 by 150 by 3, RGB) and gives 128 float32. For one thread at a time."""

    def describe(self, chip: Pixels) -> Template: ...


class Reference:
    """dlib's own."""

    def __init__(self, network: Path) -> None:
        self._network = dlib.face_recognition_model_v1(str(network))

    def describe(self, chip: Pixels) -> Template:
        # The network's own numbers are float32; dlib hands them out widened, so nothing is lost here.
        return np.array(self._network.compute_face_descriptor(chip), dtype=np.float32)


class Converted:
    """The same network in onnxruntime, on one thread."""

    def __init__(self, model: bytes, *, provider: str) -> None:
        """Raises NetworkUnusable: the provider is not there or cannot run it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        if provider not in onnxruntime.get_available_providers():
            raise NetworkUnusable(f"this onnxruntime has no {provider}")
        try:
            self._session: Any = onnxruntime.InferenceSession(
                model, options, providers=[(provider, OPTIONS.get(provider, {}))]
            )
        except Exception as error:  # its errors have no common class but this one
            raise NetworkUnusable(f"{provider} cannot run the network") from error
        # It falls back to the processor without a word.
        if self._session.get_providers()[0] != provider:
            raise NetworkUnusable(f"{provider} is not usable on this machine")

    def describe(self, chip: Pixels) -> Template:
        (templates,) = self._session.run(None, {resnet.INPUT: chip[None]})
        template: Template = templates[0]
        return template

    def prove(self, expected: Template) -> None:
        """Raises NetworkUnusable unless the pattern's numbers are `expected`."""
        off = float(np.abs(self.describe(pattern()) - expected).max())
        if not off <= TOLERANCE:  # NaN is not either
            raise NetworkUnusable(f"the encoder is off by {off:.1e} from the reference")


def pattern() -> Pixels:
    """A chip of noise, the same for ever, that moves every part of the network."""
    noise = hashlib.shake_256(b"writgate encoder pattern").digest(resnet.SIDE * resnet.SIDE * 3)
    return np.frombuffer(noise, dtype=np.uint8).reshape(resnet.SIDE, resnet.SIDE, 3)
