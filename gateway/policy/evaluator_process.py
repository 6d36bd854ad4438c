"""A process that does nothing but evaluate policies: `gateway.policy.evaluators` starts it and speaks to it by pipe.

It holds no key and no connection. Before it reads a byte of a policy it gives up the network where the kernel lets it,
its environment is empty, and its processor time, memory and files are limited; the policy itself runs in WebAssembly
without a host function. What it writes is one JSON document for each batch.

A batch is a list of questions. Each is an input and either the answer that was recorded under the base revision, or
none, and then the base revision is asked. Some are sampled: both revisions are asked three times, and timed.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import sys
import time
from typing import IO, Any, Final

from gateway.policy.decision import ENGINE_ERROR, Decision, MalformedDecisionError, parse
from gateway.policy.differences import difference
from gateway.policy.sandbox import Instance, Program, SandboxError

LENGTH: Final = struct.Struct(">I")
PROCESSOR_SECONDS: Final = 300
MEMORY_BYTES: Final = 1 << 30
DEADLINE_SECONDS: Final = 0.5
TIMES: Final = 3
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_NO_NEW_PRIVS: Final = 38


class Evaluator:
    """One revision: its number, its kinds, and an instance that is replaced when it fails."""

    def __init__(self, number: int, kinds: list[list[str]], data: bytes, machine_code: bytes) -> None:
        self._number = number
        self._kinds = {(pack, rule): (kind, code) for pack, rule, kind, code in kinds}
        self._data = data
        self._program = Program(machine_code, machine_code=True)
        self._instance = self._make()

    def decide(self, text: bytes) -> Decision:
        """As every engine's: what goes wrong is the denial `ENGINE_ERROR`."""
        try:
            results = json.loads(self._instance.evaluate(text))
            return parse(results[0]["result"], revision=self._number, kinds=self._kinds)
        except SandboxError:
            self._instance.close()
            self._instance = self._make()
        except (MalformedDecisionError, IndexError, KeyError, TypeError, ValueError):
            pass
        return Decision.error(self._number)

    def timed(self, text: bytes) -> int:
        """Nanoseconds of processor that one evaluation takes."""
        before = time.thread_time_ns()
        self.decide(text)
        return time.thread_time_ns() - before

    def _make(self) -> Instance:
        return Instance(self._program, self._data, deadline_seconds=DEADLINE_SECONDS)


def main() -> None:
    confine()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    revisions, parts = read(source)
    candidate, base = (
        Evaluator(revision["number"], revision["kinds"], parts[2 * place], parts[2 * place + 1])
        for place, revision in enumerate(revisions)
    )
    while True:
        try:
            questions, parts = read(source)
        except EOFError:
            return
        write(target, [_answer(candidate, base, question, parts) for question in questions])


def confine() -> None:
    """No network, no new rights, and an end to processor time and memory. It ends with its owner, whose pipe ends."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Refused in some containers; what is evaluated has no way to a socket in any case.
        if os.geteuid() != 0 or libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        # What a module reserves is not memory yet, so the address space says nothing; data does.
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(source: IO[bytes]) -> tuple[list[Any], list[bytes]]:
    """A JSON header and the parts whose lengths it names. Raises EOFError."""
    header = json.loads(_exactly(source, LENGTH.unpack(_exactly(source, LENGTH.size))[0]))
    return header["items"], [_exactly(source, length) for length in header["lengths"]]


def write(target: IO[bytes], items: list[Any], parts: list[bytes] | None = None) -> None:
    parts = parts or []
    header = json.dumps({"items": items, "lengths": [len(part) for part in parts]}, separators=(",", ":")).encode()
    target.write(b"".join([LENGTH.pack(len(header)), header, *parts]))
    target.flush()


def _exactly(source: IO[bytes], length: int) -> bytes:
    found = source.read(length)
    if len(found) != length:
        raise EOFError
    return found


def _answer(candidate: Evaluator, base: Evaluator, question: dict[str, Any], parts: list[bytes]) -> dict[str, Any]:
    text = parts[question["input"]]
    decided = candidate.decide(text)
    recorded = None if question["recorded"] is None else json.loads(parts[question["recorded"]])
    before: dict[str, Any] = recorded if recorded is not None else base.decide(text).document()
    answer: dict[str, Any] = {}
    found = difference(before, decided.document())
    if found:
        answer["difference"] = found
    if before["reasons"] and before["reasons"][0]["code"] == ENGINE_ERROR:
        answer["base_error"] = True
    if question["sampled"]:
        answer["times"] = [min(one.timed(text) for _ in range(TIMES)) for one in (base, candidate)]
        if recorded is not None:
            answer["faithful"] = difference(before, base.decide(text).document()) is None
    return answer


if __name__ == "__main__":
    main()
