"""Where the pictures of an import come from: a folder, a CSV manifest, a ZIP, a TAR or a TAR.GZ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.cli.enrolment import archives, folders
from gateway.cli.enrolment.refusals import SourceUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.cli.enrolment.files import File


@dataclass(frozen=True, slots=True)
class Source:
    """`total` is how many files there are, where that is known before they are read."""

    files: Iterator[File]
    total: int | None = None


def open_source(path: Path) -> Source:
    """Raises SourceUnusable; so may the reading of its files, of a manifest that is none."""
    try:
        if path.is_dir():
            names = folders.names(path)
            if not names:
                raise SourceUnusable(f"There is nothing to enrol in {path}.")
            return Source(folders.files(path, names), len(names))
        name = path.name.lower()
        if name.endswith(".csv"):
            return Source(folders.manifest(path))
        if name.endswith(".zip"):
            archive = archives.open_zip(path)
            return Source(archives.zip_files(archive), len(archive.infolist()))
        if name.endswith((".tar", ".tar.gz", ".tgz")):
            return Source(archives.tar_files(path))
    except OSError as error:
        raise SourceUnusable(f"{path} cannot be read: {error.strerror}.") from None
    raise SourceUnusable(f"{path} is no folder, CSV manifest, ZIP, TAR or TAR.GZ.")
