"""Two runtimes, one meaning: the numbers are dlib's on every photograph, or the runtime is not used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gateway.recognition import conversions, networks, weights
from gateway.recognition.detector import Detector
from gateway.recognition.encoder import Encoder
from gateway.recognition.images import decode
from gateway.recognition.pipeline import Pipeline
from gateway.recognition.weights import NetworkUnusable
from gateway.recognition.workers import Workers, WorkersUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gateway.recognition.images import Pixels
    from gateway.recognition.runtime import Runtime


@pytest.fixture(scope="module")
def reference() -> networks.Reference:
    return networks.Reference(weights.find().network)


def distances(templates: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = templates.astype(np.float64)
    found: NDArray[np.float64] = np.linalg.norm(wide[:, None] - wide[None], axis=2)
    return found


@pytest.mark.photographs
def test_every_component_and_distance_is_dlibs_on_all_photographs(
    runtime: Runtime, reference: networks.Reference, photographs: dict[str, bytes]
) -> None:
    found, detector = weights.find(), Detector()
    network = runtime.network(found)
    encoder = Encoder(found, network)
    chips: list[Pixels] = []
    for data in photographs.values():
        pixels = decode(data)
        for face in detector.detect(pixels):
            chip = encoder.align(pixels, face).chip
            chips += [chip, np.ascontiguousarray(chip[:, ::-1]), chip // 3]
    assert len(chips) >= 3 * 9
    ours = np.stack([network.describe(chip) for chip in chips])
    theirs = np.stack([reference.describe(chip) for chip in chips])
    assert np.abs(ours - theirs).max() <= 1e-5
    assert np.abs(distances(ours) - distances(theirs)).max() <= 1e-5


@pytest.mark.parametrize("value", [0, 255], ids=str)
def test_it_is_so_for_faces_without_any_picture_too(
    value: int, runtime: Runtime, reference: networks.Reference
) -> None:
    chip = np.full((150, 150, 3), value, dtype=np.uint8)
    network = runtime.network(weights.find())
    assert np.abs(network.describe(chip) - reference.describe(chip)).max() <= 1e-5


def test_both_speak_under_one_pipelines_name_so_that_a_home_may_change_its_runtime(runtime: Runtime) -> None:
    found = weights.find()
    names = {
        Pipeline(found, replace(runtime, encoder=encoder).network(found)).name for encoder in ("onnxruntime", "dlib")
    }
    assert len(names) == 1


def test_a_network_that_is_off_from_the_reference_is_not_used(runtime: Runtime) -> None:
    found = weights.find()
    conversion = conversions.load(runtime.folder, found.network_digest())
    assert conversion is not None
    network = networks.Converted(conversion.model, provider=runtime.provider)
    network.prove(conversion.expected)
    for wrong in (conversion.expected + np.float32(1.1e-5), conversion.expected * np.nan):
        with pytest.raises(NetworkUnusable, match="off by"):
            network.prove(wrong)


def test_a_provider_that_is_not_there_is_named_and_nothing_else_is_used(runtime: Runtime) -> None:
    absent = replace(runtime, provider="NoSuchExecutionProvider")
    with pytest.raises(NetworkUnusable, match="no NoSuchExecutionProvider"):
        absent.network(weights.find())
    with Workers(1, absent) as workers, pytest.raises(WorkersUnavailable, match="no NoSuchExecutionProvider"):
        workers.pipeline()


def test_workers_start_with_either_runtime_and_say_what_they_are(runtime: Runtime) -> None:
    for encoder in ("onnxruntime", "dlib"):
        with Workers(1, replace(runtime, encoder=encoder)) as workers:
            assert workers.pipeline().startswith("dlib-hog720-lm5-resnet-")


def test_a_worker_does_not_start_from_a_damaged_network_and_its_parent_makes_it_again(
    runtime: Runtime, tmp_path: Path
) -> None:
    found, own = weights.find(), replace(runtime, folder=tmp_path)
    own.prepare()
    path = conversions.path(tmp_path, found.network_digest())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(NetworkUnusable, match="no sound"):
        own.network(found)
    with Workers(1, own) as workers:
        assert workers.pipeline()
    own.network(found)
