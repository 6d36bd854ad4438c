"""What an agency may read back: its own, newest first, page by page; reading a result is an entry."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import Force, GateHouse, asking

from gateway.clock import uuid7
from gateway.enforcement.errors import NotYours

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.enforcement.records import Records

SOME_ID = "01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b11"  # the same in each process of a run: it is part of a test's name


@pytest.fixture
def records(house: GateHouse) -> Records:
    return house.services.records


def pages(records: Records, force: Force, limit: int) -> list[list[dict[str, Any]]]:
    found, cursor = [], None
    while True:
        page = records.list(force.caller, cursor=cursor, limit=limit)
        found.append(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def end(house: GateHouse, decision_id: UUID, outcome: str, *, refused: bool) -> None:
    house.claim(decision_id)
    house.complete(decision_id, outcome, refused=refused)


def test_pages_hold_everything_once_newest_first(house: GateHouse, force: Force, records: Records) -> None:
    made = [str(house.permit(force)) for _ in range(5)]
    for limit, sizes in ((2, [2, 2, 1]), (5, [5]), (1, [1] * 5)):
        found = pages(records, force, limit)
        assert [len(page) for page in found] == sizes
        assert [item["id"] for page in found for item in page] == made[::-1]


def test_decisions_of_one_instant_are_told_apart_by_their_ids(house: GateHouse, force: Force, records: Records) -> None:
    made = sorted((house.permit(force) for _ in range(4)), reverse=True)
    house.write("UPDATE enforcement.decisions SET decided_ns = 1 WHERE agency = %s", force.agency)
    assert [item["id"] for page in pages(records, force, 1) for item in page] == [str(one) for one in made]


def test_an_agency_sees_nothing_of_another(house: GateHouse, force: Force, records: Records) -> None:
    theirs = house.permit(force)
    stranger = house.force()
    assert records.list(stranger.caller, cursor=None, limit=10) == {"items": [], "next_cursor": None}
    for caller in (stranger.caller, house.caller("auditor", None, None)):
        with pytest.raises(NotYours):
            records.show(caller, theirs)
        with pytest.raises(NotYours):
            records.show(caller, uuid7())
    cursor = records.list(force.caller, cursor=None, limit=1)
    assert cursor["next_cursor"] is None
    assert house.leaves(kind="result.read", decision_id=str(theirs)) == []


@pytest.mark.parametrize(
    "text", ["", "1", "1:2", ":", f"x:{SOME_ID}", f"{10**30}:{SOME_ID}", f"-5:{SOME_ID}", "9" * 5000 + f":{SOME_ID}"]
)
def test_a_cursor_of_somebody_elses_making_is_nothing(force: Force, records: Records, text: str) -> None:
    for cursor in (text, base64.urlsafe_b64encode(text.encode()).decode().rstrip("="), "\u00e9", "%%%"):
        with pytest.raises(NotYours):
            records.list(force.caller, cursor=cursor, limit=10)


def test_a_status_says_how_far_it_came(house: GateHouse, force: Force, records: Records) -> None:
    def status(decision_id: UUID) -> str:
        return str(records.show(force.caller, decision_id)["status"])

    assert status(house.admit(force, asking(force, purpose="general_surveillance")).decision_id) == "denied"
    assert status(house.admit(force, asking(force, dry_run=True)).decision_id) == "permitted"
    waiting = house.permit(force)
    assert status(waiting) == "pending"
    end(house, waiting, "CANDIDATES", refused=False)
    assert status(waiting) == "withheld"
    blurred = house.permit(force)
    end(house, blurred, "PROBE_BLURRED", refused=True)
    assert status(blurred) == "refused"


def test_reading_back_is_an_entry_that_names_the_reader_only_under_a_key(
    house: GateHouse, force: Force, records: Records
) -> None:
    made = house.permit(force)
    shown = records.show(force.caller, made)
    assert (shown["id"], shown["permit"], shown["answer"]) == (str(made), True, None)
    assert shown["decision"]["user"] == f"{force.agency}/examiner"
    (leaf,) = house.leaves(kind="result.read", decision_id=str(made))
    assert (leaf["agency"], leaf["client"]) == (force.agency, force.caller.client)
    assert "examiner" not in str(leaf)


def test_a_list_holds_no_contents(house: GateHouse, force: Force, records: Records) -> None:
    house.permit(force)
    (item,) = records.list(force.caller, cursor=None, limit=10)["items"]
    assert item.keys() == {"id", "operation", "purpose", "permit", "dry_run", "at", "status"}
