"""Converted networks, kept in the data folder: one file for each source and recipe, made at first use.

The file is a line of JSON and the ONNX file. The line says from what and by which recipe it was made, the digest of
what follows, and the numbers that dlib gave for the pattern. A file that says or holds anything else is as good as
none: it is made again. The parent of the workers makes it; a worker may not write, and does not start without it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from gateway import private_files

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.recognition.networks import Template
    from gateway.recognition.weights import Weights

RECIPE: Final = 1  # raised with every change of what is made
LINE: Final = 4096

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Conversion:
    """`expected` is what dlib gives for `networks.pattern`."""

    model: bytes
    expected: Template


def ensure(folder: Path, weights: Weights) -> None:
    """Afterwards there is a sound file.

    Raises:
        NetworkUnusable: the source is cut off or another network, or what was made of it does not give the reference's
            numbers; nothing is kept.
        OSError: the folder cannot be written.
    """
    source = weights.network.read_bytes()
    digest = hashlib.sha256(source).hexdigest()
    if load(folder, digest) is not None:
        return
    # Both runtimes are loaded for this once, and not into every process that starts workers.
    from gateway.recognition import networks, resnet  # noqa: PLC0415

    model = resnet.build(source)
    expected = networks.Reference(weights.network).describe(networks.pattern())
    networks.Converted(model, provider="CPUExecutionProvider").prove(expected)
    line = {
        "source": weights.network.name,
        "source_sha256": digest,
        "recipe": RECIPE,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "pattern": base64.b64encode(expected.astype("<f4").tobytes()).decode(),
    }
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_files.replace(path(folder, digest), json.dumps(line).encode() + b"\n" + model)
    _log.info("recognition.network_converted", source_sha256=digest, recipe=RECIPE)


def load(folder: Path, source_sha256: str) -> Conversion | None:
    """What was made from that source; None where there is no such file, or not a sound one."""
    try:
        head, _, model = path(folder, source_sha256).read_bytes().partition(b"\n")
        line = json.loads(head[:LINE])
        sound = (line["source_sha256"], line["recipe"], line["model_sha256"]) == (
            source_sha256,
            RECIPE,
            hashlib.sha256(model).hexdigest(),
        )
        expected = np.frombuffer(base64.b64decode(line["pattern"], validate=True), dtype="<f4").astype(np.float32)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Conversion(model=model, expected=expected) if sound else None


def path(folder: Path, source_sha256: str) -> Path:
    return folder / f"face_recognition-{source_sha256[:16]}-{RECIPE}"
