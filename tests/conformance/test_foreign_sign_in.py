"""Signing in at the gateway through a real foreign provider, and what ends when it says that its session has."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from console_house import Person
from gate_house import OPERATOR, Copies, Force, GateHouse, gate_house
from patience import PATIENCE_SECONDS
from provider_house import ACCOUNT, FOREIGN_ACR, RELYING, Browser, Provider, provider
from server_house import say, serving

from gateway.app import application
from gateway.identity.issuers.our_client import key_file
from gateway.registry.models import IssuerWrite, UserLinkWrite

if TYPE_CHECKING:
    import http.server
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.node

GATEWAY = "http://127.0.0.1:8400"
BACK = f"{GATEWAY}/console/sign-in/issuers/county/back"


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[str, list[str], threading.Event]]:
    """Where the provider brings its logout tokens, and those that it brought."""
    tokens: list[str] = []
    came = threading.Event()

    def take(request: http.server.BaseHTTPRequestHandler) -> None:
        form = parse_qs(request.rfile.read(int(request.headers["Content-Length"])).decode())
        tokens.append(form["logout_token"][0])
        say(request, b"{}")
        came.set()

    with serving(take) as (port, _):
        yield f"http://127.0.0.1:{port}/logout", tokens, came


@pytest.fixture(scope="module")
def county(told: tuple[str, list[str], threading.Event]) -> Iterator[Provider]:
    with provider(GATEWAY) as running:
        running.stop()
        running.logout_uri = told[0]
        running.start()
        yield running


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path, county: Provider) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home) as house:
        assert house.settings.issuer == GATEWAY
        house.services.foreign_sign_in._providers._outbound._allow(county.issuer)
        key = json.dumps(county.client_keys[RELYING].as_dict(private=True))
        key_file(house.settings.keys, "county").write_text(key)
        yield house


@pytest.fixture
def force(house: GateHouse, county: Provider) -> Force:
    """An agency whose examiner is the person of the provider."""
    force = house.force()
    write(house, county, force)
    return force


def write(house: GateHouse, county: Provider, force: Force, **changes: Any) -> None:
    profile = {
        "algorithms": ["ES256"],
        "agencies": [force.agency],
        "acr": {FOREIGN_ACR: "mfa"},
        "client": {"client_id": RELYING},
        "sign_in": {"name": "Lake County", "scope": "openid email", "acr_values": FOREIGN_ACR},
    } | changes
    registry = house.services.registry
    registry.put_issuer(
        IssuerWrite.model_validate({"id": "county", "issuer": county.issuer, "profile": profile}), actor=OPERATOR
    )
    registry.put_user_link(
        UserLinkWrite(issuer="county", subject=ACCOUNT, user_id=f"{force.agency}/examiner"), actor=OPERATOR
    )
    house.services.foreign_sign_in._directory._looked_at = float("-inf")


@pytest.fixture
def person(house: GateHouse) -> Person:
    return Person(application(house.built), GATEWAY)


def leave(person: Person, following: str = "/console/account") -> str:
    answer = person.get(f"/console/sign-in/issuers/county?{urlencode({'next': following})}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def through(browser: Browser, url: str) -> str:
    """The path with which the provider sends the browser back."""
    return browser.follow(url, until=BACK).removeprefix(GATEWAY)


def test_the_page_offers_it_and_a_person_comes_back_signed_in(
    house: GateHouse, force: Force, person: Person, county: Provider
) -> None:
    assert "Sign in through Lake County" in person.get("/console/sign-in").text
    there = leave(person)
    question = dict(parse_qsl(urlsplit(there).query))
    assert there.startswith(county.issuer)
    assert set(question) == {"client_id", "request_uri"}  # pushed, because it takes that
    answer = person.get(through(Browser(), there))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/account")
    assert person.is_signed_in()
    assert person.cookie("elsewhere") is None
    started = house.leaves(kind="session.started", issuer="county")[-1]
    assert (started["acr"], started["amr"], started["agency"]) == ("mfa", ["pwd", "otp"], force.agency)
    assert ACCOUNT not in json.dumps(started)


def test_an_answer_counts_once_and_only_in_the_browser_that_was_sent(
    house: GateHouse, force: Force, person: Person
) -> None:
    back = through(Browser(), leave(person))
    thief = Person(application(house.built), GATEWAY)
    assert thief.get(back).status_code == 403  # no cookie: another's answer is not taken
    leave(thief)
    assert thief.get(back).status_code == 403  # nor with a cookie of one's own
    assert person.get(back).status_code == 303
    again = Person(application(house.built), GATEWAY)
    again.hold("elsewhere", "x" * 43)
    assert again.get(back).status_code == 403
    assert not again.is_signed_in()
    assert not thief.is_signed_in()


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"state": "another"},
        {"state": None},
        {"code": "another"},
        {"code": None},
        {"error": "access_denied"},
    ],
)
def test_an_answer_with_anything_changed_signs_nobody_in(
    house: GateHouse, force: Force, person: Person, change: dict[str, str | None]
) -> None:
    path, _, query = through(Browser(), leave(person)).partition("?")
    changed = {name: value for name, value in (dict(parse_qsl(query)) | change).items() if value is not None}
    answer = person.get(f"{path}?{urlencode(changed)}")
    assert answer.status_code == 403
    assert not person.is_signed_in()
    assert house.leaves(kind="sign_in.refused")


def test_the_answer_of_one_provider_is_not_taken_for_anothers(
    house: GateHouse, force: Force, person: Person, county: Provider
) -> None:
    """Mix-up: the browser was sent to one, and comes back by the path of the other."""
    back = through(Browser(), leave(person))
    for name in ("other", "self", "%2e%2e"):
        assert person.get(back.replace("/county/", f"/{name}/")).status_code in {403, 404}
    assert not person.is_signed_in()


def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    house: GateHouse, force: Force, person: Person, county: Provider
) -> None:
    """The nonce ties it to the browser's own question; another that is as good does not do."""
    back = through(Browser(), leave(person))
    house.write("UPDATE identity.foreign_logins SET nonce = 'another'")
    assert person.get(back).status_code == 403
    back = through(Browser(), leave(person))
    house.write("UPDATE identity.foreign_logins SET code_verifier = repeat('v', 64)")
    assert person.get(back).status_code == 403
    assert not person.is_signed_in()


def test_who_is_not_linked_or_is_suspended_or_comes_too_late_is_not_signed_in(
    house: GateHouse, force: Force, person: Person
) -> None:
    back = through(Browser(), leave(person))
    house.write("UPDATE identity.foreign_logins SET expires_ns = 0")
    assert person.get(back).status_code == 403
    examiner = f"{force.agency}/examiner"
    house.services.registry.set_status("user", examiner, "suspended", actor=OPERATOR)
    assert person.get(through(Browser(), leave(person))).status_code == 403
    house.services.registry.set_status("user", examiner, "active", actor=OPERATOR)
    unlinked = UserLinkWrite(issuer="county", subject=ACCOUNT, user_id=None)
    house.services.registry.put_user_link(unlinked, actor=OPERATOR)
    assert person.get(through(Browser(), leave(person))).status_code == 403
    assert not person.is_signed_in()


def test_when_the_provider_signs_the_person_out_the_session_here_ends(
    house: GateHouse, force: Force, person: Person, county: Provider, told: tuple[str, list[str], threading.Event]
) -> None:
    """The provider's own logout token, as it brings it."""
    browser = Browser()
    assert person.get(through(browser, leave(person))).status_code == 303
    assert person.is_signed_in()
    _, tokens, came = told
    came.clear()
    form = browser.get(f"{county.issuer}/session/end")[2]
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', form)
    assert xsrf is not None, form
    browser.post(f"{county.issuer}/session/end/confirm", {"xsrf": xsrf[1], "logout": "yes"})
    assert came.wait(PATIENCE_SECONDS)
    stranger = Person(application(house.built), GATEWAY)
    brought = stranger.browser.post("/oauth/issuers/county/logout", data={"logout_token": tokens[-1]})
    assert brought.status_code == 200, brought.text
    assert not person.is_signed_in()
    again = stranger.browser.post("/oauth/issuers/county/logout", data={"logout_token": tokens[-1]})
    assert again.status_code == 400
    assert house.leaves(kind="logout.received", issuer="county")[-1]["sessions_here"] == 1


def test_a_suspended_provider_signs_nobody_in_and_its_sessions_end(
    house: GateHouse, force: Force, person: Person
) -> None:
    assert person.get(through(Browser(), leave(person))).status_code == 303
    house.services.registry.set_status("issuer", "county", "suspended", actor=OPERATOR)
    house.services.foreign_sign_in._directory._looked_at = float("-inf")
    assert not person.is_signed_in()
    assert person.get("/console/sign-in/issuers/county").status_code == 403
    assert "Lake County" not in person.get("/console/sign-in").text
    house.services.registry.set_status("issuer", "county", "active", actor=OPERATOR)
