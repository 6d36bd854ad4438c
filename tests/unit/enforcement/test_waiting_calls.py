"""A call that waits is found by what it said, under a keyed digest, until its outcome was told."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gate_house import Force, GateHouse


def test_the_same_call_finds_the_decision_until_it_is_forgotten(house: GateHouse, force: Force) -> None:
    calls, decision = house.services.waiting_calls, house.permit(force)
    call, other = hashlib.sha256(force.agency.encode()).hexdigest(), "f" * 64
    assert calls.find(call) is None
    calls.keep(call, decision)
    calls.keep(call, decision)
    assert (calls.find(call), calls.find(other)) == (decision, None)
    (stored,) = house.one("SELECT call_blind FROM enforcement.waiting_calls WHERE decision_id = %s", decision)
    assert call.encode() not in bytes(stored)
    assert bytes.fromhex(call) != bytes(stored)
    calls.forget(call)
    assert calls.find(call) is None
