"""The pitfalls of the OAuth library in the flows where a person allows something, each kept out by a test here.

Numbered as in the audit of the library, like test_oauth_pitfalls.py. Where the library's own class can be asked the
same question by itself, the test asks it too, and shows that it fails.
"""

from __future__ import annotations

import io
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from authlib.integrations.flask_oauth2 import AuthorizationServer as StockServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTIntrospectionEndpoint
from console_house import PASSWORD, Person, enrolled
from gate_house import GateHouse, gate_house
from joserfc.jwk import KeySet
from program_house import Program, ok, program, refused

from gateway.database import DatabaseUnavailable
from gateway.identity.clients import CLIENT_CREDENTIALS, DEVICE_CODE, TOKEN_EXCHANGE
from gateway.identity.grants.codes import LIFE
from gateway.identity.grants.token_exchange import ACCESS_TOKEN
from gateway.identity.tokens import LIFETIME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from gate_house import Copies


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home) as house:
        yield house


@pytest.fixture(scope="module")
def app(house: GateHouse) -> Flask:
    return house.browser().application


@pytest.fixture
def desk(house: GateHouse, app: Flask) -> Program:
    return program(house, app, house.force())


@pytest.fixture
def person(house: GateHouse, app: Flask, desk: Program) -> Person:
    return enrolled(house, app, f"{desk.id.partition('/')[0]}/examiner")


def test_pitfall_1_one_code_redeemed_by_eight_at_once_gives_one_token(desk: Program, person: Person) -> None:
    code = desk.code(person)

    def redeem(_: int) -> int:
        # 503 means that no connection came free in time, so nothing was begun: the client asks again, as it is told to.
        while (answer := desk.redeem(code)).status_code == 503:
            assert answer.headers["Retry-After"]
        return answer.status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(redeem, range(8))) == [200] + [400] * 7


def test_pitfall_1_a_gateway_without_a_free_connection_uses_no_code_up(
    house: GateHouse, desk: Program, person: Person
) -> None:
    code = desk.code(person)
    with ExitStack() as held:
        with suppress(DatabaseUnavailable):
            while True:
                held.enter_context(house.services.database.transaction())
        busy = desk.redeem(code)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "2")
    assert desk.redeem(code).status_code == 200


def test_pitfall_1_stock_gives_a_token_to_each_of_two_that_read_the_code_before_either_was_done() -> None:
    """The library reads the code, saves a token, and only then deletes the code: who reads in between gets one too."""
    code = SimpleNamespace(get_redirect_uri=lambda: None, get_scope=lambda: "searches:write")
    codes, saved = {"the code": code}, []

    class StockGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # the library ships no types
        def query_authorization_code(self, text: str, _: Any) -> Any:
            return codes.get(text)

        def delete_authorization_code(self, _: Any) -> None:
            codes.pop("the code", None)

        def authenticate_user(self, _: Any) -> str:
            return "somebody"

        def authenticate_token_endpoint_client(self) -> Any:
            return SimpleNamespace(check_grant_type=lambda name: name == self.GRANT_TYPE)

    server = StockServer()
    server.register_token_generator("default", lambda **_: {"access_token": "another"})
    server.save_token = lambda token, _: saved.append(token)
    form = {"code": "the code"}
    both = [StockGrant(SimpleNamespace(form=form, payload=SimpleNamespace(redirect_uri=None)), server) for _ in "ab"]
    for grant in both:
        grant.validate_token_request()
    assert [grant.create_token_response()[0] for grant in both] == [200, 200]
    assert len(saved) == 2


def test_pitfall_1_a_code_used_again_ends_the_whole_family(desk: Program, person: Person) -> None:
    code = desk.code(person)
    got = ok(desk.redeem(code))
    assert refused(desk.redeem(code)) == ("invalid_grant", "CODE_REUSED")
    assert refused(desk.refresh(got["refresh_token"])) == ("invalid_grant", "GRANT_ENDED")
    assert desk.introspect(got["access_token"]) == {"active": False}


def test_pitfall_2_nobody_goes_without_pkce_and_nobody_with_plain(desk: Program) -> None:
    without: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}
    assert refused(desk.push(**without))[0] == "invalid_request"
    assert refused(desk.push(code_challenge_method="plain"))[1] == "PKCE_S256_REQUIRED"
    # The library's own extension, told that PKCE is required, lets a client that authenticates go without.
    payload = SimpleNamespace(data={}, datalist={})
    request = SimpleNamespace(payload=payload, form={}, data={}, auth_method="private_key_jwt", client=None)
    request.authorization_code = SimpleNamespace(code_challenge=None, code_challenge_method=None)
    grant = SimpleNamespace(request=request, server=None)
    CodeChallenge(required=True).validate_code_challenge(grant, None)
    CodeChallenge(required=True).validate_code_verifier(grant, None)
    assert "plain" in CodeChallenge.SUPPORTED_CODE_CHALLENGE_METHOD


@pytest.mark.parametrize("text", ["garbage", "a.b.c", "eyJ.eyJ.x", "\u00e9", "x" * 9000])
def test_pitfall_5_garbage_is_introspected_as_not_active(desk: Program, text: str) -> None:
    assert desk.introspect(text) == {"active": False}


def test_pitfall_5_stock_has_no_answer_to_garbage_at_all(desk: Program) -> None:
    """With its endpoint for JWTs alone the library answers nothing, which a view cannot return: a 500."""

    class StockIntrospection(JWTIntrospectionEndpoint):  # type: ignore[misc]  # the library ships no types
        def create_endpoint_request(self, _: Any) -> Any:
            return SimpleNamespace(form={"token": "garbage"})

        def authenticate_endpoint_client(self, _: Any) -> str:
            return "a client"

        def get_jwks(self) -> KeySet:
            return KeySet([desk.key])

    server = StockServer()
    server.register_endpoint(StockIntrospection(issuer="https://login.example"))
    assert server.create_endpoint_response(StockIntrospection.ENDPOINT_NAME) is None
    assert desk.introspect("garbage") == {"active": False}


def test_pitfall_9_codes_and_tokens_live_a_minute_and_five(desk: Program, person: Person) -> None:
    assert LIFE <= 60
    assert desk.tokens(person)["expires_in"] <= LIFETIME == 300
    # What the library gives by default: ten days.
    assert BearerTokenGenerator.GRANT_TYPES_EXPIRES_IN["authorization_code"] == 864_000


def test_pitfall_14_neither_assertion_grant_is_offered(desk: Program) -> None:
    for grant in ("urn:ietf:params:oauth:grant-type:jwt-bearer", "password", "implicit"):
        assert refused(desk.send("/oauth/token", {"grant_type": grant}))[0] == "unsupported_grant_type"


def test_pitfall_15_a_token_in_the_query_or_in_the_form_is_none(desk: Program) -> None:
    token = ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS}))["access_token"]
    assert desk.get("/v1/galleries", token).status_code == 200
    proof = {"DPoP": desk.sender.headers("GET", "/v1/galleries", token=token)["DPoP"]}
    browser = desk.app.test_client()
    for sent in (
        browser.get("/v1/galleries", query_string={"access_token": token}, headers=proof),
        browser.post("/v1/galleries", data={"access_token": token}, headers=proof),
    ):
        assert sent.status_code == 401
        assert sent.json is not None
        assert sent.json["code"] == "TOKEN_MISSING"


def test_pitfall_8_with_all_flows_run_no_secret_is_in_any_log_at_debug(
    house: GateHouse, app: Flask, desk: Program, person: Person, capfd: pytest.CaptureFixture[str]
) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, before = logging.getLogger(), logging.getLogger().level
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(written),
    )
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        secrets = _every_flow(house, app, desk, person)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        structlog.reset_defaults()
    output = written.getvalue() + "".join(capfd.readouterr())
    assert "/oauth/token" in output  # there was a log to look into
    for name, secret in secrets.items():
        assert secret not in output, name
    assert "eyJ" not in output


def _every_flow(house: GateHouse, app: Flask, desk: Program, person: Person) -> dict[str, str]:
    """Runs each once, and returns everything that was secret in them."""
    request_uri = desk.pushed(proof=True)
    person.get(desk.place(request_uri))
    code = desk.code(person, scope="openid searches:write", nonce="a-nonce-of-the-program")
    got = ok(desk.redeem(code))
    again = ok(desk.refresh(got["refresh_token"]))
    own = ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS}))
    begun = ok(desk.send("/oauth/device_authorization", {"scope": "searches:write"}))
    desk.send("/oauth/token", {"grant_type": DEVICE_CODE, "device_code": begun["device_code"]})
    person.post("/console/device", {"user_code": begun["user_code"], "decision": "allow"})
    exchange = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": got["access_token"],
        "subject_token_type": ACCESS_TOKEN,
    }
    passed_on = ok(desk.send("/oauth/token", exchange))
    for token in (got["access_token"], got["refresh_token"], "garbage"):
        desk.introspect(token)
    desk.get("/v1/galleries", got["access_token"])
    desk.redeem(code)
    desk.send("/oauth/revoke", {"token": own["access_token"]})
    return {
        "request_uri": request_uri.rpartition(":")[2],
        "code": code,
        "verifier": desk.verifier,
        "access token": got["access_token"],
        "ID token": got["id_token"],
        "refresh token": got["refresh_token"],
        "second access token": again["access_token"],
        "client's token": own["access_token"],
        "device code": begun["device_code"],
        "user code": begun["user_code"],
        "exchanged token": passed_on["access_token"],
        "password": PASSWORD,
        "session": str(person.cookie("session")),
    }
