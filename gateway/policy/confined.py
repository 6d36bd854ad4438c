"""Becomes one program, with less than it was started with. Started as a file, never imported.

`python -I -S confined.py CPU_SECONDS MEMORY_BYTES FILE_BYTES PROGRAM ARGUMENT...`: the program gets an empty
environment, no network where the system lets a process give it up, no privilege to gain, no core file, and hard limits
on processor time, address space and what it may write. It ends with whoever started it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MOST_FILES = 256


def main(processor: int, memory: int, written: int, command: list[str]) -> None:
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, written),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
    ):
        _, hard = resource.getrlimit(what)
        lowered = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (lowered, lowered))
    if sys.platform == "linux":
        system = ctypes.CDLL(None)
        system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Whoever may, gives up the network; an unprivileged process may where it may have a user namespace of its own.
        if system.unshare(_CLONE_NEWNET) != 0:
            system.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    os.execve(command[0], command, {})  # noqa: S606 - a program of ours, with arguments of ours


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
