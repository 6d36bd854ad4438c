"""People at their browsers: what they type, press and hold, over the gateway's own pages."""

from __future__ import annotations

import base64
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import argon2
import pytest

from gateway.identity import passwords, totp
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from gate_house import GateHouse
    from werkzeug.test import TestResponse

PASSWORD = "seven quiet herons over the bay"


@dataclass(slots=True)
class Person:
    """Somebody with a browser of their own. `address` is where they sit."""

    app: Flask
    origin: str
    address: str = "192.0.2.7"
    agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    secret: bytes = b""
    account: str = ""
    browser: Any = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.app.test_client()

    def get(self, path: str, **arguments: Any) -> TestResponse:
        answer: TestResponse = self.browser.get(path, **self._whence(arguments))
        return answer

    def post(self, path: str, form: dict[str, str] | None = None, **arguments: Any) -> TestResponse:
        """Sends a form as a page of the gateway does."""
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"} | arguments.pop("headers", {})
        answer: TestResponse = self.browser.post(
            path, data=form or {}, **self._whence({"headers": headers} | arguments)
        )
        return answer

    def _whence(self, arguments: dict[str, Any]) -> dict[str, Any]:
        headers = {"User-Agent": self.agent} | arguments.pop("headers", {})
        return {"headers": headers, "environ_base": {"REMOTE_ADDR": self.address}} | arguments

    def accept(self, code: str, password: str = PASSWORD) -> TestResponse:
        """Accepts an invitation with a password and an authenticator; the last page's answer."""
        opened = self.post("/console/invitation", {"code": code})
        assert opened.status_code == 303, opened.text
        self.secret = spelled_on(self.get("/console/enrol").text)
        return self.post("/console/enrol/password", {"password": password, "code": self.code()})

    def code(self, steps: int = 0) -> str:
        """What the authenticator shows now, or some steps from now."""
        return totp.code_at(self.secret, int(time.time()) // totp.STEP + steps)

    def sign_in(self, account: str, password: str = PASSWORD, *, steps: int = 1, **form: str) -> TestResponse:
        """Password, then code. The code of enrolment is used up, so the next one is typed."""
        first = self.post("/console/sign-in", {"account": account, "password": password, **form})
        if first.status_code != 303:
            return first
        return self.post("/console/sign-in/code", {"code": self.code(steps), **form})

    def is_signed_in(self) -> bool:
        return self.get("/console/").status_code == 200

    def cookie(self, name: str) -> str | None:
        found = self.browser.get_cookie(f"writgate_{name}")
        return None if found is None else str(found.value)

    def hold(self, name: str, value: str) -> None:
        """Puts a cookie into the browser, as a thief or a neighbouring host would."""
        self.browser.set_cookie(f"writgate_{name}", value)


@contextmanager
def quick_hashing() -> Iterator[None]:
    """Argon2 with the least of everything, for tests that hash often; what they show does not depend on its cost."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_nobody", quick.hash("nobody has this password"))
        yield


def spelled_on(page: str) -> bytes:
    """The secret that an enrolment page spells out, as an authenticator reads it."""
    found = re.search(r'class="spelled">([A-Z2-7 ]+)<', page)
    assert found, page
    text = found[1].replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))


def invite(house: GateHouse, account: str, role: AccountRole = AccountRole.USER) -> str:
    """An invitation's code."""
    return house.services.enrolment.invite(account, role=role, name=None, by="operator:test").code


def enrolled(house: GateHouse, app: Flask, account: str, role: AccountRole = AccountRole.USER, **who: Any) -> Person:
    """Somebody who has just accepted an invitation, and is signed in."""
    person = Person(app, house.settings.issuer, **who)
    answer = person.accept(invite(house, account, role))
    assert answer.status_code == 303, answer.text
    return person
