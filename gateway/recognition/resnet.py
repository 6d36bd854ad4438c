"""The network of face_recognition as a graph that onnxruntime can run: the same layers, sizes and parameters.

Source: dlib 20.0, tools/python/src/face_recognition.cpp, which says the layers, and dlib/dnn/input.h for the means.
A residual block adds its input to what two 3 by 3 convolutions make of it. One that goes down halves the picture: its
first convolution has a stride of 2 and no border, its input is averaged over 2 by 2, and where the two then differ in
size or number of channels dlib adds them as if the smaller went on in zeros.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from gateway.recognition import dlib_file
from gateway.recognition.onnx_file import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.recognition.dlib_file import Convolution

MEANS: Final = (122.782, 117.001, 104.298)  # of red, green and blue
SCALE: Final = 256.0
SIDE: Final = 150
DIMENSIONS: Final = 128
INPUT: Final = "chips"

# Channels, and whether the block goes down. From 35 by 35 pixels to 17, 8, 4 and 2.
BLOCKS: Final = (
    *((32, False),) * 3,
    (64, True),
    *((64, False),) * 3,
    (128, True),
    *((128, False),) * 2,
    (256, True),
    *((256, False),) * 2,
    (256, True),
)
FIRST: Final = (32, 3, 7)


def build(dlib_network: bytes) -> bytes:
    """The ONNX file of dlib's: chips (n by 150 by 150 by 3, RGB, uint8) in, templates (n by 128, float32) out.

    Raises:
        NetworkUnusable: the parameters are not those of these layers.
    """
    parameters = dlib_file.read(dlib_network, filters=tuple(_filters()), projection=(BLOCKS[-1][0], DIMENSIONS))
    layers = iter(parameters.convolutions)
    graph = Graph("face_recognition")
    planes = graph.node("Cast", graph.node("Transpose", INPUT, perm=(0, 3, 1, 2)), to=1)
    centred = graph.node("Sub", planes, graph.tensor(np.array(MEANS, dtype=np.float32).reshape(3, 1, 1)))
    scaled = graph.node("Div", centred, graph.tensor(np.array(SCALE, dtype=np.float32)))
    first = graph.node("Relu", _convolve(graph, scaled, next(layers), stride=2, border=0))
    value = graph.node("MaxPool", first, kernel_shape=(3, 3), strides=(2, 2))
    side = 35
    for (before, _), (channels, down) in pairwise(((FIRST[0], False), *BLOCKS)):
        made = graph.node(
            "Relu", _convolve(graph, value, next(layers), stride=2 if down else 1, border=0 if down else 1)
        )
        made = _convolve(graph, made, next(layers), stride=1, border=1)
        if down:
            value = graph.node("AveragePool", value, kernel_shape=(2, 2), strides=(2, 2))
            inside, side = (side - 3) // 2 + 1, side // 2
            value = _zeros_behind(graph, value, channels=channels - before)
            made = _zeros_behind(graph, made, pixels=side - inside)
        value = graph.node("Relu", graph.node("Add", made, value))
    mean = graph.node("Flatten", graph.node("GlobalAveragePool", value), axis=1)
    template = graph.node("MatMul", mean, graph.tensor(parameters.projection))
    return graph.file(source=(INPUT, (None, SIDE, SIDE, 3)), result=(template, (None, DIMENSIONS)))


def _filters() -> Iterator[tuple[int, int, int]]:
    """Outputs, inputs and side of each convolution, in order."""
    yield FIRST
    before = FIRST[0]
    for channels, _ in BLOCKS:
        yield channels, before, 3
        yield channels, channels, 3
        before = channels


def _convolve(graph: Graph, value: str, layer: Convolution, *, stride: int, border: int) -> str:
    return graph.node(
        "Conv",
        value,
        graph.tensor(layer.filters),
        graph.tensor(layer.biases),
        kernel_shape=layer.filters.shape[2:],
        strides=(stride, stride),
        pads=(border,) * 4,
    )


def _zeros_behind(graph: Graph, value: str, *, channels: int = 0, pixels: int = 0) -> str:
    """`channels` more of them, and `pixels` more at the right and the bottom, all zero."""
    if not channels and not pixels:
        return value
    ends = np.array([0, 0, 0, 0, 0, channels, pixels, pixels], dtype=np.int64)
    return graph.node("Pad", value, graph.tensor(ends))
