"""Archives that were made to harm: nothing is written, nothing swells, and each member that is not sent says why."""

from __future__ import annotations

import gzip
import io
import os
import random
import resource
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gateway
from gateway.cli.enrolment import archives
from gateway.cli.enrolment.refusals import REFUSALS, SourceUnusable
from gateway.cli.enrolment.sources import open_source
from gateway.web.api.bodies import MAX_IMAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

JPEG = b"\xff\xd8\xff\xe0 a picture"


def refused(path: Path) -> dict[str, str | None]:
    return {file.name: file.refused for file in open_source(path).files}


def a_zip(path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, bytes]], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


def a_tar(path: Path, members: Iterable[tuple[str | tarfile.TarInfo, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for member, content in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            if isinstance(member, str):
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def of_kind(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_pictures_of_both_kinds_are_read_as_they_are(tmp_path: Path) -> None:
    members = [("people/", b""), ("people/a.jpg", JPEG), ("b.jpg", JPEG.ljust(70_000, b"\1")), ("__MACOSX/c.jpg", b"")]
    for path in (
        a_zip(tmp_path / "a.zip", members),
        a_tar(tmp_path / "a.tar", members[1:]),
        a_tar(tmp_path / "a.tar.gz", members[1:], "w:gz"),
    ):
        read = {file.name: (file.external_id, file.image) for file in open_source(path).files}
        assert read == {"people/a.jpg": ("a", JPEG), "b.jpg": ("b", JPEG.ljust(70_000, b"\1"))}


def test_members_of_a_zip_that_are_no_pictures_say_why(tmp_path: Path) -> None:
    path = a_zip(
        tmp_path / "a.zip",
        [
            ("../out.jpg", JPEG),
            ("/etc/out.jpg", JPEG),
            ("C:/out.jpg", JPEG),
            ("a/../../out.jpg", JPEG),
            (with_mode("link.jpg", 0o120777), b"/etc/passwd"),
            (with_mode("device.jpg", 0o020644), b""),
            ("inner.zip", b"PK\x03\x04"),
            ("inner.jpg", gzip.compress(b"x")),
            ("bomb.jpg", JPEG + bytes(MAX_IMAGE_BYTES)),
            ("text.jpg", b"text"),
            ("fine.jpg", JPEG),
        ],
    )
    assert refused(path) == {
        "../out.jpg": "FILE_OUTSIDE",
        "/etc/out.jpg": "FILE_OUTSIDE",
        "C:/out.jpg": "FILE_OUTSIDE",
        "a/../../out.jpg": "FILE_OUTSIDE",
        "link.jpg": "FILE_LINK",
        "device.jpg": "FILE_SPECIAL",
        "inner.zip": "FILE_PACKED",
        "inner.jpg": "FILE_PACKED",
        "bomb.jpg": "IMAGE_TOO_LARGE",
        "text.jpg": "IMAGE_FORMAT",
        "fine.jpg": None,
    }
    assert [one.name for one in tmp_path.iterdir()] == ["a.zip"]


def test_a_member_that_is_encrypted_or_oddly_compressed_is_not_opened(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", [("a.jpg", JPEG)])
    data = bytearray(path.read_bytes())
    for at in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1
    path.write_bytes(data)
    assert refused(path) == {"a.jpg": "FILE_ENCRYPTED"}
    assert refused(a_zip(tmp_path / "b.zip", [("a.jpg", JPEG)], zipfile.ZIP_LZMA)) == {"a.jpg": "FILE_COMPRESSION"}


def test_a_member_that_is_larger_than_its_header_says_is_damaged(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", [("a.jpg", JPEG + bytes(10 * MAX_IMAGE_BYTES))])
    data = bytearray(path.read_bytes())
    for at in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        data[at : at + 4] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert refused(path) == {"a.jpg": "FILE_DAMAGED"}


def test_a_zip_whose_members_share_their_bytes_is_refused_whole(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", [("a.jpg", JPEG + os.urandom(5000))])
    with zipfile.ZipFile(path, "a") as archive:
        (one,) = archive.filelist
        for number in range(50):
            other = zipfile.ZipInfo(f"{number}.jpg")
            other.compress_type, other.header_offset = one.compress_type, one.header_offset
            other.CRC, other.compress_size, other.file_size = one.CRC, one.compress_size, one.file_size
            archive.filelist.append(other)
        archive._didModify = True  # type: ignore[attr-defined]
    with pytest.raises(SourceUnusable, match="over each other"):
        open_source(path)


def test_a_zip_with_too_many_members_is_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_zip(tmp_path / "a.zip", [(f"{number}.jpg", JPEG) for number in range(6)])
    monkeypatch.setattr(archives, "MOST_MEMBERS", 5)
    with pytest.raises(SourceUnusable, match="more members"):
        open_source(path)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 6)
    monkeypatch.setattr(archives, "LONGEST_READ", 100)
    with pytest.raises(SourceUnusable, match="longer than is read"):
        open_source(path)


def test_members_of_a_tar_that_are_no_pictures_say_why(tmp_path: Path) -> None:
    path = a_tar(
        tmp_path / "a.tar",
        [
            ("../out.jpg", JPEG),
            ("/etc/out.jpg", JPEG),
            (of_kind("link.jpg", tarfile.SYMTYPE, "/etc/passwd"), b""),
            (of_kind("hard.jpg", tarfile.LNKTYPE, "fine.jpg"), b""),
            (of_kind("device.jpg", tarfile.CHRTYPE), b""),
            (of_kind("pipe.jpg", tarfile.FIFOTYPE), b""),
            ("inner.tar", bytes(257) + b"ustar" + bytes(250)),
            ("large.jpg", JPEG + bytes(MAX_IMAGE_BYTES)),
            ("fine.jpg", JPEG),
        ],
    )
    assert refused(path) == {
        "../out.jpg": "FILE_OUTSIDE",
        "/etc/out.jpg": "FILE_OUTSIDE",
        "link.jpg": "FILE_LINK",
        "hard.jpg": "FILE_LINK",
        "device.jpg": "FILE_SPECIAL",
        "pipe.jpg": "FILE_SPECIAL",
        "inner.tar": "FILE_PACKED",
        "large.jpg": "IMAGE_TOO_LARGE",
        "fine.jpg": None,
    }


def test_a_tar_that_swells_is_left_where_it_begins_to(tmp_path: Path) -> None:
    members = [("a.jpg", JPEG), *((f"{number}.bin", bytes(30_000_000)) for number in range(4)), ("z.jpg", JPEG)]
    path = a_tar(tmp_path / "a.tar.gz", members, "w:gz")
    found = refused(path)
    assert found["a.jpg"] is None
    assert found["a.tar.gz"] == "ARCHIVE_SWELLS"
    assert "z.jpg" not in found


def header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    block = bytearray(tarfile.TarInfo("x").tobuf())
    block[0:100], block[124:136], block[156:157] = name.ljust(100, b"\0"), size, kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    "second",
    [
        header(b"b.jpg", b"\xff" * 12),  # a negative size, which leads backwards
        header(b"b.jpg", b"\x80" + b"\0" * 3 + b"\xff" * 8),
        header(b"b.jpg", b"77777777777\0"),
        header(b"p", b"77777777777\0", b"x"),
        header(b"p", b"00000100000\0", b"x") + b"9" * 32768,  # digits that a pattern is tried at, one after the other
        header(b"p", b"00000000020\0", b"x") + b"11 size=-512\n".ljust(512, b"\0") + header(b"b.jpg", b"00000000010\0"),
        header(b"p", b"77777777777\0", b"L"),
        header(b"p", b"00000000010\0", b"L").ljust(1024, b"\0") * 3000,
        header(b"b.jpg", b"00000000010\0")[:300],
        b"what is no header".ljust(512, b"!"),
    ],
    ids=["negative", "enormous", "beyond", "pax", "digits", "pax-size", "long-name", "nested-names", "cut", "noise"],
)
def test_a_tar_that_is_damaged_says_from_where(tmp_path: Path, second: bytes) -> None:
    first = header(b"a.jpg", b"%011o\0" % len(JPEG)) + JPEG.ljust(512, b"\0")
    for name, packed in (("a.tar", bytes), ("a.tar.gz", gzip.compress)):
        path = tmp_path / name
        path.write_bytes(packed(first + second))
        found = refused(path)
        assert found.pop("a.jpg") is None
        assert found.popitem() in {(name, "ARCHIVE_DAMAGED"), (name, "ARCHIVE_SWELLS")}


def test_what_is_no_archive_is_refused_whole(tmp_path: Path) -> None:
    for name, content in (("a.zip", b"none"), ("a.zip", b""), ("a.tar", b"none" * 500), ("a.tar.gz", b"\x1f\x8bnone")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceUnusable, match="cannot be read"):
            list(open_source(tmp_path / name).files)


def test_whatever_is_changed_in_an_archive_it_is_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(20261129)  # noqa: S311 - variety, not secrecy
    members = [(f"{number}.jpg", JPEG + chance.randbytes(40)) for number in range(5)]
    a_zip(tmp_path / "a.zip", members)
    a_tar(tmp_path / "a.tar", members)
    a_tar(tmp_path / "a.tar.gz", members, "w:gz")
    for name in ("a.zip", "a.tar", "a.tar.gz"):
        whole = (tmp_path / name).read_bytes()
        for _ in range(600):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            (tmp_path / name).write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
            try:
                codes = {file.refused for file in open_source(tmp_path / name).files}
            except SourceUnusable:
                continue
            assert codes <= {None, *REFUSALS}


def test_half_a_gigabyte_in_a_small_archive_is_refused_within_less_memory(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("a.jpg", "w") as bomb,
    ):
        for _ in range(512):
            bomb.write(bytes(1 << 20))
    program = (
        "import sys; from pathlib import Path; from gateway.cli.enrolment.sources import open_source;"
        "print([file.refused for file in open_source(Path(sys.argv[1])).files])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.zip")],
        env={**os.environ, "PYTHONPATH": str(Path(gateway.__path__[0]).parent)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("['IMAGE_TOO_LARGE']", "")
