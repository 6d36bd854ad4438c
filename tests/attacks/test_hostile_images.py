"""Every hazard that was measured on image files (decoders, headers, metadata) is refused with its own code.

The last tests go through real worker processes: whatever a picture does to one, the next picture is answered.
"""

from __future__ import annotations

import io
import os
import signal
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from engine_house import find_photographs
from engine_house import runtime as prepared
from image_fuzz import chunk, many_chunks, many_scans, png
from patience import PATIENCE_SECONDS
from PIL import Image, ImageFile
from standstill import stop

from gateway.recognition import frames
from gateway.recognition.images import MAX_BYTES, decode
from gateway.recognition.refusals import REFUSALS, ImageRefused, Refused
from gateway.recognition.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.recognition.runtime import Runtime


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return prepared(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="module")
def workers(runtime: Runtime) -> Iterator[Workers]:
    with Workers(1, runtime) as workers:
        yield workers


@pytest.fixture(scope="module")
def photograph() -> bytes:
    return find_photographs()["person_a_1.jpg"]


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


GREY = Image.new("L", (120, 100), 90)
NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 300, 3), dtype=np.uint8))
HOSTILE: dict[str, tuple[str, bytes]] = {
    "nothing": ("IMAGE_EMPTY", b""),
    "a bomb of 169 megapixels in 20 kB": (
        "IMAGE_TOO_MANY_PIXELS",
        png(13_000, 13_000, chunk(b"IDAT", zlib.compress(bytes(13_000 * 4)))),
    ),
    "a header that claims 4 billion pixels a side": ("IMAGE_TOO_MANY_PIXELS", png(2**32 - 1, 2**32 - 1)),
    "a header that claims no pixels": ("IMAGE_FORMAT", png(0, 0)),
    "a thread of 2 by 5000": ("IMAGE_TOO_SMALL", saved(Image.new("RGB", (2, 5000)), "PNG")),
    "one pixel": ("IMAGE_TOO_SMALL", saved(Image.new("RGB", (1, 1)), "PNG")),
    "half a jpeg": ("IMAGE_TRUNCATED", saved(NOISE, "JPEG")[:20_000]),
    "half a png": ("IMAGE_TRUNCATED", saved(NOISE, "PNG")[:20_000]),
    "a png whose header has a wrong checksum": (
        "IMAGE_FORMAT",
        saved(NOISE, "PNG")[:29] + b"\0\0\0\0" + saved(NOISE, "PNG")[33:],
    ),
    "a png whose pixels are not compressed data": ("IMAGE_DAMAGED", png(120, 100, chunk(b"IDAT", b"nonsense"))),
    "a png without pixels": ("IMAGE_DAMAGED", png(120, 100)),
    "a jpeg of markers only": ("IMAGE_FORMAT", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(50)),
    "16 bits of grey": ("IMAGE_DEPTH", saved(Image.new("I;16", (120, 100), 40_000), "PNG")),
    "an animated png": (
        "IMAGE_ANIMATED",
        saved(GREY, "PNG", save_all=True, append_images=[Image.new("L", (120, 100), 9)]),
    ),
    "an animated gif": ("IMAGE_FORMAT", saved(GREY, "GIF", save_all=True, append_images=[Image.new("L", (120, 100))])),
    "webp": ("IMAGE_FORMAT", saved(GREY, "WEBP")),
    "tiff": ("IMAGE_FORMAT", saved(GREY, "TIFF")),
    "bmp": ("IMAGE_FORMAT", saved(GREY, "BMP")),
    "postscript that a program would run": (
        "IMAGE_FORMAT",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/etc/passwd) (r) file\n%%EOF\n",
    ),
    "svg with an external entity": (
        "IMAGE_FORMAT",
        b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    ),
    "html": ("IMAGE_FORMAT", b"<html><body onload=alert(1)>"),
    "pdf": ("IMAGE_FORMAT", b"%PDF-1.7\n1 0 obj\n"),
    "heic": ("IMAGE_FORMAT", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
    "text chunks that swell to 200 MB": (
        "IMAGE_DAMAGED",
        png(
            120,
            100,
            *[chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(20_000_000), 9)) for _ in range(10)],
            chunk(b"IDAT", zlib.compress(bytes(100 * 361))),
        ),
    ),
    "thousands of scans over every pixel": ("IMAGE_UNPROCESSABLE", many_scans(5000, 2000)),
    "dozens of scans over nine megapixels": ("IMAGE_UNPROCESSABLE", many_scans(3000, 50)),
    "a png of nothing but what is skipped": ("IMAGE_UNPROCESSABLE", many_chunks(800_000)),
    "a jpeg of nothing but comments": (
        "IMAGE_UNPROCESSABLE",
        saved(GREY, "JPEG")[:2] + b"\xff\xfe\0\x02" * 2_500_000 + saved(GREY, "JPEG")[2:],
    ),
    "10 MB and one byte": ("IMAGE_TOO_LARGE", bytes(MAX_BYTES + 1)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_its_own_code(name: str) -> None:
    code, data = HOSTILE[name]
    with pytest.raises(ImageRefused) as refused:
        decode(data)
    assert refused.value.reason.code == code
    assert "{" not in refused.value.reason.sentence + refused.value.reason.remedy


@pytest.mark.parametrize("name", HOSTILE)
def test_the_worker_gives_the_same_answer_and_lives(name: str, workers: Workers) -> None:
    before = workers.pids()
    code, data = HOSTILE[name]
    with pytest.raises(Refused, match=code):
        workers.read(data, gate="probe")
    assert workers.pids() == before


def test_half_a_picture_is_refused_even_after_another_library_allowed_it(photograph: bytes) -> None:
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # as importing face_recognition does
    try:
        with pytest.raises(ImageRefused, match="IMAGE_TRUNCATED"):
            decode(photograph[: len(photograph) // 2])
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def test_an_invisible_face_is_not_found(photograph: bytes, workers: Workers) -> None:
    image = Image.open(io.BytesIO(photograph)).convert("RGBA")
    image.putalpha(0)
    with pytest.raises(Refused, match="PROBE_NO_FACE"):
        workers.read(saved(image, "PNG"), gate="probe")


def test_a_worker_killed_in_the_middle_is_replaced_and_the_picture_refused(
    photograph: bytes, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, send = threading.Event(), frames.send

    def tell_and_send(*what: Any) -> None:
        under_way.set()
        send(*what)

    monkeypatch.setattr(frames, "send", tell_and_send)
    with Workers(1, runtime) as workers:
        workers.pipeline()
        (pid,) = workers.pids()
        stop(pid)  # so that the task is surely unfinished when the worker dies
        codes: list[str] = []

        def read() -> None:
            try:
                workers.read(photograph, gate="probe")
            except Refused as refused:
                codes.append(refused.reason.code)

        reading = threading.Thread(target=read)
        reading.start()
        assert under_way.wait(PATIENCE_SECONDS)
        os.kill(pid, signal.SIGKILL)
        reading.join()
        assert codes == ["IMAGE_UNPROCESSABLE"]
        assert workers.pids() != [pid]
        assert workers.read(photograph, gate="probe").quality.faces == 1


def test_a_worker_that_died_while_idle_is_no_fault_of_the_next_picture(photograph: bytes, runtime: Runtime) -> None:
    with Workers(1, runtime) as workers:
        workers.pipeline()
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # its last thread has ended
        assert workers.read(photograph, gate="probe").quality.faces == 1
        assert workers.pids() != [pid]


def test_a_worker_that_hangs_is_killed_at_its_deadline(photograph: bytes, runtime: Runtime) -> None:
    with Workers(1, runtime, task_seconds=0.5) as workers:
        workers.pipeline()
        (pid,) = workers.pids()
        stop(pid)
        with pytest.raises(Refused, match="IMAGE_UNPROCESSABLE"):
            workers.read(photograph, gate="probe")
        assert workers.pids() != [pid]
        assert not Path(f"/proc/{pid}").exists()


def test_a_worker_may_not_write_files_dump_core_or_grow_without_end(workers: Workers) -> None:
    workers.pipeline()
    (pid,) = workers.pids()
    limits = {
        line[:26].strip(): line[26:].split()[0] for line in Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    }
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert int(limits["Max address space"]) <= 1024**3


def test_a_worker_holds_no_secret_of_the_gateway(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITGATE_DATABASE_URL", "postgresql://a:secret@b/c")
    with Workers(1, runtime) as fresh:
        fresh.pipeline()
        (pid,) = fresh.pids()
        # Nor does the kernel show its memory to others of the same user (prctl(2), PR_SET_DUMPABLE).
        with suppress(PermissionError):
            assert b"WRITGATE" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_every_refusal_has_a_sentence_and_a_remedy() -> None:
    for code, (sentence, remedy) in REFUSALS.items():
        assert code.startswith(("IMAGE_", "PROBE_", "GALLERY_", "FACE_", "EXTERNAL_", "ENGINE_", "UPSTREAM_"))
        assert sentence.endswith(".")
        assert remedy.endswith(".")
