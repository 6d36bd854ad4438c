"""A token that is bound to galleries or a case (RFC 9396) reaches nothing of another search of its own agency.

Neither its answer nor its pictures are shown, it is used for nothing and nothing is said to have become of it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from docket_house import awaiting, released, to_examine
from gate_house import Copies, Force, GateHouse, a_picture, asking, gate_house

from gateway.clock import uuid7
from gateway.enforcement.answers import Released
from gateway.enforcement.errors import NotYours, PersonRefused
from gateway.enforcement.request import Probe
from gateway.identity.caller import FaceSearchAuthorization
from gateway.vocabulary import Consequence, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from gateway.enforcement.answers import Answer
    from gateway.identity.caller import Caller

CASE = "2026-0117"
INSIDE: list[dict[str, Any]] = [
    {"galleries": ("missing",)},
    {"galleries": ("elsewhere", "missing")},
    {"case_number": CASE},
    {"purpose": "locate_missing_person", "case_number": CASE, "galleries": ("missing",)},
]
OUTSIDE: list[dict[str, Any]] = [
    {"galleries": ("elsewhere",)},
    {"case_number": "2026-0118"},
    {"purpose": "investigate_named_offence"},
    {"case_number": CASE, "galleries": ("elsewhere",)},
]


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


@pytest.fixture(scope="module")
def search(house: GateHouse) -> tuple[Force, UUID]:
    """A search of the gallery `missing` under the case, released."""
    force = house.force(keep_crops=True, operations=["identify_1_to_n", "use_result"])
    house.services.galleries.create(force.caller, name="elsewhere", keep_crops=True)
    return force, released(house, force, case_number=CASE)


def bound(house: GateHouse, force: Force, detail: dict[str, Any]) -> Caller:
    details = (FaceSearchAuthorization(**detail),)
    return house.caller(force.caller.client, force.agency, force.caller.user, authorization_details=details)


def use(house: GateHouse, caller: Caller, search: UUID) -> Answer:
    return house.services.uses.use(caller, search, result_use={"for": "lead"}, proceeding_ns=None, decision_id=uuid7())


@pytest.mark.parametrize("detail", INSIDE)
def test_a_token_that_covers_the_search_shows_and_uses_its_result(
    house: GateHouse, search: tuple[Force, UUID], detail: dict[str, Any]
) -> None:
    force, decision = search
    caller = bound(house, force, detail)
    assert house.services.records.show(caller, decision)["answer"] == {"candidates": []}
    assert isinstance(use(house, caller, decision), Released)
    said = house.services.uses.record_outcome(caller, decision, outcome=Consequence.CLEARED, statement="not him")
    assert said["outcome"] == "cleared"


@pytest.mark.parametrize("detail", OUTSIDE)
def test_a_token_that_does_not_cover_the_search_reaches_nothing_of_it(
    house: GateHouse, search: tuple[Force, UUID], detail: dict[str, Any]
) -> None:
    force, decision = search
    caller = bound(house, force, detail)
    with pytest.raises(NotYours):
        house.services.records.show(caller, decision)
    counted = "SELECT (SELECT count(*) FROM enforcement.uses), (SELECT count(*) FROM enforcement.consequences)"
    before = house.one(counted)
    record = partial(house.services.uses.record_outcome, outcome=Consequence.WRONG_PERSON, statement="the alibi holds")
    for act in (partial(use, house, caller, decision), partial(record, caller, decision)):
        with pytest.raises(PersonRefused) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (403, "TOKEN_DOES_NOT_COVER")
    assert house.one(counted) == before
    attempts = house.leaves(kind="access.refused", agency=force.agency, operation="use_result")
    assert attempts[-1]["reasons"] == ["TOKEN_DOES_NOT_COVER"]


def test_what_was_asked_of_no_case_is_not_of_the_case_that_a_token_is_bound_to(house: GateHouse) -> None:
    """A comparison is of no gallery, and whoever may make it may read it."""
    force, both = house.force(), Probe(images=(a_picture(), a_picture()))
    comparison = house.permit(force, operation=Operation.VERIFY_1_TO_1, gallery=None, probe=both)
    records = house.services.records
    assert (
        records.show(bound(house, force, {"galleries": ("one", "other")}), comparison)["operation"] == "verify_1_to_1"
    )
    with pytest.raises(NotYours):
        records.show(bound(house, force, {"case_number": "2026-0118"}), comparison)
    search = house.admit(force, asking(force, case_number=None)).decision_id
    with pytest.raises(NotYours):
        records.show(bound(house, force, {"case_number": CASE}), search)


@pytest.mark.parametrize("detail", [*INSIDE, *OUTSIDE])
def test_an_examiner_with_a_bound_token_is_shown_no_pictures_of_another_search(
    house: GateHouse, detail: dict[str, Any]
) -> None:
    seen, force = detail in INSIDE, house.force(keep_crops=True, second_examiner=True)
    decision, _ = to_examine(house, force, case_number=CASE)
    examiner = replace(
        bound(house, force, detail), client="another desk", user=f"{force.agency}/eye-1", user_strength="authenticated"
    )
    reviews = house.services.examiner_reviews
    assert [one["id"] for one in reviews.list(examiner, limit=9)["items"]] == [str(decision)] * seen
    if seen:
        assert reviews.take(examiner, decision)["taken"]
        return
    with pytest.raises(NotYours):
        reviews.take(examiner, decision)
    reviews.take(replace(examiner, authorization_details=()), decision)
    with pytest.raises(NotYours):
        reviews.show(examiner, decision)


@pytest.mark.parametrize("detail", [*INSIDE, *OUTSIDE])
def test_a_supervisor_with_a_bound_token_sees_and_decides_no_request_of_another_kind(
    house: GateHouse, detail: dict[str, Any]
) -> None:
    force, waiting = awaiting(house, case_number=CASE)
    details = (FaceSearchAuthorization(**detail),)
    caller = house.caller("desk", force.agency, f"{force.agency}/sergeant", authorization_details=details)
    approvals = house.services.approvals
    whole = house.caller("desk", force.agency, f"{force.agency}/sergeant")
    digest = str(approvals.show(whole, waiting)["request_sha256"])
    listed = approvals.list(caller, state="awaiting", limit=9)["items"]
    assert [one["id"] for one in listed] == [str(waiting)] * (detail in INSIDE)
    vote = partial(approvals.decide, caller, waiting, approves=False, reason="no", request_sha256=digest)
    if detail in INSIDE:
        assert approvals.show(caller, waiting)["images"]
        assert vote()["state"] == "rejected"
        return
    for act in (partial(approvals.show, caller, waiting), vote):
        with pytest.raises(NotYours):
            act()
    assert house.one("SELECT state FROM enforcement.approvals WHERE decision_id = %s", waiting) == ("awaiting",)
