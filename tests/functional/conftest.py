"""One running gateway for all modules, with two faces enrolled, and one for each that needs its own.

The one for all also takes bearer tokens, for the tests that send bytes of their own; whatever goes through `Api` proves
possession of a key all the same. The others take nothing less.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

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
    with _two_enrolled(pictures, allow_bearer_tokens=True) as running:
        yield running


@pytest.fixture(scope="module")
def own_house(pictures: dict[str, Path]) -> Iterator[House]:
    """A gateway of the module's own: a refusal is remembered, and asked about when the same picture comes again."""
    with _two_enrolled(pictures) as running:
        yield running


@contextmanager
def _two_enrolled(pictures: dict[str, Path], **settings: Any) -> Iterator[House]:
    with gateway_house(pictures, **settings) as running:
        assert running.api().post("/v1/galleries", {"name": GALLERY}).status == 201
        for name in ("person_a_1.jpg", "person_b_1.jpg"):
            assert running.enrol(name).status == 200
        yield running
