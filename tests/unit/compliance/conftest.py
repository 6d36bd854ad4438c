"""One house for the folder, without an engine: sanctions search nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gate_house import Copies, Force, GateHouse, gate_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home) as house:
        house.integrate()
        yield house


@pytest.fixture
def force(house: GateHouse) -> Force:
    return house.force()
