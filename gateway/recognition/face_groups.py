"""Groups of faces in a gallery: names under which an agency keeps several faces of one person together.

To group faces compares nothing and makes no template; the caller appends the entry in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from gateway.database import Connection


def create(connection: Connection, gallery: UUID, name: str) -> bool:
    """False where there is one of that name.

    Raises:
        psycopg.errors.CheckViolation: the name is not 1 to 128 letters, digits, `_`, `.`, `:` or `-`.
    """
    return (
        connection.execute(
            """INSERT INTO recognition.face_groups (gallery, name, created_ns) VALUES (%s, %s, ops.now_ns())
           ON CONFLICT DO NOTHING""",
            (gallery, name),
        ).rowcount
        == 1
    )


def delete(connection: Connection, gallery: UUID, name: str) -> bool:
    """The group goes, its faces stay in the gallery; False where there was none."""
    deleted = connection.execute(
        "DELETE FROM recognition.face_groups WHERE gallery = %s AND name = %s", (gallery, name)
    )
    return deleted.rowcount == 1


def exists(connection: Connection, gallery: UUID, name: str) -> bool:
    found = connection.execute("SELECT FROM recognition.face_groups WHERE gallery = %s AND name = %s", (gallery, name))
    return found.fetchone() is not None


def count(connection: Connection, gallery: UUID) -> int:
    row = connection.execute("SELECT count(*) FROM recognition.face_groups WHERE gallery = %s", (gallery,)).fetchone()
    return int(row[0]) if row else 0


def page(connection: Connection, gallery: UUID, *, after: str, limit: int) -> list[tuple[str, int]]:
    """Groups by name, those after `after`, each with the number of its faces."""
    return connection.execute(
        """SELECT g.name, (SELECT count(*) FROM recognition.grouped_faces AS f
                           WHERE f.gallery = g.gallery AND f.name = g.name)
           FROM recognition.face_groups AS g
           WHERE g.gallery = %s AND g.name > %s ORDER BY g.name LIMIT %s""",
        (gallery, after, limit),
    ).fetchall()


def groups_of(connection: Connection, gallery: UUID, faces: Sequence[UUID]) -> Mapping[UUID, str]:
    """The group of each of these faces that is in one."""
    rows = connection.execute(
        "SELECT face, name FROM recognition.grouped_faces WHERE gallery = %s AND face = ANY(%s)", (gallery, list(faces))
    ).fetchall()
    return {row[0]: row[1] for row in rows}


def first_face(connection: Connection, gallery: UUID, name: str) -> UUID | None:
    """The face of the group that was enrolled first."""
    row = connection.execute(
        "SELECT face FROM recognition.grouped_faces WHERE gallery = %s AND name = %s ORDER BY face LIMIT 1",
        (gallery, name),
    ).fetchone()
    return row[0] if row else None


def add(connection: Connection, gallery: UUID, name: str, face: UUID) -> bool:
    """False where the face is in a group already."""
    added = connection.execute(
        "INSERT INTO recognition.grouped_faces (face, gallery, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (face, gallery, name),
    )
    return added.rowcount == 1


def remove(connection: Connection, gallery: UUID, name: str, face: UUID) -> bool:
    """False where the face is not in the group."""
    removed = connection.execute(
        "DELETE FROM recognition.grouped_faces WHERE gallery = %s AND name = %s AND face = %s", (gallery, name, face)
    )
    return removed.rowcount == 1
