"""A bundle: what a stranger needs to verify a part of the log offline, as a folder or a zip of one.

    log.json                        format, origin, keys, the range, the log's word for the keys of receipts
    policy                          a tlog-policy; the reader may bring one of his own
    checkpoints/<size>              signed notes, cosignatures included
    tile/entries/<N>[.p/<W>]        every entry of the range, as tlog-tiles serves them
    entries/<index>, proofs/<index>.tlog-proof    single entries, where the bundle has no range
    timestamps/<size>.<n>.tsr       RFC 3161 responses over checkpoints/<size>
    receipts/<name>.jwt             promises to be redeemed
    disclosures.jsonl               opened values: {"index": …, "disclosures": ["…"]}, and in "unreadable" how many
                                    more of the entry could not be opened, where there are such
    verify.py                       this verifier as one file

Reading only; nothing in a bundle is believed before it is verified.
"""

from __future__ import annotations

import json
import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.errors import BundleMalformed
from gateway.audit.merkle import HASH_BYTES
from gateway.audit.tile_paths import WIDTH, tile_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT: Final = "writgate-bundle/1"
_LENGTH_BYTES: Final = 2
# No file of a bundle is longer than a tile of the longest entries, but the one of the disclosures.
_LONGEST_FILE: Final = WIDTH * (_LENGTH_BYTES + 0xFFFF)
_LONGEST_DISCLOSURES: Final = 1 << 30
_PACKED: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class BundleFiles:
    """The files of a bundle by name."""

    def __init__(self, path: Path) -> None:
        """Raises BundleMalformed where there is no folder and no zip."""
        self.path = path
        self._prefix = f"{path}/"
        self._zip: zipfile.ZipFile | None = None
        if path.is_file():
            try:
                self._zip = zipfile.ZipFile(path)
            # Which of them depends on where in its directory a zip is damaged.
            except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error):
                raise BundleMalformed(f"{path.name} is neither a folder nor a zip") from None
        elif not path.is_dir():
            raise BundleMalformed(f"there is no bundle at {path}")

    def read(self, name: str) -> bytes | None:
        """Raises BundleMalformed where a file is damaged, too long, or none."""
        try:
            if self._zip is not None:
                packed = self._zip.getinfo(name)
                _require_length(name, packed.file_size, usable=packed.compress_type in _PACKED)
                return self._zip.read(packed)
            place = f"{self._prefix}{name}"
            about = os.stat(place)  # noqa: PTH116  thousands of tiles are read
            _require_length(name, about.st_size, usable=stat.S_ISREG(about.st_mode))
            with open(place, "rb") as file:  # noqa: PTH123  as above
                return file.read()
        except (KeyError, FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, zipfile.BadZipFile, RuntimeError, ValueError, EOFError, zlib.error, struct.error) as error:
            raise BundleMalformed(f"{name} cannot be read") from error

    def text(self, name: str) -> str | None:
        content = self.read(name)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            raise BundleMalformed(f"{name} is not UTF-8") from None

    def names(self, folder: str) -> list[str]:
        """Names of the files in a folder of the bundle."""
        if self._zip is not None:
            found = (name.removeprefix(f"{folder}/") for name in self._zip.namelist() if name.startswith(f"{folder}/"))
            return sorted(name for name in found if name and "/" not in name)
        place = self.path / folder
        return sorted(path.name for path in place.iterdir() if path.is_file()) if place.is_dir() else []


def _require_length(name: str, length: int, *, usable: bool) -> None:
    """Before anything of it is read."""
    if not usable or length > (_LONGEST_DISCLOSURES if name == "disclosures.jsonl" else _LONGEST_FILE):
        raise BundleMalformed(f"{name} is no file of a bundle, or longer than one may be")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What log.json says, and the rest by name.

    Attributes:
        keys: each key of the log with the checkpoint at which it took over.
        first: the index of the first entry of the range, None where the bundle has single entries only.
        size: the size of the tree at the end of the range.
        subtrees: the compact range of the tree of `first` entries, which the range is appended to.
        continued: a consistency proof from the tree at the end of the range to the one at which the key in use took
            over, where that is larger; without it a tree that only a retired key signed is not judged.
        receipt_keys: the log's signed word for each key of its receipts.
    """

    files: BundleFiles
    origin: str
    keys: tuple[tuple[str, str | None], ...]
    first: int | None
    size: int
    subtrees: tuple[bytes, ...]
    continued: tuple[bytes, ...]
    receipt_keys: tuple[str, ...]
    verifier_key: str

    @classmethod
    def open(cls, path: Path) -> Bundle:
        """Raises BundleMalformed."""
        files = BundleFiles(path)
        try:
            found = json.loads(files.text("log.json") or "")
            if found["format"] != FORMAT:
                raise BundleMalformed(f"the bundle is not in the format {FORMAT}")
            first, size = None if found["first"] is None else int(found["first"]), int(found["size"])
            if first is not None and not 0 <= first < size:
                raise BundleMalformed("the bundle's range is empty")
            return cls(
                files,
                str(found["origin"]),
                tuple((str(key["verifier_key"]), _note(key.get("transition"))) for key in found["keys"]),
                first,
                size,
                tuple(map(_hash, found["subtrees"])),
                tuple(map(_hash, found.get("continued", ()))),
                tuple(map(str, found.get("receipt_keys", ()))),
                str(found["verifier_key"]),
            )
        except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BundleMalformed("log.json is missing or not as it must be") from error

    def entries(self, start: int) -> list[bytes]:
        """The leaves of the tile that begins at index `start`, none where it is missing. Raises BundleMalformed."""
        return split_entries(self.files.read(entry_tile_name(start // WIDTH, self.size)) or b"")


def _hash(value: Any) -> bytes:
    found = bytes.fromhex(value)
    if len(found) != HASH_BYTES:
        raise ValueError("a hash of the tree is as long as SHA-256 makes it")
    return found


def _note(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("a note is text")
    return value


def entry_tile_name(number: int, size: int) -> str:
    """Where the entry tile of that number lies, in a tree of `size` entries."""
    width = min(WIDTH, size - number * WIDTH)
    return f"tile/entries/{tile_path(number)}" + (f".p/{width}" if width < WIDTH else "")


def split_entries(content: bytes) -> list[bytes]:
    """The leaves of an entry tile: each is preceded by its length in two bytes. Raises BundleMalformed."""
    found, at, end = [], 0, len(content) - 1
    while at < end:
        start = at + _LENGTH_BYTES
        at = start + (content[at] << 8 | content[at + 1])
        found.append(content[start:at])
    if at != len(content):
        raise BundleMalformed("an entry tile is cut off")
    return found


def join_entries(leaves: Iterable[bytes]) -> bytes:
    """An entry tile, as tlog-tiles says."""
    return b"".join(len(leaf).to_bytes(_LENGTH_BYTES) + leaf for leaf in leaves)
