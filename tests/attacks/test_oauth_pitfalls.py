"""The pitfalls of the OAuth library, reproduced against its stock behaviour, each kept out by a test here.

Numbered as in the audit of the library:

 1  a code, or a token behind it, that several could have (test_oauth_flow_pitfalls.py)
 2  PKCE that was "required" and was not (test_oauth_flow_pitfalls.py)
 3  a JWT without `typ` was accepted as an access token
 4  a malformed claim was a 500; an absurd `exp` was accepted
 5  garbage at introspection was a 500 (test_oauth_flow_pitfalls.py)
 6  an assertion whose `aud` is an array with others in it was accepted; replay and iat window
 7  a token bound to a key (`cnf`) was accepted as a plain Bearer token
 8  the library's logger prints whole tokens at DEBUG
 9  tokens lived ten days by default
10  WWW-Authenticate was missing, misspelt or incomplete
11  secrets in clear (ours are argon2; tokens are not stored; assertions only as digests)
12  scopes in a list meant any of them (test_oauth_stock.py: a route declares one scope and needs it)
13  the key cache had no bound in time (a removed key is gone within a second, an unknown kid costs no read)
14  two grants under one name, of which the order of registration decides (neither is offered)
15  the good behaviour that must stay: alg none, HMAC with the public key, sizes, tokens in the query

8 with all flows run, and 15 at a route of the API, are in test_oauth_flow_pitfalls.py. That the library falls for each
is shown beside ours: for single classes in test_oauth_stock.py (3, 4, 6, 7, 8, 9, 10, 12, 15), for a server as its
documentation builds one in test_oauth_stock_server.py (1, 2, 9, 10, 11, 13, 14), and for 1, 2 and 5 also in
test_oauth_flow_pitfalls.py. When the library mends one, those tests say so.
Of the published advisories, key injection through the `jwk` header, `crit`, and oversized JOSE are in
test_token_forgery.py; the others concern flows and integrations that are not used.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import argon2
import pytest
import structlog
from identity_house import SECRET, House, open_house
from joserfc.jwk import OctKey, RSAKey

import gateway
from gateway.identity.errors import AuthenticationError, insufficient_scope_challenge
from gateway.identity.keys import new_key, rotate_keys
from gateway.identity.tokens import LIFETIME
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory
    from werkzeug.test import TestResponse

    from gateway.settings import Settings

ISSUED = 200
REFUSED = 400


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def _refused(response: TestResponse) -> bool:
    """Refused as every failure of client authentication is: alike."""
    return (response.status_code, response.json) == (
        REFUSED,
        {"error": "invalid_client", "error_description": "Client authentication failed."},
    )


def test_pitfall_3_a_token_without_typ_is_refused(house: House) -> None:
    assert house.refusal(house.forge(header={"typ": ...})) == "TOKEN_TYPE"


def test_pitfall_4_malformed_claims_of_tokens_and_assertions_are_refusals_not_errors(house: House) -> None:
    assert house.refusal(house.forge(scope=5)) == "TOKEN_MALFORMED"
    assert house.refusal(house.forge(exp=10**400)) == "TOKEN_MALFORMED"
    wrong: tuple[dict[str, Any], ...] = (
        {"sub": 5},
        {"iss": ["lakeport-app"]},
        {"exp": 10**400},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1.5},
        {"exp": None},
        {"iat": []},
        {"nbf": "x"},
        {"jti": 5},
        {"jti": None},
        {"jti": "x" * 5000},
        {"jti": "\x00"},
        {"sub": "\x00", "iss": "\x00"},
    )
    for claims in wrong:
        assert _refused(house.ask(assertion=house.assertion(**claims))), claims
    for text in ("", "x", "a.b.c", ".", "..", "[" * 9000, "A" * 200_000, "\u00e9"):
        assert house.ask(assertion=text or None, client_assertion=text).status_code in {REFUSED, 413}


def test_pitfall_6_the_audience_of_an_assertion_is_the_issuer_as_a_string_only(house: House) -> None:
    issuer = house.issuer
    audiences: list[Any] = [
        [issuer, "https://evil.example"],
        [issuer],
        "https://evil.example",
        f"{issuer}/oauth/token",
        issuer + "/",
        {},
        None,
    ]
    for audience in audiences:
        assert _refused(house.ask(assertion=house.assertion(aud=audience))), audience
    assert house.ask().status_code == ISSUED


def test_pitfall_6_an_assertion_is_used_once_even_by_eight_at_once(house: House) -> None:
    assertion = house.assertion()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: house.ask(assertion=assertion).status_code, range(8)))
    assert sorted(answers) == [ISSUED] + [REFUSED] * 7
    assert _refused(house.ask(assertion=assertion))


def test_pitfall_6_a_refused_request_uses_its_assertion_too(house: House) -> None:
    assertion = house.assertion()
    assert house.ask(assertion=assertion, scope="audit:read").status_code == REFUSED
    assert _refused(house.ask(assertion=assertion))


def test_pitfall_6_one_clients_jti_does_not_use_up_anothers(house: House) -> None:
    assert house.ask(assertion=house.assertion("lakeport-app", jti="one")).status_code == ISSUED
    assert house.ask(assertion=house.assertion("harbour-app", jti="one")).status_code == ISSUED
    assert _refused(house.ask(assertion=house.assertion("harbour-app", jti="one")))


def test_pitfall_6_the_window_of_an_assertion(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the second, for which time stands still: ten seconds ahead are taken, sixty-one are not."""
    now = int(time.time())
    monkeypatch.setattr(time, "time", lambda: now)
    accepted: tuple[dict[str, Any], ...] = (
        {"iat": now + 9},
        {"iat": now + 10},
        {"iat": None},
        {"exp": now + 3500},
        {"exp": now - 5},
        {"nbf": now + 10},
    )
    for good in accepted:
        assert house.ask(assertion=house.assertion(**good)).status_code == ISSUED, good
    refused: tuple[dict[str, Any], ...] = (
        {"iat": now + 61},
        {"nbf": now + 61},
        {"exp": now - 60},
        {"exp": now + 7200},
        {"exp": 1 << 33},
    )
    for bad in refused:
        assert _refused(house.ask(assertion=house.assertion(**bad))), bad


def test_an_assertion_by_another_key_client_or_algorithm_is_refused_and_all_look_alike(house: House) -> None:
    stranger = new_key()
    own = house.client_keys["lakeport-app"]
    secret = OctKey.import_key(json.dumps(own.as_dict(private=False)).encode())
    attempts = [
        house.assertion(key=stranger),
        house.assertion(key=stranger, header={"kid": own.kid}),
        house.assertion(iss="harbour-app", sub="harbour-app"),
        house.assertion(iss="harbour-app"),
        house.assertion(iss="nobody", sub="nobody"),
        house.assertion(key=secret, header={"alg": "HS256", "kid": own.kid}),
        house.assertion(header={"typ": "at+jwt"}),
        house.assertion(header={"typ": "dpop+jwt"}),
    ]
    for assertion in attempts:
        assert _refused(house.ask(assertion=assertion))
    assert _refused(house.ask(client_id="harbour-app", **_authentication(house)))
    assert _refused(house.ask(client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer"))
    assert house.ask(client_id="lakeport-app", **_authentication(house)).status_code == ISSUED


def test_a_client_signs_with_the_algorithms_of_the_profile_alone(house: House) -> None:
    """With a key that is registered, so that nothing but the algorithm stands in the way (FAPI 2.0 section 5.4)."""
    key = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
    house.add_client("rsa-app", agency="lakeport-pd", jwks={"keys": [key.as_dict(private=False)]})
    assert house.ask(assertion=house.assertion("rsa-app", key=key, header={"alg": "PS256"})).status_code == ISSUED
    for algorithm in ("RS256", "PS384"):
        assert _refused(house.ask(assertion=house.assertion("rsa-app", key=key, header={"alg": algorithm}))), algorithm
    _, claims, signature = house.assertion("rsa-app", key=key, header={"alg": "PS256"}).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for unsigned in (f"{none}.{claims}.", f"{none}.{claims}.{signature}"):
        assert _refused(house.ask(assertion=unsigned))


def test_a_key_taken_from_the_client_stops_its_assertions_and_its_tokens(house: House) -> None:
    token = house.token()
    old = house.client_keys.pop("lakeport-app")
    house.add_client("lakeport-app", agency="lakeport-pd")
    house.view.poll()
    assert house.refusal(token) == "TOKEN_REVOKED"
    assert _refused(house.ask(assertion=house.assertion(key=old)))
    assert house.refusal(house.token()) == ""


def test_pitfall_7_a_token_bound_to_a_key_is_not_a_bearer_token(house: House) -> None:
    def as_bearer(token: str) -> str:
        with pytest.raises(AuthenticationError) as refused:
            house.verifier.verify(house.bearer(token))
        return refused.value.code

    token = house.token()
    assert house.refusal(token) == ""
    assert as_bearer(token) == as_bearer(house.forge()) == "TOKEN_BOUND"
    not_understood: tuple[Any, ...] = ({"kid": "x"}, {"jkt": "x", "kid": "y"}, {"jkt": 5}, {}, None, [])
    for unknown in not_understood:
        assert as_bearer(house.forge(cnf=unknown)) == "TOKEN_MALFORMED"


def test_pitfall_8_no_token_assertion_or_secret_reaches_any_log_even_at_debug(
    settings: Settings, database: DatabaseFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    written = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    # A child set to DEBUG by somebody's configuration must not help either.
    logging.getLogger("authlib.oauth2.rfc6749.grants.client_credentials").setLevel(logging.DEBUG)
    try:
        weak = settings.model_copy(update={"allow_client_secret": True})
        with open_house(weak, database) as house:
            assertion = house.assertion()
            token = house.token("lakeport-app", client_assertion=assertion)
            house.verify(token)
            broken = house.assertion(aud="https://evil.example")
            house.ask(assertion=broken)
            house.refusal(token[:-3] + "AAA")
            house.app.test_client().post(
                "/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=("secret-app", SECRET),
                headers=house.proof(),
            )
            house.post("/oauth/revoke", token=token, **_authentication(house))
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        structlog.reset_defaults()
    output = written.getvalue() + "".join(capfd.readouterr())
    for secret in (assertion, token, broken, SECRET):
        assert secret not in output
        assert secret.rpartition(".")[2] not in output
    assert "eyJ" not in output
    assert "authentication_failed" in output  # there was a log to look into


def _authentication(house: House) -> dict[str, Any]:
    return {
        "client_assertion": house.assertion(),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }


def test_pitfall_9_no_token_lives_longer_than_five_minutes(house: House) -> None:
    caller = house.verify(house.token())
    assert caller.expires_at - caller.issued_at == LIFETIME == 300
    now = int(house.view.now())
    assert house.refusal(house.forge(iat=now, exp=now + 864_000)) == "TOKEN_MALFORMED"


def test_pitfall_10_challenges_are_those_of_rfc_6750_and_9728(house: House) -> None:
    where = f'resource_metadata="{house.issuer}/.well-known/oauth-protected-resource"'
    with pytest.raises(AuthenticationError) as missing:
        house.verifier.verify(house.presented({}))
    dpop = 'DPoP realm="writgate", algs="ES256 PS256 EdDSA Ed25519", '
    assert missing.value.www_authenticate == dpop + where
    with pytest.raises(AuthenticationError) as expired:
        house.verify(house.forge(iat=1, exp=2))
    assert expired.value.www_authenticate == (
        f'{dpop}error="invalid_token", error_description="The access token has expired.", {where}'
    )
    assert insufficient_scope_challenge("DPoP", issuer=house.issuer, scope="audit:read") == (
        f'{dpop}error="insufficient_scope",'
        f' error_description="The token does not carry the scope audit:read.", scope="audit:read", {where}'
    )


def test_pitfall_11_nothing_that_could_be_replayed_is_stored(house: House, database: DatabaseFactory) -> None:
    assertion = house.assertion(jti="a-recognisable-jti")
    token = house.token("lakeport-app", client_assertion=assertion)
    found: list[str] = []
    with database(DatabaseRole.ADMIN).transaction() as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_catalog.pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()
            found.extend(row[0] for row in rows)
    everything = "\n".join(found)
    assert "lakeport-app" in everything
    for secret in (token, assertion, token.rpartition(".")[2], house.verify(token).token_id, "a-recognisable-jti"):
        assert secret not in everything
        assert secret.encode().hex() not in everything
    with house.web.transaction() as connection:
        row = connection.execute("SELECT secret_hash FROM registry.clients WHERE id = 'secret-app'").fetchone()
    assert row is not None
    assert argon2.extract_parameters(row[0]).type is argon2.Type.ID


def test_pitfall_13_a_rotated_key_is_known_at_once_and_a_removed_one_forgotten_within_a_second(house: House) -> None:
    old = house.token()
    assert house.refusal(old) == ""
    kid = rotate_keys(house.settings.keys)
    fresh = house.token()
    assert house.refusal(fresh) == house.refusal(old) == ""
    published = [key["kid"] for key in house.keys.jwks()["keys"]]
    assert published[0] == kid
    assert len(published) == 2
    (house.settings.keys / "token-retired.json").write_text('{"keys": []}')
    house.keys.jwks()  # looks at the files at once; without it the next look is a second away
    assert house.refusal(old) == "TOKEN_KEY"
    assert house.refusal(fresh) == ""


def test_pitfall_14_and_15_no_other_grant_and_no_token_in_the_query(house: House) -> None:
    for grant in ("urn:ietf:params:oauth:grant-type:jwt-bearer", "password", "implicit"):
        response = house.ask(grant_type=grant)
        assert (response.status_code, response.json and response.json["error"]) == (REFUSED, "unsupported_grant_type")
    client = house.app.test_client()
    assert client.post(f"/oauth/revoke?token={house.token()}", data=_authentication(house)).status_code == REFUSED


def test_nothing_imports_the_deprecated_jose_of_the_library() -> None:
    """Nor `authlib.jose` by any other spelling: joserfc does all JOSE, with explicit algorithms."""
    for path in Path(gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            assert not [name for name in names if name.startswith("authlib.jose")], path
