"""kill -9 of any process at any step of a governed search: nothing leaves without its entries, and all goes on.

After each death the whole house is looked at (`CrashHouse.check`): the entries of every permit are complete, once
and in order, they agree with the tables, the limits are exact, and the log verifies.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from crash_house import CrashHouse, alive, crash_house, descendants
from patience import until
from standstill import stopped

from gateway.recognition.client import SOCKET_NAME, EngineClient, EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crash_house import Attempt

    from gateway.cli.http import Answer

pytestmark = pytest.mark.photographs


@pytest.fixture(scope="module")
def crashing(pictures: dict[str, Path]) -> Iterator[CrashHouse]:
    with crash_house(pictures) as house:
        yield house


@pytest.fixture
def house(crashing: CrashHouse) -> CrashHouse:
    """The house with everything running: a death in one test is mended before the next."""
    crashing.ready()
    crashing.follows_the_clock()
    crashing.have_order()
    return crashing


def died(attempt: Attempt) -> None:
    assert attempt.answer() is None


def unavailable(attempt: Attempt) -> None:
    answer = attempt.answer()
    assert answer is not None
    assert answer.status == 503, answer.document


def works_again(house: CrashHouse, attempt: Attempt, *, blocked: bool) -> None:
    """A repeat under the key of the dead one: at once if an answer said so, else after two minutes; and never twice."""
    house.ready()
    if blocked:
        answer = house.repeat(attempt)
        assert (answer.status, answer.code) == (409, "IDEMPOTENCY_IN_FLIGHT")
        house.advance()
    house.follows_the_clock()
    again = house.repeat(attempt)
    assert again.status == 200, again.document
    assert [candidate["external_id"] for candidate in again.document["candidates"]] == ["person_a_1"]
    permits = set(house.permits())
    assert house.repeat(attempt).document == again.document
    assert set(house.permits()) == permits


def is_abandoned(house: CrashHouse, permit: str) -> None:
    house.advance()
    until(lambda: house.has("outcomes", permit), "the permit is ended")
    assert house.check()[permit] == "abandoned"


# The web worker.


def test_web_before_the_first_transaction_leaves_nothing(house: CrashHouse) -> None:
    with house.held("registry.contracts", "ACCESS EXCLUSIVE"):
        attempt = house.search()
        house.until_waiting("web")
        house.kill("web worker")
    died(attempt)
    assert set(house.permits()) == attempt.before
    works_again(house, attempt, blocked=True)
    assert set(house.check().values()).isdisjoint({"open"})


@pytest.mark.parametrize("table", ["enforcement.permits", "registry.usage"])
def test_web_in_the_first_transaction_leaves_all_of_it_or_nothing(house: CrashHouse, table: str) -> None:
    """At the permit's row, and at the counters, the last thing that the transaction does."""
    with house.held(table):
        attempt = house.search()
        house.until_waiting("web")
        house.kill("web worker")
    house.until_idle("web")
    committed = set(house.permits()) - attempt.before
    died(attempt)
    # The database may still finish what it was asked; then it finishes all of it.
    works_again(house, attempt, blocked=True)
    until(lambda: set(house.check().values()).isdisjoint({"open"}), "nothing is left open")
    assert {house.check()[permit] for permit in committed} <= {"abandoned"}


def test_web_after_the_first_transaction_releases_nothing(house: CrashHouse) -> None:
    with house.search_with_standing_engine() as attempt:
        permit = house.permit_of(attempt)
        house.kill("web worker")
    died(attempt)
    works_again(house, attempt, blocked=True)
    # Whether the engine had the request already is a race of the two processes; released it is in no case.
    until(lambda: house.has("outcomes", permit), "the permit is ended")
    assert house.check()[permit] in {"abandoned", "not released"}


def test_web_before_the_second_decision_releases_nothing(house: CrashHouse) -> None:
    with house.held("enforcement.outcomes"):
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("writgate engine")
        web = stopped(house.pid("web worker"))
        web.__enter__()
    until(lambda: house.has("outcomes", permit), "the engine has answered")
    house.kill("web worker")
    died(attempt)
    works_again(house, attempt, blocked=True)
    assert house.check()[permit] == "not released"


def test_web_in_the_releasing_transaction_leaves_all_of_it_or_nothing(house: CrashHouse) -> None:
    with house.held("enforcement.releases"):
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("web")
        house.kill("web worker")
    died(attempt)
    house.until_idle("web")
    works_again(house, attempt, blocked=not house.has("releases", permit))
    # Again all of it or nothing: what was still committed can be read by the agency that never heard the answer.
    ending = house.check()[permit]
    assert ending in {"released", "not released"}
    assert (house.api().get(f"/v1/searches/{permit}").document.get("answer") is not None) == (ending == "released")


def test_web_after_the_release_and_before_the_answer_gives_it_to_whoever_repeats(house: CrashHouse) -> None:
    with house.held("enforcement.releases") as first:
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("web")
        with house.held("enforcement.idempotency"):
            first.rollback()
            until(lambda: house.has("releases", permit), "the release is committed")
            house.until_waiting("web")
            house.kill("web worker")
    died(attempt)
    permits = set(house.permits())
    works_again(house, attempt, blocked=False)
    assert house.repeat(attempt).document["id"] == permit
    assert set(house.permits()) == permits, "nothing was searched twice"
    assert house.check()[permit] == "released"
    read = house.api().get(f"/v1/searches/{permit}")
    assert read.document["answer"]["candidates"][0]["external_id"] == "person_a_1"


def test_the_web_server_itself_takes_its_workers_along(house: CrashHouse) -> None:
    """A worker left behind would answer on the port and keep the database running with nobody to end it."""
    with house.held("enforcement.releases"):
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("web")
        worker = house.pid("web worker")
        house.kill("web")
    attempt.answer()
    until(lambda: not alive(worker), "its worker ends")
    house.ready()
    assert house.check()[permit] in {"released", "not released"}
    done = house.search().answer()
    assert done is not None
    assert done.status == 200


# The engine.


def test_engine_in_the_claim_leaves_a_permit_that_is_abandoned(house: CrashHouse) -> None:
    """The database may still finish the claim that it was asked for; then nobody is left who could use it."""
    with house.held("enforcement.claims"):
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("writgate engine")
        house.kill("engine")
        unavailable(attempt)
    works_again(house, attempt, blocked=False)
    is_abandoned(house, permit)


def test_engine_after_the_claim_leaves_a_permit_that_nobody_can_use_again(house: CrashHouse) -> None:
    encoder = house.pid("encoder")
    with stopped(encoder):
        attempt = house.search()
        permit = house.permit_of(attempt)
        until(lambda: house.has("claims", permit), "the permit is claimed")
        house.kill("engine")
    unavailable(attempt)
    until(lambda: not alive(encoder), "the encoder ends with its engine")
    works_again(house, attempt, blocked=False)
    image = house.photographs["person_a_2.jpg"].read_bytes()
    with pytest.raises(EngineUnavailable, match="ENGINE_CLAIM_REFUSED"):
        EngineClient(house.settings.runtime / SOCKET_NAME).search(UUID(permit), image)
    is_abandoned(house, permit)


def test_an_encoder_that_dies_is_replaced_and_the_probe_refused_and_given_back(house: CrashHouse) -> None:
    def dies() -> tuple[Attempt, str, Answer] | None:
        """With the picture in hand: one that had not got it yet would be no fault of it, and another looks at it."""
        house.have_order()
        with stopped(house.pid("encoder")):
            attempt = house.search()
            permit = house.permit_of(attempt)
            until(lambda: house.has("claims", permit), "the permit is claimed")
            time.sleep(0.5)  # the picture goes to the encoder next
            house.kill("encoder")
        answer = attempt.answer()
        assert answer is not None
        return None if answer.status == 200 else (attempt, permit, answer)

    attempt, permit, answer = until(dies, "it dies with the picture")
    assert (answer.status, answer.code) == (422, "IMAGE_UNPROCESSABLE")
    assert house.check()[permit] == "refused"
    # A refusal of the picture is not kept under its key: it used nothing up, and may have been bad luck.
    works_again(house, attempt, blocked=False)
    done = house.search().answer()
    assert done is not None
    assert done.status == 200


def test_engine_in_the_outcome_leaves_all_of_it_or_nothing(house: CrashHouse) -> None:
    with house.held("enforcement.outcomes"):
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("writgate engine")
        house.kill("engine")
        unavailable(attempt)
    works_again(house, attempt, blocked=False)
    house.advance()
    until(lambda: house.has("outcomes", permit), "the permit is ended")
    # The database may still finish the outcome that it was asked for, with its entry; released it is in no case.
    assert house.check()[permit] in {"abandoned", "not released"}


def test_engine_after_the_outcome_and_before_the_answer_releases_nothing(house: CrashHouse) -> None:
    with house.held("enforcement.outcomes") as lock:
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("writgate engine")
        with house.commits_held():
            lock.rollback()
            house.until_waiting("writgate engine", "IPC")
            house.kill("engine")
    unavailable(attempt)
    until(lambda: house.has("outcomes", permit), "the outcome stands")
    works_again(house, attempt, blocked=False)
    assert house.check()[permit] == "not released"


# The log's own processes, and the one that ends what was left.


def test_sequencer_in_the_middle_of_a_batch_leaves_no_gap_and_no_double(house: CrashHouse) -> None:
    with house.held("audit.entries"):
        answer = house.search().answer()
        assert answer is not None
        assert answer.status == 200
        house.until_waiting("sequencer")
        house.kill("sequencer")
    assert house.check()[answer.document["id"]] == "released"


def test_signer_between_its_record_and_the_checkpoint_publishes_what_it_remembers(house: CrashHouse) -> None:
    with house.held("audit.checkpoints"):
        answer = house.search().answer()
        assert answer is not None
        assert answer.status == 200
        house.until_waiting("signer")
        house.kill("signer")
        ((published,),) = house.rows("SELECT max(size) FROM audit.checkpoints")
    house.check()
    ((now_published,),) = house.rows("SELECT max(size) FROM audit.checkpoints")
    assert now_published > published


def test_sweeper_in_the_middle_writes_the_ending_once(house: CrashHouse) -> None:
    with house.search_with_standing_engine() as attempt:
        permit = house.permit_of(attempt)
        with house.held("audit.staging"):
            house.advance()
            house.until_waiting("sweeper")
            house.kill("sweeper")
        until(lambda: house.has("outcomes", permit), "the permit is ended")
    # The engine wakes with the permit past its time.
    unavailable(attempt)
    assert not house.has("claims", permit)
    works_again(house, attempt, blocked=False)
    assert house.check()[permit] == "abandoned"


# What everything stands on.


@pytest.mark.parametrize("kind", ["postmaster", "keeper"])
def test_the_database_comes_back_and_what_was_under_way_is_abandoned(house: CrashHouse, kind: str) -> None:
    with house.held("enforcement.outcomes"):
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("writgate engine")
        killed = house.pid("postmaster")
        house.kill(kind)
        answer = attempt.answer()
    until(lambda: house.pid("postmaster") != killed, "another server runs")
    house.ready()
    house.advance()
    until(lambda: house.has("outcomes", permit), "the permit is ended")
    ending = house.check()[permit]
    assert answer is not None
    if kind == "postmaster":
        assert (answer.status, ending) == (503, "abandoned")
    else:
        # A server that is told to end by its keeper's death may let go of our lock before it ends the engine.
        assert (answer.status == 200) == (ending == "released")
    works_again(house, attempt, blocked=False)
    house.check()


def test_supervisor_takes_everything_along_and_the_next_start_is_clean(house: CrashHouse) -> None:
    with house.held("enforcement.outcomes"):
        attempt = house.search()
        permit = house.permit_of(attempt)
        house.until_waiting("writgate engine")
        everything = {*descendants(house.serving.pid), house.pid("postmaster"), house.pid("keeper")}
        house.kill("supervisor")
    until(lambda: not any(map(alive, everything)), "everything ends")
    answer = attempt.answer()
    house.start()
    house.advance()
    until(lambda: house.has("outcomes", permit), "the permit is ended")
    ending = house.check()[permit]
    assert ending == "released" or answer is None or answer.status == 503
    works_again(house, attempt, blocked=False)
    house.check()
