"""Runs one program and makes sure that it does not outlive whoever asked for it. Started as a file, never imported.

`python -I opa_guard.py PROGRAM ARGUMENT...` with a pipe as standard input: when the pipe ends, because its other end
was closed or its owner was killed, the program is asked to end, and killed if it does not. Should this guard itself be
killed, Linux ends the program with it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading

_GRACE_SECONDS = 3.0
_PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> int:
    guard = os.getpid()
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        env={},
        preexec_fn=lambda: _end_with(guard),  # noqa: PLW1509 - no thread has been started yet
    )
    threading.Thread(target=_end_when_alone, args=(child,), daemon=True).start()
    return child.wait()


def _end_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _end_when_alone(child: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    child.terminate()
    try:
        child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # the thread that reads may not be waited for
