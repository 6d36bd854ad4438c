"""One running gateway for the module that asks, with two faces enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gateway_house import House, gateway_house

from gateway.cli.demo.seed import GALLERY
from gateway.cli.photographs import default_cache, photographs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def pictures() -> dict[str, Path]:
    """The photographs, by neutral name. A test that needs them is marked `photographs`."""
    found = photographs(default_cache())
    if "person_a_2.jpg" not in found:
        pytest.skip("the photographs could not be fetched")
    return found


@pytest.fixture(scope="session")
def house(pictures: dict[str, Path]) -> Iterator[House]:
    with gateway_house(pictures) as running:
        assert running.api().post("/v1/galleries", {"name": GALLERY}).status == 201
        for name in ("person_a_1.jpg", "person_b_1.jpg"):
            assert running.enrol(name).status == 200
        yield running
