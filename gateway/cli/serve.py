"""`writgate serve`: every process of a gateway on one machine."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import socket
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway import metrics
from gateway.cli.context import settings_for
from gateway.cli.init import create_keys, initialise
from gateway.cli.supervisor import Supervisor
from gateway.postgres.deployment import Deployment
from gateway.postgres.errors import DeploymentError
from gateway.settings import PREFIX, Settings, SettingsError, is_setting
from gateway.signals import when_told_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator

READY_SECONDS: Final = 150.0
# Below what Linux gives to whoever asks for any (ip(7), ip_local_port_range), and above what services are known by.
_NOT_EPHEMERAL: Final = range(20_000, 32_768)


class NotReady(Exception):  # noqa: N818 - it states what happened
    """The processes did not come up in time."""


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[Settings, Supervisor, Deployment]]:
    """A running gateway, ready for requests, for as long as the block runs.

    Raises: NotReady, also where something else answers there; DeploymentError where its database does not come up;
        SettingsError where it would be exposed, or its home cannot be used.
    """
    settings.refuse_exposure()
    if settings.port == 0:
        settings = settings.model_copy(update={"port": free_port(settings.host)})
    create_keys(settings)
    log_file = settings.home / "gateway.log"
    with _alone(settings), Deployment.open(settings) as deployment:
        initialise(settings, deployment)
        counted = {metrics.FOLDER: str(metrics.folder_for(settings))}
        supervisor = Supervisor(environment=environment(settings) | counted, log_file=log_file)
        try:
            supervisor.start()
            url = f"http://{settings.host}:{settings.port}"
            wait_until_ready(url, log_file)
            (settings.state / "server.json").write_text(json.dumps({"url": url}), encoding="utf-8")
            yield settings, supervisor, deployment
        finally:
            with contextlib.suppress(FileNotFoundError):
                (settings.state / "server.json").unlink()
            supervisor.end()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One gateway for a home, and one for a port: the web workers share theirs, so the kernel would let a second in.

    Requests would then reach now one log and now the other.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with alone_in(settings), socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise NotReady(f"Port {settings.port} of {settings.host} cannot be had: {error.strerror}.") from None
        probe.close()
        yield


@contextmanager
def alone_in(settings: Settings) -> Iterator[None]:
    """While the block runs no gateway runs from this home. Raises NotReady where one does."""
    with (settings.state / "serving.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady(f"A gateway runs from {settings.home} already. End it first.") from None
        yield


def environment(settings: Settings) -> dict[str, str]:
    """What a child needs to see the same settings."""
    given = {name: value for name, value in os.environ.items() if not is_setting(name)}
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            given[f"{PREFIX}{name.upper()}"] = json.dumps(value) if isinstance(value, list) else str(value)
    return given


def free_port(host: str) -> int:
    """A port that nobody has, and that the kernel gives to nobody of itself before a process that starts takes it.

    Raises:
        OSError: that host is not of this machine, or hundred ports are taken in a row.
    """
    tries = 100
    while True:
        with socket.socket() as probe:
            try:
                probe.bind((host, random.choice(_NOT_EPHEMERAL)))  # noqa: S311 - nothing hangs on who guesses it
                return int(probe.getsockname()[1])
            except OSError:
                tries -= 1
                if not tries:
                    raise


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:  # noqa: S310 - our own loopback URL
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP
    except OSError:
        return False


def wait_until_ready(url: str, log_file: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    pause = 0.05
    while time.monotonic() < deadline:
        if _is_ready(url):
            return
        time.sleep(pause)
    raise NotReady(f"The gateway did not come up. Its log is {log_file}.")


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="The gateway's folder.")
@click.option("--host", default=None, help="The address to listen on; loopback unless there is TLS in front.")
@click.option("--port", type=int, default=None, help="The port to listen on.")
def serve(*, home: Path | None, host: str | None, port: int | None) -> None:
    """Start a gateway and stay until it is ended."""
    settings = settings_for(home)
    changes = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    settings = settings.model_copy(update=changes)
    click.echo(f"Starting the gateway of {settings.home} …", err=True)
    try:
        with serving(settings) as (running, supervisor, _):
            when_told_to_end(supervisor.stop)
            click.echo(f"Writgate answers at {running.issuer} (home {running.home}).")
            supervisor.wait()
    except (DeploymentError, SettingsError, NotReady) as error:
        raise click.ClickException(str(error)) from None
