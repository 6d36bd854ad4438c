"""The log's commands on a gateway that runs, and the ceremony for one that must not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.demo.seed import seed
from gateway.cli.init import verifier_key
from gateway.cli.serve import serving
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.cli.supervisor import Supervisor


@pytest.fixture
def running() -> Iterator[tuple[Settings, Supervisor, Deployment]]:
    home = Path(tempfile.mkdtemp(prefix="wg-"))
    try:
        with serving(Settings(home=home, port=0)) as (settings, supervisor, deployment):
            seed(settings, deployment)
            yield settings, supervisor, deployment
            supervisor.end()
            deployment.destroy()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def writgate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def said(*arguments: str | Path) -> Any:
    done = writgate(*arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_bundle_is_taken_and_verified_and_the_log_followed_while_its_key_is_rotated(
    running: tuple[Settings, Supervisor, Deployment], tmp_path: Path
) -> None:
    settings, _, _ = running
    first, url = verifier_key(settings), f"http://127.0.0.1:{settings.port}/log"
    monitor = ("audit", "monitor", url, "--key", first, "--state", tmp_path / "monitor", "--once")
    assert writgate(*monitor).exit_code == 0
    second = said("audit", "rotate-key", "--home", settings.home, "--json")["verifier_key"]
    assert second == verifier_key(settings) != first
    path = tmp_path / "bundle.zip"
    taken = said("audit", "export", path, "--home", settings.home, "--open", "--json")
    for key in (first, second):
        report = said("audit", "verify", path, "--key", key, "--json")
        assert report["size"] == taken["entries"] > 10
        assert said("audit", "verify", "--home", settings.home, "--key", key, "--json")["ok"]
    assert writgate(*monitor).exit_code == 0
    assert writgate("audit", "verify", path).exit_code != 0, "a bundle does not vouch for itself"
    script = tmp_path / "verify.py"
    script.write_text(writgate("audit", "verifier").stdout)
    command = [sys.executable, "-I", str(script), str(path), "--key", first]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "inclusion     holds" in done.stdout


def test_a_recovery_needs_a_gateway_at_rest_and_two_administrators(
    running: tuple[Settings, Supervisor, Deployment], tmp_path: Path
) -> None:
    settings, supervisor, deployment = running
    statement = tmp_path / "statement.json"
    prepare = (
        "audit", "recover", "prepare", statement, "--origin", "log.example/after", "--reason", "a backup",
        "--home", settings.home,
    )  # fmt: skip
    assert "runs from" in writgate(*prepare).output, "while a gateway runs"
    supervisor.end()
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row = connection.execute("SELECT size FROM audit.checkpoints ORDER BY size DESC LIMIT 1").fetchone()
        assert row
    record = settings.state / "signer.json"
    (settings.state / "serving.lock").unlink()  # the fixture holds it; its processes have ended
    assert "nothing to recover from" in writgate(*prepare).output
    record.unlink()
    assert writgate(*prepare).exit_code == 0
    apply = ("audit", "recover", "apply", statement, "--home", settings.home)
    assert "2 administrators must approve; 0 did" in writgate(*apply).output
    for name in ("admin-1", "lakeport", "admin-2"):
        client = settings.clients / f"{name}.json"
        assert writgate("audit", "recover", "approve", statement, "--client-file", client).exit_code == 0
        if name == "lakeport":
            assert "2 administrators must approve; 1 did" in writgate(*apply).output, "an agency is none"
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        connection.execute("UPDATE registry.clients SET person = 'badge 7' WHERE id LIKE 'admin-%'")
    assert "SAME_PERSON" in writgate(*apply).output, "two keys of one person are one person"
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        connection.execute("UPDATE registry.clients SET person = 'badge 8' WHERE id = 'admin-2'")
    done = writgate(*apply)
    assert done.exit_code == 0, done.output
    assert (settings.home / "log_origin").read_text() == "log.example/after\n"
    assert verifier_key(settings) in done.output
    assert json.loads(record.read_text())["epoch"] == 2
