"""Groups of faces: within one gallery, a face in one at most, every change an entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.clock import uuid7
from gateway.enforcement.errors import GalleryNotInToken, GroupExists, NotYours
from gateway.identity.caller import FaceSearchAuthorization

if TYPE_CHECKING:
    from uuid import UUID

    from gate_house import Force, GateHouse

    from gateway.enforcement.face_groups import FaceGroups


@pytest.fixture
def groups(house: GateHouse) -> FaceGroups:
    return house.services.face_groups


def enrolled(house: GateHouse, gallery: UUID) -> UUID:
    """A face as the engine leaves it; nobody looks at its template here."""
    face = uuid7()
    with house.admin.transaction() as connection:
        connection.execute(
            """INSERT INTO recognition.faces
               (id, gallery, external_id, template, pipeline, quality, created_ns, decision_id)
               VALUES (%s, %s, 'x', '', 'p', '{}', 0, %s)""",
            (face, gallery, uuid7()),
        )
    return face


def test_faces_are_put_together_and_taken_apart(house: GateHouse, force: Force, groups: FaceGroups) -> None:
    one, two, unknown = enrolled(house, force.gallery_id), enrolled(house, force.gallery_id), uuid7()
    groups.create(force.caller, force.gallery, "a")
    groups.create(force.caller, force.gallery, "b")
    assert groups.add(force.caller, force.gallery, "a", [one, unknown]) == {one: "a", unknown: None}
    assert groups.add(force.caller, force.gallery, "b", [one, two]) == {one: "a", two: "b"}
    assert groups.groups_of(force.caller, force.gallery, [one, two]) == {one: "a", two: "b"}
    assert groups.page(force.caller, force.gallery, after="", limit=9) == [("a", 1), ("b", 1)]
    assert groups.page(force.caller, force.gallery, after="a", limit=9) == [("b", 1)]
    assert groups.first_face(force.caller, force.gallery, "a") == one
    assert groups.remove(force.caller, force.gallery, "a", [one, two]) == {one: "a", two: "b"}
    assert groups.first_face(force.caller, force.gallery, "a") is None
    groups.delete(force.caller, force.gallery, "b")
    assert groups.groups_of(force.caller, force.gallery, [two]) == {}
    kinds = [leaf["kind"] for leaf in house.leaves(agency=force.agency) if leaf["kind"].startswith("face_group")]
    assert sorted(kinds) == [
        "face_group.created", "face_group.created", "face_group.deleted", "face_group.face_added",
        "face_group.face_added", "face_group.face_removed",
    ]  # fmt: skip


def test_a_name_is_taken_once_and_what_is_not_there_is_not_yours(force: Force, groups: FaceGroups) -> None:
    groups.create(force.caller, force.gallery, "a")
    with pytest.raises(GroupExists):
        groups.create(force.caller, force.gallery, "a")
    for act in (groups.delete, groups.first_face):
        with pytest.raises(NotYours):
            act(force.caller, force.gallery, "none")
    with pytest.raises(NotYours):
        groups.create(force.caller, "none", "a")


def test_a_token_for_another_gallery_reaches_no_group(house: GateHouse, force: Force, groups: FaceGroups) -> None:
    bound = replace(force.caller, authorization_details=(FaceSearchAuthorization(galleries=("another",)),))
    with pytest.raises(GalleryNotInToken):
        groups.create(bound, force.gallery, "a")
    galleries = house.services.galleries
    for act in (galleries.show, lambda *who: galleries.delete(*who, with_faces=True)):
        with pytest.raises(GalleryNotInToken):
            act(bound, force.gallery)
    assert galleries.list(bound, after=None, limit=9)["items"] == []
    partly = replace(
        bound, authorization_details=(*bound.authorization_details, FaceSearchAuthorization(case_number="1"))
    )
    assert galleries.show(partly, force.gallery)["name"] == force.gallery


def test_a_face_that_is_deleted_leaves_its_group(house: GateHouse, force: Force, groups: FaceGroups) -> None:
    face = enrolled(house, force.gallery_id)
    groups.create(force.caller, force.gallery, "a")
    groups.add(force.caller, force.gallery, "a", [face])
    house.services.galleries.delete_face(force.caller, force.gallery, face)
    assert groups.page(force.caller, force.gallery, after="", limit=9) == [("a", 0)]
