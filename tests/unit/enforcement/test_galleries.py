"""Deleting a gallery while others enrol, delete faces or delete it too: no face is lost unsaid, entries count right.

Each of the others is in a transaction of its own, which ends once the deletion waits for it, or ended without waiting.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.audit.disclosures import DisclosureKeys
from gateway.clock import uuid7
from gateway.enforcement.errors import GalleryNotEmpty, NotYours, PersonRefused
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from uuid import UUID

    from gate_house import Force, GateHouse

    from gateway.database import Connection


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def enrol(connection: Connection, gallery: UUID) -> UUID:
    """A face as the engine leaves it; nobody looks at its template here."""
    face = uuid7()
    connection.execute(
        """INSERT INTO recognition.faces
           (id, gallery, external_id, template, pipeline, quality, created_ns, decision_id)
           VALUES (%s, %s, 'x', '', 'p', '{}', 0, %s)""",
        (face, gallery, uuid7()),
    )
    return face


def wait_for(house: GateHouse, *started: Future[Any]) -> None:
    """Until each waits for somebody's lock or is done."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while house.one(waiting)[0] < sum(not one.done() for one in started):
        pass


def faces_of_deletion(house: GateHouse, force: Force) -> list[int]:
    """How many faces went, as the entries of the gallery's deletion say it."""
    keys = DisclosureKeys.load(house.settings.keys)
    with house.admin.transaction() as connection:
        found = connection.execute(
            """SELECT key_id, ciphertexts FROM audit.staging
               WHERE leaf::jsonb ->> 'kind' = %s AND leaf::jsonb ->> 'agency' = %s""",
            (EntryKind.GALLERY_DELETED, force.agency),
        ).fetchall()
    with house.services.database.transaction() as connection:
        opened = [keys.open(connection, key_id, bytes(sealed)) for key_id, sealeds in found for sealed in sealeds]
    return [int(value.value) for value in opened if value.name == "faces"]


@pytest.mark.parametrize(
    "change",
    ["status = 'terminated'", "valid_to_ns = ops.now_ns()", "valid_from_ns = ops.now_ns() + 10^12"],
    ids=["terminated", "over", "not-begun"],
)
def test_a_gallery_is_made_under_a_contract_that_is_in_force(house: GateHouse, force: Force, change: str) -> None:
    house.write(f"UPDATE registry.contracts SET {change} WHERE id = %s", force.contract)
    with pytest.raises(PersonRefused) as refused:
        house.services.galleries.create(force.caller, name="more", keep_crops=False)
    assert refused.value.code == "CONTRACT_NOT_IN_FORCE"
    assert [
        gallery["name"] for gallery in house.services.galleries.list(force.caller, after=None, limit=9)["items"]
    ] == [force.gallery]


def test_a_gallery_into_which_a_face_comes_meanwhile_is_not_empty(
    house: GateHouse, force: Force, aside: ThreadPoolExecutor
) -> None:
    with house.pool(DatabaseRole.ENGINE).transaction() as connection:
        enrol(connection, force.gallery_id)
        deletion = aside.submit(house.services.galleries.delete, force.caller, force.gallery, with_faces=False)
        wait_for(house, deletion)
    with pytest.raises(GalleryNotEmpty):
        deletion.result()
    assert house.services.galleries.show(force.caller, force.gallery)["faces"] == 1
    assert faces_of_deletion(house, force) == []


def test_the_entry_of_a_deletion_counts_the_face_that_came_meanwhile(
    house: GateHouse, force: Force, aside: ThreadPoolExecutor
) -> None:
    with house.pool(DatabaseRole.ENGINE).transaction() as connection:
        enrol(connection, force.gallery_id)
        deletion = aside.submit(house.services.galleries.delete, force.caller, force.gallery, with_faces=True)
        wait_for(house, deletion)
    deletion.result()
    assert faces_of_deletion(house, force) == [1]


def test_the_entry_of_a_deletion_does_not_count_the_face_that_went_before(
    house: GateHouse, force: Force, aside: ThreadPoolExecutor
) -> None:
    with house.admin.transaction() as connection:
        faces = [enrol(connection, force.gallery_id) for _ in range(2)]
    with house.services.database.transaction() as connection:
        connection.execute("SELECT recognition.delete_face(%s, %s)", (force.gallery_id, faces[0]))
        deletion = aside.submit(house.services.galleries.delete, force.caller, force.gallery, with_faces=True)
        wait_for(house, deletion)
    deletion.result()
    assert faces_of_deletion(house, force) == [1]


def test_a_face_that_comes_while_its_gallery_is_deleted_finds_none(
    house: GateHouse, force: Force, aside: ThreadPoolExecutor
) -> None:
    """The engine answers the foreign key with GALLERY_GONE."""

    def enrolled() -> None:
        with house.pool(DatabaseRole.ENGINE).transaction() as connection:
            enrol(connection, force.gallery_id)

    with house.services.database.transaction() as connection:
        assert connection.execute("SELECT recognition.hold_gallery(%s)", (force.gallery_id,)).fetchone() == (0,)
        enrolment = aside.submit(enrolled)
        wait_for(house, enrolment)
        assert not enrolment.done()
        connection.execute("SELECT recognition.delete_gallery(%s)", (force.gallery_id,))
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        enrolment.result()


def test_of_two_that_delete_a_gallery_at_once_one_does(
    house: GateHouse, force: Force, aside: ThreadPoolExecutor
) -> None:
    with house.pool(DatabaseRole.ENGINE).transaction() as connection:
        enrol(connection, force.gallery_id)
        deletions = [
            aside.submit(house.services.galleries.delete, force.caller, force.gallery, with_faces=True)
            for _ in range(2)
        ]
        wait_for(house, *deletions)
    assert sorted(type(deletion.exception()).__name__ for deletion in deletions) == ["NoneType", NotYours.__name__]
    assert faces_of_deletion(house, force) == [1]
