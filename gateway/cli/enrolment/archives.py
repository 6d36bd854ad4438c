"""Pictures in ZIP and TAR archives, which may have been made to harm: nothing is unpacked to the disk.

No member is read beyond the size of one picture, no header beyond a bound, and no archive beyond a number of members.
Pictures hardly shrink, so an archive that unpacks to many times its size is none of pictures and is left at once.
"""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Final, cast

from gateway.cli.enrolment.files import File, is_hidden, read, within
from gateway.cli.enrolment.refusals import REFUSALS, SourceUnusable
from gateway.web.api.bodies import MAX_IMAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_MEMBERS: Final = 500_000
LONGEST_READ: Final = 64 * 1024 * 1024  # a ZIP's directory of so many members
LONGEST_HEADER: Final = 8 * 1024  # of a TAR's member: a longer one is none of a picture, and dear to read
SWELLING: Final = 20  # times the archive's own size
SWELLING_FREE: Final = 64 * 1024 * 1024
_BLOCK: Final = 64 * 1024
# What the parsers of a damaged archive raise: their own errors, and what their arithmetic trips over.
_DAMAGED: Final = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, OSError, EOFError, ValueError, OverflowError, RecursionError,
    KeyError, IndexError, NotImplementedError, RuntimeError,
)  # fmt: skip


class _Forward(io.RawIOBase):
    """A stream that is read forwards, never in one piece beyond a bound, and no further than it may swell."""

    def __init__(self, stream: io.BufferedIOBase, *, most: int) -> None:
        self._stream = stream
        self._most = most
        self._at = 0
        self._wanted = 0
        self._last = b""  # the byte before, which is asked for again to see that the stream goes on
        self.longest = LONGEST_HEADER
        self.newest = b""  # what was read last

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._wanted

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._at - 1:
            raise tarfile.ReadError("it leads backwards")
        self._wanted = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.longest:
            raise tarfile.ReadError("a header longer than is read")
        before = self._last if self._wanted < self._at and size else b""
        while self._at < self._wanted and self._take(min(_BLOCK, self._wanted - self._at)):
            pass
        self.newest = before + self._take(size - len(before))
        self._wanted = self._at
        return self.newest

    def _take(self, size: int) -> bytes:
        if self._at + size > self._most:
            raise Swells
        data = self._stream.read(size)
        self._at += len(data)
        self._last = data[-1:] or self._last
        return data


class Swells(Exception):  # noqa: N818 - it states what is so
    """The archive unpacks to far more than it should."""


class _Bounded(io.FileIO):
    """A file that is never read in one piece beyond a bound."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(LONGEST_READ + 1 if size is None or size < 0 else min(size, LONGEST_READ + 1)) or b""
        if len(data) > LONGEST_READ:
            raise zipfile.BadZipFile("a directory longer than is read")
        return data


def open_zip(path: Path) -> zipfile.ZipFile:
    """Raises SourceUnusable where its directory cannot be read, or lists what cannot be."""
    file = _Bounded(path)
    try:
        archive = zipfile.ZipFile(cast("io.BufferedReader", file))
    except _DAMAGED as error:
        file.close()
        raise SourceUnusable(f"The archive cannot be read: {error}.") from None
    members = archive.infolist()
    checks = (
        ("ARCHIVE_TOO_MANY", len(members) > MOST_MEMBERS),
        ("ARCHIVE_OVERLAPS", sum(member.compress_size for member in members) > path.stat().st_size),
    )
    refused = next((code for code, so in checks if so), None)
    if refused:
        file.close()
        raise SourceUnusable(" ".join(REFUSALS[refused]))
    return archive


def zip_files(archive: zipfile.ZipFile) -> Iterator[File]:
    with closing(cast("io.BufferedReader", archive.fp)), archive:
        for member in archive.infolist():
            if not member.is_dir() and not is_hidden(member.filename):
                yield _of_zip(archive, member)


def _of_zip(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> File:
    refused = _refused_in_zip(member)
    if refused:
        return File(member.filename, "", refused=refused)

    def content(size: int) -> bytes:
        with archive.open(member) as stream:
            return stream.read(size)

    try:
        return read(member.filename, content)
    except _DAMAGED:
        return File(member.filename, "", refused="FILE_DAMAGED")


def _refused_in_zip(member: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    checks = (
        ("FILE_OUTSIDE", not within(member.filename)),
        ("FILE_LINK", kind == stat.S_IFLNK),
        ("FILE_SPECIAL", kind not in {0, stat.S_IFREG, stat.S_IFLNK}),
        ("FILE_ENCRYPTED", bool(member.flag_bits & 0x1)),
        ("FILE_COMPRESSION", member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}),
        ("IMAGE_TOO_LARGE", member.file_size > MAX_IMAGE_BYTES),
    )
    return next((code for code, so in checks if so), None)


def tar_files(path: Path) -> Iterator[File]:
    """The members in their order; where the archive cannot be read further, a last one under its own name says so.

    Raises: SourceUnusable where it cannot be read from the start.
    """
    most = SWELLING * path.stat().st_size + SWELLING_FREE
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        unpacked = cast("io.BufferedIOBase", gzip.GzipFile(fileobj=file) if packed else file)
        stream = _Forward(unpacked, most=most)
        try:
            archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115 - it holds nothing but the stream
        except (*_DAMAGED, Swells) as error:
            raise SourceUnusable(f"The archive cannot be read: {error}.") from None
        yield from _members(archive, stream, path.name)


def _members(archive: tarfile.TarFile, stream: _Forward, name: str) -> Iterator[File]:
    ended = "ARCHIVE_TOO_MANY"
    for _ in range(MOST_MEMBERS):
        try:
            member = archive.next()
            found = None if member is None else _of_tar(archive, stream, member)
        except Swells:
            ended = "ARCHIVE_SWELLS"
            break
        except _DAMAGED:
            ended = "ARCHIVE_DAMAGED"
            break
        if member is None:
            if not stream.newest.strip(b"\0"):  # zeros, or nothing: its end, where the parser calls anything an end
                return
            ended = "ARCHIVE_DAMAGED"
            break
        archive.members.clear()  # type: ignore[attr-defined] # which would otherwise keep every header
        if found is not None:
            yield found
    yield File(name, "", refused=ended)


def _of_tar(archive: tarfile.TarFile, stream: _Forward, member: tarfile.TarInfo) -> File | None:
    if member.size < 0:
        raise tarfile.ReadError("a size below nothing")
    if member.isdir() or is_hidden(member.name):
        return None
    checks = (
        ("FILE_OUTSIDE", not within(member.name)),
        ("FILE_LINK", member.issym() or member.islnk()),
        ("FILE_SPECIAL", not member.isreg() or member.issparse()),
        ("IMAGE_TOO_LARGE", member.size > MAX_IMAGE_BYTES),
    )
    refused = next((code for code, so in checks if so), None)
    if refused:
        return File(member.name, "", refused=refused)
    stream.longest = MAX_IMAGE_BYTES + 1
    try:
        with cast("io.BufferedReader", archive.extractfile(member)) as content:
            return read(member.name, content.read)
    finally:
        stream.longest = LONGEST_HEADER
