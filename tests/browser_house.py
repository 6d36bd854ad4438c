"""Somebody at a real browser that can make and use passkeys, in front of a whole gateway."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg
from patience import PATIENCE_SECONDS

from gateway.cli.people import people
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway_house import House
    from playwright.sync_api import Browser, BrowserContext, Page

PASSKEY: Final = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(slots=True)
class Desk:
    """Somebody at a browser that can make and use passkeys. `complaints` is what the browser said against a page."""

    house: House
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Passkeys belong to a name."""
        return f"http://localhost:{self.house.settings.port}"

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def arrives_at(self, path: str) -> None:
        self.page.wait_for_url(self.origin + path)

    @property
    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def enrol_passkey(self, account: str, role: AccountRole = AccountRole.USER) -> None:
        self.go(f"/console/invitation?code={self.invitation(account, role)}")
        self.press("Continue")
        self.page.get_by_label("A name for it").fill("Desk of the test")
        self.press("Create a passkey")
        self.arrives_at("/console/")

    def invitation(self, account: str, role: AccountRole = AccountRole.USER) -> str:
        with people(self.house.settings.home) as local:
            return local.enrolment.invite(account, role=role, name=None, by="operator:test").code

    def write(self, query: str, *parameters: Any) -> None:
        """What the owner of the tables does behind everybody's back."""
        with psycopg.connect(self.house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            connection.execute(query.encode(), parameters)


@contextmanager
def at_a_desk(house: House, chromium: Browser, **how: Any) -> Iterator[Desk]:
    context = chromium.new_context(**how)
    context.set_default_timeout(1000 * PATIENCE_SECONDS)
    page = context.new_page()
    sitting = Desk(house, context, page)
    page.on("console", lambda said: sitting.complaints.append(said.text) if "Content Security" in said.text else None)
    page.on("pageerror", lambda error: sitting.complaints.append(str(error)))
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEY})
    try:
        yield sitting
    finally:
        context.close()
