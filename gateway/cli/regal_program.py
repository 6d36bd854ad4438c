"""Finding Regal, the linter of Rego, and building it where Go is installed.

`go install` wants the list of the module's versions, which proxies do not always have. A module of our own that
requires the one pinned version is built without that list, and Go's checksum database is still asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

VERSION: Final = "0.35.1"
MODULE: Final = "github.com/styrainc/regal"
_BUILD_SECONDS: Final = 900


def find(cache: Path) -> Path | None:
    """The `regal` program on PATH or built earlier, or None."""
    found = shutil.which("regal", path=os.pathsep.join([os.environ.get("PATH", os.defpath), str(cache / "bin")]))
    return Path(found) if found else None


def build(cache: Path) -> Path | None:
    """Build the pinned version into `cache/bin`; None where Go is missing or the build failed."""
    go = shutil.which("go")
    if go is None:
        return None
    (cache / "bin").mkdir(parents=True, exist_ok=True)
    program = cache / "bin" / "regal"
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
