"""Galleries of an agency: made, listed and deleted here; faces come in only through the gate.

Every change is an entry in the same transaction. A gallery may be created only under a contract that is in force, and a
name that it allows; deleting faces or galleries is always allowed to their owner, because it can only narrow what a
search finds. A token that is bound to galleries reaches no other.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.clock import rfc3339
from gateway.enforcement import contracts
from gateway.enforcement.errors import (
    CropsNotInContract,
    GalleryExists,
    GalleryNotEmpty,
    GalleryNotInContract,
    GalleryNotInToken,
    NotYours,
)
from gateway.recognition import face_groups
from gateway.recognition import galleries as stored
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence
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

        Raises: NotYours (no agency), GalleryNotInToken, PersonRefused (no contract in force), GalleryNotInContract,
            CropsNotInContract, GalleryExists.
        """
        if caller.agency is None:
            raise NotYours
        require_covered(caller, name)
        with self._database.transaction() as connection:
            contract = contracts.require(connection, caller.agency, sound_now(connection))
            if not any(fnmatch.fnmatchcase(name, glob) for glob in contract.terms.galleries):
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
        """Those that the token reaches."""
        bound = covered(caller)
        with self._database.transaction() as connection:
            found = stored.list_galleries(
                connection, agency=caller.agency or "", after=after or "", limit=limit + 1, only=bound
            )
            items = [_described(connection, gallery) for gallery in found[:limit]]
        return {"items": items, "next_cursor": items[-1]["name"] if len(found) > limit else None}

    def show(self, caller: Caller, name: str) -> dict[str, Any]:
        """Raises: NotYours, GalleryNotInToken."""
        with self._database.transaction() as connection:
            gallery = gallery_of(connection, caller, name)
            return _described(connection, gallery) | {"groups": face_groups.count(connection, gallery.id)}

    def faces(self, caller: Caller, name: str, *, after: UUID | None, limit: int) -> dict[str, Any]:
        """Raises: NotYours, GalleryNotInToken."""
        found = self.described_faces(caller, name, after=after, limit=limit + 1)
        shown = ("face_id", "external_id", "pipeline", "created_at")
        return {
            "items": [{name: face[name] for name in shown} for face in found[:limit]],
            "next_cursor": found[limit - 1]["face_id"] if len(found) > limit else None,
        }

    def described_faces(
        self,
        caller: Caller,
        name: str,
        *,
        after: UUID | None = None,
        limit: int,
        only: Sequence[UUID] | None = None,
        group: str | None = None,
    ) -> Sequence[dict[str, Any]]:
        """Each face with what was measured at its enrolment, the decision that permitted it, and its group.

        Raises: NotYours, GalleryNotInToken.
        """
        with self._database.transaction() as connection:
            gallery = gallery_of(connection, caller, name)
            found = stored.list_faces(
                connection, gallery.id, after=after or stored.FIRST, limit=limit, only=only, group=group
            )
        return [
            {
                "face_id": str(face.id),
                "external_id": face.external_id,
                "pipeline": face.pipeline,
                "created_at": rfc3339(face.created_ns),
                "decision_id": str(face.decision_id),
                "quality": face.quality,
                "group": face.group,
            }
            for face in found
        ]

    def delete_face(self, caller: Caller, name: str, face_id: UUID) -> None:
        """Raises: NotYours, GalleryNotInToken."""
        with self._database.transaction() as connection:
            gallery = gallery_of(connection, caller, name)
            if not stored.delete_face(connection, gallery.id, face_id):
                raise NotYours
            self._record(connection, caller, EntryKind.FACE_DELETED, {"gallery": name, "face_id": str(face_id)})

    def delete(self, caller: Caller, name: str, *, with_faces: bool) -> None:
        """Raises: NotYours, GalleryNotInToken, GalleryNotEmpty."""
        with self._database.transaction() as connection:
            gallery = gallery_of(connection, caller, name)
            faces = stored.hold_gallery(connection, gallery.id)
            if faces is None:  # somebody else was faster
                raise NotYours
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


def covered(caller: Caller) -> list[str] | None:
    """The galleries that the token names; None where it is bound to none."""
    bound = [detail.galleries for detail in caller.authorization_details]
    if not bound or None in bound:
        return None
    return [name for galleries in bound for name in galleries or ()]


def require_covered(caller: Caller, name: str) -> None:
    """Raises: GalleryNotInToken."""
    bound = covered(caller)
    if bound is not None and name not in bound:
        raise GalleryNotInToken


def gallery_of(connection: Connection, caller: Caller, name: str) -> stored.Gallery:
    """The caller's gallery of that name. Raises: NotYours, GalleryNotInToken."""
    require_covered(caller, name)
    found = stored.find_gallery(connection, agency=caller.agency or "", name=name)
    if found is None:
        raise NotYours
    return found


def _described(connection: Connection, gallery: stored.Gallery) -> dict[str, Any]:
    return {
        "name": gallery.name,
        "keep_crops": gallery.keep_crops,
        "staff": gallery.staff,
        "created_at": rfc3339(gallery.created_ns),
        "faces": stored.count_faces(connection, gallery.id),
    }
