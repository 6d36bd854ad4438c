"""The first thing that a stranger does: `writgate demo`, and then the README's lines for curl, as they stand."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from homes import new_home

import gateway
from gateway.cli.serve import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(gateway.__path__[0]).parent
SECTION: Final = (ROOT / "README.md").read_text().split("## A first search with curl")[1].split("\n## ")[0]
BLOCKS: Final = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
STAYS: Final = "The gateway stays at"

pytestmark = [pytest.mark.photographs, pytest.mark.timeout(600)]


@dataclass(slots=True)
class Demo:
    """A demonstration that stays when its story is told; `told` is what it printed until then."""

    process: subprocess.Popen[str]
    home: Path
    port: int
    told: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Until the story ends, well or badly; what comes after is read on, so that nothing waits for a full pipe."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if STAYS in line:
                break
            self.told.append(line)
        threading.Thread(target=lambda: self.rest.extend(self.process.stdout or ()), daemon=True).start()


@pytest.fixture(scope="module")
def demo(pictures: dict[str, Path]) -> Iterator[Demo]:
    del pictures  # they are fetched once for all tests; the demonstration finds them in the same cache
    home, port = new_home(), free_port("127.0.0.1")
    arguments = [
        sys.executable,
        "-m",
        "gateway.cli",
        "demo",
        "--keep",
        "--home",
        str(home / "demo"),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        running = Demo(process, home / "demo", port)
        running.listen()
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        ended = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        left = [command for command in _commands() if str(home) in command]
        shutil.rmtree(home)
    # Ctrl-C ends it well and leaves nothing running.
    assert (ended, left) == (0, [])


def test_every_claim_of_the_story_holds(demo: Demo) -> None:
    story = "".join(demo.told)
    assert demo.process.poll() is None, story
    assert "FAIL" not in story
    acts = [int(found[1]) for line in demo.told if (found := re.match(r"(\d+)\. ", line))]
    assert acts == list(range(1, 12))


def test_the_readme_s_lines_give_candidates_then_a_denial_then_a_proof_that_verifies(
    demo: Demo, tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command, variables, lines, proof = BLOCKS
    assert command == "./writgate demo --keep --home ~/writgate-demo --port 8400\n"
    variables = variables.replace("~/writgate-demo", str(demo.home)).replace(":8400", f":{demo.port}")
    printed = _run(tmp_path, variables + lines + proof)
    assert '"external_id": "person_a_1"' in printed
    candidates, _, denied = printed.partition('"code": "COURT_ORDER_REQUIRED"')
    assert '"rank": 1' in candidates
    assert '"permit": false' in denied
    assert "c2sp.org/tlog-proof@v1" in denied
    assert "FAILS" not in denied
    origin, size, _ = denied.splitlines()[-4:-1]
    assert origin.startswith("writgate.local/log/")
    assert int(size) > int(_index(denied))


def _run(folder: Path, script: str) -> str:
    """In a folder that looks like the checkout to them: its `writgate` is this one, and so is its Python."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    launcher = folder / "writgate"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -m gateway.cli "$@"\n')
    launcher.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-eu"],
        input=script,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _index(printed: str) -> str:
    """Of the denial's entry, as the log's interface gives it."""
    return str(re.findall(r'"index": (\d+)', printed)[0])


def _commands() -> list[str]:
    """The command lines of all that runs."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(place.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found
