"""All galleries in memory, kept in step with PostgreSQL through the change feed.

What must always hold: `Galleries.as_of` hands out an index only if every change that it is asked for is in it, and a
feed that was not read for a second, and cannot be, makes every search refuse (`Stale`). A deleted face is therefore
gone from the first search that begins after its deletion. Templates of another pipeline are counted, never loaded.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from gateway.database import DatabaseUnavailable
from gateway.recognition import sealing, store
from gateway.recognition.index import ExactIndex
from gateway.recognition.roster import ids_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from gateway.database import Connection, Database
    from gateway.recognition.store import Page, StoredFace

POLL_SECONDS: Final = 0.2
STALE_SECONDS: Final = 1.0

_log = structlog.get_logger()


class Stale(Exception):  # noqa: N818 - it states a condition
    """The change feed was not read within the last second."""


@dataclass(slots=True)
class LoadedGallery:
    keep_crops: bool
    key: bytes | None = None
    index: ExactIndex = field(default_factory=ExactIndex)
    other_pipelines: set[UUID] = field(default_factory=set)
    unreadable: set[UUID] = field(default_factory=set)


class Galleries:
    """Loaded galleries. `start` fills them and keeps reading the feed until `stop`."""

    def __init__(self, database: Database, *, master: bytes, pipeline: str) -> None:
        self._database = database
        self._master = master
        self._pipeline = pipeline
        self._galleries: dict[UUID, LoadedGallery] = {}
        self._seq = 0
        self._fresh_at = -STALE_SECONDS  # monotonic time at which the last successful reading began
        self._readable = False  # whether the last reading went well
        self._applying = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Loads everything and begins to follow.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        with self._applying:
            self._load()
        self._thread = threading.Thread(target=self._follow, name="recognition-feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def check_fresh(self) -> None:
        """Raises Stale when the feed was not read within the last second and cannot be read now.

        A process that stood still is behind while its database is well: the first to notice reads, the others wait for
        it. Nobody reads where the last reading failed, nor waits longer than a second for one that hangs.
        """
        if self._is_fresh():
            return
        if not self._readable or not self._applying.acquire(timeout=STALE_SECONDS):
            raise Stale
        try:
            if not self._is_fresh():
                self._read()
        except Exception as error:  # the follower goes on trying, and logs what it is
            raise Stale from error
        finally:
            self._applying.release()
        if not self._is_fresh():  # the reading itself took too long
            raise Stale

    def as_of(self, newest: int, gallery: UUID) -> LoadedGallery | None:
        """The gallery with every change up to the number `newest`; None when there is no such gallery.

        Raises:
            Stale: the feed cannot be read.
        """
        self.check_fresh()
        if newest != self._seq:
            self.catch_up()
            if newest > self._seq:
                raise Stale
        return self._galleries.get(gallery)

    def catch_up(self) -> None:
        """Reads the feed to its end now.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        with self._applying:
            self._read()

    def nudge(self) -> None:
        """Reads the feed now if it can be read; the next poll is soon enough otherwise."""
        with contextlib.suppress(DatabaseUnavailable):
            self.catch_up()

    def _follow(self) -> None:
        told = False
        while not self._stopping.wait(POLL_SECONDS):
            try:
                self.catch_up()
            except Exception as error:  # noqa: BLE001 - the thread must live; the feed grows stale and searches refuse
                if not told:
                    _log.error("recognition.feed_unreadable", reason=type(error).__name__)
                told = True
                continue
            if told:
                _log.info("recognition.feed_readable")
            told = False

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._fresh_at <= STALE_SECONDS

    def _read(self) -> None:
        """As `catch_up`, by the holder of the lock."""
        began = time.monotonic()
        try:
            with self._database.snapshot() as connection:
                newest = store.newest_change(connection)
                older = newest < self._seq  # an older copy of the database was put in place
                while not older and self._seq < newest:
                    self._apply(connection)
            if older:
                self._load()
        except Exception:
            self._readable = False
            raise
        self._fresh_at, self._readable = began, True

    def _load(self) -> None:
        began = time.monotonic()
        with self._database.snapshot() as connection:
            seq = store.newest_change(connection)
            loaded = {one.id: LoadedGallery(keep_crops=one.keep_crops) for one in store.galleries(connection)}
            for gallery, content in loaded.items():
                content.key = store.gallery_key(connection, gallery, self._master)
                for page in store.pages(connection, gallery, pipeline=self._pipeline):
                    if page.alike and content.key is not None:
                        self._add_page(gallery, content, content.key, page)
                    else:
                        self._add_to(content, store.faces(connection, page.faces()))
        for content in loaded.values():
            content.index.prepare()
        self._galleries, self._seq, self._fresh_at, self._readable = loaded, seq, began, True
        _log.info("recognition.loaded", galleries=len(loaded), faces=sum(len(one.index) for one in loaded.values()))

    def _apply(self, connection: Connection) -> None:
        changes = store.changes_after(connection, self._seq)
        if not changes:
            raise LookupError("the change feed has a gap")
        # In order: a face of a gallery that was created, deleted and created again in between stays with its own.
        added = {face.id: face for face in store.faces(connection, [one.face for one in changes if one.face])}
        waiting: list[StoredFace] = []
        for change in changes:
            if change.event == "face_added" and change.face in added:
                waiting.append(added[change.face])
                continue
            self._add(self._galleries, waiting, connection)
            waiting = []
            gallery = self._galleries.get(change.gallery)
            if change.event == "gallery_created":
                stored = store.gallery(connection, change.gallery)
                if stored is not None:
                    self._galleries[change.gallery] = LoadedGallery(keep_crops=stored.keep_crops)
            elif change.event == "gallery_deleted":
                self._galleries.pop(change.gallery, None)
            elif change.event == "face_deleted" and gallery is not None and change.face is not None:
                gallery.index.remove(change.face)
                gallery.other_pipelines.discard(change.face)
                gallery.unreadable.discard(change.face)
        self._add(self._galleries, waiting, connection)
        self._seq = changes[-1].seq

    def _add(
        self,
        galleries: dict[UUID, LoadedGallery],
        faces: Iterable[StoredFace],
        connection: Connection | None = None,
    ) -> None:
        by_gallery: dict[UUID, list[StoredFace]] = defaultdict(list)
        for face in faces:
            by_gallery[face.gallery].append(face)
        for gallery_id, members in by_gallery.items():
            gallery = galleries.get(gallery_id)
            if gallery is None:
                continue
            if gallery.key is None and connection is not None:
                gallery.key = store.gallery_key(connection, gallery_id, self._master)
            self._add_to(gallery, members)

    def _add_page(self, gallery_id: UUID, gallery: LoadedGallery, key: bytes, page: Page) -> None:
        """As `_add_to`, without an object for each face."""
        templates, broken = sealing.open_templates(
            key, page.templates, gallery=gallery_id, faces=page.ids, pipeline=self._pipeline
        )
        ids, names = ids_of(page.ids), page.external_ids
        if broken:
            faces = page.faces()
            for at in broken:
                _seal_broken(gallery, gallery_id, faces[at])
            whole = np.delete(np.arange(len(ids)), broken)
            ids, templates, names = ids[whole], templates[whole], [names[at] for at in whole.tolist()]
        gallery.index.add_rows(ids, names, templates)

    def _add_to(self, gallery: LoadedGallery, members: list[StoredFace]) -> None:
        names: list[tuple[UUID, str]] = []
        templates: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
        for face in members:
            if face.pipeline != self._pipeline:
                gallery.other_pipelines.add(face.id)
                continue
            try:
                if gallery.key is None:
                    raise sealing.SealBroken  # noqa: TRY301 - a face without its gallery's key cannot be opened either
                template = sealing.open_template(
                    gallery.key, face.template, gallery=face.gallery, face=face.id, pipeline=face.pipeline
                )
            except sealing.SealBroken:
                _seal_broken(gallery, face.gallery, face.id)
                continue
            names.append((face.id, face.external_id))
            templates.append(template)
        if names:
            gallery.index.add(names, np.stack(templates))
            gallery.index.prepare()


def _seal_broken(gallery: LoadedGallery, gallery_id: UUID, face: UUID) -> None:
    """Someone tampered with the row. It is left out of every answer and reported; the others stay usable."""
    gallery.unreadable.add(face)
    _log.error("recognition.seal_broken", face_id=str(face), gallery_id=str(gallery_id))
