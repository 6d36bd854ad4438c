"""One gateway and one Chromium for all, driven over its own protocol, on loopback only."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Final

import pytest
from browser_house import Desk, at_a_desk
from gateway_house import House, gateway_house
from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing is looked up: what is not on loopback does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def house(chromium: Browser) -> Iterator[House]:
    with gateway_house({}) as running:
        yield running


@pytest.fixture
def desk(house: House, chromium: Browser) -> Iterator[Desk]:
    with at_a_desk(house, chromium) as sitting:
        yield sitting


@pytest.fixture
def another_desk(house: House, chromium: Browser) -> Callable[..., Any]:
    """`another_desk(...)` as a context; its arguments are those of a browser's context."""

    def sit(**how: Any) -> Any:
        return at_a_desk(house, chromium, **how)

    return sit
