"""Making a new data directory: complete or absent, with checksums, and with a password asked of everybody."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Final

from gateway.postgres.credentials import DatabaseRole
from gateway.postgres.errors import DeploymentError
from gateway.postgres.postmaster import dying_with_parent

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.postgres.program import ServerUser

# The whole of pg_hba.conf: local connections only, replication included in nothing, no user trusted.
_ACCESS: Final = "local all all scram-sha-256\n"

# Collation is PostgreSQL's own, so an index means the same on every machine.
_OPTIONS: Final = (
    "--auth=scram-sha-256",
    "--data-checksums",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def initialise(folder: Path, programs: Path, user: ServerUser | None, *, superuser_password: str) -> None:
    """Make `folder/data`; the caller holds the lock that makes it alone.

    Raises:
        DeploymentError: initdb failed; the message holds what it said.
    """
    for remains in folder.glob("making-*"):
        shutil.rmtree(remains, ignore_errors=True)
    making = folder / f"making-{secrets.token_hex(4)}"
    making.mkdir(mode=0o700)
    try:
        password_file = making / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(superuser_password)
        if user:
            for path in (making, password_file):
                os.chown(path, user.uid, user.gid)
        made = subprocess.run(
            [
                programs / "initdb",
                f"--pgdata={making / 'data'}",
                f"--username={DatabaseRole.ADMIN.value}",
                f"--pwfile={password_file}",
                *_OPTIONS,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=dying_with_parent(signal.SIGKILL),
            check=False,
        )
        if made.returncode != 0:
            raise DeploymentError(f"initdb failed:\n{made.stdout.decode(errors='replace')[-2000:]}")
        (making / "data" / "pg_hba.conf").write_text(_ACCESS)
        (making / "data").rename(folder / "data")
    finally:
        shutil.rmtree(making, ignore_errors=True)
