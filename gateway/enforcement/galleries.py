"""Galleries of an agency: made, listed and deleted here; faces come in only through the gate.

Every change is an entry in the same transaction. A gallery may be created only under a name that the agency's contract
allows; deleting faces or galleries is always allowed to their owner, because it can only narrow what a search finds.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import rfc3339
from gateway.enforcement.errors import (
    CropsNotInContract,
    GalleryExists,
    GalleryNotEmpty,
    GalleryNotInContract,
    NotYours,
)
from gateway.recognition import galleries as stored
from gateway.registry import queries as registry_queries
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.caller import Caller


class Galleries:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def create(self, caller: Caller, *, name: str, keep_crops: bool, staff: bool = False) -> dict[str, Any]:
        """`staff` holds the agency's own people, so that a search of one of them is known.

        Raises: NotYours (no agency), GalleryNotInContract, CropsNotInContract, GalleryExists.
        """
        if caller.agency is None:
            raise NotYours
        with self._database.transaction() as connection:
            contract = registry_queries.contract_in_force(connection, caller.agency, database_now(connection))
            if contract is None or not any(fnmatch.fnmatchcase(name, glob) for glob in contract.terms.galleries):
                raise GalleryNotInContract
            if keep_crops and not contract.terms.keep_crops:
                raise CropsNotInContract
            made = stored.create_gallery(
                connection, agency=caller.agency, name=name, keep_crops=keep_crops, staff=staff
            )
            if made is None:
                raise GalleryExists
            described = {"gallery": name, "keep_crops": keep_crops, "staff": staff}
            self._record(connection, caller, EntryKind.GALLERY_CREATED, described)
        return {"name": name, "keep_crops": keep_crops, "staff": staff, "faces": 0}

    def list(self, caller: Caller, *, after: str | None, limit: int) -> dict[str, Any]:
        with self._database.transaction() as connection:
            found = stored.list_galleries(connection, agency=caller.agency or "", after=after or "", limit=limit + 1)
            items = [
                {
                    "name": gallery.name,
                    "keep_crops": gallery.keep_crops,
                    "staff": gallery.staff,
                    "created_at": rfc3339(gallery.created_ns),
                    "faces": stored.count_faces(connection, gallery.id),
                }
                for gallery in found[:limit]
            ]
        return {"items": items, "next_cursor": items[-1]["name"] if len(found) > limit else None}

    def faces(self, caller: Caller, name: str, *, after: UUID | None, limit: int) -> dict[str, Any]:
        """Raises: NotYours."""
        with self._database.transaction() as connection:
            gallery = _gallery(connection, caller, name)
            found = stored.list_faces(connection, gallery.id, after=after or stored.FIRST, limit=limit + 1)
        return {
            "items": [
                {
                    "face_id": str(face.id),
                    "external_id": face.external_id,
                    "pipeline": face.pipeline,
                    "created_at": rfc3339(face.created_ns),
                }
                for face in found[:limit]
            ],
            "next_cursor": str(found[limit - 1].id) if len(found) > limit else None,
        }

    def delete_face(self, caller: Caller, name: str, face_id: UUID) -> None:
        """Raises: NotYours."""
        with self._database.transaction() as connection:
            gallery = _gallery(connection, caller, name)
            if not stored.delete_face(connection, gallery.id, face_id):
                raise NotYours
            self._record(connection, caller, EntryKind.FACE_DELETED, {"gallery": name, "face_id": str(face_id)})

    def delete(self, caller: Caller, name: str, *, with_faces: bool) -> None:
        """Raises: NotYours, GalleryNotEmpty."""
        with self._database.transaction() as connection:
            gallery = _gallery(connection, caller, name)
            faces = stored.count_faces(connection, gallery.id)
            if faces and not with_faces:
                raise GalleryNotEmpty
            stored.delete_gallery(connection, gallery.id)
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


def _gallery(connection: Connection, caller: Caller, name: str) -> stored.Gallery:
    found = stored.find_gallery(connection, agency=caller.agency or "", name=name)
    if found is None:
        raise NotYours
    return found
