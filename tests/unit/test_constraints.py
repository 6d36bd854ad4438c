"""constraints.txt names what is installed: every distribution at its version, and none that nothing asks for."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import gateway

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(gateway.__path__[0]).parent
# pip comes with Python; the project itself is a path or an installation of this checkout.
NOT_PINNED: Final = frozenset({"pip", "writgate"})
# Asked for by the launcher alone, which cannot name them to pip with the rest.
BY_THE_LAUNCHER: Final = frozenset({"face-recognition", "face-recognition-models", "setuptools"})


def normal(name: str) -> str:
    """The one form of the many in which a name may be written (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def names(requirements: Iterable[str]) -> set[str]:
    return {normal(re.split(r"[^\w.-]", requirement, maxsplit=1)[0]) for requirement in requirements}


def test_whatever_is_installed_is_pinned_at_its_version() -> None:
    installed = {normal(found.name): found.version for found in distributions()}
    pinned = pins()
    assert {name: version for name, version in installed.items() if name not in NOT_PINNED} == {
        name: version for name, version in pinned.items() if name in installed
    }


def test_whatever_is_pinned_is_asked_for() -> None:
    """On some system and some Python: not all that is pinned is installed on each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = names(chain(project["dependencies"], *project["optional-dependencies"].values()))
    for found in distributions():
        asked |= names(found.requires or [])
    assert pins().keys() <= asked | BY_THE_LAUNCHER
