"""What a process of the gateway is made of."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["gateway.cli.run", "gateway.recognition.engine_process"])
def test_a_process_that_answers_nobody_loads_no_web_application(module: str) -> None:
    """Each kind of process begins with this; the edge is what takes longest to load, and most memory."""
    look = f"import sys, {module}; sys.exit(len({{'flask', 'gateway.app', 'gateway.web'}} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
