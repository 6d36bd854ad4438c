"""Worker processes that read pictures, each with one task at a time and a deadline.

A worker that dies, hangs or answers nonsense is killed and replaced, and the picture that it had is refused as
IMAGE_UNPROCESSABLE: it is never tried again, since it may be what killed it.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar

import numpy as np
import structlog

from gateway.recognition import frames
from gateway.recognition.models import DETECTION, DIMENSIONS, FoundFace, Quality, Refusal
from gateway.recognition.refusals import Refused, refusal
from gateway.recognition.weights import NetworkUnusable, WeightsMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from gateway.recognition.runtime import Runtime

TASK_SECONDS: Final = 15.0
START_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 30.0
MAX_REPLY: Final = 1024 * 1024

Found = TypeVar("Found")

_log = structlog.get_logger()


class WorkersUnavailable(Exception):  # noqa: N818 - it states a condition
    """No worker could be started, or all are busy for longer than a caller should wait."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a worker read from one picture: `template` is 128 float32."""

    template: np.ndarray[tuple[int], np.dtype[np.float32]]
    quality: Quality
    crop: bytes | None


class Worker:
    """One process. Used by one thread at a time."""

    def __init__(self, runtime: Runtime, *, task_seconds: float = TASK_SECONDS) -> None:
        self._task_seconds = task_seconds
        ours, theirs = socket.socketpair()
        self._stream = ours
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.recognition.worker", str(theirs.fileno()), *runtime.arguments()],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # a Ctrl-C on the terminal is the supervisor's to handle
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self.pid = self._process.pid
        self._pipeline: str | None = None

    def pipeline(self) -> str:
        """Name of the pipeline, once the worker is ready.

        Raises:
            WorkersUnavailable: it did not come up.
        """
        if self._pipeline is None:
            self._stream.settimeout(START_SECONDS)
            try:
                frame = frames.receive(self._stream, max_payload=0)
            except (OSError, frames.FrameError) as error:
                raise WorkersUnavailable("a worker did not start") from error
            if frame is None:
                raise WorkersUnavailable("a worker ended at its start")
            if "unusable" in frame[0]:
                raise WorkersUnavailable(f"a worker cannot encode: {frame[0]['unusable']}")
            self._pipeline = str(frame[0]["pipeline"])
        return self._pipeline

    def read(self, data: bytes, *, gate: str, crop: bool, largest: bool) -> Encoding:
        """One picture.

        Raises:
            Refused: the picture's own fault.
            frames.FrameError, OSError, KeyError, TypeError, ValueError: the worker is no longer to be used.
        """
        header, payloads = self._ask({"gate": gate, "crop": crop, "largest": largest}, data)
        quality = None if header["quality"] is None else Quality.parse(header["quality"])
        template = np.frombuffer(payloads[0], dtype=np.float32)
        if quality is None or template.shape != (DIMENSIONS,) or not np.isfinite(template).all():
            raise ValueError("the worker's answer is not a template")
        return Encoding(template=template, quality=quality, crop=payloads[1] or None)

    def detect(self, data: bytes) -> tuple[FoundFace, ...]:
        """The faces of one picture. Raises as `read`."""
        header, _ = self._ask({"gate": DETECTION}, data)
        return tuple(FoundFace.parse(face) for face in header["found"])

    def _ask(self, task: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
        self._stream.settimeout(self._task_seconds)
        frames.send(self._stream, task, [data])
        frame = frames.receive(self._stream, max_payload=MAX_REPLY)
        if frame is None:
            raise frames.FrameError("the worker ended")
        header, _ = frame
        if header["refusal"] is not None:
            code, sentence, remedy = (str(part) for part in header["refusal"])
            quality = None if header["quality"] is None else Quality.parse(header["quality"])
            raise Refused(Refusal(code, sentence, remedy), quality)
        return frame

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stream.close()


class Workers:
    """A fixed number of workers shared by many threads."""

    def __init__(
        self,
        count: int,
        runtime: Runtime,
        *,
        task_seconds: float = TASK_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._count = count
        self._runtime = runtime
        self._task_seconds = task_seconds
        self._wait_seconds = wait_seconds
        self._idle: queue.Queue[Worker] = queue.Queue()
        self._lock = threading.Lock()
        self._all: set[Worker] = set()
        self._closed = False
        for _ in range(count):
            self._idle.put(self._start())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self.close()
        return False

    def pids(self) -> list[int]:
        with self._lock:
            return sorted(worker.pid for worker in self._all)

    def pipeline(self) -> str:
        """Name of the pipeline that the workers run.

        Raises:
            WorkersUnavailable: none came up.
        """
        worker = self._take()
        try:
            return worker.pipeline()
        finally:
            self._idle.put(worker)

    def read(
        self, data: bytes, *, gate: Literal["probe", "enrolment"], crop: bool = False, largest: bool = False
    ) -> Encoding:
        """One picture on the next idle worker; with `largest` its largest face, where others are of similar size.

        Raises:
            Refused: the picture is refused; IMAGE_UNPROCESSABLE if it brought the worker down.
            WorkersUnavailable: no worker came free, or none can be started.
        """
        return self._on_a_worker(lambda worker: worker.read(data, gate=gate, crop=crop, largest=largest))

    def detect(self, data: bytes) -> tuple[FoundFace, ...]:
        """The faces of one picture, by falling area. Raises as `read`."""
        return self._on_a_worker(lambda worker: worker.detect(data))

    def _on_a_worker(self, task: Callable[[Worker], Found]) -> Found:
        worker = self._take()
        try:
            worker.pipeline()
            found = task(worker)
        except Refused:
            self._idle.put(worker)
            raise
        except WorkersUnavailable:
            self._replace(worker)
            raise
        except (OSError, frames.FrameError, KeyError, TypeError, ValueError) as error:
            _log.warning("recognition.worker_lost", pid=worker.pid, reason=type(error).__name__)
            self._replace(worker)
            raise Refused(refusal("IMAGE_UNPROCESSABLE")) from error
        self._idle.put(worker)
        return found

    def close(self) -> None:
        with self._lock:
            self._closed = True
            workers, self._all = self._all, set()
        for worker in workers:
            worker.kill()

    def _take(self) -> Worker:
        """An idle worker; one that died while idle is replaced, which is no picture's fault."""
        worker = self._next()
        while not worker.alive:
            self._replace(worker)
            worker = self._next()
        return worker

    def _next(self) -> Worker:
        if self._idle.empty() and len(self._all) < self._count:
            return self._start()  # a successor that the system could not start at the time
        try:
            return self._idle.get(timeout=self._wait_seconds)
        except queue.Empty as error:
            raise WorkersUnavailable("all workers are busy") from error

    def _replace(self, worker: Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.kill()
        if not self._closed:
            with suppress(WorkersUnavailable):  # `_take` tries again
                self._idle.put(self._start())

    def _start(self) -> Worker:
        try:
            self._runtime.prepare()
            worker = Worker(self._runtime, task_seconds=self._task_seconds)
        except OSError as error:
            raise WorkersUnavailable("a worker could not be started") from error
        except (WeightsMissing, NetworkUnusable) as error:
            raise WorkersUnavailable(str(error)) from error
        with self._lock:
            self._all.add(worker)
        return worker


def _environment() -> Mapping[str, str]:
    """Nothing of ours but where the code is: no database address and no token reaches a decoder of pictures."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        # One thread: several workers share the machine, and thread stacks would count against the address space.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "LANG": "C.UTF-8",
    }
