"""The embedded PostgreSQL cluster of one home, shared by every process that works on that home.

A cluster folder holds `data`, `socket` (unless its path would be too long), the locks, `server.json` and the logs. It
lies in the home; where root starts the server and the server's own user could not reach it there, it lies in
`/var/lib/writgate` and `home/postgres.location` names it. Everybody logs in with a password (scram), over the Unix
socket only.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

import gateway
from gateway.postgres import initdb, locks, program
from gateway.postgres.credentials import DatabaseRole
from gateway.postgres.errors import ClusterInUse, DeploymentError, ServerDidNotStart
from gateway.postgres.postmaster import ServerPlan
from gateway.settings import LONGEST_SOCKET_FOLDER

if TYPE_CHECKING:
    from gateway.postgres.credentials import Credentials
    from gateway.settings import Settings

START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 60.0
_GUARD_SECONDS: Final = 0.5
_KEEPER_PATIENCE_SECONDS: Final = 2.0
_log = structlog.get_logger()


class Cluster:
    """Use it as a context manager, or `start` and `close`: the server runs while anybody does."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._location = settings.home / "postgres.location"
        self._credentials = credentials
        self._user = program.server_user()
        self.folder = self._locate(settings.home)
        socket = self.folder / "socket"
        self.socket = socket if _fits(socket) else settings.runtime / "postgres"
        self._users: int | None = None
        self._closing = threading.Event()
        self._guard: threading.Thread | None = None

    def conninfo(self, role: DatabaseRole, database: str) -> str:
        return make_conninfo(
            host=str(self.socket), user=role.value, password=self._credentials.password(role), dbname=database
        )

    def start(self, *, seconds: float = START_SECONDS) -> Self:
        """Start the server or join those who use it; returns when it answers.

        Raises:
            ServerDidNotStart: it did not answer in time; the message has the end of its log.
        """
        program.shared_folder(self.folder) if self._is_shared else self.folder.mkdir(mode=0o711, exist_ok=True)
        users = locks.open_lock(self.folder / "users.lock")
        try:
            self._join(users, seconds)
            self._prepare()
            self._wait_until_it_answers(seconds)
        except BaseException:
            os.close(users)
            raise
        self._users = users
        self._guard = threading.Thread(target=self._keep_a_keeper, name="postgres-guard", daemon=True)
        self._guard.start()
        return self

    def close(self) -> None:
        """Give up this process's use; if nobody else uses the server, return when it has stopped."""
        if self._users is None:
            return
        self._closing.set()
        if self._guard is not None:
            self._guard.join()
        was_last = locks.try_lock(self._users, locks.EXCLUSIVE)
        os.close(self._users)
        self._users = None
        if was_last:
            self._wait_until_stopped()

    def destroy(self) -> None:
        """Stop the server and remove its data for good.

        Raises:
            ClusterInUse: another process uses it.
        """
        self.close()
        if not self.folder.exists():
            return
        self._wait_until_stopped()
        users = locks.open_lock(self.folder / "users.lock")
        try:
            if self._has_keeper() or not locks.try_lock(users, locks.EXCLUSIVE):
                raise ClusterInUse(f"Another process uses the server in {self.folder}.")
            shutil.rmtree(self.folder)
            self._location.unlink(missing_ok=True)
            if self.socket.parent != self.folder:
                shutil.rmtree(self.socket, ignore_errors=True)
        finally:
            os.close(users)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _is_shared(self) -> bool:
        return self.folder.parent == program.SHARED_ROOT

    def _locate(self, home: Path) -> Path:
        inside = home / "postgres"
        if self._user is None or inside.exists():
            return inside
        if not self._location.exists():
            if program.reachable(home) and _fits(inside / "socket"):
                return inside
            with locks.exclusively(home / "postgres.lock", seconds=30):
                if not self._location.exists():
                    draft = self._location.with_suffix(".draft")
                    draft.write_text(f"{program.SHARED_ROOT / secrets.token_hex(8)}\n")
                    draft.replace(self._location)
        folder = Path(self._location.read_text().strip())
        if folder.parent != program.SHARED_ROOT:
            raise DeploymentError(f"{self._location} does not name a folder in {program.SHARED_ROOT}.")
        return folder

    def _join(self, users: int, seconds: float) -> None:
        """Count as a user of the server; a keeper that is stopping it is waited for."""
        if not locks.wait_lock(users, locks.SHARED, seconds=seconds):
            raise ServerDidNotStart(f"The server in {self.folder} is shutting down and does not end.")

    def _prepare(self) -> None:
        """Under a lock: make the data directory if there is none, and write how the server is run."""
        uid, gid = (self._user.uid, self._user.gid) if self._user else (None, None)
        with locks.exclusively(self.folder / "setup.lock", seconds=START_SECONDS):
            programs = program.programs(self._user)
            self.socket.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._user:
                os.chown(self.socket, self._user.uid, self._user.gid)
            ServerPlan(str(programs), str(self.socket), uid, gid).write(self.folder / "server.json")
            if not (self.folder / "data").exists():
                _log.info("postgres.initialising", folder=str(self.folder))
                initdb.initialise(
                    self.folder, programs, self._user, superuser_password=self._credentials.password(DatabaseRole.ADMIN)
                )

    def _wait_until_it_answers(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        patience = 0.0
        pause = 0.01
        failed = self.folder / "failed"
        failed.unlink(missing_ok=True)
        while True:
            if time.monotonic() > patience and not self._has_keeper():
                if failed.exists():
                    raise ServerDidNotStart(f"PostgreSQL does not start. The end of its log:\n{self._log_tail()}")
                self._start_keeper()
                patience = time.monotonic() + _KEEPER_PATIENCE_SECONDS
            try:
                psycopg.connect(self.conninfo(DatabaseRole.ADMIN, "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                # A server that answers and refuses the password will not change its mind.
                if "password authentication failed" in str(error):
                    raise ServerDidNotStart(
                        f"The server in {self.folder} does not accept the password in keys/postgres.json: "
                        "data and keys are from different homes. Restore the matching one."
                    ) from error
                if time.monotonic() > deadline:
                    raise ServerDidNotStart(
                        f"PostgreSQL did not answer within {seconds:g} s. The end of its log:\n{self._log_tail()}"
                    ) from error
            else:
                return
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)

    def _has_keeper(self) -> bool:
        return locks.is_held_exclusively(self.folder / "keeper.lock")

    def _start_keeper(self) -> None:
        """Start a keeper and reap the process that it forked itself off from."""
        with (self.folder / "keeper.log").open("ab") as log:
            subprocess.run(
                [sys.executable, "-m", "gateway.postgres.keeper", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(gateway.__path__[0]).parent)},
                start_new_session=True,
                check=True,
            )

    def _keep_a_keeper(self) -> None:
        """While the server is used, replace a keeper that was killed."""
        while not self._closing.wait(_GUARD_SECONDS):
            if not self._has_keeper():
                _log.warning("postgres.keeper_missing", folder=str(self.folder))
                try:
                    self._start_keeper()
                except (OSError, subprocess.SubprocessError):
                    _log.exception("postgres.keeper_not_started", folder=str(self.folder))
                self._closing.wait(_KEEPER_PATIENCE_SECONDS)

    def _wait_until_stopped(self) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        newcomers = time.monotonic() + 1.0
        while self._has_keeper() and time.monotonic() < deadline:
            if time.monotonic() > newcomers and not locks.is_held_exclusively(self.folder / "users.lock"):
                return
            time.sleep(0.02)

    def _log_tail(self) -> str:
        log = self.folder / "server.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else ["(there is none)"]
        return "\n".join(lines[-15:])


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER
