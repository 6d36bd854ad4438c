"""A house whose clock is moved, the docket's runner on it, and an emergency to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from docket_house import Runner, searched
from gate_house import Copies, Force, GateHouse, gate_house

from gateway.cli.demo.seed import DAY_NS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID


@pytest.fixture(scope="session")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    """A house of its own: here the clock is moved."""
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


@pytest.fixture(scope="session")
def runner(house: GateHouse) -> Runner:
    return Runner(house)


@pytest.fixture
def force(house: GateHouse) -> Force:
    """By its contract a paper follows an emergency within 48 hours, and what is frozen goes after 72 more."""
    return house.force(exigency_hours=48, frozen_hours=72)


@pytest.fixture
def emergency(house: GateHouse, force: Force) -> tuple[str, UUID]:
    """A confirmed emergency, and a search that was permitted and made under it."""
    exigency = house.emergency(force, started_at_ns=house.now() - 60 * 10**9, deadline_ns=house.now() + 6 * DAY_NS)
    return exigency, searched(house, force, exigency=exigency)
