"""Several processes that evaluate two revisions and do nothing else, one for each processor.

They are started with an empty environment in an empty folder and confine themselves (`evaluator_process`). Modules are
compiled once, here, and sent to them as machine code.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, Self

from gateway.policy.bundle import canonical
from gateway.policy.evaluator_process import read, write
from gateway.policy.sandbox import SandboxError, program_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gateway.policy.recorded import Recorded
    from gateway.policy.revisions import Revision

_ANSWER: Final = b'{"permit":%b,"reasons":%b,"obligations":%b}'
BATCH: Final = 50
SAMPLED: Final = 64  # one of so many is asked of both revisions, and timed
_STARTING: Final = "import sys, runpy; sys.path[:] = {path!r}; runpy.run_module({module!r}, run_name='__main__')"
_MODULE: Final = "gateway.policy.evaluator_process"


class EvaluationError(Exception):
    """A revision cannot be evaluated, or used more processor time or memory than it may. The sentence says which."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Evaluators:
    """A context manager. `answers` may be called once."""

    def __init__(self, candidate: Revision, base: Revision, *, processes: int | None = None) -> None:
        """Raises EvaluationError: a module does not compile."""
        self._folder = tempfile.TemporaryDirectory(prefix="writgate-")
        self._base = base.number
        self.ready_at = 0.0
        self._questions = threading.Lock()
        self._processes: list[subprocess.Popen[bytes]] = []
        count = processes or processors()
        try:
            with ThreadPoolExecutor(count) as threads:
                started = [threads.submit(self._start) for _ in range(count)]
                compiled = list(threads.map(_machine_code, (candidate, base)))
            self._processes = [one.result() for one in started]
        except BaseException:
            self.close()
            raise
        self._setup = [{"number": one.number, "kinds": _kinds(one)} for one in (candidate, base)]
        self._parts = [
            part
            for one, code in zip((candidate, base), compiled, strict=True)
            for part in (canonical(one.data), code)
        ]  # fmt: skip

    def answers(self, decisions: Iterable[Recorded]) -> Iterator[tuple[Recorded, dict[str, Any]]]:
        """Each decision with what a process answered: {difference?, times?, faithful?}; in any order.

        Raises:
            EvaluationError: a process ended.
        """
        batches = _batches(decisions)

        def take() -> list[Recorded]:
            with self._questions:
                return next(batches, [])

        self._set_up()
        self.ready_at = time.perf_counter()
        with ThreadPoolExecutor(len(self._processes)) as threads:
            for pairs in threads.map(lambda process: self._drive(process, take), self._processes):
                yield from pairs

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _set_up(self) -> None:
        """Sends the two revisions to every process, and waits until each has loaded them."""
        try:
            for process in self._processes:
                if process.stdin is not None:
                    write(process.stdin, self._setup, self._parts)
            for process in self._processes:
                if process.stdout is not None and read(process.stdout)[0] != ["ready"]:
                    raise EvaluationError("A revision cannot be loaded.")
        except (OSError, EOFError) as error:
            raise EvaluationError("A revision cannot be loaded: its module or its data is not OPA's.") from error

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-c", _STARTING.format(path=sys.path, module=_MODULE)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self._folder.name, env={},
        )  # fmt: skip

    def _drive(
        self, process: subprocess.Popen[bytes], take: Callable[[], list[Recorded]]
    ) -> list[tuple[Recorded, dict[str, Any]]]:
        source, target = process.stdout, process.stdin
        if source is None or target is None:
            raise EvaluationError("The process that evaluates has no pipe.")
        found: list[tuple[Recorded, dict[str, Any]]] = []
        try:
            while batch := take():
                write(target, *self._asked(batch))
                answers, _ = read(source)
                found += zip((_without_input(one) for one in batch), answers, strict=True)
        except (OSError, EOFError) as error:
            raise EvaluationError(
                "A process that evaluated the revisions ended: it may have used more processor time or memory than"
                " a policy may."
            ) from error
        return found

    def _asked(self, batch: Sequence[Recorded]) -> tuple[list[Any], list[bytes]]:
        items: list[dict[str, Any]] = []
        parts: list[bytes] = []
        for one in batch:
            recorded = None
            if one.revision == self._base and one.is_answer_of_policy:
                recorded = len(parts)
                permit = b"true" if one.clear["permit"] else b"false"
                parts.append(_ANSWER % (permit, one.reasons, one.obligations))
            items.append({"input": len(parts), "recorded": recorded, "sampled": one.index % SAMPLED == 0})
            parts.append(one.input or b"")
        return items, parts


def _without_input(one: Recorded) -> Recorded:
    """What is kept of a decision once it was asked: thousands of inputs would be much memory."""
    return type(one)(index=one.index, clear=one.clear, input=None, reasons=None, obligations=None)


def _batches(decisions: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    batch: list[Recorded] = []
    for one in decisions:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _machine_code(revision: Revision) -> bytes:
    try:
        program = program_of(revision.wasm)
    except SandboxError as error:
        raise EvaluationError(f"Revision {revision.number} does not compile: {error}.") from error
    return program.machine_code()


def _kinds(revision: Revision) -> list[list[str]]:
    return [[pack, rule, kind, code] for (pack, rule), (kind, code) in revision.kinds.items()]
