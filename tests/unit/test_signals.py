"""A process that is asked to end does end, however often and whenever it is asked."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress

import pytest

# Waits as the parts of a gateway do: in a loop, on an event, which holds its lock again and again.
PROGRAM = """
import threading
from gateway.signals import when_told_to_end

stop = threading.Event()
when_told_to_end(stop.set)
print("ready", flush=True)
while not stop.wait(0.00001):
    pass
"""


@pytest.mark.parametrize("times", [1, 200])
def test_a_process_that_waits_ends_when_it_is_asked_to(times: int) -> None:
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            try:
                for number in range(times):
                    with suppress(ProcessLookupError):
                        process.send_signal((signal.SIGTERM, signal.SIGINT)[number % 2])
                # Python gives its handlers up at the very end, so a late signal may end what was ending.
                assert process.wait(timeout=60) in {0, -signal.SIGTERM, -signal.SIGINT}
            finally:
                process.kill()
