"""Where drafts are looked at: a folder of its own, and programs that run there with next to nothing.

Rego is code that somebody wrote, and a draft's is not reviewed yet. Every program that reads it runs confined
(`gateway.policy.confined`): empty environment, no network, limits on processor time, memory and output, and a deadline
after which it and all it started are killed. Builtins that could reach the environment, a socket or a clock are missing
from `policies/capabilities.json`, which every command that evaluates is given. The folder holds the tree and nothing
else, and is gone afterwards.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.policy import confined, opa_program, regal_program
from gateway.policy.folder import CAPABILITIES, POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.policy.tree import Tree

PROCESSOR_SECONDS: Final = 300
DEADLINE_SECONDS: Final = 600.0
# Go reserves far more address space than it uses; a policy's tests use a tenth of this.
MEMORY_BYTES: Final = 4 * 1024**3
WRITTEN_BYTES: Final = 64 * 1024**2
SCHEMAS: Final = "schema"
_REGAL: Final = ".regal"


class WorkbenchError(Exception):
    """A program did not end as it must: it ran too long, used too much, or could not be started. A sentence."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one program: processor seconds, seconds of anybody's clock, bytes of address space."""

    processor: int = PROCESSOR_SECONDS
    deadline: float = DEADLINE_SECONDS
    memory: int = MEMORY_BYTES


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended. Its words are cut at `WRITTEN_BYTES`."""

    status: int
    out: str
    err: str


class Bench:
    """The folder of one tree, and the programs that may run in it."""

    def __init__(self, folder: Path, *, home: Path | None, limits: Limits) -> None:
        self.folder = folder
        self._home = home
        self._limits = limits

    def opa(self, *arguments: str) -> Done:
        """Raises: OpaMissingError; WorkbenchError."""
        return self.run(opa_program.require(self._home), arguments)

    def regal(self, *arguments: str) -> Done:
        """Raises: OpaMissingError where there is no regal; WorkbenchError."""
        return self.run(regal_program.require(self._home), arguments)

    def run(self, program: Path, arguments: Sequence[str]) -> Done:
        limits = self._limits
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [
                    sys.executable, "-I", "-S", confined.__file__,
                    str(limits.processor), str(limits.memory), str(WRITTEN_BYTES), str(program), *arguments,
                ],
                cwd=self.folder, env={}, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
            try:
                status = process.wait(limits.deadline)
            except subprocess.TimeoutExpired:
                raise WorkbenchError(_too_long(program, arguments)) from None
            finally:
                if process.poll() is None:
                    _end(process)
            if status in {-signal.SIGXCPU, -signal.SIGKILL}:
                raise WorkbenchError(_too_long(program, arguments))
            if status == -signal.SIGXFSZ:
                raise WorkbenchError(f"{program.name} {arguments[0]} wrote more than it may.")
            words = [_words(file) for file in (out, err)]
        if status and ("out of memory" in words[1] or "cannot allocate memory" in words[1]):
            raise WorkbenchError(f"{program.name} {arguments[0]} used more memory than it may.")
        return Done(status, *words)


@contextmanager
def workbench(tree: Tree, *, home: Path | None, limits: Limits | None = None) -> Iterator[Bench]:
    """A bench with the tree on it, beside the product's own capabilities, schemas and lint rules."""
    with tempfile.TemporaryDirectory(prefix="writgate-bench-") as name:
        folder = Path(name)
        tree.write(folder)
        for path in (CAPABILITIES, *(POLICIES / SCHEMAS).rglob("*.json"), *(POLICIES / _REGAL).rglob("*.*")):
            if path.is_file():
                target = folder / path.relative_to(POLICIES)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        yield Bench(folder, home=home, limits=limits or Limits())


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills the program, which still runs, and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _too_long(program: Path, arguments: Sequence[str]) -> str:
    return f"{program.name} {arguments[0]} ran longer than it may and was ended."


def _words(file: object) -> str:
    file.seek(0)  # type: ignore[attr-defined]
    return str(file.read(WRITTEN_BYTES).decode(errors="replace"))  # type: ignore[attr-defined]
