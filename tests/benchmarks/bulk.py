"""`import`: bulk enrolment by a whole gateway, beside its encoder alone, in the same run.

Each round enrols the same files of a megapixel into a gallery of its own by `writgate gallery import`, a process like
any other client, and then has two workers of the encoder read them with nothing around them. `cores_busy` is the
processor time of everything that takes part (client, web, engine, log, database) over the time that went by on as many
cores; it is counted from the first answer to the end of the command, and on a machine with other work it is less than
it would be. The milliseconds are processor time for each file.
"""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from benchmarks.encode import PEOPLE, PhotographsMissing, _megapixel
from benchmarks.processor import Processor, Reading, spent
from benchmarks.report import Goal, Report, medians, paired
from gateway_house import House, gateway_house

import gateway
from gateway.cli.photographs import default_cache, photographs
from gateway.postgres.deployment import DatabaseRole
from gateway.recognition.runtime import PROCESSOR, Runtime
from gateway.recognition.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES: Final = 600
KINDS: Final = ("web", "engine", "sequencer", "signer", "sweeper", "docket")
GOALS: Final = (Goal("cores_busy", least=0.9),)
_STORY: Final = (
    "--purpose", "locate_missing_person", "--source", "family",
    "--justification", "photographs handed in by the families on 12 November",
)  # fmt: skip


def run(*, rounds: int, files: int = FILES) -> Report:
    """Raises PhotographsMissing."""
    found = photographs(default_cache())
    if not found.keys() >= set(PEOPLE):
        raise PhotographsMissing("The photographs of face_recognition's source distribution could not be fetched.")
    people = [_megapixel(found[name].read_bytes()) for name in PEOPLE]
    pictures = [_numbered(people[number % len(people)], number) for number in range(files)]
    with tempfile.TemporaryDirectory(prefix="writgate-bench-") as name, gateway_house(found) as house:
        folder = Path(name)
        (folder / "people").mkdir()
        for number, picture in enumerate(pictures):
            (folder / "people" / f"{number}.jpg").write_bytes(picture)
        runtime = Runtime(encoder="onnxruntime", provider=PROCESSOR, folder=folder)
        runtime.prepare()
        cores = os.cpu_count() or 1
        _imported(house, folder, "trial-warm", cores)
        measured = [
            _imported(house, folder, f"trial-{number}", cores) | _encoded(runtime, pictures)
            for number in range(1, rounds + 1)
        ]
    return Report(
        benchmark="import",
        settings={"files": files, "pixels": 1_000_000, "encoder_workers": house.settings.encoder_workers},
        figures=medians(measured),
        ratios={"vs_encoder_alone": paired(measured, "files_per_s", "encoder_alone_files_per_s")},
        rounds=rounds,
        goals=GOALS,
    )


def _numbered(jpeg: bytes, number: int) -> bytes:
    """The same picture as another file."""
    comment = b"%d" % number
    return jpeg[:2] + struct.pack(">BBH", 0xFF, 0xFE, len(comment) + 2) + comment + jpeg[2:]


def _imported(house: House, folder: Path, gallery: str, cores: int) -> dict[str, float]:
    """One import, from its first answer."""
    made = house.api("trial").post("/v1/galleries", {"name": gallery})
    if made.status != 201:
        raise RuntimeError(f"no gallery: {made.code}")
    report = folder / f"{gallery}.jsonl"
    command = [
        sys.executable, "-m", "gateway.cli", "gallery", "import", gallery, str(folder / "people"), *_STORY,
        "--client", "trial", "--home", str(house.settings.home), "--report", str(report),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(Path(gateway.__path__[0]).parent)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        journal = report.with_name(f"{report.name}.journal")
        while (answered := _answered(journal)) < 1:
            if running.poll() is not None:
                raise RuntimeError(f"the import ended: {(running.stderr or io.BytesIO()).read().decode()}")
            time.sleep(0.005)
        roots = {kind: house.supervisor.pid(kind) for kind in KINDS}
        processor = Processor(roots | {"database": _postmaster(house), "client": running.pid})
        before, began = processor.read(), time.perf_counter()
        # A process that is not yet waited for still says how long it ran; its threads no longer do.
        os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
        took, after, ended = time.perf_counter() - began, processor.read(), _ran(running.pid)
    lines = report.read_text().splitlines()
    enrolled = sum('"status": "enrolled"' in line for line in lines)
    if enrolled != len(list((folder / "people").iterdir())):
        raise RuntimeError(f"only {enrolled} were enrolled")
    files = enrolled - answered
    parts = _parts(before, after, client=ended)
    return {
        "files_per_s": files / took,
        "cores_busy": sum(parts.values()) / took / cores,
        **{f"{part}_ms": seconds * 1000 / files for part, seconds in parts.items()},
    }


def _parts(before: Mapping[str, Reading], after: Mapping[str, Reading], *, client: float) -> dict[str, float]:
    """Seconds of processor time; what keeps the log beside the request is one part."""
    used = spent(before, {part: reading for part, reading in after.items() if part != "client"})
    beside = sum(used.pop(kind) for kind in KINDS if kind not in {"web", "engine"})
    return used | {"log": beside, "client": client - sum(before["client"].values()) / 1e9}


def _ran(pid: int) -> float:
    """Seconds of processor time of a process that has ended, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answered(journal: Path) -> int:
    """Lines of files: the first line says whose the journal is."""
    return len(journal.read_bytes().splitlines()) - 1 if journal.exists() else 0


def _postmaster(house: House) -> int:
    """The process that every database process is a child of."""
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row: Any = connection.execute("SELECT pg_backend_pid()").fetchone()
        return int(Path(f"/proc/{row[0]}/stat").read_text().rpartition(")")[2].split()[1])


def _encoded(runtime: Runtime, pictures: list[bytes]) -> dict[str, float]:
    """As many workers as the gateway has, with nothing around them."""
    with Workers(2, runtime) as workers, ThreadPoolExecutor(2) as callers:

        def read(picture: bytes) -> None:
            workers.read(picture, gate="enrolment")

        list(callers.map(read, pictures[:8]))  # both are up, and warm
        began = time.perf_counter()
        list(callers.map(read, pictures))
        return {"encoder_alone_files_per_s": len(pictures) / (time.perf_counter() - began)}
