"""Groups of an agency's enrolled faces: each change is an entry in the same transaction.

A group says that its faces are of one person because the agency says so. Nothing is compared for it, and nothing is
found by it that a search would not have found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry
from gateway.enforcement.errors import GroupExists, NotYours
from gateway.enforcement.galleries import gallery_of
from gateway.recognition import face_groups as stored
from gateway.recognition import galleries
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.caller import Caller


class FaceGroups:
    """Every method raises NotYours where there is no such gallery or group, and GalleryNotInToken."""

    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def create(self, caller: Caller, gallery: str, name: str) -> None:
        """Raises: GroupExists."""
        with self._database.transaction() as connection:
            if not stored.create(connection, gallery_of(connection, caller, gallery).id, name):
                raise GroupExists
            self._record(connection, caller, EntryKind.FACE_GROUP_CREATED, {"gallery": gallery, "group": name})

    def delete(self, caller: Caller, gallery: str, name: str) -> None:
        with self._database.transaction() as connection:
            if not stored.delete(connection, gallery_of(connection, caller, gallery).id, name):
                raise NotYours
            self._record(connection, caller, EntryKind.FACE_GROUP_DELETED, {"gallery": gallery, "group": name})

    def page(self, caller: Caller, gallery: str, *, after: str, limit: int) -> list[tuple[str, int]]:
        """Groups by name, those after `after`, each with the number of its faces."""
        with self._database.transaction() as connection:
            return stored.page(connection, gallery_of(connection, caller, gallery).id, after=after, limit=limit)

    def add(self, caller: Caller, gallery: str, name: str, faces: Sequence[UUID]) -> dict[UUID, str | None]:
        """What came of each face: the group that it is in now, its own or another; None where there is no such face."""
        with self._database.transaction() as connection:
            within = self._group(connection, caller, gallery, name)
            known = {face.id for face in galleries.list_faces(connection, within, only=faces, limit=len(faces))}
            added = [face for face in faces if face in known and stored.add(connection, within, name, face)]
            groups = stored.groups_of(connection, within, faces)
            if added:
                self._record(connection, caller, EntryKind.FACE_GROUPED, _told(gallery, name, added))
        return {face: groups.get(face) for face in faces}

    def remove(self, caller: Caller, gallery: str, name: str, faces: Sequence[UUID]) -> dict[UUID, str | None]:
        """The group that each face was in; None where it is in none. Those of this group are taken out of it."""
        with self._database.transaction() as connection:
            within = self._group(connection, caller, gallery, name)
            groups = stored.groups_of(connection, within, faces)
            removed = [face for face in faces if stored.remove(connection, within, name, face)]
            if removed:
                self._record(connection, caller, EntryKind.FACE_UNGROUPED, _told(gallery, name, removed))
        return {face: groups.get(face) for face in faces}

    def groups_of(self, caller: Caller, gallery: str, faces: Sequence[UUID]) -> Mapping[UUID, str]:
        with self._database.transaction() as connection:
            return stored.groups_of(connection, gallery_of(connection, caller, gallery).id, faces)

    def first_face(self, caller: Caller, gallery: str, name: str) -> UUID | None:
        """The face of the group that was enrolled first; None where the group is empty."""
        with self._database.transaction() as connection:
            return stored.first_face(connection, self._group(connection, caller, gallery, name), name)

    @staticmethod
    def _group(connection: Connection, caller: Caller, gallery: str, name: str) -> UUID:
        """The gallery that holds the group."""
        within = gallery_of(connection, caller, gallery).id
        if not stored.exists(connection, within, name):
            raise NotYours
        return within

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


def _told(gallery: str, name: str, faces: Sequence[UUID]) -> dict[str, Any]:
    return {"gallery": gallery, "group": name, "faces": [str(face) for face in faces]}
