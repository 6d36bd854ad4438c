"""kill -9 of the docket's runner at each step that it takes, alone and beside another: each duty fires once.

That is judged by the log's entries, by the row and by what was told. What goes out may go out twice where its sender
died, under one id by which whoever receives it tells.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest
from patience import until
from telling_house import Telling, telling_house

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.cli.demo.seed import DAY_NS, LAKEPORT
from gateway.clock import uuid7
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.confirmations import Confirmations
from gateway.registry.models import Actor, ExigencyWrite, UserWrite
from gateway.registry.service import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crash_house import CrashHouse

pytestmark = pytest.mark.photographs

HOUR_NS: Final = 3600 * 10**9
OPERATOR: Final = Actor(kind="operator", id="test")
# The agency's chain; behind it stands the operator.
CHAIN: Final = '[{"name": "a", "mail": "a@example.org"}, {"name": "b", "mail": "b@example.org"}]'
# Its entry is written after the row was moved; its messages after the entry.
ENTRY: Final = "audit.staging"
TELLING: Final = (ENTRY, "enforcement.messages")


@dataclass(frozen=True)
class Step:
    """A duty that stands before a step, where the step writes, and what it leaves: once, whoever dies.

    `level` is how many people were told before; `due_ns` is from now. `about` is what the duty is about.
    """

    code: str
    ends: str
    entries: dict[str, int]
    writes: tuple[str, ...] = (ENTRY,)
    told: dict[str, int] = field(default_factory=dict)
    about: str = "instrument"
    level: int = 0
    due_ns: int = 0


def telling(event: str, **place: Any) -> Step:
    return Step(
        code=place.pop("code", "DISCLOSE_IN_DISCOVERY"), ends=event.partition(".")[2], entries={event: 1},
        told={event: 1}, writes=TELLING, **place,
    )  # fmt: skip


def deleting(code: str, *writes: str) -> Step:
    entries = {"result.frozen": 1, "result.deleted": 1, "duty.carried_out": 1}
    return Step(code=code, ends="carried_out", entries=entries, about="decision", writes=(*writes, ENTRY))


def missing(code: str, *writes: str) -> Step:
    entries = {"result.frozen": 1, "exigency_right.suspended": 1, "duty.missed": 1}
    return Step(
        code=code, ends="missed", entries=entries, told={"duty.missed": 3}, about="exigency", writes=(*writes, ENTRY)
    )


STEPS: Final = {
    "reminds": telling("duty.reminded", due_ns=HOUR_NS),
    "tells that it is overdue": telling("duty.overdue"),
    "tells that notice is overdue": telling("duty.overdue", code="NOTIFY_SUBJECT_AFTER"),
    "escalates": telling("duty.escalated", level=1),
    "gives up": telling("duty.lapsed", level=2),
    "stops": Step(
        code="STOP_IMMEDIATELY", ends="carried_out", entries={"result.frozen": 1, "duty.carried_out": 1},
        about="decision", writes=("enforcement.frozen", ENTRY),
    ),
    "finds no paper": missing(
        "REQUEST_AUTHORISATION_WITHIN", "enforcement.frozen", "registry.exigencies", "registry.agencies",
        "enforcement.messages",
    ),
    "finds it neither authorised nor rejected": missing("STOP_AND_DELETE_IF_REJECTED"),
    "deletes all": deleting(
        "DELETE_ALL_DATA_RESULTS_OUTPUTS", "enforcement.frozen", "recognition.probes", "enforcement.releases",
        "audit.disclosure_keys",
    ),
    "deletes by its date": deleting("DELETE_BY"),
    "deletes what is linked": deleting("DELETE_LINKED_PERSONAL_DATA"),
    "deletes now": deleting("DELETE_NOW"),
    "deletes after years": deleting("DELETE_WHEN_PURPOSE_MET_OR_3_YEARS_AFTER_LAST_INTERACTION"),
}  # fmt: skip


@pytest.fixture(scope="module")
def crashing(pictures: dict[str, Path]) -> Iterator[Telling]:
    with telling_house(pictures) as made:
        yield made


@pytest.fixture
def house(crashing: Telling) -> CrashHouse:
    return crashing.at_work()


def owed(house: CrashHouse, step: Step) -> str:
    """A duty whose step is far away still, with what it is about and with people to tell; `begin` brings it near."""
    house.rows(
        "INSERT INTO enforcement.chains VALUES (%s, %s, 0)"
        " ON CONFLICT (agency) DO UPDATE SET levels = excluded.levels RETURNING 1",
        LAKEPORT,
        CHAIN,
    )
    decision = None if step.about == "instrument" else released(house)
    about = str(uuid4()) if decision is None else decision if step.about == "decision" else emergency(house, decision)
    # An emergency brings this duty with it; here it is made with the others.
    house.rows("DELETE FROM enforcement.docket WHERE about_id = %s AND code = %s RETURNING 1", about, step.code)
    row = house.rows(
        "INSERT INTO enforcement.docket (code, agency, about_kind, about_id, decision_id, due_ns)"
        " VALUES (%s, %s, %s, %s, %s, ops.now_ns() + %s) RETURNING id::text",
        step.code,
        LAKEPORT,
        step.about,
        about,
        decision if step.about == "decision" else None,
        DAY_NS * 30,
    )
    return str(row[0][0])


def begin(house: CrashHouse, duty: str, step: Step, *, seconds: int = 0) -> None:
    house.rows(
        "UPDATE enforcement.docket SET stage = %s, level = %s, due_ns = ops.now_ns() + %s, next_ns = ops.now_ns() + %s"
        " WHERE id = %s RETURNING 1",
        "overdue" if step.level else "open",
        step.level,
        step.due_ns + seconds * 10**9,
        seconds * 10**9,
        duty,
    )


def until_in_step(house: CrashHouse, duty: str) -> None:
    """Until a runner holds the duty and waits; a sender of messages may wait at the same table."""
    free = "SELECT FROM enforcement.docket WHERE id = %s FOR UPDATE SKIP LOCKED"
    waiting = (
        "SELECT FROM pg_stat_activity WHERE application_name = 'docket' AND wait_event_type = 'Lock'"
        " AND query NOT LIKE '%%UPDATE enforcement.messages%%'"
    )
    until(lambda: not house.rows(free, duty) and house.rows(waiting), "the runner stands in the step")


def released(house: CrashHouse) -> str:
    """A search whose answer is out."""
    house.have_order()
    house.search().answer()
    newest = "SELECT decision_id::text FROM recognition.probes ORDER BY created_ns DESC LIMIT 1"
    return str(house.rows(newest)[0][0])


def emergency(house: CrashHouse, decision: str) -> str:
    """An emergency that two people certified, on which the search rests, of an agency that has the right to one."""
    name, now = f"{LAKEPORT}/{uuid7()}", int(house.rows("SELECT ops.now_ns()")[0][0])
    house.rows("UPDATE registry.agencies SET exigency_right = 'active' WHERE id = %s RETURNING 1", LAKEPORT)
    with house.connect(DatabaseRole.WEB) as database:
        registry = Registry(database, AuditLog(keys=DisclosureKeys.load(house.settings.keys)))
        for user, role in (("doe", "investigator"), ("sergeant", "supervisor_approver")):
            person = {"id": f"{LAKEPORT}/{user}", "agency": LAKEPORT, "name": user, "roles": [role]}
            registry.put_user(UserWrite.model_validate(person | {"person": f"badge {user}"}), actor=OPERATOR)
        certificate = {
            "id": name, "agency": LAKEPORT, "certified_by": f"{LAKEPORT}/doe", "rank": "detective",
            "facts": "A child was taken at 14:10.", "harm": "Serious harm.", "risk": "imminent",
            "why_no_order": "It was night.",
            "started_at_ns": now - HOUR_NS, "deadline_ns": now + DAY_NS,
        }  # fmt: skip
        registry.put_exigency(ExigencyWrite.model_validate(certificate), actor=OPERATOR)
        Confirmations(database=database, registry=registry).exigency(
            name, actor=Actor(kind="operator", id="second"), by=f"{LAKEPORT}/sergeant"
        )
    house.rows("INSERT INTO enforcement.rests_on VALUES (%s, 'exigency', %s) RETURNING 1", decision, name)
    return name


def fired_once(house: CrashHouse, duty: str, step: Step) -> None:
    """Its entries, its messages and its move; and the log is whole."""
    over = "SELECT FROM enforcement.docket WHERE id = %s AND coalesce(ended_as, stage) = %s"
    until(lambda: house.rows(over, duty, step.ends), "it fires")
    entries = house.rows(
        "SELECT leaf::json ->> 'kind' FROM"
        " (SELECT leaf FROM audit.entries UNION ALL SELECT leaf FROM audit.staging) AS all_leaves"
        " WHERE leaf::json ->> 'duty' = %s",
        duty,
    )
    assert Counter(kind for (kind,) in entries) == step.entries
    told = house.rows("SELECT event FROM enforcement.messages WHERE duty = %s AND channel = 'mail'", duty)
    assert Counter(event for (event,) in told) == step.told
    house.check()


def nothing_fired(house: CrashHouse, duty: str, step: Step) -> None:
    assert house.rows("SELECT stage, level FROM enforcement.docket WHERE id = %s", duty) == [
        ("overdue" if step.level else "open", step.level)
    ]
    assert house.rows("SELECT FROM enforcement.messages WHERE duty = %s", duty) == []


@pytest.mark.parametrize(("name", "place"), [(name, place) for name, step in STEPS.items() for place in step.writes])
def test_a_runner_that_dies_in_a_step_leaves_nothing_and_the_next_takes_it(
    house: CrashHouse, name: str, place: str
) -> None:
    """It holds the duty, and stands at one of the tables that the step writes."""
    step = STEPS[name]
    duty = owed(house, step)
    with house.held(place):
        begin(house, duty, step)
        until_in_step(house, duty)
        house.kill("docket")
        nothing_fired(house, duty, step)
    fired_once(house, duty, step)


@pytest.mark.parametrize("name", STEPS)
def test_of_two_runners_the_one_that_holds_the_duty_dies_and_the_other_takes_it(house: CrashHouse, name: str) -> None:
    step = STEPS[name]
    duty = owed(house, step)
    with ExitStack() as both:
        with house.held(ENTRY):
            begin(house, duty, step)
            until_in_step(house, duty)
            both.enter_context(house.another("docket"))
            house.kill("docket")
            nothing_fired(house, duty, step)
        fired_once(house, duty, step)


@pytest.mark.parametrize("name", ["reminds", "finds no paper", "deletes all"])
def test_a_runner_that_dies_when_its_commit_reached_the_disk_has_fired(house: CrashHouse, name: str) -> None:
    step = STEPS[name]
    duty = owed(house, step)
    begin(house, duty, step, seconds=8)
    with house.commits_held():
        house.until_waiting("docket", "IPC")
        house.kill("docket")
    fired_once(house, duty, step)


def test_a_runner_that_dies_while_it_looks_for_duties_is_followed_by_another(house: CrashHouse) -> None:
    step = STEPS["gives up"]
    with house.held("enforcement.docket", "EXCLUSIVE"):
        house.until_waiting("docket")
        house.kill("docket")
    duty = owed(house, step)
    begin(house, duty, step)
    fired_once(house, duty, step)


def test_a_runner_that_dies_between_two_duties_is_followed_by_another(house: CrashHouse) -> None:
    step = STEPS["gives up"]
    house.kill("docket")
    duty = owed(house, step)
    begin(house, duty, step)
    fired_once(house, duty, step)


# What is kept too long.


def probe_past_its_time(house: CrashHouse) -> str:
    """Of a search that somebody made long ago."""
    return str(
        house.rows(
            "UPDATE recognition.probes SET created_ns = 1 WHERE decision_id = %s RETURNING decision_id::text",
            released(house),
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
