"""kill -9 of the docket's runner at each step of a duty: whatever dies when, each duty fires once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from crash_house import CrashHouse, crash_house, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.photographs

# Where the runner stands when it dies: it holds the row and has moved it, at the entry, at the message.
STEPS = {"its entry": "audit.staging", "its message": "enforcement.messages"}


@pytest.fixture(scope="module")
def crashing(pictures: dict[str, Path]) -> Iterator[CrashHouse]:
    with crash_house(pictures) as house:
        yield house


@pytest.fixture
def house(crashing: CrashHouse) -> CrashHouse:
    crashing.ready()
    crashing.pid("docket")
    return crashing


def owed(house: CrashHouse, *, seconds: int = 0) -> str:
    """A duty that is due, or will be after so many seconds; one person is told of it."""
    agency = house.rows("SELECT min(id) FROM registry.agencies")[0][0]
    house.rows(
        'INSERT INTO enforcement.chains VALUES (%s, \'[{"name": "a", "mail": "a@example.org"}]\', 0)'
        " ON CONFLICT (agency) DO UPDATE SET written_ns = 0 RETURNING 1",
        agency,
    )
    row = house.rows(
        "INSERT INTO enforcement.docket (code, agency, about_kind, about_id, due_ns)"
        " VALUES ('DISCLOSE_IN_DISCOVERY', %s, 'instrument', %s, ops.now_ns()) RETURNING id::text",
        agency,
        str(uuid4()),
    )
    duty = str(row[0][0])
    if seconds:
        # As if it had been reminded of: what comes next is its due time.
        at = "UPDATE enforcement.docket SET stage = 'reminded', due_ns = ops.now_ns() + %s, next_ns = ops.now_ns() + %s"
        house.rows(at + " WHERE id = %s RETURNING 1", seconds * 10**9, seconds * 10**9, duty)
    return duty


def fired_once(house: CrashHouse, duty: str) -> None:
    """One entry, one message, one move; and the log is whole."""
    until(lambda: house.rows("SELECT FROM enforcement.docket WHERE id = %s AND stage = 'overdue'", duty), "it fires")
    entries = (
        "SELECT count(*) FROM (SELECT leaf FROM audit.entries UNION ALL SELECT leaf FROM audit.staging) AS all_leaves"
    )
    assert house.rows(entries + " WHERE leaf::json ->> 'duty' = %s", duty) == [(1,)]
    assert house.rows("SELECT event, count(*) FROM enforcement.messages WHERE duty = %s GROUP BY event", duty) == [
        ("duty.overdue", 1)
    ]
    house.check()


@pytest.mark.parametrize("step", STEPS)
def test_a_runner_that_dies_in_a_step_leaves_nothing_and_the_next_takes_it(house: CrashHouse, step: str) -> None:
    with house.held(STEPS[step]):
        duty = owed(house)
        house.until_waiting("docket")
        house.kill("docket")
        assert house.rows("SELECT stage FROM enforcement.docket WHERE id = %s", duty) == [("open",)]
    fired_once(house, duty)


def test_a_runner_that_dies_while_it_looks_for_duties_is_followed_by_another(house: CrashHouse) -> None:
    with house.held("enforcement.docket", "EXCLUSIVE"):
        house.until_waiting("docket")
        house.kill("docket")
    fired_once(house, owed(house))


def test_a_runner_that_dies_between_two_duties_is_followed_by_another(house: CrashHouse) -> None:
    house.kill("docket")
    fired_once(house, owed(house))


def test_a_runner_that_dies_when_its_commit_reached_the_disk_has_fired(house: CrashHouse) -> None:
    duty = owed(house, seconds=8)
    with house.commits_held():
        house.until_waiting("docket", "IPC")
        house.kill("docket")
    fired_once(house, duty)


def probe_past_its_time(house: CrashHouse) -> str:
    """Of a search that somebody made long ago."""
    house.have_order()
    house.search().answer()
    return str(
        house.rows(
            "UPDATE recognition.probes SET created_ns = 1 WHERE decision_id ="
            " (SELECT decision_id FROM recognition.probes ORDER BY created_ns DESC LIMIT 1) RETURNING decision_id::text"
        )[0][0]
    )


@pytest.mark.parametrize("step", ["recognition.probes", "audit.staging"])
def test_a_process_that_dies_while_it_deletes_a_probe_leaves_it_to_the_next_which_tells_it_once(
    house: CrashHouse, step: str
) -> None:
    probe = probe_past_its_time(house)
    kept = "SELECT FROM recognition.probes WHERE decision_id = %s"
    with house.held(step):
        house.kill("docket")
        house.until_waiting("docket")
        house.kill("docket")
        assert house.rows(kept, probe)
    until(lambda: not house.rows(kept, probe), "it is deleted")
    entries = (
        "SELECT count(*) FROM (SELECT leaf FROM audit.entries UNION ALL SELECT leaf FROM audit.staging) AS all_leaves"
        " WHERE leaf::json ->> 'kind' = 'probe.deleted' AND leaf::json ->> 'decision_id' = %s"
    )
    assert house.rows(entries, probe) == [(1,)]
    house.check()
