"""A person at a browser, over real HTTP, at a gateway that runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import requests
from console_house import PASSWORD, spelled_on
from patience import PATIENCE_SECONDS

from gateway.identity import totp

if TYPE_CHECKING:
    from gateway_house import House

# Enough that each of two workers answers some.
MANY: Final = 16


class Desk:
    """A browser without JavaScript."""

    def __init__(self, house: House) -> None:
        self.url = house.url
        self.session = requests.Session()
        self.secret = b""
        self.invitation = ""

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, allow_redirects=False, timeout=PATIENCE_SECONDS)

    def send(self, path: str, **form: str) -> requests.Response:
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        return self.session.post(
            self.url + path, data=form, headers=headers, allow_redirects=False, timeout=PATIENCE_SECONDS
        )

    def enrol(self, code: str) -> None:
        assert self.send("/console/invitation", code=code).status_code == 303
        self.secret = spelled_on(self.get("/console/enrol").text)
        done = self.send("/console/enrol/password", password=PASSWORD, code=self.code())
        assert (done.status_code, done.headers.get("Location")) == (303, "/console/"), done.text

    def code(self, steps: int = 0) -> str:
        return totp.code_at(self.secret, int(time.time()) // totp.STEP + steps)

    def answers(self) -> set[int]:
        """What the first page says, asked often enough to reach every worker."""
        return {self.get("/console/").status_code for _ in range(MANY)}
