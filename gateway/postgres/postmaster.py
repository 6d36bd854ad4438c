"""Starting and stopping one postmaster. Only the keeper does this, and only it may: it is the postmaster's parent.

The postmaster is told to shut down in the fast way when its parent dies (PR_SET_PDEATHSIG), so it never outlives the
keeper. Its log holds no statement, no parameter and no row: they may be about people.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_PDEATHSIG: Final = 1
FAST_SHUTDOWN: Final = signal.SIGINT
IMMEDIATE_SHUTDOWN: Final = signal.SIGQUIT
_SHUTDOWN_SECONDS: Final = 30.0

SERVER_SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """How the server of a cluster is run; written by whoever uses it (`server.json`) and read by its keeper."""

    programs: str
    socket: str
    uid: int | None
    gid: int | None

    def write(self, path: Path) -> None:
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> ServerPlan:
        return cls(**json.loads(path.read_text()))


def dying_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Make a function for the new process to run before its program: it is to get this signal when we die."""
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    parent = os.getpid()

    def prepare() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def start(plan: ServerPlan, data: Path, log: int) -> subprocess.Popen[bytes]:
    """Start the postmaster of this data directory; the caller holds the keeper's lock."""
    _forget_dead_postmaster(data)
    settings = {**SERVER_SETTINGS, "unix_socket_directories": plan.socket}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [f"{plan.programs}/postgres", "-D", str(data), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        user=plan.uid,
        group=plan.gid,
        extra_groups=None if plan.uid is None else [],
        start_new_session=True,
        preexec_fn=dying_with_parent(FAST_SHUTDOWN),  # noqa: PLW1509  the keeper has one thread
    )


def stop(postmaster: subprocess.Popen[bytes]) -> None:
    """End the postmaster: fast, which loses nothing; immediately if that takes too long, which costs a recovery."""
    for how in (FAST_SHUTDOWN, IMMEDIATE_SHUTDOWN, signal.SIGKILL):
        if postmaster.poll() is not None:
            return
        postmaster.send_signal(how)
        try:
            postmaster.wait(_SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def running_postmaster(data: Path) -> int | None:
    """The id of a live postmaster of this data directory, from its pid file and the kernel; None if there is none."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        return pid if Path(f"/proc/{pid}/cwd").samefile(data) else None
    except (OSError, ValueError):
        return None


def _forget_dead_postmaster(data: Path) -> None:
    """Wait out a postmaster whose keeper was killed, then remove a pid file that nobody alive wrote.

    PostgreSQL itself would take any live process with the recorded id for a postmaster, and after a restart of the
    machine or container ids come again. That two servers use one directory is still excluded: by the keeper's lock,
    and by PostgreSQL's own check of shared memory.
    """
    deadline = time.monotonic() + _SHUTDOWN_SECONDS
    while (pid := running_postmaster(data)) is not None:
        if time.monotonic() > deadline:
            os.kill(pid, IMMEDIATE_SHUTDOWN)
            deadline += _SHUTDOWN_SECONDS
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)
