"""Frames on a stream socket: 4-byte big-endian header length, JSON header, then the payloads that the header counts.

`{"payloads": [n, m], …}` is the only thing that the reader trusts the header for, and it is bounded. JSON and bytes,
never pickle: one end of such a socket decodes hostile pictures.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence

MAX_HEADER: Final = 4 * 1024 * 1024
MAX_PAYLOADS: Final = 2
LENGTH: Final = struct.Struct(">I")


class FrameError(Exception):
    """The other end closed in the middle of a frame, or sent something that is not one."""


def send(stream: socket.socket, header: Mapping[str, Any], payloads: Sequence[bytes] = ()) -> None:
    """Writes one frame.

    Raises:
        OSError: the stream is closed or timed out.
    """
    text = json.dumps({**header, "payloads": [len(payload) for payload in payloads]}).encode()
    stream.sendall(LENGTH.pack(len(text)) + text + b"".join(payloads))


def receive(stream: socket.socket, *, max_payload: int) -> tuple[dict[str, Any], list[bytes]] | None:
    """Reads one frame; None when the other end closed before it began.

    Raises:
        FrameError: the frame is cut off, too large or not JSON.
        OSError: the stream failed or timed out.
    """
    start = stream.recv(1)
    if not start:
        return None
    (length,) = LENGTH.unpack(start + _exactly(stream, LENGTH.size - 1))
    if length > MAX_HEADER:
        raise FrameError("the header is too long")
    try:
        header = json.loads(_exactly(stream, length))
        sizes = header.pop("payloads")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise FrameError("the header is not a JSON object with payloads") from error
    if not isinstance(sizes, list) or len(sizes) > MAX_PAYLOADS:
        raise FrameError("the payloads are not counted rightly")
    if not all(type(size) is int and 0 <= size <= max_payload for size in sizes):
        raise FrameError("a payload is too large")
    return header, [_exactly(stream, size) for size in sizes]


def _exactly(stream: socket.socket, size: int) -> bytes:
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        got = stream.recv_into(view)
        if not got:
            raise FrameError("the stream ended inside a frame")
        view = view[got:]
    return bytes(buffer)
