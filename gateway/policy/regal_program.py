"""Finding Regal, the linter of Rego, and building it where Go is installed.

`go install` wants the list of the module's versions, which proxies do not always have. A module of our own that
requires the one pinned version is built without that list, and Go's checksum database is still asked.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from gateway.policy import opa_program

VERSION: Final = "0.35.1"
MODULE: Final = "github.com/styrainc/regal"
_BUILD_SECONDS: Final = 900


def find(home: Path | None = None) -> Path | None:
    """The `regal` program, or None; looked for where `opa` is."""
    return opa_program.find(home, name="regal")


def require(home: Path | None = None) -> Path:
    """The `regal` program.

    Raises:
        OpaMissingError: there is none.
    """
    found = find(home)
    if found is None:
        raise opa_program.OpaMissingError(
            f"Checking a draft needs the regal program (version {VERSION}), the linter of Rego. `writgate opa install`"
            " gets it with opa where Go is installed; otherwise put it on the PATH."
        )
    return found


def build(home: Path) -> Path | None:
    """Build the pinned version into `home/bin`; None where Go is missing or the build failed."""
    go = shutil.which("go")
    if go is None:
        return None
    (home / "bin").mkdir(parents=True, exist_ok=True)
    program = home / "bin" / "regal"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "go.mod").write_text(f"module regal\n\ngo 1.24.0\n\nrequire {MODULE} v{VERSION}\n")
        done = subprocess.run(
            [go, "build", "-mod=mod", "-o", str(program), MODULE],
            cwd=folder,
            check=False,
            capture_output=True,
            timeout=_BUILD_SECONDS,
        )
    return program if done.returncode == 0 else None
