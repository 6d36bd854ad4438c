"""`writgate bench` measures homes of its own."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

from click.testing import CliRunner

from gateway.cli import main
from gateway.settings import Settings, is_setting

if TYPE_CHECKING:
    import pytest


def test_nothing_that_the_shell_names_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the benchmark's own process nor in those that it starts."""
    seen: list[object] = []

    def run(**_: object) -> SimpleNamespace:
        seen.extend([Settings().database_url, *filter(is_setting, os.environ)])
        return SimpleNamespace(document=dict)

    monkeypatch.setitem(sys.modules, "benchmarks.token", SimpleNamespace(run=run))
    monkeypatch.setenv("WRITGATE_DATABASE_URL", "postgresql://postgres@production/writgate")
    monkeypatch.setenv("writgate_port", "1234")
    done = CliRunner().invoke(main, ["bench", "token", "--json"])
    assert (done.exit_code, seen) == (0, [None]), done.output
