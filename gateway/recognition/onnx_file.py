"""An ONNX file from nodes and tensors: the few messages that a plain network needs, in protobuf's encoding.

Source: onnx.proto (IR version 8, operators of version 17) for the field numbers; the protobuf encoding guide for the
wire. The `onnx` package would do the same, at the price of a dependency that nothing else needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

IR_VERSION: Final = 8
OPERATORS: Final = 17
_ELEMENTS: Final = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
_VARINT, _DELIMITED = 0, 2
_INT, _INTS = 2, 7  # AttributeProto.AttributeType


@dataclass(slots=True)
class Graph:
    """Nodes in order of computation. Tensors are float32 or int64; a dimension of None is free."""

    name: str
    _nodes: list[bytes] = field(default_factory=list)
    _tensors: list[bytes] = field(default_factory=list)

    def node(self, operator: str, *inputs: str, **attributes: int | Sequence[int]) -> str:
        """Adds one operator with one result, whose name is returned."""
        output = f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(
            b"".join(_bytes(1, name.encode()) for name in inputs)
            + _bytes(2, output.encode())
            + _bytes(4, operator.encode())
            + b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items())
        )
        return output

    def tensor(self, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Adds a constant, whose name is returned."""
        name = f"tensor{len(self._tensors)}"
        little = values.astype(values.dtype.newbyteorder("<"), order="C")
        self._tensors.append(
            b"".join(_integer(1, side) for side in values.shape)
            + _integer(2, _ELEMENTS[values.dtype])
            + _bytes(8, name.encode())
            + _bytes(9, little.tobytes())
        )
        return name

    def file(
        self,
        *,
        source: tuple[str, Sequence[int | None]],
        result: tuple[str, Sequence[int | None]],
    ) -> bytes:
        """The whole file. `source` is the uint8 input, `result` the node whose float32 result is the output."""
        graph = (
            b"".join(_bytes(1, node) for node in self._nodes)
            + _bytes(2, self.name.encode())
            + b"".join(_bytes(5, tensor) for tensor in self._tensors)
            + _bytes(11, _value(*source, np.dtype(np.uint8)))
            + _bytes(12, _value(*result, np.dtype(np.float32)))
        )
        return _integer(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _integer(2, OPERATORS))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _bytes(1, name.encode()) + _integer(3, value) + _integer(20, _INT)
    return _bytes(1, name.encode()) + b"".join(_integer(8, one) for one in value) + _integer(20, _INTS)


def _value(name: str, sides: Sequence[int | None], element: np.dtype[np.uint8] | np.dtype[np.float32]) -> bytes:
    dimensions = (_bytes(2, b"n") if side is None else _integer(1, side) for side in sides)
    shape = b"".join(_bytes(1, dimension) for dimension in dimensions)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _integer(1, _ELEMENTS[element]) + _bytes(2, shape)))


def _bytes(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _DELIMITED) + _varint(len(content)) + content


def _integer(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    """Raises ValueError for a negative number, which nothing here needs."""
    if value < 0:
        raise ValueError("only numbers from 0 are written")
    encoded = bytearray()
    while value >> 7:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
