"""Idempotency keys: one act for each, the first answer for a repeat, sealed while it is kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from docket_house import released

from gateway.audit.errors import DisclosureUnreadable
from gateway.clock import uuid7
from gateway.compliance.subjects import Subject
from gateway.enforcement.idempotency import IN_FLIGHT_NS, Idempotency, IdempotencyInFlight, IdempotencyMismatch, Kept
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from uuid import UUID

    from gate_house import Force, GateHouse

CASE = "26-EXPUNGED"
ANSWER = Kept(status=200, body='{"candidates": [{"external_id": "a-missing-person"}]}')


@pytest.fixture
def keys(house: GateHouse) -> Idempotency:
    return house.services.idempotency


@pytest.fixture
def key() -> str:
    return str(uuid7())


def grow_old(house: GateHouse, key: str, nanoseconds: int) -> None:
    house.write("UPDATE enforcement.idempotency SET started_ns = started_ns - %s WHERE key = %s", nanoseconds, key)


def test_the_first_takes_the_key_and_a_repeat_gets_its_answer(keys: Idempotency, key: str) -> None:
    assert keys.begin(client="c", key=key, request=b"body") is None
    keys.end(client="c", key=key, agency="force-1", kept=ANSWER)
    for _ in range(2):
        assert keys.begin(client="c", key=key, request=b"body") == ANSWER


def test_while_the_first_is_under_way_a_repeat_waits(keys: Idempotency, key: str) -> None:
    keys.begin(client="c", key=key, request=b"body")
    with pytest.raises(IdempotencyInFlight):
        keys.begin(client="c", key=key, request=b"body")


def test_of_many_at_once_one_takes_the_key(keys: Idempotency, key: str) -> None:
    def take(_: int) -> str:
        try:
            return "took" if keys.begin(client="c", key=key, request=b"body") is None else "kept"
        except IdempotencyInFlight:
            return "waits"

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(take, range(12))) == ["took"] + ["waits"] * 11


@pytest.mark.parametrize("ended", [False, True])
def test_another_request_under_the_same_key_is_refused(keys: Idempotency, key: str, *, ended: bool) -> None:
    keys.begin(client="c", key=key, request=b"body")
    if ended:
        keys.end(client="c", key=key, agency=None, kept=ANSWER)
    with pytest.raises(IdempotencyMismatch):
        keys.begin(client="c", key=key, request=b"body ")


def test_a_key_belongs_to_its_client(keys: Idempotency, key: str) -> None:
    keys.begin(client="c", key=key, request=b"body")
    keys.end(client="c", key=key, agency="force-1", kept=ANSWER)
    assert keys.begin(client="d", key=key, request=b"body") is None


def test_a_request_that_died_blocks_its_key_for_two_minutes(house: GateHouse, keys: Idempotency, key: str) -> None:
    keys.begin(client="c", key=key, request=b"body")
    grow_old(house, key, IN_FLIGHT_NS - 60 * 10**9)
    with pytest.raises(IdempotencyInFlight):
        keys.begin(client="c", key=key, request=b"body")
    grow_old(house, key, 61 * 10**9)
    assert keys.begin(client="c", key=key, request=b"body") is None
    with pytest.raises(IdempotencyInFlight):
        keys.begin(client="c", key=key, request=b"body")


def test_a_key_left_by_the_dead_is_not_for_another_request(house: GateHouse, keys: Idempotency, key: str) -> None:
    """Else the dead one, were it only slow, could leave its answer under a request that it does not answer."""
    keys.begin(client="c", key=key, request=b"body")
    grow_old(house, key, IN_FLIGHT_NS + 10**9)
    with pytest.raises(IdempotencyMismatch):
        keys.begin(client="c", key=key, request=b"another")


def test_the_first_answer_stands_where_a_slow_one_comes_after_a_takeover(
    house: GateHouse, keys: Idempotency, key: str
) -> None:
    keys.begin(client="c", key=key, request=b"body")
    grow_old(house, key, IN_FLIGHT_NS + 10**9)
    keys.begin(client="c", key=key, request=b"body")
    keys.end(client="c", key=key, agency=None, kept=ANSWER)
    keys.end(client="c", key=key, agency=None, kept=Kept(status=503, body='{"code": "LATE"}'))
    assert keys.begin(client="c", key=key, request=b"body") == ANSWER


def test_who_lost_the_key_to_another_does_not_free_it(house: GateHouse, keys: Idempotency, key: str) -> None:
    slow, second = uuid7(), uuid7()
    keys.begin(client="c", key=key, request=b"body", decision_id=slow)
    grow_old(house, key, IN_FLIGHT_NS + 10**9)
    keys.begin(client="c", key=key, request=b"body", decision_id=second)
    keys.forget(client="c", key=key, decision_id=slow)
    with pytest.raises(IdempotencyInFlight):
        keys.begin(client="c", key=key, request=b"body")
    keys.forget(client="c", key=key, decision_id=second)
    assert keys.begin(client="c", key=key, request=b"body") is None


def test_an_answer_is_never_stale(house: GateHouse, keys: Idempotency, key: str) -> None:
    keys.begin(client="c", key=key, request=b"body")
    keys.end(client="c", key=key, agency=None, kept=ANSWER)
    grow_old(house, key, 10 * IN_FLIGHT_NS)
    assert keys.begin(client="c", key=key, request=b"body") == ANSWER


def test_forgetting_frees_a_key_that_has_no_answer_and_no_other(keys: Idempotency, key: str) -> None:
    keys.begin(client="c", key=key, request=b"body")
    keys.forget(client="c", key=key)
    assert keys.begin(client="c", key=key, request=b"another body") is None
    keys.end(client="c", key=key, agency=None, kept=ANSWER)
    keys.forget(client="c", key=key)
    assert keys.begin(client="c", key=key, request=b"another body") == ANSWER


def test_what_is_kept_is_sealed_and_bound_to_its_key(house: GateHouse, keys: Idempotency, key: str) -> None:
    other = str(uuid7())
    for one in (key, other):
        keys.begin(client="c", key=one, request=b"the body of a request")
    keys.end(client="c", key=key, agency="force-1", kept=ANSWER)
    row = house.one("SELECT to_jsonb(i)::text, response FROM enforcement.idempotency AS i WHERE key = %s", key)
    assert "missing-person" not in row[0]
    assert b"missing-person" not in bytes(row[1])
    house.write(
        "UPDATE enforcement.idempotency AS there SET status = here.status, key_id = here.key_id,"
        " response = here.response FROM enforcement.idempotency AS here WHERE there.key = %s AND here.key = %s",
        other,
        key,
    )
    with pytest.raises(DisclosureUnreadable):
        keys.begin(client="c", key=other, request=b"the body of a request")


def answer_of(decision: UUID) -> Kept:
    return Kept(status=200, body=json.dumps({"decision_id": str(decision), "candidates": ["a-missing-person"]}))


def erase(house: GateHouse, force: Force) -> None:
    house.integrate()
    orders = house.services.erasures
    order = orders.order(
        actor=Actor(kind="client", id="admin-1"),
        subject=Subject(force.agency, CASE),
        basis="statute",
        reference="740 ILCS 14/15(a)",
        statement="retention ended",
    )
    orders.approve(actor=Actor(kind="client", id="admin-2"), order_id=order.id)


def kept_answers(house: GateHouse, key: str) -> int:
    return int(house.one("SELECT count(*) FROM enforcement.idempotency WHERE key = %s", key)[0])


@pytest.mark.parametrize("waited", [False, True], ids=["at-once", "after-people"])
def test_an_answer_is_erased_with_its_case(
    house: GateHouse, force: Force, keys: Idempotency, key: str, *, waited: bool
) -> None:
    """Although it stands under the agency's key, and whichever request it was that got it."""
    decision = released(house, force, case_number=CASE)
    keys.begin(client="c", key=key, request=b"body", decision_id=uuid7() if waited else decision)
    keys.end(client="c", key=key, agency=force.agency, kept=answer_of(decision))
    assert keys.begin(client="c", key=key, request=b"body") == answer_of(decision)
    erase(house, force)
    assert kept_answers(house, key) == 0


def test_an_answer_that_comes_after_the_erasure_of_its_case_is_not_kept(
    house: GateHouse, force: Force, keys: Idempotency, key: str
) -> None:
    decision = released(house, force, case_number=CASE)
    keys.begin(client="c", key=key, request=b"body", decision_id=decision)
    erase(house, force)
    keys.end(client="c", key=key, agency=force.agency, kept=answer_of(decision))
    assert kept_answers(house, key) == 0


def test_what_was_kept_all_the_same_is_shown_to_nobody_once_its_case_is_erased(house: GateHouse, force: Force) -> None:
    decision = released(house, force, case_number=CASE)
    house.services.records.read_again(force.caller, answer_of(decision))
    erase(house, force)
    with pytest.raises(DisclosureUnreadable):
        house.services.records.read_again(force.caller, answer_of(decision))
