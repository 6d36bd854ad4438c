"""What `writgate serve` looks at before it starts anything."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.cli import serve
from gateway.cli.serve import free_port

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_a_free_port_is_given_to_nobody_else_of_itself() -> None:
    lowest, highest = map(int, EPHEMERAL.read_text().split())
    assert all(not lowest <= free_port("127.0.0.1") <= highest for _ in range(100))


def test_a_port_that_somebody_has_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = int(other.getsockname()[1])
        monkeypatch.setattr(serve, "_NOT_EPHEMERAL", range(taken, taken + 1))
        with pytest.raises(OSError, match="in use"):
            free_port("127.0.0.1")


def test_a_host_that_is_elsewhere_has_no_free_port() -> None:
    with pytest.raises(OSError, match="assign"):
        free_port("192.0.2.1")
