"""Forged, altered, borrowed and malformed access tokens: none is accepted, and none makes the gateway fail.

The forger here is generous to the attacker: most tokens are signed with the gateway's own key, so that only the check
named by the test stands between the token and a `Caller`.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from identity_house import PATH, House, open_house
from joserfc.jwk import ECKey, OctKey

from gateway.identity.errors import AuthenticationError, StaleRevocations
from gateway.identity.keys import new_key
from gateway.identity.tokens import CACHE_SIZE, LIFETIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.settings import Settings


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def test_what_the_forger_makes_is_accepted_when_nothing_is_overridden(house: House) -> None:
    """Without this the other tests could pass for the wrong reason."""
    assert house.refusal(house.forge()) == ""


def test_another_key_is_refused_whatever_kid_it_claims(house: House) -> None:
    foreign = new_key()
    own_kid = house.keys.jwks()["keys"][0]["kid"]
    assert house.refusal(house.forge(key=foreign)) == "TOKEN_KEY"
    assert house.refusal(house.forge(key=foreign, header={"kid": own_kid})) == "TOKEN_SIGNATURE"
    assert house.refusal(house.forge(header={"kid": ...})) == "TOKEN_KEY"


def test_a_key_in_the_header_is_never_used(house: House) -> None:
    foreign = new_key()
    public = foreign.as_dict(private=False)
    for member in ({"jwk": public}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/c"}):
        token = _compact({"alg": "ES256", "typ": "at+jwt", "kid": foreign.kid} | member, _claims(house), foreign)
        assert house.refusal(token) == "TOKEN_MALFORMED"


def test_no_algorithm_but_es256(house: House) -> None:
    own = house.keys.jwks()["keys"][0]
    claims = _claims(house)
    none = _segment({"alg": "none", "typ": "at+jwt", "kid": own["kid"]}) + "." + _segment(claims)
    assert house.refusal(none + ".") == "TOKEN_MALFORMED"
    assert house.refusal(none + ".AA") == "TOKEN_SIGNATURE"
    # The classical confusion: the public key, which everybody has, taken as an HMAC secret.
    as_secret = OctKey.import_key(json.dumps(own).encode())
    confused = _compact({"alg": "HS256", "typ": "at+jwt", "kid": own["kid"]}, claims, as_secret)
    assert house.refusal(confused) == "TOKEN_SIGNATURE"


def test_only_the_type_at_jwt(house: House) -> None:
    for kind in ("JWT", "at+JWT", "application/at+jwt", "dpop+jwt", "warrant+jwt", "audit-receipt+jwt", ...):
        assert house.refusal(house.forge(header={"typ": kind})) == "TOKEN_TYPE"


def test_only_our_issuer_and_only_our_audience_as_one_string(house: House) -> None:
    ours = house.issuer
    for issuer in ("https://evil.example", ours + "/", ours.upper()):
        assert house.refusal(house.forge(iss=issuer)) == "TOKEN_ISSUER"
    for audience in ("https://evil.example", ours + "/v1", ours + "/"):
        assert house.refusal(house.forge(aud=audience)) == "TOKEN_AUDIENCE"
    wrong: tuple[Any, ...] = ([ours], [ours, "https://evil.example"], {}, None, ..., True, 1)
    for value in wrong:
        assert house.refusal(house.forge(aud=value)) == "TOKEN_MALFORMED"


def test_a_token_lives_at_most_its_lifetime_and_not_before_its_issue(house: House) -> None:
    now = int(house.view.now())
    assert house.refusal(house.forge(iat=now - LIFETIME - 1, exp=now - 1)) == "TOKEN_EXPIRED"
    assert house.refusal(house.forge(iat=now + 60, exp=now + 120)) == "TOKEN_NOT_YET_VALID"
    for times in (
        {"exp": now + LIFETIME + 1, "iat": now},
        {"exp": now, "iat": now},
        {"exp": now + 60, "iat": now - LIFETIME},
        {"exp": 10**400},
        {"exp": 1 << 40, "iat": (1 << 40) - 60},
        {"exp": -1},
        {"exp": float(now + 60)},
        {"exp": str(now + 60)},
        {"exp": True},
        {"exp": None},
        {"exp": ...},
        {"iat": ...},
        {"iat": [now]},
    ):
        assert house.refusal(house.forge(**times)) == "TOKEN_MALFORMED", times


def test_claims_of_a_wrong_type_are_refused_and_never_an_error(house: House) -> None:
    wrong: tuple[Any, ...] = (5, True, [], {}, "", "\x00", "x" * 2000, None)
    for name in ("sub", "client_id", "scope", "jti", "rev", "authorization_details"):
        for value in (*wrong, ...):
            if (name == "authorization_details" and value in ([], ...)) or (name == "rev" and value == 5):
                continue
            assert house.refusal(house.forge(**{name: value})) in {"TOKEN_MALFORMED", "TOKEN_REVOKED"}, (name, value)
    for name in ("agency", "user", "user_strength"):
        for value in wrong:
            if value is not None:
                assert house.refusal(house.forge(**{name: value})) == "TOKEN_MALFORMED", (name, value)


def test_a_scope_that_does_not_exist_a_subject_that_differs_a_user_without_strength(house: House) -> None:
    assert house.refusal(house.forge(scope="searches:write root")) == "TOKEN_MALFORMED"
    assert house.refusal(house.forge(sub="somebody-else")) == "TOKEN_MALFORMED"
    assert house.refusal(house.forge(user="lakeport-pd/ruiz")) == "TOKEN_MALFORMED"
    assert house.refusal(house.forge(user_strength="authenticated")) == "TOKEN_MALFORMED"
    assert house.refusal(house.forge(user="lakeport-pd/ruiz", user_strength="sworn")) == "TOKEN_MALFORMED"


def test_a_caller_whom_nobody_registered_is_refused(house: House) -> None:
    ghosts: tuple[dict[str, Any], ...] = (
        {"agency": "ghost-pd"},
        {"client_id": "ghost", "sub": "ghost"},
        {"user": "lakeport-pd/ghost", "user_strength": "asserted"},
    )
    for names in ghosts:
        assert house.refusal(house.forge(**names)) == "TOKEN_REVOKED"


def test_a_token_from_a_future_that_this_database_does_not_have_is_refused(house: House) -> None:
    with pytest.raises(StaleRevocations):
        house.verify(house.forge(rev=house.counter() + 1))


def test_each_altered_character_makes_another_and_invalid_token(house: House) -> None:
    token = house.token()
    for position in range(0, len(token), 7):
        other = "A" if token[position] != "A" else "B"
        assert house.refusal(token[:position] + other + token[position + 1 :]) != "", position
    # base64url has several spellings of the last character of a signature; only the canonical one is the token
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    accepted = [last for last in alphabet if house.refusal(token[:-1] + last) == ""]
    assert accepted == [token[-1]]


def test_what_is_no_header_with_a_token_is_refused_with_the_right_challenge(house: House) -> None:
    token = house.token()
    for header in (
        "Bearer",
        "Bearer ",
        f"Bearer  {token}",
        f"Bearer {token} ",
        f"Bearer {token}, Bearer {token}",
        f"Bearer {token}\n",
        f"Bearer {token}\u00e9",
        f"DPoP {token}, DPoP {token}",
        f"Basic {token}",
        token,
        "Bearer " + "A" * 200_000,
        "Bearer a.b.c.d.e",
        "Bearer " + "[" * 4000,
        "Bearer " + _raw(b"[" * 5000) + "." + _raw(b"{}") + ".AA",
        "Bearer " + _raw(b'{"alg":"ES256","alg":"none"}') + "." + _raw(b"{}") + ".AA",
        "Bearer " + _raw(b'{"alg":NaN}') + "." + _raw(b"{}") + ".AA",
        "Bearer " + _raw(b"\xff\xfe") + "." + _raw(b"{}") + ".AA",
    ):
        with pytest.raises(AuthenticationError) as refused:
            house.verifier.verify(house.presented({"Authorization": header}))
        assert refused.value.code == "TOKEN_MALFORMED", header[:40]
        assert refused.value.status == 401
        challenge = refused.value.www_authenticate or ""
        algorithms = 'algs="ES256 PS256 EdDSA Ed25519"'
        assert challenge.startswith(f'DPoP realm="writgate", {algorithms}, error="invalid_token", error_description="')
        assert f'resource_metadata="{house.issuer}/.well-known/oauth-protected-resource"' in challenge
    for absent in ({}, {"Authorization": ""}):
        with pytest.raises(AuthenticationError) as missing:
            house.verifier.verify(house.presented(absent))
        assert missing.value.code == "TOKEN_MISSING"
        assert "error" not in (missing.value.www_authenticate or "error")


def test_the_scheme_is_case_insensitive(house: House) -> None:
    token = house.token()
    sent = house.proof("GET", PATH, token=token)
    assert house.verifier.verify(house.presented(sent | {"Authorization": f"dpOp {token}"})) == house.verify(token)


def test_a_token_longer_than_8192_characters_is_refused_although_well_signed(house: House) -> None:
    assert house.refusal(house.forge(padding="x" * 8192)) == "TOKEN_MALFORMED"
    assert house.refusal(house.forge(padding="x" * 4096)) == ""


def test_an_assertion_is_no_access_token_and_an_access_token_no_assertion(house: House) -> None:
    assert house.refusal(house.assertion()) == "TOKEN_TYPE"
    assert house.refusal(house.assertion(header={"typ": "at+jwt"})) == "TOKEN_KEY"
    response = house.ask(assertion=house.token())
    assert (response.status_code, response.json and response.json["error"]) == (400, "invalid_client")


def test_refused_tokens_do_not_fill_the_cache_and_good_ones_do_not_overflow_it(house: House) -> None:
    for _ in range(50):
        house.refusal(house.forge(aud="https://evil.example"))
    assert len(house.verifier._cache) == 0
    caller = house.verify(house.token())
    for number in range(CACHE_SIZE + 10):
        house.verifier._remember(number.to_bytes(32), caller, lambda: True)
    assert len(house.verifier._cache) == CACHE_SIZE


def _claims(house: House) -> dict[str, Any]:
    now = int(house.view.now())
    return {
        "iss": house.issuer,
        "aud": house.issuer,
        "sub": "lakeport-app",
        "client_id": "lakeport-app",
        "agency": "lakeport-pd",
        "scope": "searches:write",
        "jti": secrets.token_urlsafe(12),
        "iat": now,
        "exp": now + 60,
        "rev": 1 << 40,
    }


def _raw(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _segment(value: dict[str, Any]) -> str:
    return _raw(json.dumps(value).encode())


def _compact(header: dict[str, Any], claims: dict[str, Any], key: ECKey | OctKey) -> str:
    """A JWS over any header at all: libraries rightly refuse to make some of these."""
    from joserfc.jws import JWSRegistry  # noqa: PLC0415

    signed = f"{_segment(header)}.{_segment(claims)}"
    return f"{signed}.{_raw(JWSRegistry.algorithms[header['alg']].sign(signed.encode(), key))}"
