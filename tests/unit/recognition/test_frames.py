"""A frame comes out as it went in; anything else is refused before memory is spent on it."""

from __future__ import annotations

import json
import socket
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recognition import frames

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    other.settimeout(5)
    with one, other:
        yield one, other


@given(
    header=st.dictionaries(st.text().filter(lambda name: name != "payloads"), st.integers() | st.text(), max_size=4),
    payloads=st.lists(st.binary(max_size=2000), max_size=2),
)
def test_a_frame_comes_out_as_it_went_in(header: dict[str, int | str], payloads: list[bytes]) -> None:
    one, other = socket.socketpair()
    with one, other:
        frames.send(one, header, payloads)
        assert frames.receive(other, max_payload=2000) == (header, payloads)


def test_an_orderly_close_is_no_frame(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].close()
    assert frames.receive(pair[1], max_payload=10) is None


@pytest.mark.parametrize(
    "header",
    [
        b"not json",
        b"[]",
        b"7",
        b"{}",
        json.dumps({"payloads": 3}).encode(),
        json.dumps({"payloads": [1, 1, 1]}).encode(),
        json.dumps({"payloads": [-1]}).encode(),
        json.dumps({"payloads": [11]}).encode(),
        json.dumps({"payloads": [1.0]}).encode(),
        json.dumps({"payloads": [True]}).encode(),
        b"[" * 100_000,
    ],
)
def test_a_header_that_is_not_one_is_refused(pair: tuple[socket.socket, socket.socket], header: bytes) -> None:
    pair[0].sendall(struct.pack(">I", len(header)) + header)
    with pytest.raises(frames.FrameError):
        frames.receive(pair[1], max_payload=10)


def test_a_header_of_4_gigabytes_is_refused_unread(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(b"\xff\xff\xff\xff")
    with pytest.raises(frames.FrameError, match="too long"):
        frames.receive(pair[1], max_payload=10)


def test_a_frame_cut_off_is_refused(pair: tuple[socket.socket, socket.socket]) -> None:
    header = json.dumps({"payloads": [10]}).encode()
    pair[0].sendall(struct.pack(">I", len(header)) + header + b"12345")
    pair[0].close()
    with pytest.raises(frames.FrameError, match="inside a frame"):
        frames.receive(pair[1], max_payload=10)
