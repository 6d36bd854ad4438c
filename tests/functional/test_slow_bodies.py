"""Requests whose bodies trickle in hold no more than their share of the threads."""

from __future__ import annotations

import socket
import urllib.request
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from patience import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway_house import House

pytestmark = pytest.mark.photographs


@contextmanager
def trickling(house: House, count: int, path: str) -> Iterator[None]:
    """Connections that announce a body and send one byte of it."""
    with ExitStack() as stack:
        for _ in range(count):
            stream = stack.enter_context(socket.create_connection((house.settings.host, house.settings.port)))
            stream.sendall(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                "Content-Length: 5000\r\n\r\ng".encode()
            )
        yield


def test_the_gateway_answers_while_sixty_bodies_trickle_in(house: House) -> None:
    with trickling(house, 60, "/oauth/token"):
        for _ in range(8):
            with urllib.request.urlopen(house.url + "/healthz", timeout=PATIENCE_SECONDS) as answer:
                assert answer.status == 200
    assert house.api().get("/v1/galleries").status == 200
