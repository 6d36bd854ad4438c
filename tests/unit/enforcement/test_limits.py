"""Which counters a permit takes, and in what order."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import PURPOSE, Force, GateHouse, asking

from gateway.clock import uuid7
from gateway.enforcement import facts
from gateway.enforcement.limits import COUNTED, Counter, counters, period_name
from gateway.identity.caller import FaceSearchAuthorization
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from gateway.enforcement.facts import Facts


def read(house: GateHouse, force: Force, **fields: Any) -> Facts:
    request = asking(force, **fields)
    digests = facts.blinds(house.services.log, force.caller, request)
    with house.services.database.transaction() as connection:
        return facts.read(connection, force.caller, request, digests)


@pytest.mark.parametrize(
    ("period", "row"), [("day", "2026-11-23"), ("month", "2026-11"), ("total", "all"), ("fortnight", "all")]
)
def test_the_row_of_a_period(period: str, row: str) -> None:
    assert period_name(period, "2026-11-23") == row


def test_searches_and_comparisons_take_every_quota_and_the_order_and_nothing_else_does(house: GateHouse) -> None:
    quotas = [{"period": period, "limit": limit} for period, limit in (("total", 90), ("day", 5), ("month", 40))]
    random.shuffle(quotas)
    force = house.force(quotas=quotas)
    order = house.order(force, searches=3)
    known = read(house, force, instrument=order)
    expected = [
        Counter("contract", force.contract, known.day[:7], 40),
        Counter("contract", force.contract, known.day, 5),
        Counter("contract", force.contract, "all", 90),
        Counter("instrument", order, "all", 3),
    ]
    for operation in Operation:
        taken = counters(asking(force, operation=operation), known)
        assert taken == (expected if operation in COUNTED else []), operation
    assert {Operation.IDENTIFY_1_TO_N, Operation.VERIFY_1_TO_1} == COUNTED


def test_counters_are_taken_in_one_order_by_everybody() -> None:
    rows = [Counter("instrument", "b", "all", 1), Counter("contract", "z", "all", 9), Counter("contract", "a", "x", 2)]
    others = rows[::-1]
    assert sorted(rows) == sorted(others)
    assert [row.kind for row in sorted(rows)] == ["contract", "contract", "instrument"]


def test_an_order_without_a_number_and_a_contract_without_quotas_count_nothing(house: GateHouse, force: Force) -> None:
    order = house.order(force, searches=None)
    assert counters(asking(force), read(house, force, instrument=order)) == []


def test_a_denial_and_a_dry_run_take_nothing(house: GateHouse) -> None:
    force = house.force(searches=5)
    refused = house.admit(force, asking(force, purpose="general_surveillance"))
    asked = house.admit(force, asking(force, dry_run=True))
    assert (refused.decision.permit, asked.decision.permit) == (False, True)
    assert house.used("contract", force.contract) == 0
    house.permit(force)
    assert house.used("contract", force.contract) == 1


def test_the_searches_of_an_authorization_are_counted_across_its_tokens_even_for_many_at_once(
    house: GateHouse, force: Force
) -> None:
    """Two tokens of one grant share a counter: of twelve requests at once exactly five are permitted."""
    detail = FaceSearchAuthorization(purpose=PURPOSE, searches=5, counter=str(uuid7()))

    def ask(_: int) -> tuple[bool, tuple[str, ...]]:
        decision = house.admit(force, asking(force), authorization_details=(detail,), token_id=str(uuid7())).decision
        return decision.permit, decision.codes

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(12)))
    assert sum(permit for permit, _ in answers) == 5
    assert {codes for permit, codes in answers if not permit} <= {("TOKEN_EXHAUSTED",), ("FACTS_CHANGED",)}
    assert house.used("authorization", str(detail.counter)) == 5
    assert house.admit(force, asking(force), authorization_details=(detail,)).decision.codes == ("TOKEN_EXHAUSTED",)


def test_a_limit_without_a_counter_permits_nothing(house: GateHouse, force: Force) -> None:
    detail = FaceSearchAuthorization(purpose=PURPOSE, searches=5)
    assert house.admit(force, asking(force), authorization_details=(detail,)).decision.codes == ("TOKEN_EXHAUSTED",)
