"""Finding the `opa` program, and getting it: editing policy needs it, deciding does not.

Looked for in this order: PATH, the home's `bin`, the user's cache (where `writgate test` keeps what it built), Go's own
`bin`. It is got with `go install` at a pinned version. The official binaries are not fetched: no checksum of them has
been verified for this product, and one is not invented here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

VERSION: Final = "1.10.0"
PACKAGE: Final = f"github.com/open-policy-agent/opa@v{VERSION}"
_INSTALL_SECONDS: Final = 900


class OpaMissingError(Exception):
    """There is no `opa`, or it could not be got. The sentence says what to do."""


def cache() -> Path:
    """What this user's checkouts share and may lose: programs that were built, pictures that were fetched."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "writgate"


def find(home: Path | None = None, *, name: str = "opa") -> Path | None:
    """The `opa` program, or None; or another that is kept beside it."""
    found = shutil.which(name)
    if found:
        return Path(found)
    folders = [home / "bin"] if home else []
    folders.append(cache() / "bin")
    folders.append(Path(os.environ.get("GOBIN") or Path(os.environ.get("GOPATH") or Path.home() / "go") / "bin"))
    for folder in folders:
        program = folder / name
        if program.is_file() and os.access(program, os.X_OK):
            return program
    return None


def require(home: Path | None = None) -> Path:
    """The `opa` program.

    Raises:
        OpaMissingError: there is none.
    """
    found = find(home)
    if found is None:
        raise OpaMissingError(
            f"This needs the opa program (version {VERSION}). `writgate opa install` gets it where Go is installed; "
            "otherwise put it on the PATH: https://www.openpolicyagent.org/docs/#1-download-opa"
        )
    return found


def version(program: Path) -> str:
    """What the program says that it is, such as `1.10.0`; empty where it says nothing."""
    done = subprocess.run([str(program), "version"], env={}, capture_output=True, check=False, text=True, timeout=30)
    first = done.stdout.partition("\n")[0]
    return first.removeprefix("Version: ").strip() if done.returncode == 0 else ""


def install(home: Path) -> Path:
    """Finds `opa`, or builds the pinned version with `go install` into the home's `bin`.

    Raises:
        OpaMissingError: Go is not there or could not build it.
    """
    found = find(home)
    if found is not None:
        return found
    go = shutil.which("go")
    if go is None:
        raise OpaMissingError(
            f"Neither opa nor Go is installed. Install Go and run this again, or put opa {VERSION} on the PATH: "
            "https://www.openpolicyagent.org/docs/#1-download-opa"
        )
    target = home / "bin"
    target.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            [go, "install", PACKAGE], env={**os.environ, "GOBIN": str(target)},
            capture_output=True, check=False, text=True, timeout=_INSTALL_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise OpaMissingError(f"`go install {PACKAGE}` did not end within {_INSTALL_SECONDS // 60} minutes.") from error
    if done.returncode or not (target / "opa").is_file():
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise OpaMissingError(f"`go install {PACKAGE}` failed: {last[0]}")
    return target / "opa"
