"""What waits for a person and gets no answer in its time ends, once, with an entry that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gate_house import asking

from gateway.clock import uuid7
from gateway.enforcement import waits

if TYPE_CHECKING:
    from gate_house import GateHouse


def test_an_approval_that_nobody_gave_in_its_time_has_lapsed(house: GateHouse) -> None:
    force, decision = house.force(approvers=1), uuid7()
    house.services.gate.perform(force.caller, asking(force), decision_id=decision)
    state = "SELECT state FROM enforcement.approvals WHERE decision_id = %s"
    assert house.one(state, decision) == ("awaiting",)
    waits.lapse(house.services.database, house.services.log)
    assert house.leaves(kind="approval.expired", decision_id=str(decision)) == [], "its time is not over"
    house.write("UPDATE enforcement.approvals SET expires_ns = 1 WHERE decision_id = %s", decision)
    assert waits.lapse(house.services.database, house.services.log) == 1
    assert waits.lapse(house.services.database, house.services.log) == 0
    assert house.one(state, decision) == ("expired",)
    (leaf,) = house.leaves(kind="approval.expired", decision_id=str(decision))
    assert leaf["agency"] == force.agency
