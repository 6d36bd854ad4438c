"""A folder of photographs whose people are known: one folder for each person, and perhaps a table of their groups."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png"})


class LabelsUnusable(Exception):  # noqa: N818 - it states a condition
    """The folder or the table is not of this form; the message says where, by the number of a line or a folder."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """`person` counts the folders by name, from 0."""

    person: int
    path: Path


def photographs(folder: Path) -> tuple[list[str], list[Photograph]]:
    """The people by name, and each picture once, in the order of people and files.

    Raises:
        LabelsUnusable: there is no person's folder, or one file lies in two of them, so that one label is false.
    """
    people = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    if not people:
        raise LabelsUnusable("there is no folder in it: each person's photographs lie in a folder of their own")
    found: list[Photograph] = []
    owners: dict[bytes, int] = {}
    for person, name in enumerate(people):
        for path in sorted(entry for entry in (folder / name).iterdir() if entry.suffix.lower() in PICTURES):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").digest()
            if digest not in owners:
                owners[digest] = person
                found.append(Photograph(person, path))
            elif owners[digest] != person:
                raise LabelsUnusable(
                    f"one picture lies in folder {owners[digest] + 1} and in folder {person + 1}, counted by name"
                )
    return people, found


def groups(table: Path, people: list[str]) -> dict[str, set[int]]:
    """The people of each group, by its name, from a CSV file with the columns `person` and `group`.

    People whom the table leaves out are in no group; one may be in several.

    Raises:
        LabelsUnusable: a column is missing, or a line names nobody of the folder or no group.
    """
    places = {name: place for place, name in enumerate(people)}
    found: dict[str, set[int]] = {}
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not {"person", "group"} <= set(rows.fieldnames or ()):
            raise LabelsUnusable("the table of groups needs the columns person and group")
        for row in rows:
            person, group = row["person"], row["group"]
            if person not in places or not group:
                raise LabelsUnusable(f"line {rows.line_num} of the table names nobody of the folder, or no group")
            found.setdefault(group, set()).add(places[person])
    return dict(sorted(found.items()))
