"""Files and places that the log's commands cannot use: one sentence, a status, and nothing half written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bundle_house import export
from click.testing import CliRunner

from gateway.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from audit_house import LogUnderTest

UNUSABLE, FAILED = 2, 1
BINARY = b"\x89PNG\r\n\x1a\n\xff"


@pytest.fixture
def log(audit: LogUnderTest, monkeypatch: pytest.MonkeyPatch) -> LogUnderTest:
    """A log with one checkpoint of 20 entries, whose home and database the commands are told of."""
    audit.write(20)
    audit.publish()
    monkeypatch.setenv("WRITGATE_HOME", str(audit.settings.home))
    monkeypatch.setenv("WRITGATE_DATABASE_URL", str(audit.settings.database_url))
    return audit


def refused(status: int, *arguments: str | Path) -> str:
    """The last line of what a command says that ends with `status`, not with a trace."""
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == status, done.output
    line = done.stderr.splitlines()[-1]
    assert line.startswith("Error: ")
    return line


def succeeds(*arguments: str | Path) -> str:
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_an_export_that_fails_leaves_nothing_and_the_corrected_command_goes_on(
    log: LogUnderTest, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    assert "no checkpoint of 19 entries" in refused(FAILED, "audit", "export", path, "--to", "19")
    assert list(tmp_path.iterdir()) == []
    assert "20 entries" in succeeds("audit", "export", path, "--to", "20")
    succeeds("audit", "verify", path, "--key", log.verifier_key)


@pytest.mark.usefixtures("log")
def test_an_export_to_where_there_is_no_folder_says_so(tmp_path: Path) -> None:
    path = tmp_path / "none" / "bundle.zip"
    assert f"cannot be written to {path}: No such file or directory." in refused(FAILED, "audit", "export", path)
    (tmp_path / "file").write_text("")
    assert "Not a directory." in refused(FAILED, "audit", "export", tmp_path / "file" / "bundle")


@pytest.mark.usefixtures("log")
def test_an_export_over_something_leaves_it_alone(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    assert "exists" in refused(FAILED, "audit", "export", tmp_path / "bundle")
    assert (tmp_path / "bundle").is_dir()


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "command",
    [
        "audit verify --checkpoint {file}",
        "audit export {folder}/bundle --receipt {file}",
        "witness propose {file}",
        "audit monitor http://127.0.0.1:1/log --key {key} --state {folder}/monitor --receipt {file} --once",
    ],
)
def test_a_file_that_is_no_text_is_named(log: LogUnderTest, tmp_path: Path, command: str) -> None:
    file = tmp_path / "binary"
    file.write_bytes(BINARY)
    given = {"file": file, "folder": tmp_path, "key": log.verifier_key}
    said = refused(UNUSABLE, *(word.format(**given) for word in command.split()))
    assert said == f"Error: {file} is not a readable text file in UTF-8."
    assert not (tmp_path / "bundle").exists()


def test_a_policy_that_cannot_be_read_is_told_of(log: LogUnderTest, tmp_path: Path) -> None:
    """A file that may be opened, and fails when it is read."""
    path = export(log, tmp_path / "bundle")
    unreadable = ("--key", log.verifier_key, "--policy", "/proc/self/mem")
    for verified in ((path,), ()):
        assert "cannot be read: Input/output error." in refused(FAILED, "audit", "verify", *verified, *unreadable)
