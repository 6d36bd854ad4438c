"""An engine that is there and says nothing does not hold up those who ask."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from gateway.recognition import client as module
from gateway.recognition.client import EngineClient, EngineUnavailable

if TYPE_CHECKING:
    from pathlib import Path


def test_silence_is_not_waited_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLY_SECONDS", 0.05)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "engine.sock"))
        silent.listen()
        silent.settimeout(0)
        client = EngineClient(tmp_path / "engine.sock")
        assert not client.answers()
        assert not client.answers()
        with pytest.raises(EngineUnavailable, match="ENGINE_UNREACHABLE"):
            client.facts()
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
