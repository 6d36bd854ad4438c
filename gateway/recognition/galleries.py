"""Galleries and their faces as the web role may see them: never a template, never a crop.

Creating and deleting write the change feed; the caller appends the entry in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.rows import class_row

from gateway.clock import uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.database import Connection

FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Gallery:
    id: UUID
    agency: str
    name: str
    keep_crops: bool
    created_ns: int
    staff: bool  # of the agency's own people


@dataclass(frozen=True, slots=True)
class Face:
    id: UUID
    external_id: str
    pipeline: str
    created_ns: int
    decision_id: UUID
    quality: Mapping[str, Any]
    group: str | None  # of the gallery's groups of faces


def create_gallery(
    connection: Connection, *, agency: str, name: str, keep_crops: bool, staff: bool = False
) -> UUID | None:
    """The new gallery's id; None when the agency has one of that name.

    Raises:
        psycopg.errors.CheckViolation: the name is not 1 to 255 letters, digits, `_`, `.` or `-`.
    """
    gallery = uuid7()
    row = connection.execute(
        "SELECT recognition.create_gallery(%s, %s, %s, %s, %s)", (gallery, agency, name, keep_crops, staff)
    ).fetchone()
    return gallery if row and row[0] else None


def hold_gallery(connection: Connection, gallery: UUID) -> int | None:
    """How many faces the gallery has, which stays so until the transaction ends; None when there is no gallery."""
    row = connection.execute("SELECT recognition.hold_gallery(%s)", (gallery,)).fetchone()
    return row[0] if row else None


def delete_gallery(connection: Connection, gallery: UUID) -> bool:
    """Deletes the gallery, its key and its faces; False when there was none."""
    row = connection.execute("SELECT recognition.delete_gallery(%s)", (gallery,)).fetchone()
    return bool(row and row[0])


def delete_face(connection: Connection, gallery: UUID, face: UUID) -> bool:
    """Deletes the row with the template; False when the gallery has no such face."""
    row = connection.execute("SELECT recognition.delete_face(%s, %s)", (gallery, face)).fetchone()
    return bool(row and row[0])


def find_gallery(connection: Connection, *, agency: str, name: str) -> Gallery | None:
    with connection.cursor(row_factory=class_row(Gallery)) as cursor:
        return cursor.execute(
            """SELECT id, agency, name, keep_crops, created_ns, staff FROM recognition.galleries
               WHERE agency = %s AND name = %s""",
            (agency, name),
        ).fetchone()


def list_galleries(
    connection: Connection, *, agency: str, after: str = "", limit: int = 100, only: Sequence[str] | None = None
) -> list[Gallery]:
    """The agency's galleries by name, those after `after`; `only` these."""
    with connection.cursor(row_factory=class_row(Gallery)) as cursor:
        return cursor.execute(
            """SELECT id, agency, name, keep_crops, created_ns, staff FROM recognition.galleries
               WHERE agency = %(agency)s AND name > %(after)s
                   AND (%(only)s::text[] IS NULL OR name = ANY(%(only)s::text[]))
               ORDER BY name LIMIT %(limit)s""",
            {"agency": agency, "after": after, "only": None if only is None else list(only), "limit": limit},
        ).fetchall()


def list_faces(
    connection: Connection,
    gallery: UUID,
    *,
    after: UUID = FIRST,
    limit: int = 100,
    only: Sequence[UUID] | None = None,
    group: str | None = None,
) -> list[Face]:
    """Faces by id, which is by time of enrolment, those after `after`; `only` these, or of this group."""
    with connection.cursor(row_factory=class_row(Face)) as cursor:
        return cursor.execute(
            """SELECT f.id, f.external_id, f.pipeline, f.created_ns, f.decision_id, f.quality, g.name AS group
               FROM recognition.faces AS f LEFT JOIN recognition.grouped_faces AS g ON g.face = f.id
               WHERE f.gallery = %(gallery)s AND f.id > %(after)s
                   AND (%(only)s::uuid[] IS NULL OR f.id = ANY(%(only)s::uuid[]))
                   AND (%(group)s::text IS NULL OR g.name = %(group)s)
               ORDER BY f.id LIMIT %(limit)s""",
            {
                "gallery": gallery,
                "after": after,
                "only": None if only is None else list(only),
                "group": group,
                "limit": limit,
            },
        ).fetchall()


def count_faces(connection: Connection, gallery: UUID) -> int:
    row = connection.execute("SELECT count(id) FROM recognition.faces WHERE gallery = %s", (gallery,)).fetchone()
    return int(row[0]) if row else 0
