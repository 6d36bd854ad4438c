"""Galleries of an agency: made, listed and deleted here; faces come in only through the gate.

Every change is an entry in the same transaction. A gallery may be created only under a name that the agency's contract
allows; deleting faces or galleries is always allowed to their owner, because it can only narrow what a search finds.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.audit.entries import Entry
from gateway.clock import rfc3339, uuid7
from gateway.enforcement.errors import GalleryExists, GalleryNotEmpty, NotYours
from gateway.registry import queries as registry_queries
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.caller import Caller


class GalleryNotInContract(Exception):  # noqa: N818 - the code's own words
    """The contract allows no gallery of that name."""


class Galleries:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def create(self, caller: Caller, *, name: str, keep_crops: bool) -> dict[str, Any]:
        """Raises: NotYours (no agency), GalleryNotInContract, GalleryExists."""
        if caller.agency is None:
            raise NotYours
        gallery_id = uuid7()
        with self._database.transaction() as connection:
            contract = registry_queries.contract_in_force(connection, caller.agency, _now(connection))
            if contract is None or not any(fnmatch.fnmatchcase(name, glob) for glob in contract.terms.galleries):
                raise GalleryNotInContract
            made = connection.execute(
                "SELECT recognition.create_gallery(%s, %s, %s, %s)", (gallery_id, caller.agency, name, keep_crops)
            ).fetchone()
            if made is None or not made[0]:
                raise GalleryExists
            self._record(connection, caller, EntryKind.GALLERY_CREATED, {"gallery": name, "keep_crops": keep_crops})
        return {"name": name, "keep_crops": keep_crops, "faces": 0}

    def list(self, caller: Caller) -> dict[str, Any]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                """
                SELECT g.name, g.keep_crops, g.created_ns,
                    (SELECT count(*) FROM recognition.faces AS f WHERE f.gallery = g.id)
                FROM recognition.galleries AS g WHERE g.agency = %s ORDER BY g.name
                """,
                (caller.agency,),
            ).fetchall()
        return {
            "items": [
                {"name": row[0], "keep_crops": row[1], "created_at": rfc3339(row[2]), "faces": row[3]} for row in rows
            ]
        }

    def faces(self, caller: Caller, name: str, *, after: UUID | None, limit: int) -> dict[str, Any]:
        """Raises: NotYours."""
        with self._database.transaction() as connection:
            gallery = _gallery(connection, caller, name)
            rows = connection.execute(
                """
                SELECT id, external_id, pipeline, created_ns FROM recognition.faces
                WHERE gallery = %s AND (%s::uuid IS NULL OR id > %s) ORDER BY id LIMIT %s
                """,
                (gallery, after, after, limit + 1),
            ).fetchall()
        return {
            "items": [
                {"face_id": str(row[0]), "external_id": row[1], "pipeline": row[2], "created_at": rfc3339(row[3])}
                for row in rows[:limit]
            ],
            "next_cursor": str(rows[limit - 1][0]) if len(rows) > limit else None,
        }

    def delete_face(self, caller: Caller, name: str, face_id: UUID) -> None:
        """Raises: NotYours."""
        with self._database.transaction() as connection:
            gallery = _gallery(connection, caller, name)
            gone = connection.execute("SELECT recognition.delete_face(%s, %s)", (gallery, face_id)).fetchone()
            if gone is None or not gone[0]:
                raise NotYours
            self._record(connection, caller, EntryKind.FACE_DELETED, {"gallery": name, "face_id": str(face_id)})

    def delete(self, caller: Caller, name: str, *, with_faces: bool) -> None:
        """Raises: NotYours, GalleryNotEmpty."""
        with self._database.transaction() as connection:
            gallery = _gallery(connection, caller, name)
            row = connection.execute("SELECT count(*) FROM recognition.faces WHERE gallery = %s", (gallery,)).fetchone()
            faces = row[0] if row else 0
            if faces and not with_faces:
                raise GalleryNotEmpty
            connection.execute("SELECT recognition.delete_gallery(%s)", (gallery,))
            self._record(connection, caller, EntryKind.GALLERY_DELETED, {"gallery": name, "faces": faces})

    def _record(self, connection: Connection, caller: Caller, kind: EntryKind, disclosed: dict[str, Any]) -> None:
        self._log.record(
            connection,
            Entry(
                kind=kind,
                clear={"agency": caller.agency, "client": caller.client},
                disclosed=disclosed | {"user": caller.user},
                scope=f"agency:{caller.agency}",
                blind={"user": caller.user} if caller.user else {},
            ),
        )


def _gallery(connection: Connection, caller: Caller, name: str) -> UUID:
    row = connection.execute(
        "SELECT id FROM recognition.galleries WHERE agency = %s AND name = %s", (caller.agency, name)
    ).fetchone()
    if row is None:
        raise NotYours
    found: UUID = row[0]
    return found


def _now(connection: Connection) -> int:
    row = connection.execute("SELECT ops.now_ns()").fetchone()
    if row is None:
        raise LookupError("the clock gives one row")
    return int(row[0])
