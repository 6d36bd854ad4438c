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
from functools import lru_cache
from typing import IO, Any, Final

from gateway.policy.decision import Decision, MalformedDecisionError, parse_rows
from gateway.policy.differences import difference
from gateway.policy.sandbox import Instance, Program, SandboxError

LENGTH: Final = struct.Struct(">I")
PROCESSOR_SECONDS: Final = 300
MEMORY_BYTES: Final = 1 << 30
DEADLINE_SECONDS: Final = 0.5
TIMES: Final = 3
REMEMBERED: Final = 4096
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_NO_NEW_PRIVS: Final = 38


class Evaluator:
    """One revision: its number, its kinds, and an instance that is replaced when it fails."""

    def __init__(self, number: int, kinds: list[list[str]], data: bytes, machine_code: bytes) -> None:
        self._number = number
        self._kinds = {(pack, rule): (kind, code) for pack, rule, kind, code in kinds}
        self._data = data
        self._error = json.dumps(Decision.error(number).document()).encode()
        # Equal results are parsed once: most requests of a log are answered like many others.
        self._parsed = lru_cache(maxsize=REMEMBERED)(self._parse)
        self._program = Program(machine_code, machine_code=True)
        self._instance = self._make()

    def answer(self, text: bytes) -> bytes:
        """The decision document in JSON. As with every engine, what goes wrong is the denial `ENGINE_ERROR`."""
        try:
            return self._parsed(self._instance.evaluate(text))
        except SandboxError:
            self._instance.close()
            self._instance = self._make()
            return self._error

    def timed(self, text: bytes) -> int:
        """Nanoseconds of processor that one evaluation takes."""
        before = time.thread_time_ns()
        self.answer(text)
        return time.thread_time_ns() - before

    def _parse(self, results: bytes) -> bytes:
        try:
            decision = parse_rows(results, revision=self._number, kinds=self._kinds)
        except (MalformedDecisionError, ValueError):
            return self._error
        if decision is None:
            return self._error
        return json.dumps(decision.document(), ensure_ascii=False).encode()

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
    write(target, ["ready"])
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
    recorded = None if question["recorded"] is None else parts[question["recorded"]]
    before = base.answer(text) if recorded is None else recorded
    found = _difference(before, candidate.answer(text))
    answer: dict[str, Any] = {"difference": found} if found else {}
    if question["sampled"]:
        answer["times"] = [min(one.timed(text) for _ in range(TIMES)) for one in (base, candidate)]
        answer["faithful"] = recorded is None or _difference(recorded, base.answer(text)) is None
    return answer


@lru_cache(maxsize=REMEMBERED)
def _difference(before: bytes, after: bytes) -> dict[str, Any] | None:
    """Of two answers in JSON. Most pairs come again and again."""
    return difference(json.loads(before), json.loads(after))


if __name__ == "__main__":
    main()
