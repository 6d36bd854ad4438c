"""The routes over real services, in this process; no engine, because nothing here gets as far as a face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from console_house import quick_hashing
from gate_house import Copies, GateHouse, gate_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture(scope="session")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home) as house:
        yield house


@pytest.fixture(scope="session")
def app(house: GateHouse) -> Flask:
    return house.browser().application


@pytest.fixture(autouse=True, scope="session")
def _quick() -> Iterator[None]:
    with quick_hashing():
        yield
