"""Somebody who has signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from console_house import Person, enrolled

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import GateHouse


@pytest.fixture
def examiner(house: GateHouse, app: Flask) -> Person:
    """An examiner of an agency of the test's own, who has accepted an invitation."""
    account = f"{house.force().agency}/examiner"
    person = enrolled(house, app, account)
    person.account = account
    return person
