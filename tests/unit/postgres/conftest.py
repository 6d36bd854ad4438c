"""A home with a server that tests may kill: it begins and ends each test with nothing running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from patience import until
from postgres_house import Home, open_home

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def settled_home() -> Iterator[Home]:
    with open_home() as home:
        yield home


@pytest.fixture
def home(settled_home: Home) -> Iterator[Home]:
    """A home whose server may have run before: making a data directory takes seconds."""
    yield settled_home
    settled_home.end_users()
    until(lambda: not settled_home.keepers() and not settled_home.postmasters(), "the server has ended")


@pytest.fixture
def new_home() -> Iterator[Home]:
    """A home that no server has run in yet."""
    with open_home() as home:
        yield home
