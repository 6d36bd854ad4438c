"""One file of a source: the picture in it, or why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from gateway.web.api.bodies import MAX_IMAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf", b"Rar!")
_TAR: Final = slice(257, 262)  # where a TAR says that it is one


@dataclass(frozen=True, slots=True)
class File:
    """`name` is its path in the source; `said` is what a manifest says of it, as the body of a request has it.

    Either `image` holds the picture's bytes or `refused` is a code of `refusals.REFUSALS`.
    """

    name: str
    external_id: str
    image: bytes = field(default=b"", repr=False)
    said: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None


def read(
    name: str, content: Callable[[int], bytes], *, external_id: str | None = None, said: Mapping[str, Any] | None = None
) -> File:
    """The file whose bytes `content` gives, at most as many as it is asked for."""
    if external_id is None:
        external_id = named_by(name)
    if external_id is None:
        return File(name, "", refused="EXTERNAL_ID_INVALID")
    data = content(MAX_IMAGE_BYTES + 1)
    refused = _unfit(data)
    return File(name, external_id, image=b"" if refused else data, said=said or {}, refused=refused)


def named_by(name: str) -> str | None:
    """The external id that the file's name says. None where it holds letters that an external id cannot hold: two
    people's names must not become one.
    """
    stem = PurePosixPath(name).stem
    return re.sub(r"[^A-Za-z0-9_.\-:]", "_", stem)[:255] if stem and stem.isascii() else None


def within(name: str) -> bool:
    """Whether a path stays where it begins, on every system."""
    parts = re.split(r"[/\\]", name)
    return bool(name) and parts[0] != "" and ".." not in parts and not re.match(r"[A-Za-z]:", name)


def is_hidden(name: str) -> bool:
    """What systems leave behind beside the files of people."""
    return any((part.startswith(".") and part not in {".", ".."}) or part == "__MACOSX" for part in name.split("/"))


def _unfit(data: bytes) -> str | None:
    if data.startswith(_ARCHIVES) or data[_TAR] == b"ustar":
        return "FILE_PACKED"
    if not data.startswith(_PICTURES):
        return "IMAGE_FORMAT"
    return "IMAGE_TOO_LARGE" if len(data) > MAX_IMAGE_BYTES else None
