"""The parameters in dlib's file of the face network, read without dlib.

dlib writes the layers from the input outwards, each as a tag and a tensor: an integer is a byte of length and sign and
then little-endian bytes; a tensor is its version, four sides, and raw little-endian float32. Between them stands what
training left behind, which is passed over. Whatever is not exactly this network is refused: numbers taken from the
wrong place would be templates that look like any other.
Source: dlib 20.0, dlib/serialize.h, dlib/cuda/tensor.h, dlib/dnn/layers.h (con_, affine_, fc_).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gateway.recognition.weights import NetworkUnusable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TENSOR_VERSION: Final = 2
MOST_BYTES: Final = 8
_TAGS: Final = {name: bytes([1, len(name)]) + name for name in (b"con_4", b"affine_", b"fc_2")}


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution with the affine layer behind it folded in: `filters` out by in by height by width."""

    filters: NDArray[np.float32]
    biases: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Parameters:
    convolutions: tuple[Convolution, ...]
    projection: NDArray[np.float32]  # inputs by outputs


def read(data: bytes, *, filters: Sequence[tuple[int, int, int]], projection: tuple[int, int]) -> Parameters:
    """`filters` is what each convolution must be (outputs, inputs, side), `projection` the last layer's two sides.

    Raises:
        NetworkUnusable: the file holds something else.
    """
    convolutions, affines = _tensors(data, b"con_4"), _tensors(data, b"affine_")
    last = _tensors(data, b"fc_2", integers=2)
    if not len(convolutions) == len(affines) == len(filters) or len(last) != 1:
        raise NetworkUnusable(f"{len(convolutions)} convolutions and {len(affines)} affine layers")
    folded = tuple(map(_folded, convolutions, affines, filters))
    if last[0].size != projection[0] * projection[1]:
        raise NetworkUnusable("the last layer has another size")
    return Parameters(convolutions=folded, projection=last[0].reshape(projection))


def _folded(both: NDArray[np.float32], affine: NDArray[np.float32], shape: tuple[int, int, int]) -> Convolution:
    outputs, inputs, side = shape
    weights = outputs * inputs * side * side
    if both.size != weights + outputs or affine.size != 2 * outputs:
        raise NetworkUnusable(f"a convolution is not of {outputs} times {inputs} filters of {side} by {side}")
    gamma, beta = affine[:outputs], affine[outputs:]
    filters = both[:weights].reshape(outputs, inputs, side, side) * gamma[:, None, None, None]
    return Convolution(filters=filters, biases=both[weights:] * gamma + beta)


def _tensors(data: bytes, tag: bytes, *, integers: int = 0) -> list[NDArray[np.float32]]:
    """The tensor behind each tag, `integers` numbers after it."""
    found = []
    for match in re.finditer(re.escape(_TAGS[tag]), data):
        place = match.end()
        for _ in range(integers):
            _, place = _integer(data, place)
        found.append(_tensor(data, place))
    return found


def _tensor(data: bytes, place: int) -> NDArray[np.float32]:
    version, place = _integer(data, place)
    size = 1
    for _ in range(4):
        side, place = _integer(data, place)
        size *= side
    if version != TENSOR_VERSION or len(data) - place < size * 4:
        raise NetworkUnusable("a tensor is cut off or of another version")
    values = np.frombuffer(data, dtype="<f4", count=size, offset=place).astype(np.float32)
    if not np.isfinite(values).all():
        raise NetworkUnusable("a parameter is not a number")
    return values


def _integer(data: bytes, place: int) -> tuple[int, int]:
    """A number from 0 and the place behind it."""
    length = data[place] if place < len(data) else 0
    if not 0 < length <= MOST_BYTES or len(data) <= place + length:
        raise NetworkUnusable("a number is cut off or negative")
    return int.from_bytes(data[place + 1 : place + 1 + length], "little"), place + 1 + length
