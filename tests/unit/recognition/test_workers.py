"""Workers are shared, one picture each at a time, and a caller never waits for ever."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gateway.recognition.quality import PROBE
from gateway.recognition.refusals import Refused
from gateway.recognition.workers import Worker, Workers, WorkersUnavailable

if TYPE_CHECKING:
    from gateway.recognition.pipeline import Pipeline
    from gateway.recognition.runtime import Runtime

pytestmark = pytest.mark.photographs


def test_many_callers_get_each_their_own_answer(
    workers: Workers, pipeline: Pipeline, photographs: dict[str, bytes]
) -> None:
    names = ["person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg"] * 2
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda name: workers.read(photographs[name], gate="probe"), names))
    expected = {name: pipeline.read(photographs[name], PROBE).template for name in set(names)}
    for name, encoding in zip(names, read, strict=True):
        assert np.array_equal(encoding.template, expected[name])
    assert workers.pipeline() == pipeline.name


def test_a_caller_is_told_when_every_worker_is_busy(runtime: Runtime) -> None:
    with Workers(1, runtime, wait_seconds=0.05) as workers:
        held = workers._take()
        with pytest.raises(WorkersUnavailable, match="busy"):
            workers.read(b"", gate="probe")
        workers._idle.put(held)


def test_a_worker_that_died_before_it_is_given_a_picture_is_replaced_first(runtime: Runtime) -> None:
    with Workers(1, runtime) as workers:
        (worker,) = workers._all
        os.kill(worker.pid, signal.SIGKILL)
        worker._process.wait()
        with pytest.raises(Refused, match="IMAGE_EMPTY"):
            workers.read(b"", gate="probe")
        assert workers.pids() != [worker.pid]


def test_a_worker_that_dies_while_its_start_is_awaited_is_replaced(
    monkeypatch: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    with Workers(1, runtime) as workers:
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGKILL)
        with monkeypatch.context() as patch:
            patch.setattr(Worker, "alive", True)  # it was, when it was looked at
            with pytest.raises(WorkersUnavailable):
                workers.read(b"", gate="probe")
        assert workers.pids() != [pid]
        assert "resnet" in workers.pipeline()


def test_a_worker_that_could_not_be_replaced_at_once_is_replaced_later(
    monkeypatch: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    with Workers(1, runtime) as workers:
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGKILL)
        with monkeypatch.context() as patch:
            patch.setattr("subprocess.Popen", _no_more_processes)
            for _ in range(2):
                with pytest.raises(WorkersUnavailable):
                    workers.read(b"", gate="probe")
        assert workers.pids() == []
        assert "resnet" in workers.pipeline()


def _no_more_processes(*_: object, **__: object) -> None:
    raise BlockingIOError


def test_closing_leaves_no_process_behind(runtime: Runtime) -> None:
    workers = Workers(2, runtime)
    pids = workers.pids()
    workers.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
