"""kill -9 of the web process at each step of an approval: it is decided once, and carried out once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from crash_house import CrashHouse, crash_house
from patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.cli.http import Api

pytestmark = pytest.mark.photographs


@pytest.fixture(scope="module")
def crashing(pictures: dict[str, Path]) -> Iterator[CrashHouse]:
    with crash_house(pictures) as house:
        admin = house.api("admin-1")
        contract = admin.get("/v1/contracts?limit=200").document["items"]
        (own,) = [item for item in contract if item["agency"] == "lakeport-pd"]
        terms = own["terms"] | {"approvers": 1}
        written = {name: own[name] for name in ("agency", "valid_from", "valid_to")} | {"terms": terms}
        answer = admin.put(f"/v1/contracts/{own['id']}", written)
        assert answer.status == 200, answer.document
        yield house


@pytest.fixture
def house(crashing: CrashHouse) -> CrashHouse:
    crashing.ready()
    return crashing


@dataclass(frozen=True)
class Asked:
    """A search that waits for a supervisor, who has seen it and holds a token: to ask for one is an entry."""

    id: str
    body: dict[str, str]
    boss: Api


def asked(house: CrashHouse) -> Asked:
    answer = until(lambda: _search(house), "the search waits")
    search = str(answer.document["id"])
    boss = house.api("supervisor")
    seen = boss.get(f"/v1/approvals/{search}").document
    body = {"verdict": "approve", "reason": "known to me", "request_sha256": seen["request_sha256"]}
    return Asked(search, body, boss)


def _search(house: CrashHouse) -> Any:
    answer = house.api().post("/v1/searches", house.search_body(instrument=house.order()))
    return answer if answer.status == 202 else None


def voting(search: Asked) -> Callable[[], None]:
    """Begins to send the supervisor's yes; gives what waits for the answer, or for the connection to die."""

    def send() -> None:
        try:
            search.boss.post(f"/v1/approvals/{search.id}/votes", search.body)
        except OSError:
            return

    thread = threading.Thread(target=send)
    thread.start()
    return thread.join


def state(house: CrashHouse, search: Asked) -> str:
    return str(house.rows("SELECT state FROM enforcement.approvals WHERE decision_id = %s", search.id)[0][0])


def carried_out_once(house: CrashHouse, search: Asked) -> str:
    """One vote, one decision that came of it, and nothing left of what waited; gives how the search ended."""
    until(lambda: house.api().get(f"/v1/searches/{search.id}").document.get("continued_as"), "it is carried on")
    votes = house.rows("SELECT count(*) FROM enforcement.approval_votes WHERE decision_id = %s", search.id)
    assert votes == [(1,)]
    ((resumed,),) = house.rows("SELECT resumes_as::text FROM enforcement.approvals WHERE decision_id = %s", search.id)
    decided = "SELECT count(*) FROM audit.entries WHERE decision_id = %s AND kind = 'search.decision'"
    endings = house.check()
    assert house.rows(decided, resumed) == [(1,)]
    assert house.rows("SELECT FROM enforcement.parked WHERE decision_id = %s", search.id) == []
    return endings[resumed]


@pytest.mark.parametrize("table", ["enforcement.approval_votes", "audit.staging"])
def test_in_the_vote_nothing_is_decided_and_the_vote_is_given_again(house: CrashHouse, table: str) -> None:
    search = asked(house)
    with house.held(table):
        ended = voting(search)
        house.until_waiting("web")
        house.kill("web worker")
        ended()
    assert state(house, search) == "awaiting"
    house.ready()
    voting(search)()
    assert carried_out_once(house, search) == "released"


def test_between_the_vote_and_the_search_it_is_carried_on_when_who_asked_looks(house: CrashHouse) -> None:
    """What stands still is the look at the facts: a decision that has begun commits by itself."""
    search = asked(house)
    with house.held("registry.contracts", "ACCESS EXCLUSIVE"):
        ended = voting(search)
        until(lambda: state(house, search) == "approved", "the vote counts")
        house.until_waiting("web")
        house.kill("web worker")
        ended()
    house.ready()
    assert carried_out_once(house, search) == "released"


def test_after_the_new_decision_the_search_is_not_made_twice(house: CrashHouse) -> None:
    """As with a search that needed nobody: it is abandoned, or made and not released, and never made again."""
    search = asked(house)
    with house.held("enforcement.claims"):
        ended = voting(search)
        house.until_waiting("writgate engine")
        house.kill("web worker")
        ended()
    house.ready()
    voting(search)()
    assert carried_out_once(house, search) in {"open", "not released", "abandoned"}
