"""One gateway in this process for all tests of the grants: registry, policy, sign-in and pages are real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from console_house import Person, enrolled
from gate_house import Copies, Force, GateHouse, gate_house
from program_house import Program, program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture(scope="session")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


@pytest.fixture(scope="session")
def app(house: GateHouse) -> Flask:
    return house.browser().application


@pytest.fixture
def force(house: GateHouse) -> Force:
    """An agency of the test's own, so that what it suspends is nobody else's."""
    return house.force(user_strength="authenticated")


@pytest.fixture
def desk(house: GateHouse, app: Flask, force: Force) -> Program:
    return program(house, app, force)


@pytest.fixture
def person(house: GateHouse, app: Flask, force: Force) -> Person:
    """The agency's examiner, signed in."""
    assert force.caller.user is not None
    return enrolled(house, app, force.caller.user)
