"""The pitfalls of the OAuth library on a server as its documentation builds one (`stock_house`), beside this gateway.

Numbered as in the audit of the library, like test_oauth_pitfalls.py. The stock server is sent what an attacker sends
and gives in; the gateway is sent the same and does not.
"""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import flask
import pytest
from authlib.integrations.flask_client import OAuth
from authlib.integrations.flask_oauth2 import AuthorizationServer as StockServer
from authlib.integrations.sqla_oauth2 import OAuth2TokenMixin
from authlib.oauth2.drafts.id_jag import IDJAGGrant
from authlib.oauth2.rfc7523 import JWTBearerGrant
from console_house import Person, enrolled
from gate_house import GateHouse, gate_house
from joserfc import jwt
from joserfc.errors import JoseError
from program_house import Program, ok, program, refused
from server_house import say, serving
from stock_house import SECRET, StockHouse

from gateway.identity.clients import CLIENT_CREDENTIALS
from gateway.identity.grants.codes import LIFE
from gateway.identity.issuers.directory import KnownIssuer
from gateway.identity.issuers.provider import Providers
from gateway.identity.keys import new_key
from gateway.identity.tokens import LIFETIME
from gateway.outbound import Outbound
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.issuers import IssuerProfile

if TYPE_CHECKING:
    import http.server
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from gate_house import Copies
    from joserfc.jwk import ECKey

PLAIN = "anybody-can-read-this-verifier-in-the-history-of-a-browser"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ISSUER = "https://login.example"


@pytest.fixture
def stock() -> Iterator[StockHouse]:
    house = StockHouse()
    yield house
    house.close()


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


def test_pitfall_1_a_thief_keeps_a_stock_token_when_its_code_comes_back(
    stock: StockHouse, desk: Program, person: Person
) -> None:
    """Who came first with the code may be the thief; when the rightful program comes second, the token must die."""
    code = stock.code()
    stolen = ok(stock.ask("authorization_code", code=code))["access_token"]
    assert stock.ask("authorization_code", code=code).status_code == 400
    assert stock.me(stolen).text == "ruiz"

    code = desk.code(person)
    stolen = ok(desk.redeem(code))["access_token"]
    assert refused(desk.redeem(code)) == ("invalid_grant", "CODE_REUSED")
    assert desk.introspect(stolen) == {"active": False}


def test_pitfall_2_stock_gives_tokens_without_pkce_and_for_plain(stock: StockHouse, desk: Program) -> None:
    """Although it was told that PKCE is required."""
    assert ok(stock.ask("authorization_code", code=stock.code()))["access_token"]
    plain = stock.code(code_challenge=PLAIN, code_challenge_method="plain")
    assert ok(stock.ask("authorization_code", code=plain, code_verifier=PLAIN))["access_token"]

    nothing: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}
    assert refused(desk.push(**nothing)) == ("invalid_request", "PARAMETER_MISSING")
    assert refused(desk.push(code_challenge=PLAIN, code_challenge_method="plain"))[1] == "PKCE_S256_REQUIRED"


def test_pitfall_9_stock_tokens_live_ten_days_and_its_codes_five_minutes(stock: StockHouse, desk: Program) -> None:
    assert ok(stock.ask("client_credentials", scope="profile"))["expires_in"] == 864_000
    a_minute_old = stock.code()
    stock.grow_older(LIFE + 1)
    assert ok(stock.ask("authorization_code", code=a_minute_old))["expires_in"] == 864_000

    assert LIFE <= 60
    assert ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS}))["expires_in"] == LIFETIME == 300


def test_pitfall_10_stock_challenges_are_misspelt_or_missing(stock: StockHouse, desk: Program) -> None:
    missing = stock.me(None)
    assert missing.status_code == 401
    assert missing.headers["WWW-Authenticate"].startswith('bearer error="missing_authorization"')
    token = ok(stock.ask("client_credentials", scope="profile"))["access_token"]
    lacking = stock.me(token, "/secret")
    assert (lacking.status_code, "WWW-Authenticate" in lacking.headers) == (403, False)

    missing = desk.app.test_client().get("/v1/galleries")
    assert missing.status_code == 401
    assert missing.headers["WWW-Authenticate"].startswith('DPoP realm="writgate", algs="')
    assert "error=" not in missing.headers["WWW-Authenticate"]
    token = ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS}))["access_token"]
    lacking = desk.get("/v1/agencies", token)
    assert lacking.status_code == 403
    assert 'error="insufficient_scope"' in lacking.headers["WWW-Authenticate"]
    assert 'scope="registry:read"' in lacking.headers["WWW-Authenticate"]


def test_pitfall_11_whoever_reads_the_stock_database_holds_every_secret_in_it(
    stock: StockHouse, house: GateHouse, desk: Program, person: Person
) -> None:
    waiting = stock.code()
    token = ok(stock.ask("authorization_code", code=stock.code()))["access_token"]
    for secret in (SECRET, waiting, token):
        assert secret in stock.stored()

    got = ok(desk.redeem(desk.code(person)))
    waiting = desk.code(person)
    with house.pool(DatabaseRole.ADMIN).transaction() as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_catalog.pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        stored = "\n".join(row[0] for (t,) in tables for row in connection.execute(f"SELECT t::text FROM {t} AS t"))
    assert desk.id in stored
    for secret in (waiting, got["access_token"], got["access_token"].rpartition(".")[2], got["refresh_token"]):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_pitfall_11_a_stock_token_has_no_room_for_a_jwt_and_without_a_lifetime_lives_for_ever(
    desk: Program, house: GateHouse
) -> None:
    token = ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS}))["access_token"]
    assert len(token) > OAuth2TokenMixin.access_token.type.length
    endless = SimpleNamespace(issued_at=0, expires_in=0)
    assert OAuth2TokenMixin.is_expired(endless) is False
    with house.pool(DatabaseRole.ADMIN).transaction() as connection:
        row = connection.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'identity'"
            " AND column_name = 'expires_at' AND is_nullable = 'YES'"
        ).fetchone()
    assert row == (0,)  # nothing that expires can be kept without its end


def test_pitfall_13_stock_keeps_a_key_that_was_taken_back_and_asks_anew_for_every_unknown_one() -> None:
    old, new = new_key(), new_key()
    published = [old]

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        origin = f"http://{request.headers['Host']}"
        keys = {"keys": [key.as_dict(private=False) for key in published]}
        metadata = {"issuer": origin, "jwks_uri": f"{origin}/jwks", "id_token_signing_alg_values_supported": ["ES256"]}
        say(request, json.dumps(keys if request.path == "/jwks" else metadata).encode())

    with serving(answer) as (port, asked):
        origin = f"http://127.0.0.1:{port}"
        where = f"{origin}/.well-known/openid-configuration"
        theirs = OAuth(flask.Flask("relying")).register("county", client_id="desk", server_metadata_url=where)
        ours = Providers(Outbound((origin,)))
        profile = IssuerProfile.model_validate({"algorithms": ["ES256"], "agencies": ["lakeport-pd"], "acr": {}})
        county = KnownIssuer("county", origin, profile, version=1, active=True)

        def stock_takes(key: ECKey) -> bool:
            try:
                theirs.parse_id_token({"id_token": _id_token(key, origin)}, nonce="a nonce")
            except JoseError:
                return False
            return True

        def ours_takes(key: ECKey) -> bool:
            return ours.key(county, str(key.kid), "EC") is not None

        assert stock_takes(old)
        assert ours_takes(old)
        published[:] = [new]
        for state in ours._states.values():  # as long after the fetch as a set may be used at all
            state.fetched_at -= profile.keys.stale + 1
            state.tried_at -= profile.keys.stale + 1
        assert not ours_takes(old)
        assert stock_takes(old)  # it would be so for ever: nothing in there knows when the set was fetched

        storm = [new_key() for _ in range(12)]
        before = asked.count("/jwks")
        assert not any(ours_takes(key) for key in storm)
        assert asked.count("/jwks") == before
        assert not any(stock_takes(key) for key in storm)
        assert asked.count("/jwks") == before + len(storm)


def _id_token(key: ECKey, issuer: str) -> str:
    now = int(time.time())
    claims = {"iss": issuer, "aud": "desk", "sub": "ruiz", "nonce": "a nonce", "iat": now, "exp": now + 60}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


@pytest.mark.parametrize("first", ["the stricter", "the laxer"])
def test_pitfall_14_of_two_stock_grants_under_one_name_the_order_decides_who_must_prove_anything(
    desk: Program, first: str
) -> None:
    """One assertion, which names the client that it is for. The one grant asks who brings it; the other does not."""
    key = new_key()
    assertion = IDJAGGrant.sign(
        key, ISSUER, "https://stock.example", "ruiz", "desk", header={"alg": "ES256"}, alg="ES256"
    )
    client = SimpleNamespace(check_grant_type=lambda _: True, get_client_id=lambda: "somebody-else")

    class Laxer(JWTBearerGrant):  # type: ignore[misc]  # the library ships no types
        def resolve_issuer_client(self, _: str) -> Any:
            return client

        def resolve_client_public_key(self, _: Any) -> Any:
            return key

        def get_audiences(self) -> list[str]:
            return ["https://stock.example"]

        def authenticate_user(self, subject: str) -> str:
            return subject

        def has_granted_permission(self, *_: Any) -> bool:
            return True

    server = StockServer()
    server.register_token_generator("default", lambda **_: {"access_token": "for whoever came"})
    server.save_token = lambda *_: None
    for grant in (IDJAGGrant, Laxer) if first == "the stricter" else (Laxer, IDJAGGrant):
        server.register_grant(grant)
    form = {"assertion": assertion}
    payload = SimpleNamespace(grant_type=JWT_BEARER, scope=None)
    asked = SimpleNamespace(method="POST", form=form, payload=payload, user=None, client=None)
    chosen = server.get_token_grant(asked)
    if first == "the stricter":
        assert isinstance(chosen, IDJAGGrant)  # and what the other was registered for is never reached
    else:
        chosen.validate_token_request()
        assert chosen.create_token_response()[0] == 200

    answer = desk.send("/oauth/token", {"grant_type": JWT_BEARER, "assertion": assertion}, authenticate=False)
    assert refused(answer)[0] == "unsupported_grant_type"
