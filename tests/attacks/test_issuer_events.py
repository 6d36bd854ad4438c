"""Logout tokens and security events of a foreign issuer: what they end, and that nobody else can end anything."""

from __future__ import annotations

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from identity_house import House, open_house
from issuer_house import forge, link, refusal, register, settle, verify
from patience import until
from provider_house import ACCOUNT, RELYING, Provider, provider
from server_house import say, serving

from gateway.identity.issuers.events import CREDENTIAL_CHANGE, LOGOUT, SESSION_REVOKED, VERIFICATION, IssuerEvents
from gateway.identity.issuers.events import EventRefused as Refused
from gateway.identity.issuers.polling import EventPolling, Stream
from gateway.identity.keys import new_key
from gateway.identity.revocation import hold_caller
from gateway.outbound import Outbound
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    import http.server
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.settings import Settings

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def county() -> Iterator[Provider]:
    with provider("http://127.0.0.1:8400") as running:
        yield running


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory, county: Provider) -> Iterator[House]:
    allowed = settings.model_copy(update={"outbound": (county.issuer,), "allow_bearer_tokens": True})
    with open_house(allowed, database) as opened:
        register(opened, county, client={"client_id": RELYING}, events={"audience": opened.issuer})
        yield opened


@pytest.fixture
def events(house: House) -> IssuerEvents:
    foreign = house.verifier._foreign
    return IssuerEvents(database=house.web, log=house.log, directory=foreign._directory, providers=foreign._providers)


def logout_token(county: Provider, *, typ: str = "logout+jwt", key: Any = None, **claims: Any) -> str:
    now = int(time.time())
    good = {
        "iss": county.issuer,
        "aud": RELYING,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_urlsafe(8),
        "events": {LOGOUT: {}},
        "sid": "sid-1",
    }
    return county.sign({n: v for n, v in (good | claims).items() if v is not ...}, typ=typ, key=key)


def security_event(county: Provider, house: House, event: str = SESSION_REVOKED, **claims: Any) -> str:
    good = {
        "iss": county.issuer,
        "aud": house.issuer,
        "iat": int(time.time()),
        "jti": secrets.token_urlsafe(8),
        "events": {event: {"event_timestamp": int(time.time())}},
        "sub_id": {"format": "iss_sub", "iss": county.issuer, "sub": ACCOUNT},
    }
    typ = str(claims.pop("typ", "secevent+jwt"))
    key = claims.pop("key", None)
    return county.sign({n: v for n, v in (good | claims).items() if v is not ...}, typ=typ, key=key)


def test_a_logout_ends_the_session_and_no_other(house: House, county: Provider, events: IssuerEvents) -> None:
    here, elsewhere, program = forge(house, county, sid="sid-1"), forge(house, county, sid="sid-2"), house.token()
    assert refusal(house, here) == refusal(house, elsewhere) == ""
    events.logout("county", logout_token(county))
    settle(house)
    assert refusal(house, here) == "TOKEN_REVOKED"
    assert refusal(house, forge(house, county, sid="sid-1")) == "TOKEN_REVOKED"
    assert refusal(house, elsewhere) == house.refusal(program) == ""
    (entry,) = house.entries("logout.received")
    assert (entry["issuer"], entry["event"]) == ("county", "logout")
    assert ACCOUNT not in str(entry)
    assert "sid-1" not in str(entry)


def test_a_logout_of_a_person_ends_all_that_is_theirs(house: House, county: Provider, events: IssuerEvents) -> None:
    theirs, other = forge(house, county, sid="sid-7"), house.token(user="lakeport-pd/chen")
    open_session(house, "s-1", sid="sid-7", subject=ACCOUNT)
    open_session(house, "s-2", sid="sid-8", subject="somebody-else")
    here, others = house.forge(sid="s-1"), house.forge(sid="s-2")
    assert refusal(house, theirs) == house.refusal(here) == ""
    events.logout("county", logout_token(county, sid=..., sub=ACCOUNT))
    settle(house)
    assert refusal(house, theirs) == house.refusal(here) == "TOKEN_REVOKED"
    assert house.refusal(other) == house.refusal(others) == ""


@pytest.mark.parametrize("event", [SESSION_REVOKED, CREDENTIAL_CHANGE])
def test_a_security_event_ends_what_is_the_persons(
    house: House, county: Provider, events: IssuerEvents, event: str
) -> None:
    theirs = forge(house, county, sid="sid-7")
    assert refusal(house, theirs) == ""
    events.event("county", security_event(county, house, event))
    settle(house)
    assert refusal(house, theirs) == "TOKEN_REVOKED"


def test_a_security_event_about_a_session_ends_that(house: House, county: Provider, events: IssuerEvents) -> None:
    here, elsewhere = forge(house, county, sid="sid-1"), forge(house, county, sid="sid-2")
    user = {"format": "iss_sub", "iss": county.issuer, "sub": ACCOUNT}
    complex_subject = {"format": "complex", "user": user, "session": {"format": "opaque", "id": "sid-1"}}
    events.event("county", security_event(county, house, sub_id=complex_subject))
    settle(house)
    assert (refusal(house, here), refusal(house, elsewhere)) == ("TOKEN_REVOKED", "")


def test_an_event_that_waits_for_a_release_holds_no_session_that_the_release_takes_next(
    house: House, county: Provider, events: IssuerEvents
) -> None:
    """A release holds who somebody is before the session, so an event ends them in that order, too."""
    caller = verify(house, forge(house, county, sid="sid-1"))
    user = {"format": "iss_sub", "iss": county.issuer, "sub": ACCOUNT}
    subject = {"format": "complex", "user": user, "session": {"format": "opaque", "id": "sid-1"}}
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    def waits() -> bool:
        with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
            return connection.execute(waiting).fetchone() is not None

    with ThreadPoolExecutor(1) as pool:
        with house.web.transaction() as release:
            release.execute("SET LOCAL lock_timeout = '50ms'")
            assert hold_caller(release, replace(caller, session=None)) is None
            event = security_event(county, house, CREDENTIAL_CHANGE, sub_id=subject)
            ending = pool.submit(events.event, "county", event)
            until(waits, "the event waits for the release")
            assert hold_caller(release, caller) is None
        ending.result()
    with house.web.transaction() as release:
        assert hold_caller(release, caller) == "TOKEN_REVOKED"


def test_a_verification_and_an_event_of_another_kind_end_nothing(
    house: House, county: Provider, events: IssuerEvents
) -> None:
    theirs = forge(house, county, sid="sid-1")
    for event in (VERIFICATION, "https://schemas.openid.net/secevent/caep/event-type/token-claims-change"):
        events.event("county", security_event(county, house, event))
    settle(house)
    assert refusal(house, theirs) == ""
    assert [entry["event"] for entry in house.entries("logout.received")] == ["verification", "other"]


def test_what_was_brought_once_counts_once(house: House, county: Provider, events: IssuerEvents) -> None:
    """Replayed, an old event must not end what began since."""
    token = logout_token(county, sid=..., sub=ACCOUNT)
    events.logout("county", token)
    with pytest.raises(Refused):
        events.logout("county", token)
    event = security_event(county, house)
    assert events.event("county", event) == events.event("county", event)
    assert len(house.entries("logout.received")) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "at+jwt"},
        {"typ": "secevent+jwt"},
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": ...},
        {"aud": 5},
        {"nonce": "n"},
        {"events": ...},
        {"events": {}},
        {"events": {LOGOUT: {"a": 1}}},
        {"events": [LOGOUT]},
        {"sid": ...},
        {"sid": 5},
        {"sid": "\x00"},
        {"jti": ...},
        {"iat": ...},
        {"iat": int(time.time()) + 3600},
        {"iat": int(time.time()) - 3600},
        {"exp": int(time.time()) - 60},
        {"exp": 10**400},
    ],
)
def test_a_logout_token_with_anything_wrong_ends_nothing(
    house: House, county: Provider, events: IssuerEvents, change: dict[str, Any]
) -> None:
    theirs = forge(house, county, sid="sid-1")
    with pytest.raises(Refused):
        events.logout("county", logout_token(county, **change))
    settle(house)
    assert refusal(house, theirs) == ""
    assert house.entries("logout.received") == []


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "JWT"},
        {"typ": "logout+jwt"},
        {"iss": "https://other.example"},
        {"aud": RELYING},
        {"exp": int(time.time()) + 60},
        {"events": {}},
        {"events": {SESSION_REVOKED: 5}},
        {"events": {SESSION_REVOKED: {}, VERIFICATION: {}}},
        {"sub_id": ...},
        {"sub_id": {"format": "iss_sub", "iss": "https://other.example", "sub": ACCOUNT}},
        {"sub_id": {"format": "email", "email": "ruiz@county.example"}},
        {"sub_id": {"format": "iss_sub"}},
        {"iat": int(time.time()) - 30 * 86_400},
        {"iat": int(time.time()) + 3600},
        {"jti": ...},
    ],
)
def test_a_security_event_with_anything_wrong_ends_nothing(
    house: House, county: Provider, events: IssuerEvents, change: dict[str, Any]
) -> None:
    theirs = forge(house, county, sid="sid-1")
    with pytest.raises(Refused):
        events.event("county", security_event(county, house, **change))
    settle(house)
    assert refusal(house, theirs) == ""


def test_another_key_an_id_token_and_garbage_end_nothing(house: House, county: Provider, events: IssuerEvents) -> None:
    id_token = county.sign({"iss": county.issuer, "aud": RELYING, "sub": ACCOUNT, "iat": int(time.time())}, typ="JWT")
    for text in ("", "a.b.c", "x" * 9000, id_token, logout_token(county, key=new_key()), house.token()):
        with pytest.raises(Refused):
            events.logout("county", text)
    for text in ("", id_token, logout_token(county), security_event(county, house, key=new_key())):
        with pytest.raises(Refused):
            events.event("county", text)


def test_an_issuer_that_is_unknown_or_suspended_or_may_not_ends_nothing(
    house: House, county: Provider, events: IssuerEvents
) -> None:
    for name in ("nobody", "self", "", "county/x"):
        with pytest.raises(Refused):
            events.logout(name, logout_token(county))
    house.set_status("issuer", "county", "suspended")
    settle(house)
    with pytest.raises(Refused):
        events.logout("county", logout_token(county))


def test_a_subject_that_was_linked_to_nobody_of_its_agencies_ends_no_user(
    house: House, county: Provider, events: IssuerEvents
) -> None:
    """Even where somebody wrote such a link behind the registry's back."""
    okafor = house.token("harbour-app")
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        connection.execute("UPDATE registry.user_links SET user_id = 'harbour-pd/okafor'")
    settle(house)
    okafor = house.token("harbour-app")
    events.logout("county", logout_token(county, sid=..., sub=ACCOUNT))
    settle(house)
    assert house.refusal(okafor) == ""
    link(house, None)


def open_session(house: House, session: str, *, sid: str, subject: str) -> None:
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        connection.execute(
            "INSERT INTO identity.foreign_sessions VALUES (%s, 'county', %s, %s, %s)",
            (session, sid, subject, 2 * 10**18),
        )


def test_events_that_are_fetched_are_applied_and_acknowledged_and_bad_ones_are_refused(
    house: House, county: Provider, events: IssuerEvents
) -> None:
    """A transmitter of RFC 8936, as a provider would run it."""
    theirs = forge(house, county, sid="sid-1")
    assert refusal(house, theirs) == ""
    good, bad = security_event(county, house), security_event(county, house, key=new_key())
    answers = [{"sets": {"good": good, "bad": bad, "worse": 5}}, {"sets": {}}]
    asked: list[tuple[str | None, dict[str, Any]]] = []

    def transmit(request: http.server.BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        asked.append((request.headers["Authorization"], body))
        say(request, json.dumps(answers.pop(0)).encode())

    (house.settings.keys / "issuer-county.stream").write_text("stream-token")
    with serving(transmit) as (port, _):
        url = f"http://127.0.0.1:{port}/poll"
        outbound = Outbound([f"http://127.0.0.1:{port}"])
        directory = house.verifier._foreign._directory
        polling = EventPolling(directory=directory, events=events, outbound=outbound, keys=house.settings.keys)
        stream = Stream()
        assert polling.fetch("county", url, stream) == 3
        settle(house)
        assert refusal(house, theirs) == "TOKEN_REVOKED"
        assert polling.fetch("county", url, stream) == 0
    assert asked[0] == ("Bearer stream-token", {"maxEvents": 32, "returnImmediately": False, "ack": []})
    assert asked[1][1]["ack"] == ["good"]
    assert {jti: error["err"] for jti, error in asked[1][1]["setErrs"].items()} == {
        "bad": "invalid_key",
        "worse": "invalid_request",
    }
