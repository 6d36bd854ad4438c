"""Templates in PostgreSQL, as the engine's role: the only role that may read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.rows import class_row

from gateway.recognition import sealing
from gateway.recognition.models import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.database import Connection

BATCH = 2000
FROM_THE_FIRST = "0"  # older than every transaction
PAGE = 8192
FACES_ONCE = "faces_once"  # the constraint


@dataclass(frozen=True, slots=True)
class StoredFace:
    id: UUID
    gallery: UUID
    external_id: str
    template: bytes  # sealed
    pipeline: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some faces of one gallery, in the order of their ids."""

    ids: bytes  # 16 of each
    external_ids: list[bytes]
    templates: bytes  # sealed, `sealing.SEALED_BYTES` of each
    alike: bool  # all are of the pipeline that was asked for, and of the length that sealed templates have

    def faces(self) -> list[UUID]:
        return [UUID(bytes=self.ids[at : at + 16]) for at in range(0, len(self.ids), 16)]


@dataclass(frozen=True, slots=True)
class StoredGallery:
    id: UUID
    keep_crops: bool


@dataclass(frozen=True, slots=True)
class Change:
    seq: int
    event: str
    gallery: UUID
    face: UUID | None


@dataclass(frozen=True, slots=True)
class StoredProbe:
    """One that was searched with. `case_scope` is the keyed digest of its case, or whose it is where it has none."""

    decision_id: UUID
    case_scope: str
    source: str | None
    template: bytes  # sealed


@dataclass(frozen=True, slots=True)
class Bearing:
    """What bears on an agency's search, of one moment.

    `probes` were added since the last reading, and `read_to` is where the next one begins, so some come twice;
    `probes_deleted` counts how often any agency's were deleted. `staff` are the galleries of the agency's own people.
    """

    newest_change: int
    staff: list[UUID]
    probes: list[StoredProbe]
    probes_deleted: int
    read_to: str


def bearing(connection: Connection, *, agency: str, pipeline: str, read_to: str) -> Bearing:
    rows = connection.execute(
        """
        SELECT feed.seq, feed.probes_deleted, pg_snapshot_xmin(pg_current_snapshot())::text,
            ARRAY(SELECT g.id FROM recognition.galleries AS g WHERE g.agency = %(agency)s AND g.staff ORDER BY g.id),
            p.decision_id, p.case_scope, p.source, p.template
        FROM recognition.feed AS feed
        LEFT JOIN recognition.probes AS p
            ON p.agency = %(agency)s AND p.pipeline = %(pipeline)s AND p.added_by >= %(read_to)s::xid8
        ORDER BY p.added_by, p.decision_id
        """,
        {"agency": agency, "pipeline": pipeline, "read_to": read_to},
        binary=True,
    ).fetchall()
    if not rows:
        raise LookupError("the change feed has no counter")
    newest, deleted, next_read, staff = rows[0][:4]
    probes = [StoredProbe(*row[4:]) for row in rows if row[4] is not None]
    return Bearing(newest, staff, probes, deleted, next_read)


def newest_change(connection: Connection) -> int:
    """Number of the last committed change; 0 when there was none."""
    row = connection.execute("SELECT seq FROM recognition.feed").fetchone()
    if row is None:
        raise LookupError("the change feed has no counter")
    return int(row[0])


def changes_after(connection: Connection, seq: int, *, limit: int = BATCH) -> list[Change]:
    with connection.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(
            "SELECT seq, event, gallery, face FROM recognition.changes WHERE seq > %s ORDER BY seq LIMIT %s",
            (seq, limit),
        ).fetchall()


def galleries(connection: Connection) -> list[StoredGallery]:
    with connection.cursor(row_factory=class_row(StoredGallery)) as cursor:
        return cursor.execute("SELECT id, keep_crops FROM recognition.galleries").fetchall()


def gallery(connection: Connection, gallery_id: UUID) -> StoredGallery | None:
    with connection.cursor(row_factory=class_row(StoredGallery)) as cursor:
        return cursor.execute(
            "SELECT id, keep_crops FROM recognition.galleries WHERE id = %s", (gallery_id,)
        ).fetchone()


def pages(connection: Connection, gallery_id: UUID, *, pipeline: str) -> Iterator[Page]:
    """Every face of a gallery by id, through a cursor on the server, so that memory stays bounded."""
    with connection.cursor("pages") as cursor:
        cursor.execute(
            """
            SELECT uuid_send(id), external_id, template, pipeline = %s AND octet_length(template) = %s
            FROM recognition.faces WHERE gallery = %s ORDER BY id
            """,
            (pipeline, sealing.SEALED_BYTES, gallery_id),
            binary=True,
        )
        while rows := cursor.fetchmany(PAGE):
            ids, names, templates, alike = zip(*rows, strict=True)
            yield Page(
                ids=b"".join(ids),
                external_ids=[name.encode() for name in names],
                templates=b"".join(templates),
                alike=all(alike),
            )


def faces(connection: Connection, ids: Sequence[UUID]) -> list[StoredFace]:
    """Those of the faces that still exist."""
    with connection.cursor(row_factory=class_row(StoredFace), binary=True) as cursor:
        return cursor.execute(
            "SELECT id, gallery, external_id, template, pipeline FROM recognition.faces WHERE id = ANY(%s)",
            (list(ids),),
        ).fetchall()


def face(connection: Connection, gallery_id: UUID, face_id: UUID) -> StoredFace | None:
    return next((one for one in faces(connection, [face_id]) if one.gallery == gallery_id), None)


def quality(connection: Connection, face_id: UUID) -> Quality:
    """What was measured at the face's enrolment. Raises LookupError."""
    row = connection.execute("SELECT quality FROM recognition.faces WHERE id = %s", (face_id,)).fetchone()
    if row is None:
        raise LookupError("the face is gone")
    return Quality.parse(row[0])


def gallery_key(connection: Connection, gallery_id: UUID, master: bytes, *, make: bool = False) -> bytes | None:
    """The gallery's key, opened; made when `make` and there is none. None when there is none.

    Raises:
        SealBroken: the wrapped key is not this gallery's, or the engine's key is another one.
        psycopg.errors.ForeignKeyViolation: the gallery is gone.
    """
    if make:
        connection.execute(
            "INSERT INTO recognition.gallery_keys (gallery, wrapped) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (gallery_id, sealing.make_gallery_key(master, gallery_id)),
        )
    row = connection.execute(
        "SELECT wrapped FROM recognition.gallery_keys WHERE gallery = %s", (gallery_id,)
    ).fetchone()
    if row is None or not isinstance(row[0], bytes):
        return None
    return sealing.open_gallery_key(master, gallery_id, row[0])


def reviewed_gallery(connection: Connection, decision_id: UUID) -> UUID | None:
    """The gallery that was searched, while somebody examines what was found."""
    row = connection.execute("SELECT enforcement.reviewed_gallery(%s)", (decision_id,)).fetchone()
    return row[0] if row else None


def crop(connection: Connection, gallery_id: UUID, face: UUID) -> bytes | None:
    """The sealed crop of a face of the gallery; None where the face is gone or none was kept."""
    row = connection.execute(
        "SELECT crop FROM recognition.faces WHERE id = %s AND gallery = %s", (face, gallery_id)
    ).fetchone()
    return bytes(row[0]) if row and row[0] is not None else None


def has_gallery_keys(connection: Connection) -> bool:
    """Whether any gallery's key was ever wrapped, so that the engine's own key must exist."""
    row = connection.execute("SELECT EXISTS (SELECT 1 FROM recognition.gallery_keys)").fetchone()
    return bool(row and row[0])


def face_of_picture(connection: Connection, gallery_id: UUID, external_id: str, picture: bytes) -> UUID | None:
    """The face that was enrolled from the picture under this external id. `picture` is its `sealing.picture_digest`."""
    row = connection.execute(
        "SELECT id FROM recognition.faces WHERE gallery = %s AND external_id = %s AND picture = %s",
        (gallery_id, external_id, picture),
    ).fetchone()
    return row[0] if row else None


def insert_face(
    connection: Connection,
    *,
    face: UUID,
    gallery_id: UUID,
    external_id: str,
    picture: bytes,
    template: bytes,
    crop: bytes | None,
    pipeline: str,
    quality: Quality,
    decision_id: UUID,
) -> None:
    """Adds a face with its sealed template. Takes the change feed's counter, so it belongs last in its transaction.

    Raises:
        psycopg.errors.ForeignKeyViolation: the gallery is gone.
        psycopg.errors.UniqueViolation: of `FACES_ONCE`, where `face_of_picture` finds one meanwhile.
    """
    measured = json.dumps(quality.document())
    connection.execute(
        """INSERT INTO recognition.faces
           (id, gallery, external_id, picture, template, crop, pipeline, quality, created_ns, decision_id)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, ops.now_ns(), %s)""",
        (face, gallery_id, external_id, picture, template, crop, pipeline, measured, decision_id),
    )
