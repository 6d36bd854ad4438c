"""A second gateway may not slip in beside a running one, neither at its port nor in its home."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from gateway.cli.serve import NotReady, _alone
from gateway.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def settings_in(home: Path, *, port: int) -> Settings:
    home.mkdir(mode=0o700)
    settings = Settings(home=home, port=port)
    settings.create_folders()
    return settings


@pytest.fixture
def taken() -> socket.socket:
    """A port that another gateway listens on, ready to share it as web workers do."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def test_a_port_that_another_gateway_would_share_is_refused(tmp_path: Path, taken: socket.socket) -> None:
    with taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotReady, match="cannot be had"), _alone(settings_in(tmp_path / "home", port=port)):
            pytest.fail("two gateways would answer at one address")


def test_a_home_that_a_gateway_runs_from_is_refused_until_it_ends(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = settings_in(tmp_path / "home", port=port)
    with _alone(settings), pytest.raises(NotReady, match="already"), _alone(settings):
        pytest.fail("two gateways would run from one home")
    with _alone(settings):
        pass
