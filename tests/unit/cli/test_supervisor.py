"""Whoever watches over the processes goes on watching, whatever keeps it from starting one."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import structlog
from patience import until

from gateway.cli import supervisor as watching
from gateway.cli.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No such kind of process is known, so that it ends as soon as it was started.
KIND = "nothing"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_SELDOM_SECONDS", 0.1)


@contextmanager
def watched(log_file: Path | None = None) -> Iterator[Supervisor]:
    supervisor = Supervisor(environment=os.environ, kinds=(KIND,), log_file=log_file)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.end()


def test_a_process_that_cannot_be_started_again_is_told_and_tried_later(tmp_path: Path) -> None:
    """As where there is no memory, or no file can be opened."""
    logs, away = tmp_path / "logs", tmp_path / "away"
    logs.mkdir()
    with structlog.testing.capture_logs() as told, watched(logs / "gateway.log") as supervisor:
        logs.rename(away)
        refused = until(
            lambda: [entry for entry in told if entry["event"] == "process.not_started"], "it cannot be started"
        )
        last = supervisor.pid(KIND)
        away.rename(logs)
        until(lambda: supervisor.pid(KIND) != last, "it is started again")
    assert (refused[0]["kind"], refused[0]["error"]) == (KIND, "ENOENT")


def test_a_process_that_died_a_thousand_times_is_started_again() -> None:
    with watched() as supervisor:
        supervisor._children[KIND].failures = 5000
        last = supervisor.pid(KIND)
        until(lambda: supervisor.pid(KIND) != last, "it is started again")
