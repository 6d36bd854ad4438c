"""Programs of others, got once and kept. Where one cannot be had its tests are skipped; with CI set they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
SIGSTORE = "4.5.1"


def without(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def build(name: str, target: Path) -> Path:
    """The Go program in the folder of that name, at the versions that its go.sum pins."""
    go = shutil.which("go")
    if go is None:
        without("there is no `go` to build what others wrote")
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    for command in (["mod", "download"], ["build", "-o", str(target), "."]):
        done = subprocess.run(
            [str(go), *command], cwd=HERE / name, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0 and command[0] == "mod":
            without(f"the Go modules of {name} cannot be had")
        assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """golang.org/x/mod/sumdb: note, tlog and its tile reader."""
    return build("go", tmp_path_factory.mktemp("go") / "judge")


@pytest.fixture(scope="session")
def foreign_witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """github.com/transparency-dev/witness: a witness, and a client of witnesses."""
    return build("go_witness", tmp_path_factory.mktemp("go_witness") / "witness")


@pytest.fixture(scope="session")
def sigstore() -> Path:
    """A Python of its own with sigstore, whose dependencies are not ours."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "writgate" / f"sigstore-{SIGSTORE}"
    python = cache / "bin" / "python"
    if not (cache / "whole").exists():
        shutil.rmtree(cache, ignore_errors=True)
        for command in (
            [sys.executable, "-m", "venv", str(cache)],
            [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:", f"sigstore=={SIGSTORE}"],
        ):
            if subprocess.run(command, capture_output=True, check=False).returncode != 0:
                without("sigstore cannot be had")
        (cache / "whole").touch()
    return python
