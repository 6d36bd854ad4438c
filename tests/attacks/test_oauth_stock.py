"""The pitfalls of the OAuth library where its stock class can be driven beside ours: the same token goes to both.

What the stock class does is asserted too, so that each of these would fail if we used it; when the library mends one,
the test says so, and the pitfall may be struck from the list in test_oauth_pitfalls.py.
"""

from __future__ import annotations

import base64
import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import flask
import pytest
from authlib.integrations.flask_oauth2 import AuthorizationServer as StockServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import MissingAuthorizationError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.resource_protector import ResourceProtector, TokenValidator
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc6750.errors import InsufficientScopeError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from identity_house import House, open_house
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey

from gateway.identity.errors import AuthenticationError
from gateway.identity.keys import new_key
from gateway.identity.tokens import LIFETIME
from gateway.vocabulary import Scope
from gateway.web.problems import Problem
from gateway.web.routes import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.settings import Settings


class Stock(JWTBearerTokenValidator):  # type: ignore[misc]  # the library ships no types
    """The library's validator of RFC 9068 tokens, with nothing but the method that it demands."""

    def __init__(self, house: House) -> None:
        super().__init__(house.issuer, house.issuer)
        self._keys = house.keys

    def get_jwks(self) -> Any:
        return KeySet([ECKey.import_key(key) for key in self._keys.jwks()["keys"]])

    def judge(self, token: str, scopes: list[str] | None = None) -> None:
        """Raises what the library raises; returns when it accepts the token."""
        self.validate_token(self.authenticate_token(token), scopes, None)


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def test_pitfall_3_stock_takes_a_token_without_typ(house: House) -> None:
    token = house.forge(header={"typ": ...})
    Stock(house).judge(token)
    assert house.refusal(token) == "TOKEN_TYPE"


def test_pitfall_4_stock_fails_on_a_scope_that_is_a_number_and_takes_an_absurd_expiry(house: House) -> None:
    number, absurd = house.forge(scope=5), house.forge(exp=10**400)
    with pytest.raises(AttributeError):
        Stock(house).judge(number, ["searches:write"])
    Stock(house).judge(absurd)
    assert house.refusal(number) == house.refusal(absurd) == "TOKEN_MALFORMED"


def test_pitfall_6_stock_takes_an_assertion_that_is_also_for_somebody_else(house: House) -> None:
    class StockAssertion(JWTBearerClientAssertion):  # type: ignore[misc]  # the library ships no types
        def get_audiences(self) -> list[str]:
            return [house.issuer]

        def resolve_client_public_key(self, client: Any, _: Any = None) -> Any:
            return house.client_keys[client.id]

        def validate_jti(self, *_: Any) -> bool:
            return True

    assertion = house.assertion(aud=[house.issuer, "https://evil.example"])
    form = {"client_assertion_type": StockAssertion.CLIENT_ASSERTION_TYPE, "client_assertion": assertion}
    client = SimpleNamespace(id="lakeport-app", check_endpoint_auth_method=lambda *_: True)
    assert StockAssertion()(lambda _: client, SimpleNamespace(form=form)) is client
    assert house.ask(assertion=assertion).json == {
        "error": "invalid_client",
        "error_description": "Client authentication failed.",
    }


def test_pitfall_7_stock_takes_a_bound_token_from_whoever_holds_it(house: House) -> None:
    token = house.token()
    Stock(house).judge(token)
    with pytest.raises(AuthenticationError) as refused:
        house.verifier.verify(house.bearer(token))
    assert refused.value.code == "TOKEN_BOUND"


def test_pitfall_8_stock_writes_the_token_to_its_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The library's logger, freed from what `quiet_authlib` did to it, beside ours at the same level."""
    name = "authlib.oauth2.rfc6749.grants.client_credentials"
    logger, family = logging.getLogger(name), logging.getLogger("authlib")
    filters, levels = (logger.filters, family.filters), (logger.level, family.level)
    try:
        logger.filters, family.filters = [], []
        caplog.set_level(logging.DEBUG, logger=name)
        server = StockServer()
        server.register_token_generator("default", lambda **_: {"access_token": "a-recognisable-token"})
        server.save_token = lambda *_: None
        request = SimpleNamespace(client="app", payload=SimpleNamespace(scope=None), user=None)
        ClientCredentialsGrant(request, server).create_token_response()
        assert "a-recognisable-token" in caplog.text
        caplog.clear()
        token = house.token()
        assert token.rpartition(".")[2] not in caplog.text
    finally:
        (logger.filters, family.filters), levels_now = filters, levels
        logger.setLevel(levels_now[0])
        family.setLevel(levels_now[1])


def test_pitfall_9_stock_tokens_live_ten_days(house: House) -> None:
    assert BearerTokenGenerator.GRANT_TYPES_EXPIRES_IN["client_credentials"] == 864_000
    caller = house.verify(house.token())
    assert caller.expires_at - caller.issued_at == LIFETIME == 300


def test_pitfall_10_stock_challenges_are_missing_or_misspelt(house: House) -> None:
    assert "WWW-Authenticate" not in dict(InsufficientScopeError().get_headers())
    assert MissingAuthorizationError.error == "missing_authorization"
    with pytest.raises(AuthenticationError) as ours:
        house.verifier.verify(house.presented({}))
    challenge = str(ours.value.www_authenticate)
    assert challenge.startswith('DPoP realm="writgate", algs="')
    assert "error=" not in challenge
    assert "resource_metadata=" in challenge


def test_pitfall_12_stock_takes_any_scope_of_a_list_and_our_routes_need_the_one_that_they_declare(house: House) -> None:
    assert not TokenValidator.scope_insufficient("searches:read", ["searches:read", "registry:write"])
    app = flask.Flask("test")
    app.extensions["writgate"] = SimpleNamespace(settings=house.settings)
    caller = house.verify(house.token(scope="searches:read"))
    with app.app_context():
        require(caller, Scope.SEARCHES_READ)
        with pytest.raises(Problem) as refused:
            require(caller, Scope.REGISTRY_WRITE)
    assert (refused.value.status, refused.value.code) == (403, "SCOPE_MISSING")
    assert 'scope="registry:write"' in refused.value.headers["WWW-Authenticate"]


def test_pitfall_15_what_stock_refuses_well_is_refused_here_too(house: House) -> None:
    """The good behaviour that must not be lost by mending the rest."""
    now = int(house.view.now())
    own = OctKey.import_key(json.dumps(house.keys.jwks()["keys"][0]).encode())
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode()).rstrip(b"=").decode()
    unsigned = ".".join((header, house.forge().split(".")[1], ""))
    for bad in (
        unsigned,
        house.forge(key=own, header={"alg": "HS256", "kid": house.keys.jwks()["keys"][0]["kid"]}),  # type: ignore[arg-type]  # on purpose
        house.forge(key=new_key()),
        house.forge(aud="https://evil.example"),
        house.forge(iat=now - 600, exp=now - 300),
        house.forge(iat=now + 3600, exp=now + 3700),
        "A" * 200_000,
    ):
        with pytest.raises((JoseError, OAuth2Error)):
            Stock(house).judge(bad)
        assert house.refusal(bad).startswith("TOKEN_"), bad[:40]


def test_pitfall_10_stock_knows_no_scheme_but_bearer(house: House) -> None:
    protector = ResourceProtector()
    protector.register_token_validator(Stock(house))
    sent = house.proof("GET", "/v1/searches", token=house.token())
    with pytest.raises(Exception, match="unsupported_token_type"):
        protector.parse_request_authorization(SimpleNamespace(headers=sent))
