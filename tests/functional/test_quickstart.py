"""Each program of docs/quickstart.md, as it stands on the page, run against a gateway like the demonstration's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from node_house import packages

import gateway

if TYPE_CHECKING:
    from gateway_house import House

ROOT: Final = Path(gateway.__path__[0]).parent
BLOCKS: Final = re.findall(
    r"^```(\w+)\n(.*?)^```$", (ROOT / "docs" / "quickstart.md").read_text(), re.DOTALL | re.MULTILINE
)

pytestmark = pytest.mark.photographs


def block(language: str) -> str:
    """The last block of that language: the shell ones before it start the gateway and say where it is."""
    return str([text for name, text in BLOCKS if name == language][-1])


def promised() -> tuple[bool, list[str]]:
    """What the page says that every program prints."""
    return read(block("text"))


def read(printed: str) -> tuple[bool, list[str]]:
    """Whether the gallery is listed, and the reasons; other tests may have made galleries too."""
    lines = printed.splitlines()
    return "missing-persons" in lines, [line for line in lines if ":" in line]


def outcome(house: House, command: list[str], program: str, folder: Path) -> tuple[bool, list[str]]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "XDG_CACHE_HOME") if name in os.environ}
    done = subprocess.run(
        command,
        input=program,
        cwd=folder,
        env=environment | {"DEMO": str(house.settings.home), "URL": house.url, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return read(done.stdout)


def test_the_page_has_a_program_for_each_kind_of_reader() -> None:
    assert [name for name, _ in BLOCKS] == ["sh", "sh", "text", "python", "js", "sh"]


def test_the_python_program_does_what_the_page_says(house: House) -> None:
    assert outcome(house, [sys.executable, "-W", "error", "-"], block("python"), ROOT) == promised()


@pytest.mark.node
def test_the_javascript_program_does_what_the_page_says(house: House) -> None:
    place = packages()
    assert outcome(house, ["node", "--input-type=module", "-"], block("js"), place) == promised()


def test_the_lines_for_curl_do_what_the_page_says(house: House) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert outcome(house, ["/bin/sh", "-eu"], block("sh"), ROOT) == promised()
