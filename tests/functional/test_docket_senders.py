"""kill -9 of the docket's process while it sends: what is to be told goes out, and what goes out twice has one id.

These have a gateway of their own, in which nothing else is due that would stand in the line before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from patience import until
from telling_house import BEHIND, Telling, telling_house

from gateway.cli.demo.seed import LAKEPORT
from gateway.clock import uuid7

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crash_house import CrashHouse
    from post_house import Hook, PostOffice

pytestmark = pytest.mark.photographs


@pytest.fixture(scope="module")
def crashing(pictures: dict[str, Path]) -> Iterator[Telling]:
    with telling_house(pictures) as made:
        yield made


@pytest.fixture
def house(crashing: Telling) -> CrashHouse:
    return crashing.at_work()


@pytest.fixture
def office(crashing: Telling) -> PostOffice:
    return crashing.office


@pytest.fixture
def hook(crashing: Telling) -> Hook:
    return crashing.hook


def written(house: CrashHouse, hook: Hook, channel: str, *, seconds: int = 0) -> str:
    """A message that is to be sent after so many seconds."""
    address = BEHIND
    if channel == "webhook":
        added = house.api("admin-1").post("/v1/webhooks", {"url": f"{hook.origin}/duties"})
        assert added.status == 201, added.document
        address = added.document["id"]
    row = house.rows(
        "INSERT INTO enforcement.messages (id, agency, channel, address, event, body, made_ns, next_ns)"
        " VALUES (%s, %s, %s, %s, 'duty.lapsed', '{\"data\": {}}', ops.now_ns(), ops.now_ns() + %s) RETURNING id::text",
        uuid7(),
        LAKEPORT,
        channel,
        address,
        seconds * 10**9,
    )
    return str(row[0][0])


def arrived(office: PostOffice, hook: Hook, message: str) -> int:
    return [*office.ids(), *hook.ids()].count(message)


def until_told(house: CrashHouse, message: str) -> None:
    done = "SELECT FROM enforcement.messages WHERE id = %s AND delivered_ns IS NOT NULL AND next_ns IS NULL"
    until(lambda: house.rows(done, message), "it is delivered")
    results = "SELECT count(*) FROM enforcement.delivery_attempts WHERE message = %s AND result = 'delivered'"
    assert house.rows(results, message) == [(1,)]


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_a_sender_that_dies_before_it_sends_is_followed_by_one_who_does(
    house: CrashHouse, office: PostOffice, hook: Hook, channel: str
) -> None:
    message = written(house, hook, channel, seconds=8)
    with house.held("enforcement.messages"):
        house.until_waiting("docket")
        house.kill("docket")
        assert arrived(office, hook, message) == 0
    until_told(house, message)
    assert arrived(office, hook, message) == 1


def test_a_sender_that_dies_in_the_midst_of_a_letter_has_told_nobody_and_another_does(
    house: CrashHouse, office: PostOffice, hook: Hook
) -> None:
    office.taking.clear()
    try:
        before = office.offered
        message = written(house, hook, "mail")
        until(lambda: office.offered > before, "it offers the letter")
        house.kill("docket")
    finally:
        office.taking.set()
    house.advance()
    until_told(house, message)
    assert arrived(office, hook, message) == 1
    house.follows_the_clock()


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_what_a_sender_sent_and_died_before_it_was_answered_goes_out_again_under_its_id(
    house: CrashHouse, office: PostOffice, hook: Hook, channel: str
) -> None:
    """Not at once: as long as whoever has it may still be at work, another leaves it alone."""
    receiver = office if channel == "mail" else hook
    receiver.answering.clear()
    try:
        message = written(house, hook, channel)
        until(lambda: arrived(office, hook, message), "it arrives")
        house.kill("docket")
    finally:
        receiver.answering.set()
    with house.another("docket"):
        assert arrived(office, hook, message) == 1
        house.advance()
        until_told(house, message)
    assert arrived(office, hook, message) == 2
    house.follows_the_clock()


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_what_a_sender_sent_and_died_before_it_wrote_so_down_goes_out_again_under_its_id(
    house: CrashHouse, office: PostOffice, hook: Hook, channel: str
) -> None:
    with house.held("enforcement.delivery_attempts"):
        message = written(house, hook, channel)
        house.until_waiting("docket")
        house.kill("docket")
        assert arrived(office, hook, message) == 1
    house.advance()
    until_told(house, message)
    assert arrived(office, hook, message) == 2
    house.follows_the_clock()


def test_everything_that_was_to_be_told_arrives_and_what_came_twice_is_known_by_its_id(
    house: CrashHouse, office: PostOffice, hook: Hook
) -> None:
    """After the deaths before it, and one more in the midst of sending."""
    for channel in ("mail", "webhook"):
        written(house, hook, channel)
    house.kill("docket")
    house.advance()
    until(lambda: not house.rows("SELECT FROM enforcement.messages WHERE next_ns IS NOT NULL"), "all is sent")
    made = house.rows("SELECT id::text FROM enforcement.messages WHERE delivered_ns IS NOT NULL")
    assert {*office.ids(), *hook.ids()} == {message for (message,) in made}
    house.follows_the_clock()
    house.check()
