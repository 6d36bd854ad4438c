"""A process that is asked to end does end, however often and whenever it is asked."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress

import pytest

# On an event, as the parts of a gateway wait: in a loop, which takes its lock again and again, and without end, where
# the signal goes to another thread, as it seems to where it comes just before the main thread begins to wait.
PROGRAM = """
import signal
import threading
from gateway.signals import ENDING, when_told_to_end

stop = threading.Event()
when_told_to_end(stop.set)
"""
IN_A_LOOP = """
print("ready", flush=True)
while not stop.wait(0.00001):
    pass
"""
WITHOUT_END = """
signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
print("ready", flush=True)
stop.wait()
"""


@pytest.mark.parametrize("times", [1, 200])
@pytest.mark.parametrize("waiting", [IN_A_LOOP, WITHOUT_END], ids=["in a loop", "without end"])
def test_a_process_that_waits_ends_when_it_is_asked_to(waiting: str, times: int) -> None:
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", PROGRAM + waiting], stdout=subprocess.PIPE) as process:
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
