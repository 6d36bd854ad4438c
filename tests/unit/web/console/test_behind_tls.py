"""The console of a gateway that is reached over TLS, through a proxy that says so, and of one on loopback."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from console_house import PASSWORD, Person, enrolled

from gateway.app import Built, application
from gateway.identity.sign_in import SignIn

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import GateHouse

PUBLIC = "https://gateway.example"


@pytest.fixture
def behind_tls(house: GateHouse) -> Flask:
    settings = house.settings.model_copy(update={"public_url": PUBLIC, "source_header": "X-Forwarded-For"})
    services = house.services
    sign_in = SignIn(database=services.database, log=services.log, sessions=services.sessions, issuer=PUBLIC)
    changed = replace(services, settings=settings, sign_in=sign_in)
    return application(Built(changed, lambda: None))


def test_every_cookie_is_bound_to_this_host_and_to_tls(house: GateHouse, app: Flask, behind_tls: Flask) -> None:
    account = f"{house.force().agency}/examiner"
    enrolled_person = enrolled(house, app, account)
    person = Person(behind_tls, PUBLIC, secret=enrolled_person.secret)
    first = person.post("/console/sign-in", {"account": account, "password": PASSWORD}, base_url=PUBLIC)
    second = person.post("/console/sign-in/code", {"code": person.code(1)}, base_url=PUBLIC)
    assert second.status_code == 303, second.text
    given = [*first.headers.getlist("Set-Cookie"), *second.headers.getlist("Set-Cookie")]
    assert {cookie.split("=")[0] for cookie in given} == {
        f"__Host-writgate_{name}" for name in ("session", "step", "challenge", "device")
    }
    for cookie in given:
        assert "; Secure" in cookie
        assert "; Path=/" in cookie
        assert "Domain" not in cookie
    assert person.get("/console/", base_url=PUBLIC).status_code == 200


def test_browsers_are_told_to_come_over_tls_alone_and_only_where_there_is_tls(app: Flask, behind_tls: Flask) -> None:
    for path in ("/oauth/authorize", "/console/sign-in", "/console/"):
        told = behind_tls.test_client().get(path, base_url=PUBLIC).headers["Strict-Transport-Security"]
        assert int(told.removeprefix("max-age=")) >= 31_536_000
        assert "Strict-Transport-Security" not in app.test_client().get(path).headers


def test_passkeys_are_offered_though_the_proxy_speaks_http_to_us(behind_tls: Flask) -> None:
    page = behind_tls.test_client().get("/console/sign-in", base_url="http://10.0.0.5:8400")
    assert "Use a passkey" in page.text
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_form_sent_from_the_address_behind_the_proxy_is_foreign(behind_tls: Flask) -> None:
    visitor = behind_tls.test_client()
    inner = visitor.post("/console/sign-in", headers={"Origin": "http://10.0.0.5:8400"})
    assert (inner.status_code, "FOREIGN_FORM" in inner.text) == (403, True)
    assert visitor.post("/console/sign-in", headers={"Origin": PUBLIC}).status_code == 401


def test_the_source_is_the_last_that_the_proxy_wrote_and_not_what_the_caller_says_first(
    house: GateHouse, behind_tls: Flask
) -> None:
    """Whoever forges the header is slowed all the same; whoever comes from elsewhere is not."""
    house.write("DELETE FROM identity.attempts")
    visitor = behind_tls.test_client()
    status, number = 0, 0
    while status != 429:
        headers = {"Origin": PUBLIC, "X-Forwarded-For": f"203.0.113.{number}, 198.51.100.77"}
        status = visitor.post("/console/sign-in", data={"account": "nobody"}, headers=headers).status_code
        number += 1
    assert number < 20
    elsewhere = {"Origin": PUBLIC, "X-Forwarded-For": "198.51.100.77, 203.0.113.200"}
    assert visitor.post("/console/sign-in", data={"account": "nobody"}, headers=elsewhere).status_code == 401


def test_on_loopback_an_address_points_to_the_name_at_which_passkeys_work(house: GateHouse, app: Flask) -> None:
    port = house.settings.port
    page = app.test_client().get("/console/sign-in?next=/console/account", base_url=f"http://127.0.0.1:{port}")
    assert "Use a passkey" not in page.text
    assert f"http://localhost:{port}/console/sign-in?next=%2Fconsole%2Faccount" in page.text
    there = app.test_client().get("/console/sign-in", base_url=f"http://localhost:{port}")
    assert "Use a passkey" in there.text
