"""A home with an embedded server of its own, for tests that kill it, and users of it in other processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gateway
from gateway.postgres.cluster import Cluster
from gateway.postgres.credentials import load_or_create
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Opens the deployment of the home named first, says so, and holds it until its input ends.
_USER = """
import sys
from gateway.postgres.deployment import Deployment
from gateway.settings import Settings
with Deployment.open(Settings(home=sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


class User(subprocess.Popen[str]):
    """Another process that uses the server of a home."""

    def wait_until_ready(self) -> None:
        """Return when it has a working database; fail if it ended instead."""
        assert self.stdout is not None
        for line in self.stdout:
            if line == "ready\n":
                return
        pytest.fail(f"the other process ended with status {self.wait()}")


class Home:
    """A home and the processes that use its embedded server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.users: list[User] = []

    def cluster(self) -> Cluster:
        self.settings.create_folders()
        return Cluster(self.settings, load_or_create(self.settings.keys))

    def start_user(self, *, largest_file: int | None = None) -> User:
        """Start another process that opens the deployment; `User.wait` returns when it has.

        Where it is the first, its server's files may grow to `largest_file` bytes and no further.
        """
        limited = [] if largest_file is None else ["/bin/sh", "-c", f'ulimit -f {largest_file // 512}; exec "$0" "$@"']
        user = User(
            [*limited, sys.executable, "-c", _USER, str(self.settings.home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(gateway.__path__[0]).parent)},
        )
        self.users.append(user)
        return user

    def end_users(self) -> None:
        for user in self.users:
            user.kill()
            user.communicate()
        self.users.clear()

    def keepers(self) -> list[int]:
        return _processes(
            lambda command: "gateway.postgres.keeper" in command and str(self.cluster().folder) in command
        )

    def postmasters(self) -> list[int]:
        return _processes(lambda command: "/bin/postgres" in command and str(self.cluster().folder / "data") in command)


@contextmanager
def open_home() -> Iterator[Home]:
    """A home that no server has run in yet; at the end whatever runs in it is stopped, and all is removed."""
    home = Home(Settings(home=Path(tempfile.mkdtemp(prefix="wg-"))))
    try:
        yield home
    finally:
        home.end_users()
        home.cluster().destroy()
        shutil.rmtree(home.settings.home)


def _processes(matches: Callable[[str], bool]) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            if matches((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")):
                found.append(int(folder.name))
    return found
