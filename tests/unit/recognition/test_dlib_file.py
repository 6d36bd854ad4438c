"""The parameters read from dlib's own file: all of them, folded rightly, or a refusal."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.recognition import dlib_file, resnet, weights
from gateway.recognition.weights import NetworkUnusable

FILTERS = tuple(resnet._filters())
PROJECTION = (256, 128)


@pytest.fixture(scope="module")
def source() -> bytes:
    return weights.find().network.read_bytes()


def number(value: int) -> bytes:
    little = value.to_bytes((value.bit_length() + 7) // 8 or 1, "little")
    return bytes([len(little)]) + little


def tensor(values: list[float], *, version: int = 2) -> bytes:
    sides = b"".join(number(side) for side in (len(values), 1, 1, 1))
    return number(version) + sides + np.array(values, dtype="<f4").tobytes()


def tag(name: bytes) -> bytes:
    return number(len(name)) + name


def test_all_parameters_of_the_installed_network_are_read(source: bytes) -> None:
    read = dlib_file.read(source, filters=FILTERS, projection=PROJECTION)
    assert [layer.filters.shape for layer in read.convolutions] == [
        (out, into, side, side) for out, into, side in FILTERS
    ]
    assert [layer.biases.shape for layer in read.convolutions] == [(out,) for out, _, _ in FILTERS]
    assert read.projection.shape == PROJECTION
    # Each output has a bias, a gamma and a beta. What else stands in the file of 22.5 MB is what training left behind.
    sizes = [layer.filters.size + 3 * layer.biases.size for layer in read.convolutions]
    assert 0 < len(source) - 4 * (sum(sizes) + read.projection.size) < 8000


def test_the_affine_layer_is_folded_into_the_convolution_before_it() -> None:
    written = (
        tag(b"con_4") + tensor([2, 3, 10, 20]) + tag(b"affine_") + tensor([5, 7, 100, 200])
        + tag(b"fc_2") + number(3) + number(1) + tensor([1, 2])
    )  # fmt: skip
    read = dlib_file.read(written, filters=[(2, 1, 1)], projection=(2, 1))
    (layer,) = read.convolutions
    assert layer.filters.ravel().tolist() == [2 * 5, 3 * 7]
    assert layer.biases.tolist() == [10 * 5 + 100, 20 * 7 + 200]
    assert read.projection.tolist() == [[1], [2]]


@pytest.mark.parametrize("kept", [0, 1, 340, 60_000, 22_334_910, 22_400_000], ids=str)
def test_a_file_that_was_cut_off_is_refused(kept: int, source: bytes) -> None:
    with pytest.raises(NetworkUnusable):
        dlib_file.read(source[:kept], filters=FILTERS, projection=PROJECTION)


def test_another_network_is_refused(source: bytes) -> None:
    other = ((64, 3, 7), *FILTERS[1:])
    with pytest.raises(NetworkUnusable, match="not of 64 times 3"):
        dlib_file.read(source, filters=other, projection=PROJECTION)
    with pytest.raises(NetworkUnusable, match="29 convolutions"):
        dlib_file.read(source, filters=FILTERS[:-1], projection=PROJECTION)
    with pytest.raises(NetworkUnusable, match="last layer"):
        dlib_file.read(source, filters=FILTERS, projection=(256, 64))


@pytest.mark.parametrize(
    "last",
    [
        number(3) + number(1) + tensor([1, 2], version=3),
        number(3) + number(1) + tensor([1, float("nan")]),
        number(3) + number(1) + b"\x82\x01\x01" + tensor([1, 2]),
        number(3),
    ],
    ids=["another version", "no number", "a negative number", "nothing more"],
)
def test_a_tensor_that_is_written_otherwise_is_refused(last: bytes) -> None:
    written = tag(b"con_4") + tensor([2, 3]) + tag(b"affine_") + tensor([5, 7]) + tag(b"fc_2") + last
    with pytest.raises(NetworkUnusable):
        dlib_file.read(written, filters=[(1, 1, 1)], projection=(2, 1))
