"""What became of each file of an import so far: one JSON line a file, beside the report that it will become.

It is what a killed import goes on from. A line is written in one piece; one that was cut off is taken away. While one
import writes it, no other can.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from gateway.cli.enrolment.refusals import SourceUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

LONGEST_LINE: Final = 1024 * 1024


class Journal:
    """`name` is of the import, for as long as the journal is there; `stops` is how often it was ended by a refusal."""

    def __init__(self, path: Path, *, of: Mapping[str, str]) -> None:
        """Goes on with the journal at `path`, or begins it. `of` says which import it is.

        Raises: SourceUnusable where it is another import's, or one that is running.
        """
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            self._lock()
            self._cut_off_last()
            head, self.stops, self._known = self._read(dict(of))
        except (ValueError, AttributeError):
            self.close()
            raise SourceUnusable(f"{path} is no journal of an import.") from None
        except BaseException:
            self.close()
            raise
        self.name = str(head["import"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self.close()
        return False

    def close(self) -> None:
        os.close(self._file)

    def knows(self, key: str) -> bool:
        """Whether it says what became of this file."""
        return bytes.fromhex(key) in self._known

    def add(self, key: str, became: Mapping[str, Any]) -> None:
        self._write({"key": key, **became})
        self._known.add(bytes.fromhex(key))

    def stop(self, code: str) -> None:
        """The import ends unfinished; what was asked for under this number of stops was refused for good."""
        self._write({"stopped": code})

    def lines(self) -> Iterator[dict[str, Any]]:
        """Of each file, without its key."""
        for line in self._lines():
            if "key" in line:
                del line["key"]
                yield line

    def remove(self) -> None:
        self._path.unlink()

    def _read(self, of: dict[str, str]) -> tuple[dict[str, Any], int, set[bytes]]:
        lines = self._lines()
        head = next(lines, None)
        if head is None:
            head = {"import": secrets.token_hex(8), **of}
            self._write(head)
        if {name: head.get(name) for name in of} != of:
            raise SourceUnusable(
                f"{self._path} is the journal of another import, which is unfinished. Finish that one, name another"
                " --report, or delete the journal."
            )
        known, stops = set(), 0
        for line in lines:
            if "key" in line:
                known.add(bytes.fromhex(line["key"]))
            stops += "stopped" in line
        return head, stops, known

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self._path.open(encoding="ascii") as lines:
            for line in lines:
                yield json.loads(line)

    def _write(self, line: Mapping[str, Any]) -> None:
        whole = json.dumps(line).encode("ascii") + b"\n"
        if os.write(self._file, whole) != len(whole):
            raise OSError(f"{self._path} could not be written: the disk is full")

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceUnusable(f"Another import is writing {self._path} now.") from None

    def _cut_off_last(self) -> None:
        start = max(0, os.fstat(self._file).st_size - LONGEST_LINE)
        end = os.pread(self._file, LONGEST_LINE, start).rfind(b"\n") + 1
        os.ftruncate(self._file, start + end)
