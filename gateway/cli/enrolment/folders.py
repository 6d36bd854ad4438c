"""Pictures on the disk: those of a folder, and those that a manifest names."""

from __future__ import annotations

import csv
import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.enrolment.files import File, is_hidden, read, within
from gateway.cli.enrolment.refusals import SourceUnusable
from gateway.web.api.bodies import EnrolBody

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE: Final = "file"
EXTERNAL_ID: Final = "external_id"


class Unreadable(Exception):  # noqa: N818 - it states what is so
    """Carries a code of `refusals.REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def names(folder: Path) -> list[str]:
    """Every file's path in the folder and the folders below it, in order. Links are named and not followed."""
    found = []
    for directory, folders, files in os.walk(folder):
        links = [name for name in folders if Path(directory, name).is_symlink()]
        found += [Path(directory, name).relative_to(folder).as_posix() for name in (*files, *links)]
    return sorted(name for name in found if not is_hidden(name))


def files(folder: Path, names: list[str]) -> Iterator[File]:
    for name in names:
        yield _file(folder, name)


def manifest(path: Path) -> Iterator[File]:
    """The files that a CSV names by paths from its own folder, one a row.

    The first row names the columns: `file`, and where wanted `external_id` and any field of an enrolment's request,
    those inside others with a dot (`offence.statute`). An empty field is not said.

    Raises: SourceUnusable where the first row names another column, or the file is no text.
    """
    kinds = columns()
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, strict=True)
        head = _next(rows) or []
        unknown = [name for name in head if name not in kinds]
        if FILE not in head or unknown or len(set(head)) < len(head):
            wrong = f"It does not know {', '.join(unknown)}." if unknown else "It needs a column `file`, each once."
            raise SourceUnusable(f"The manifest's first row names its columns. {wrong} Known: {', '.join(kinds)}.")
        while (row := _next(rows)) is not None:
            if row:
                yield _of_row(path.parent, dict(zip(head, row, strict=False)), kinds, whole=len(row) == len(head))


def columns() -> dict[str, type]:
    """Column to the type of its values, `str` or `bool`: what an enrolment's request takes beside its picture."""
    schema = EnrolBody.model_json_schema()
    found: dict[str, type] = {FILE: str}
    for name, kind in _leaves(schema, schema["$defs"]):
        if name != "image":
            found[name] = bool if kind == "boolean" else str
    return found


def _leaves(schema: Mapping[str, Any], shared: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, part in schema["properties"].items():
        kinds = [
            shared[kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind for kind in part.get("anyOf", [part])
        ]
        kind = next(kind for kind in kinds if kind.get("type") != "null")
        if "properties" in kind:
            yield from _leaves(kind, shared, f"{prefix}{name}.")
        else:
            yield prefix + name, kind.get("type", "string")


def _of_row(folder: Path, row: dict[str, str], kinds: Mapping[str, type], *, whole: bool) -> File:
    name = row.pop(FILE, "")
    if not whole or not name:
        return File(name, "", refused="ROW_UNREADABLE")
    external_id = row.pop(EXTERNAL_ID, "") or None
    said: dict[str, Any] = {}
    for column, value in row.items():
        if value:
            *parents, last = column.split(".")
            part = said
            for parent in parents:
                part = part.setdefault(parent, {})
            part[last] = value == "true" if kinds[column] is bool and value in {"true", "false"} else value
    return _file(folder, name, external_id=external_id, said=said)


def _file(folder: Path, name: str, *, external_id: str | None = None, said: Mapping[str, Any] | None = None) -> File:
    try:
        return read(name, lambda size: _content(folder, name, size), external_id=external_id, said=said)
    except Unreadable as reason:
        return File(name, external_id or "", refused=reason.code)


def _content(folder: Path, name: str, size: int) -> bytes:
    """The first bytes of a regular file inside the folder. Raises Unreadable."""
    if "\0" in name or not within(name) or not (folder / name).parent.resolve().is_relative_to(folder.resolve()):
        raise Unreadable("FILE_OUTSIDE")
    try:
        # Neither a link nor a pipe that nobody writes to may be waited for.
        opened = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable("FILE_LINK" if error.errno == errno.ELOOP else "FILE_UNREADABLE") from None
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise Unreadable("FILE_SPECIAL")
        with os.fdopen(opened, "rb", closefd=False) as file:
            return file.read(size)
    except OSError:
        raise Unreadable("FILE_UNREADABLE") from None
    finally:
        os.close(opened)


def _next(rows: Iterator[list[str]]) -> list[str] | None:
    """The next row, None at the end. Raises SourceUnusable."""
    try:
        return next(rows, None)
    except (csv.Error, UnicodeDecodeError) as error:
        raise SourceUnusable(f"The manifest is not CSV in UTF-8: {error}.") from None
