"""What is deleted is gone, what is added is there, what cannot be known is not guessed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest
from patience import until

from gateway.clock import uuid7
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.recognition import feed, galleries, sealing, store
from gateway.recognition.feed import Stale
from gateway.recognition.models import Quality
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from uuid import UUID

    from engine_house import EngineHouse

    from gateway.database import Connection

QUALITY = Quality(
    detector_score_thousandths=1500,
    inter_eye_px=100,
    sharpness=100,
    brightness=120,
    clipped_permille=0,
    roll_degrees=0,
    yaw_permille=0,
    inside=True,
    faces=1,
    box=(0, 0, 10, 10),
    width=100,
    height=100,
)
TEMPLATES = np.random.default_rng(5).normal(scale=0.12, size=(50, 128)).astype(np.float32)


def add(house: EngineHouse, gallery: UUID, number: int, *, pipeline: str | None = None) -> UUID:
    """A face as the engine stores it, without a picture."""
    face, name = uuid7(), pipeline or house.engine.facts().pipeline
    with house.own.transaction() as connection:
        key = store.gallery_key(connection, gallery, house.master, make=True)
        assert key is not None
        store.insert_face(
            connection,
            face=face,
            gallery_id=gallery,
            external_id=f"face-{number}",
            picture=face.bytes,
            template=sealing.seal_template(key, TEMPLATES[number], gallery=gallery, face=face, pipeline=name),
            crop=None,
            pipeline=name,
            quality=QUALITY,
            decision_id=uuid7(),
        )
    return face


def found(house: EngineHouse, gallery: UUID, number: int) -> list[UUID] | None:
    """Faces that a search would find for this template; None when there is no such gallery."""
    with house.own.transaction() as connection:
        loaded = house.loaded.as_of(store.newest_change(connection), gallery)
        if loaded is None:
            return None
        return [hit.face_id for hit in loaded.index.nearest(TEMPLATES[number], limit=5, furthest_micro=1000).hits]


def test_a_search_that_begins_after_the_commit_sees_it(house: EngineHouse) -> None:
    gallery = house.gallery()
    faces = [add(house, gallery, number) for number in range(5)]
    assert [found(house, gallery, number) for number in range(5)] == [[face] for face in faces]
    with house.web.transaction() as connection:
        assert galleries.delete_face(connection, gallery, faces[2])
    assert found(house, gallery, 2) == []
    assert found(house, gallery, 3) == [faces[3]]


def test_the_feed_is_followed_without_any_search(house: EngineHouse) -> None:
    gallery = house.gallery()
    face = add(house, gallery, 1)
    assert found(house, gallery, 1) == [face]
    loaded = house.loaded._galleries[gallery]
    with house.web.transaction() as connection:
        galleries.delete_face(connection, gallery, face)
    until(lambda: not len(loaded.index), "the face is gone")


def test_a_deletion_that_is_not_committed_deletes_nothing(house: EngineHouse) -> None:
    gallery = house.gallery()
    face = add(house, gallery, 1)

    def delete_and_fail() -> None:
        with house.web.transaction() as connection:
            galleries.delete_face(connection, gallery, face)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        delete_and_fail()
    assert found(house, gallery, 1) == [face]


def test_two_galleries_do_not_see_each_other(house: EngineHouse) -> None:
    one, other = house.gallery("one"), house.gallery("other")
    face = add(house, one, 1)
    add(house, other, 2)
    assert found(house, one, 1) == [face]
    assert found(house, other, 1) == []
    with house.web.transaction() as connection:
        assert not galleries.delete_face(connection, other, face), "a face is deleted through its own gallery only"
    assert found(house, one, 1) == [face]


def test_a_deleted_gallery_takes_its_faces_and_its_key_with_it(house: EngineHouse) -> None:
    gallery = house.gallery()
    add(house, gallery, 1)
    with house.web.transaction() as connection:
        assert galleries.delete_gallery(connection, gallery)
    assert found(house, gallery, 1) is None
    assert house.rows("SELECT count(*) FROM recognition.faces") == [(0,)]
    assert house.rows("SELECT count(*) FROM recognition.gallery_keys") == [(0,)]


def test_a_gallery_of_the_same_name_starts_empty(house: EngineHouse) -> None:
    first = house.gallery()
    add(house, first, 1)
    with house.web.transaction() as connection:
        galleries.delete_gallery(connection, first)
    second = house.gallery()
    assert found(house, second, 1) == []


def test_everything_is_there_after_a_restart(house: EngineHouse) -> None:
    gallery = house.gallery()
    faces = [add(house, gallery, number) for number in range(20)]
    again = feed.Galleries(house.own, master=house.master, pipeline=house.engine.facts().pipeline)
    again.start()
    try:
        with house.own.transaction() as connection:
            loaded = again.as_of(store.newest_change(connection), gallery)
            assert loaded is not None
            hits = [loaded.index.nearest(TEMPLATES[number], limit=1, furthest_micro=0).hits for number in range(20)]
        assert [hit.face_id for (hit,) in hits] == faces
    finally:
        again.stop()


def test_after_a_restart_only_what_can_be_opened_is_searched(house: EngineHouse) -> None:
    gallery = house.gallery()
    mine, short, other = add(house, gallery, 1), add(house, gallery, 2), add(house, gallery, 3, pipeline="another/1")
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        admin.execute("ALTER TABLE recognition.faces DISABLE TRIGGER ALL")
        admin.execute("UPDATE recognition.faces SET template = '\\x00' WHERE id = %s", (short,))
    again = feed.Galleries(house.own, master=house.master, pipeline=house.engine.facts().pipeline)
    again.start()
    try:
        loaded = again._galleries[gallery]
        assert (loaded.unreadable, loaded.other_pipelines) == ({short}, {other})
        assert [hit.face_id for hit in loaded.index.nearest(TEMPLATES[2], limit=9, furthest_micro=None).hits] == [mine]
    finally:
        again.stop()


def test_a_gallery_of_several_pages_is_whole_after_a_restart(
    house: EngineHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PAGE", 3)
    gallery = house.gallery()
    faces = [add(house, gallery, number) for number in range(9)]
    again = feed.Galleries(house.own, master=house.master, pipeline=house.engine.facts().pipeline)
    again.start()
    try:
        index = again._galleries[gallery].index
        hits = [index.nearest(TEMPLATES[number], limit=1, furthest_micro=0).hits for number in range(9)]
        assert [(hit.face_id, hit.external_id) for (hit,) in hits] == [
            (face, f"face-{number}") for number, face in enumerate(faces)
        ]
    finally:
        again.stop()


def test_templates_of_another_pipeline_are_counted_and_never_compared(house: EngineHouse) -> None:
    gallery = house.gallery()
    add(house, gallery, 1, pipeline="another/1")
    assert found(house, gallery, 1) == []
    assert len(house.loaded._galleries[gallery].other_pipelines) == 1


def test_templates_swapped_between_two_rows_are_refused(house: EngineHouse) -> None:
    gallery = house.gallery()
    one, other = add(house, gallery, 1), add(house, gallery, 2)
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        admin.execute("ALTER TABLE recognition.faces DISABLE TRIGGER ALL")
        admin.execute(
            """UPDATE recognition.faces AS f SET template = o.template FROM recognition.faces AS o
               WHERE f.gallery = o.gallery AND f.id <> o.id"""
        )
    again = feed.Galleries(house.own, master=house.master, pipeline=house.engine.facts().pipeline)
    again.start()
    try:
        loaded = again._galleries[gallery]
        assert loaded.unreadable == {one, other}
        assert len(loaded.index) == 0
    finally:
        again.stop()


def test_an_older_copy_of_the_database_is_loaded_afresh(house: EngineHouse) -> None:
    gallery = house.gallery()
    face, gone = add(house, gallery, 1), add(house, gallery, 2)
    assert found(house, gallery, 2) == [gone]
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        # What restoring a backup from before the second face looks like to the engine.
        admin.execute("ALTER TABLE recognition.faces DISABLE TRIGGER USER")
        admin.execute("DELETE FROM recognition.faces WHERE id = %s", (gone,))
        admin.execute("DELETE FROM recognition.changes WHERE face = %s", (gone,))
        admin.execute("UPDATE recognition.feed SET seq = (SELECT max(seq) FROM recognition.changes)")
    assert found(house, gallery, 2) == []
    assert found(house, gallery, 1) == [face]


def test_a_feed_that_cannot_be_read_makes_every_search_refuse(
    house: EngineHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = house.gallery()
    now = time.monotonic
    house.loaded.stop()  # nobody reads the feed any more
    with house.own.transaction() as connection:
        newest = store.newest_change(connection)
    with Database("host=127.0.0.1 port=1 dbname=x user=x", name="nowhere", checkout_seconds=0.1) as nowhere:
        monkeypatch.setattr(house.loaded, "_database", nowhere)
        monkeypatch.setattr(time, "monotonic", lambda: now() + 1.5)
        with pytest.raises(Stale):
            house.loaded.as_of(newest, gallery)
        assert not house.engine.answers()
        decision = house.permit(Operation.IDENTIFY_1_TO_N, gallery=gallery)
        with pytest.raises(Stale):
            house.engine.search(decision, b"")
    # The permit was never looked at: it can still be used when the feed is back.
    assert house.rows("SELECT count(*) FROM enforcement.claims") == [(0,)]


def test_after_a_standstill_of_the_process_the_first_search_reads_the_feed_and_is_not_refused(
    house: EngineHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = house.gallery()
    gone = add(house, gallery, 1)
    now = time.monotonic
    house.loaded.stop()
    with house.web.transaction() as connection:
        galleries.delete_face(connection, gallery, gone)
    with house.own.transaction() as connection:
        newest = store.newest_change(connection)
    monkeypatch.setattr(time, "monotonic", lambda: now() + 1.5)
    assert house.engine.answers()
    loaded = house.loaded.as_of(newest, gallery)
    assert loaded is not None
    assert len(loaded.index) == 0


def test_a_reading_that_took_too_long_is_as_good_as_none(house: EngineHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    now, newest_change = time.monotonic, store.newest_change
    house.loaded.stop()
    monkeypatch.setattr(time, "monotonic", lambda: now() + 1.5)

    def slowly(connection: Connection) -> int:
        newest = newest_change(connection)
        monkeypatch.setattr(time, "monotonic", lambda: now() + 3)
        return newest

    monkeypatch.setattr(store, "newest_change", slowly)
    with pytest.raises(Stale):
        house.loaded.check_fresh()


def test_a_reading_that_hangs_keeps_a_search_no_longer_than_the_feed_may_be_old(
    house: EngineHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic
    house.loaded.stop()
    monkeypatch.setattr(time, "monotonic", lambda: now() + 1.5)
    with house.loaded._applying:  # held as by a reading that the database never answers
        assert not house.engine.answers()
