"""Programs of npm for tests: the packages of `tests/conformance/node`, installed once into the user's cache.

A machine without Node, or without the packages and a way to get them, leaves these tests out; under CI it fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "conformance" / "node"


def packages() -> Path:
    """A folder with the scripts of `tests/conformance/node` and the packages that they import."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    wanted = (FOLDER / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "writgate"
    place = cache / f"node-{hashlib.sha256(wanted).hexdigest()[:16]}"
    if not (place / "installed").exists():
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy2(FOLDER / "package.json", place)
        done = subprocess.run(
            [npm, "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=place,
            capture_output=True,
            check=False,
            timeout=150,
        )
        if done.returncode != 0:
            pytest.skip("the packages of npm could not be fetched")
        (place / "installed").touch()
    for script in FOLDER.glob("*.mjs"):
        shutil.copy2(script, place)
    return place
