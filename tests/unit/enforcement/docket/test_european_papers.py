"""AI Act Art 26(10): a search after the event may come before its authorisation, which then follows within 48 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from docket_house import Runner, searched
from gate_house import HOUR_NS, Force, GateHouse, gate_house

from gateway.cli.demo.seed import DAY_NS
from gateway.registry.errors import RegistryError
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from gate_house import Copies

CLERK = Actor(kind="operator", id="clerk")
# The article applies from 2 December 2027.
IN_FORCE_NS = 1_830_000_000 * 10**9
ROBBERY = "StGB 250"


@pytest.fixture(scope="module")
def europe(copies: Copies, cluster_home: Path) -> Iterator[Runner]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        runner = Runner(house)
        runner.move(IN_FORCE_NS - house.now())
        yield runner


@pytest.fixture
def police(europe: Runner) -> Force:
    return europe.house.force(jurisdiction="EU", keep_crops=True)


def attach(house: GateHouse, search: UUID, paper: str, actor: Actor = CLERK) -> dict[str, Any]:
    return house.services.exigencies.attach_to_search(search, paper, actor=actor)


def refusal(house: GateHouse, search: UUID, paper: str, actor: Actor = CLERK) -> str:
    with pytest.raises(RegistryError) as refused:
        attach(house, search, paper, actor)
    return refused.value.code


def investigated(house: GateHouse, police: Force, **fields: Any) -> UUID:
    """A search for a suspect of a robbery."""
    case = {"purpose": "investigate_named_offence", "statute": ROBBERY, "suspicion": "probable_cause"}
    return searched(house, police, **(case | fields))


def authorisation(house: GateHouse, police: Force, **fields: Any) -> str:
    lasting: dict[str, Any] = {"expires_at_ns": house.now() + 30 * DAY_NS, "purposes": ["investigate_named_offence"]}
    return house.order(police, **({"type": "judicial_authorisation"} | lasting | fields))


def test_the_authorisation_that_follows_a_search_discharges_its_duties(europe: Runner, police: Force) -> None:
    house = europe.house
    search = investigated(house, police)
    assert europe.duties(police).keys() >= {"REQUEST_AUTHORISATION_WITHIN", "STOP_AND_DELETE_IF_REJECTED"}
    assert refusal(house, search, authorisation(house, police, type="court_order")) == "INSTRUMENT_NOT_ENOUGH"
    outside = authorisation(house, police, galleries=["elsewhere"])
    assert refusal(house, search, outside) == "INSTRUMENT_DOES_NOT_COVER"
    assert refusal(house, search, authorisation(house, house.force())) == "NOT_FOUND"
    stranger = Actor(kind="client", id="x", agency="another")
    paper = authorisation(house, police)
    assert refusal(house, search, paper, stranger) == "NOT_FOUND"
    assert attach(house, search, paper)["discharged"] == [
        "REQUEST_AUTHORISATION_WITHIN",
        "STOP_AND_DELETE_IF_REJECTED",
    ]
    assert refusal(house, search, paper) == "DUTY_ENDED"
    europe.advance(49 * HOUR_NS)
    assert europe.duties(police)["REQUEST_AUTHORISATION_WITHIN"] == "discharged"
    assert house.services.records.show(police.caller, search)["status"] == "withheld"


def test_an_authorisation_after_the_48_hours_helps_no_more(europe: Runner, police: Force) -> None:
    house = europe.house
    search = investigated(house, police)
    europe.move(48 * HOUR_NS)
    paper = authorisation(house, police, valid_from_ns=house.now() - 5 * DAY_NS)
    assert refusal(house, search, paper) == "AUTHORISATION_OVERDUE"
    europe.settle()
    missed = europe.duties(police)
    assert missed["REQUEST_AUTHORISATION_WITHIN"] == missed["STOP_AND_DELETE_IF_REJECTED"] == "missed"
    assert house.services.records.show(police.caller, search)["status"] == "frozen"
    assert refusal(house, search, paper) == "AUTHORISATION_OVERDUE"


def test_a_duty_that_ends_with_another_which_somebody_holds_is_left_for_a_moment(europe: Runner, police: Force) -> None:
    """Two runners that took one of them each, or one and who attaches the paper, would wait for each other."""
    house = europe.house
    search = investigated(house, police)
    other = europe.duty(police, "STOP_AND_DELETE_IF_REJECTED")
    with house.admin.transaction() as holding:
        holding.execute("SELECT FROM enforcement.docket WHERE id = %s FOR UPDATE", (other,))
        europe.advance(48 * HOUR_NS)
        assert house.services.records.show(police.caller, search)["status"] == "withheld"
    europe.advance(HOUR_NS)
    missed = europe.duties(police)
    assert missed["REQUEST_AUTHORISATION_WITHIN"] == missed["STOP_AND_DELETE_IF_REJECTED"] == "missed"
    assert house.services.records.show(police.caller, search)["status"] == "frozen"


def test_where_an_emergency_stands_behind_the_search_the_paper_follows_the_emergency(
    europe: Runner, police: Force
) -> None:
    house = europe.house
    exigency = house.emergency(police, started_at_ns=house.now() - HOUR_NS, deadline_ns=house.now() + 2 * DAY_NS)
    search = investigated(house, police, exigency=exigency)
    assert refusal(house, search, authorisation(house, police)) == "SEARCH_RESTS_ON_EXIGENCY"
