"""What is looked at before anything of a gateway starts."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import main, serve
from gateway.cli.serve import free_port, serving
from gateway.settings import OwnSettings, Settings, SettingsError

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


EXPOSED = [
    pytest.param({"host": "0.0.0.0", "public_url": public_url}, "TLS", id=f"every address, {public_url}")  # noqa: S104
    for public_url in (None, "http://localhost:8400", "http://gateway.example")
] + [
    pytest.param({"host": host, "public_url": url, "allow_client_secret": True}, "one machine", id=f"{host}, {url}")
    for host, url in [("0.0.0.0", "https://gateway.example"), ("127.0.0.1", "https://gateway.example")]  # noqa: S104
]


@pytest.mark.parametrize(("given", "why"), EXPOSED)
def test_nothing_starts_that_would_be_exposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], why: str
) -> None:
    """However it is started: by `serve`, by a command that has a gateway of its own, or as one process of several."""
    home = tmp_path / "home"
    with pytest.raises(SettingsError, match=why), serving(OwnSettings(home=home, port=0, **given)):
        pass
    monkeypatch.setenv("WRITGATE_HOME", str(home))
    for name, value in given.items():
        if value is not None:
            monkeypatch.setenv(f"WRITGATE_{name.upper()}", str(value))
    for command in (["serve", "--port", "0"], ["run", "web"]):
        done = CliRunner().invoke(main, command)
        assert (done.exit_code, why in done.stderr) == (1, True), done.output
    assert not home.exists()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"host": "localhost", "allow_client_secret": True, "public_url": "http://127.0.0.1:8400"},
        {"host": "0.0.0.0", "public_url": "https://gateway.example"},  # noqa: S104
    ],
    ids=["the defaults", "a trial on one machine", "TLS in front"],
)
def test_what_is_on_this_machine_or_behind_tls_may_start(given: dict[str, Any]) -> None:
    Settings.model_validate(given).refuse_exposure()
