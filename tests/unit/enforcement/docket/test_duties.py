"""Duties that wait for people: reminded, told of up the chain to the operator, discharged with a word, taken once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from docket_house import OPERATOR_MAIL, Runner
from gate_house import HOUR_NS, OPERATOR, Force, GateHouse

from gateway.audit.clock import ClockNotTrusted
from gateway.cli.demo.seed import DAY_NS
from gateway.enforcement.docket.runner import ESCALATION_NS
from gateway.enforcement.errors import NotYours
from gateway.registry.errors import Conflict
from gateway.registry.models import Actor, UserWrite

if TYPE_CHECKING:
    from collections.abc import Callable

NOTICE = "NOTIFY_SUBJECT_AFTER"


@pytest.fixture
def notice(house: GateHouse, force: Force) -> str:
    """A sealed order whose subject must be told in ten days; its id."""
    now = house.now()
    return house.order(force, sealed=True, notice_due_ns=now + 10 * DAY_NS, expires_at_ns=now + 30 * DAY_NS)


def stage(house: GateHouse, duty: UUID) -> Any:
    return house.services.docket.show(duty, agency=None)["stage"]


def chain(house: GateHouse, force: Force, *names: str) -> None:
    people = [{"name": name, "mail": f"{name}@lakeport.example"} for name in names]
    house.services.contacts.write_chain(force.agency, people, actor=OPERATOR)


@pytest.mark.usefixtures("notice")
def test_a_night_without_anybody_awake_ends_with_the_operator(house: GateHouse, force: Force, runner: Runner) -> None:
    chain(house, force, "sergeant", "chief")
    duty = runner.duty(force, NOTICE)
    runner.advance(9 * DAY_NS)
    assert (stage(house, duty), runner.told(force)) == ("reminded", [("duty.reminded", "sergeant@lakeport.example")])
    runner.advance(DAY_NS)
    assert stage(house, duty) == "overdue"
    runner.advance(ESCALATION_NS - HOUR_NS)
    assert stage(house, duty) == "overdue"
    runner.advance(HOUR_NS)
    assert stage(house, duty) == "escalated"
    runner.advance(ESCALATION_NS)
    assert stage(house, duty) == "lapsed"
    runner.advance(300 * DAY_NS)
    assert runner.told(force) == [
        ("duty.reminded", "sergeant@lakeport.example"),
        ("duty.overdue", "sergeant@lakeport.example"),
        ("duty.escalated", "chief@lakeport.example"),
        ("duty.lapsed", OPERATOR_MAIL),
    ]
    assert runner.kinds(force, "duty.") == ["duty.reminded", "duty.overdue", "duty.escalated", "duty.lapsed"]


@pytest.mark.parametrize("awake", range(4))
@pytest.mark.usefixtures("notice")
def test_a_night_ends_with_whoever_is_awake_however_long_the_chain_and_nothing_follows(
    house: GateHouse, force: Force, runner: Runner, awake: int
) -> None:
    """The first `awake` people sleep; the next discharges the duty, or, behind the last, nobody: then it has lapsed."""
    names = ("sergeant", "lieutenant", "chief")
    chain(house, force, *names)
    duty = runner.duty(force, NOTICE)
    runner.advance(9 * DAY_NS)
    runner.advance(DAY_NS)
    for _ in range(awake):
        runner.advance(ESCALATION_NS)
    overdue = [(event, mail) for event, mail in runner.told(force) if event != "duty.reminded"]
    told = [f"{name}@lakeport.example" for name in names[: awake + 1]]
    events = ["duty.overdue", *["duty.escalated"] * (len(told) - 1)]
    if awake < len(names):
        assert overdue == list(zip(events, told, strict=True))
        house.services.docket.discharge(duty, actor=OPERATOR, note="told by letter in the night")
    else:
        assert overdue == [*zip(events, told, strict=True), ("duty.lapsed", OPERATOR_MAIL)]
        assert stage(house, duty) == "lapsed"
    before = runner.told(force)
    runner.advance(300 * DAY_NS)
    assert runner.told(force) == before
    listed, _ = house.services.docket.list(agency=force.agency, open_only=True, cursor=None, limit=200)
    assert [item["id"] for item in listed if item["code"] == NOTICE] == ([str(duty)] if awake == len(names) else [])


@pytest.mark.usefixtures("notice")
def test_with_nobody_to_tell_the_night_ends_on_the_docket_and_on_the_log(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    """Neither a chain nor an operator's address: what is left says that nobody was told."""
    runner.runner._operator = None
    try:
        runner.advance(10 * DAY_NS)
    finally:
        runner.runner = runner.another()
    assert (stage(house, runner.duty(force, NOTICE)), runner.told(force)) == ("lapsed", [])
    (entry,) = [leaf for leaf in house.leaves(kind="duty.lapsed", agency=force.agency) if leaf["code"] == NOTICE]
    assert entry["told"] == 0


@pytest.mark.usefixtures("notice")
def test_without_a_chain_the_operator_is_told_at_once(house: GateHouse, force: Force, runner: Runner) -> None:
    runner.advance(10 * DAY_NS)
    assert runner.told(force) == [("duty.lapsed", OPERATOR_MAIL)]


@pytest.mark.usefixtures("notice")
def test_who_discharges_says_what_was_done_and_nothing_follows(house: GateHouse, force: Force, runner: Runner) -> None:
    duty, clerk = runner.duty(force, NOTICE), Actor(kind="client", id="c", agency=force.agency, user="sarge")
    ended = house.services.docket.discharge(duty, actor=clerk, note="told by letter on 3 December")
    assert (ended["stage"], ended["ended_as"], ended["ended_by"]) == ("ended", "discharged", "sarge")
    with pytest.raises(Conflict) as refused:
        house.services.docket.discharge(duty, actor=clerk, note="again")
    assert refused.value.code == "DUTY_ENDED"
    runner.advance(30 * DAY_NS)
    assert runner.kinds(force, "duty.") == ["duty.discharged"]


@pytest.mark.usefixtures("notice")
def test_a_duty_of_another_agency_is_the_same_as_none(house: GateHouse, force: Force, runner: Runner) -> None:
    duty, stranger = runner.duty(force, NOTICE), Actor(kind="client", id="x", agency=house.force().agency)
    docket = house.services.docket
    with pytest.raises(NotYours):
        docket.show(duty, agency=stranger.agency)
    for named, actor in ((duty, stranger), (UUID(int=7), OPERATOR)):
        with pytest.raises(NotYours):
            docket.discharge(named, actor=actor, note="mine")
    listed, _ = docket.list(agency=stranger.agency, open_only=False, cursor=None, limit=50)
    assert str(duty) not in {item["id"] for item in listed}


def test_what_is_not_for_a_person_to_end_is_refused_with_what_would(
    house: GateHouse, force: Force, runner: Runner
) -> None:
    house.order(force, delete_by_ns=house.now() + 5 * DAY_NS)
    house.emergency(force)
    for code, refusal in (
        ("DELETE_BY", "DUTY_CARRIED_OUT_BY_GATEWAY"),
        ("REQUEST_AUTHORISATION_WITHIN", "DUTY_NEEDS_INSTRUMENT"),
        ("RENEW_TRAINING", "DUTY_ENDS_IN_REGISTER"),
    ):
        with pytest.raises(Conflict) as refused:
            house.services.docket.discharge(runner.duty(force, code), actor=OPERATOR, note="done")
        assert refused.value.code == refusal


def test_a_duty_moves_with_the_date_in_the_register(house: GateHouse, force: Force, runner: Runner) -> None:
    def trained(days: int) -> None:
        user = {"id": f"{force.agency}/examiner", "agency": force.agency, "name": "E", "roles": ["investigator"]}
        write = UserWrite.model_validate(user | {"training_valid_to_ns": house.now() + days * DAY_NS})
        house.services.registry.put_user(write, actor=OPERATOR)

    trained(40)
    duty = runner.duty(force, "RENEW_TRAINING")
    runner.advance(11 * DAY_NS)
    assert stage(house, duty) == "reminded"
    trained(200)
    assert (runner.duty(force, "RENEW_TRAINING"), stage(house, duty)) == (duty, "open")
    runner.advance(40 * DAY_NS)
    assert stage(house, duty) == "open"


def test_one_report_covers_what_is_done_until_it_is_written(house: GateHouse, force: Force) -> None:
    def owe(code: str, due: int | None) -> None:
        house.write(
            "INSERT INTO enforcement.docket (code, agency, about_kind, about_id, due_ns)"
            " VALUES (%s, %s, 'user', gen_random_uuid()::text, %s)",
            code,
            force.agency,
            due,
        )

    def reports() -> int:
        return sum(code.startswith("REPORT") for code in _codes(house, force))

    later = house.now() + 40 * DAY_NS
    for due in (later, later + DAY_NS, None):
        owe("REPORT_MONTHLY_TO_CITY_COUNCIL", due)
    assert (
        house.one("SELECT count(*) FROM enforcement.docket WHERE agency = %s AND code LIKE 'REPORT%%'", force.agency)[0]
        == 1
    )
    owe("REPORT_MONTHLY_TO_CITY_COUNCIL", later - DAY_NS)
    owe("REPORT_QUARTERLY_TO_EOPSS", None)
    assert (
        house.one("SELECT count(*) FROM enforcement.docket WHERE agency = %s AND code LIKE 'REPORT%%'", force.agency)[0]
        == 3
    )


def test_however_many_runners_there_are_each_step_is_taken_once(house: GateHouse, runner: Runner) -> None:
    forces = [house.force() for _ in range(12)]
    now = house.now()
    for force in forces:
        house.order(force, notice_due_ns=now + DAY_NS, expires_at_ns=now + 9 * DAY_NS)
    runner.move(2 * DAY_NS)
    runners = [runner.another() for _ in range(6)]
    with ThreadPoolExecutor(len(runners)) as pool:
        list(pool.map(_all_steps, [each.run_once for each in runners]))
    for force in forces:
        assert runner.kinds(force, "duty.") == ["duty.lapsed"]
        assert len(runner.told(force)) == 1


def test_no_step_is_taken_by_a_clock_that_was_set_back_or_is_not_the_hosts(
    house: GateHouse, force: Force, runner: Runner, notice: str
) -> None:
    untrusting = runner.another()
    untrusting._injected_clock = False
    runner.move(11 * DAY_NS)
    with pytest.raises(ClockNotTrusted) as refused:
        untrusting.run_once()
    assert refused.value.code == "CLOCK_SKEW"
    row = house.one("SELECT stage FROM enforcement.docket WHERE about_id = %s", notice)
    assert row == ("open",)
    runner.sign(ahead_ns=HOUR_NS)
    with pytest.raises(ClockNotTrusted) as refused:
        runner.runner.run_once()
    assert refused.value.code == "CLOCK_SET_BACK"
    runner.sign()
    with pytest.raises(ClockNotTrusted):
        runner.runner.run_once()
    runner.advance(2 * HOUR_NS)
    assert runner.duties(force)[NOTICE] == "lapsed"


def _all_steps(step: Callable[[], bool]) -> None:
    while step():
        pass


def _codes(house: GateHouse, force: Force) -> list[str]:
    with house.admin.transaction() as connection:
        rows = connection.execute("SELECT code FROM enforcement.docket WHERE agency = %s", (force.agency,)).fetchall()
    return [row[0] for row in rows]
