"""What is deleted here is deleted there: faces and collections of an engine elsewhere follow the change feed.

No answer ever waits for it, because a face that is gone here is no candidate at once. A deletion that fails is tried
again until it is done. Now and then all collections of ours are listed, and what has no gallery or face here goes too:
what was deleted while no engine ran, and what an enrolment that broke off left behind. An enrolment that is under way
looks the same for a moment, so only what was seen twice, with the life of a permit between, is deleted.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
import structlog

from gateway.database import DatabaseUnavailable
from gateway.recognition import store
from gateway.recognition.upstream.calls import UpstreamFailed
from gateway.recognition.upstream.rekognition import Done, collection_of

if TYPE_CHECKING:
    from gateway.database import Database
    from gateway.recognition.upstream.calls import Calls

POLL_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 30.0  # after a failure
SWEEP_SECONDS: Final = 600.0  # far more than a permit lives

_log = structlog.get_logger()
# A gallery, and a face of it; the whole gallery where there is none.
Lost = tuple[UUID, UUID | None]


class Collections(msgspec.Struct):
    CollectionIds: list[str]
    NextToken: str | None = None


class ListedFace(msgspec.Struct):
    FaceId: str


class Faces(msgspec.Struct):
    Faces: list[ListedFace]
    NextToken: str | None = None


class Deletions:
    """One for an engine. `start` begins to follow until `stop`."""

    def __init__(self, database: Database, calls: Calls, *, prefix: str) -> None:
        self._database = database
        self._calls = calls
        self._prefix = prefix
        self._seq: int | None = None
        self._lost: dict[Lost, None] = {}  # in the order in which they were deleted
        self._seen: set[Lost] = set()
        self._swept_at = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="recognition-upstream", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def carry_out(self) -> None:
        """Reads the feed to its end and deletes there what was deleted here since.

        Raises: UpstreamFailed, DatabaseUnavailable; what was not deleted stays to be.
        """
        with self._database.transaction() as connection:
            if self._seq is None:
                self._seq = store.newest_change(connection)  # what came before is the sweep's
            while changes := store.changes_after(connection, self._seq):
                self._seq = changes[-1].seq
                for change in changes:
                    if change.event == "gallery_deleted":
                        self._lost[change.gallery, None] = None
                    elif change.event == "face_deleted":
                        self._lost[change.gallery, change.face] = None
        for lost in list(self._lost):
            self._delete(*lost)
            del self._lost[lost]

    def sweep(self) -> None:
        """Deletes what was there and not here at the last sweep too. Raises as `carry_out`."""
        missing = {lost for gallery in self._collections() for lost in self._missing(gallery)}
        for lost in sorted(missing & self._seen, key=str):
            self._delete(*lost)
        self._seen = missing

    def _follow(self) -> None:
        pause = POLL_SECONDS
        while not self._stopping.wait(pause):
            try:
                self.carry_out()
                if time.monotonic() - self._swept_at > SWEEP_SECONDS:
                    self.sweep()
                    self._swept_at = time.monotonic()
            except (UpstreamFailed, DatabaseUnavailable) as error:
                pause = AGAIN_SECONDS
                _log.warning(
                    "recognition.upstream_deletion_waits", reason=type(error).__name__, waiting=len(self._lost)
                )
            except Exception as error:  # noqa: BLE001 - the thread must live, or nothing is ever deleted there
                pause = AGAIN_SECONDS
                _log.error("recognition.upstream_deletion_failed", reason=type(error).__name__)
            else:
                pause = POLL_SECONDS

    def _delete(self, gallery: UUID, face: UUID | None) -> None:
        collection = collection_of(self._prefix, gallery)
        try:
            if face is None:
                self._calls.ask("delete_collection", Done, CollectionId=collection)
            else:
                self._calls.ask("delete_faces", Done, CollectionId=collection, FaceIds=[str(face)])
        except UpstreamFailed as failed:
            if failed.error != "ResourceNotFoundException":  # it is gone already
                raise

    def _collections(self) -> list[UUID]:
        """The galleries that have a collection of ours."""
        found: list[UUID] = []
        token: str | None = None
        while True:
            page = self._calls.ask("list_collections", Collections, **({"NextToken": token} if token else {}))
            for name in page.CollectionIds:
                try:
                    gallery = UUID(name.removeprefix(self._prefix))
                except ValueError:
                    continue
                if name == collection_of(self._prefix, gallery):  # others are somebody else's
                    found.append(gallery)
            token = page.NextToken
            if token is None:
                return found

    def _missing(self, gallery: UUID) -> set[Lost]:
        with self._database.transaction() as connection:
            if store.gallery(connection, gallery) is None:
                return {(gallery, None)}
        missing: set[Lost] = set()
        token: str | None = None
        while True:
            page = self._calls.ask(
                "list_faces",
                Faces,
                CollectionId=collection_of(self._prefix, gallery),
                **({"NextToken": token} if token else {}),
            )
            ids = [UUID(face.FaceId) for face in page.Faces]
            with self._database.transaction() as connection:
                here = {face.id for face in store.faces(connection, ids) if face.gallery == gallery}
            missing |= {(gallery, face) for face in ids if face not in here}
            token = page.NextToken
            if token is None:
                return missing
