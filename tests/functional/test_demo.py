"""The first thing that a stranger does: `writgate demo`, and then the README's lines for curl, as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner
from homes import new_home
from shell_house import Production, production

import gateway
from gateway.cli import main
from gateway.cli.init import INITIALISED
from gateway.cli.serve import free_port
from gateway.settings import Settings

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
    theirs: Production
    description: Path
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
def theirs() -> Iterator[Production]:
    """What the shell names in which all of this is run."""
    with production() as house:
        yield house


@pytest.fixture(scope="module")
def demo(pictures: dict[str, Path], theirs: Production) -> Iterator[Demo]:
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
        "--describe",
        str(home / "told.json"),
    ]
    process = subprocess.Popen(
        arguments,
        cwd=ROOT,
        env=os.environ | theirs.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        running = Demo(process, home / "demo", port, theirs, home / "told.json")
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
    printed = _run(tmp_path, variables + lines + proof, demo.theirs)
    assert '"external_id": "person_a_1"' in printed
    candidates, _, denied = printed.partition('"code": "COURT_ORDER_REQUIRED"')
    assert '"rank": 1' in candidates
    assert '"permit": false' in denied
    assert "c2sp.org/tlog-proof@v1" in denied
    assert "FAILS" not in denied
    origin, size, _ = denied.splitlines()[-4:-1]
    assert origin.startswith("writgate.local/log/")
    assert int(size) > int(_index(denied))


def test_the_file_that_it_writes_says_where_everything_is(demo: Demo) -> None:
    """Scripts outside go by it: what is here stays."""
    told = json.loads(demo.description.read_text())
    url = f"http://127.0.0.1:{demo.port}"
    assert set(told) == {"url", "home", "log", "clients", "users", "galleries", "instruments", "photographs"}
    assert (told["url"], told["home"]) == (url, str(demo.home))
    assert set(told["log"]) == {"origin", "verifier_key", "checkpoint_url"}
    assert told["log"]["verifier_key"].startswith(f"{told['log']['origin']}+")
    with urllib.request.urlopen(told["log"]["checkpoint_url"]) as answer:
        assert answer.read().decode().startswith(f"{told['log']['origin']}\n")
    assert told["clients"].keys() >= {"lakeport", "trial", "auditor"}
    for name, client in told["clients"].items():
        assert client.keys() >= {"client_id", "agency", "roles", "scopes"}, name
        assert (demo.home / "clients" / f"{name}.json").is_file(), name
    assert told["users"]
    assert [gallery["name"] for gallery in told["galleries"]] == ["missing-persons"]
    assert all(instrument["id"] for instrument in told["instruments"])
    assert all(Path(path).is_file() for path in told["photographs"].values())


def test_neither_the_demonstration_nor_what_is_asked_of_its_home_takes_anything_from_the_shell(
    demo: Demo, tmp_path: Path
) -> None:
    _run(tmp_path, f'./writgate audit verify --home "{demo.home}" --json\n', demo.theirs)
    assert demo.theirs.callers == []
    with socket.create_server(("127.0.0.2", demo.port)):
        pass  # nor does it listen on every address, as the shell says


def test_the_home_of_a_gateway_is_not_made_a_demonstration(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.create_folders()
    (settings.state / INITIALISED).touch()
    done = CliRunner().invoke(main, ["demo", "--home", str(tmp_path)])
    assert done.exit_code == 1
    assert "Name another folder" in done.stderr
    assert not settings.demonstration.exists()


def _run(folder: Path, script: str, theirs: Production) -> str:
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
        env=os.environ | theirs.environment | {"PYTHONPATH": str(ROOT), "NO_PROXY": "*"},
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
