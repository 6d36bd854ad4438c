"""Before a dangerous act the person behind a token must have signed in a moment ago (RFC 9470)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from gateway.identity.tokens import TOKEN_TYPE
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import GateHouse
    from werkzeug.test import TestResponse

# What is dangerous: to publish, to take away and to give back, to open and to erase, to decide who may sign in or ask.
DANGEROUS = {
    ("POST", "/v1/policies/drafts/<uuid:draft_id>/publish"),
    ("POST", "/v1/audit/entries/<int:index>/disclosures"),
    ("POST", "/v1/audit/erasures"),
    ("POST", "/v1/audit/erasures/<uuid:order_id>/approve"),
    ("POST", "/v1/revocations"),
    ("POST", "/v1/sanctions"),
    ("POST", "/v1/sanctions/<uuid:sanction_id>/lift"),
    ("POST", "/v1/audit/exports"),
    ("POST", "/v1/audit/holds/<uuid:hold_id>/lift"),
    ("POST", "/v1/policies/holds/<uuid:hold_id>/lift"),
    ("POST", "/v1/proposals/<uuid:proposal>/approve"),
    ("PUT", "/v1/court-keys/some-court/some-key"),
    ("PUT", "/v1/user-links/county/some-subject"),
    ("POST", "/oauth/register"),
    ("POST", "/v1/invitations"),
    ("PATCH", "/v1/accounts/<path:account_id>"),
    ("DELETE", "/v1/accounts/<path:account_id>/sessions"),
}
BODY: dict[str, Any] = {}


def persons_token(house: GateHouse, *, age: int, acr: str = "mfa", **claims: Any) -> str:
    """An access token of an administrator's program, as it is minted after its person signed in `age` seconds ago."""
    now = int(time.time())
    issuer = house.settings.issuer
    told = {
        "iss": issuer,
        "aud": issuer,
        "sub": "admin-1",
        "client_id": "admin-1",
        "scope": " ".join(Scope),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + 300,
        "rev": house.one("SELECT seq FROM identity.revocation_counter")[0],
        "sid": str(uuid4()),
        "auth_time": now - age,
        "acr": acr,
        "amr": ["pwd", "otp", "mfa"],
    }
    return house.services.authorization_server.keys.sign(told | claims, token_type=TOKEN_TYPE)


def ask(app: Flask, token: str, method: str = "POST", path: str = "/v1/sanctions") -> TestResponse:
    return app.test_client().open(path, method=method, json=BODY, headers={"Authorization": f"Bearer {token}"})


def test_a_person_who_signed_in_a_moment_ago_gets_through(house: GateHouse, app: Flask) -> None:
    for acr in ("mfa", "phr"):
        assert ask(app, persons_token(house, age=200, acr=acr)).status_code == 422  # the body is empty


@pytest.mark.parametrize(
    ("age", "acr"), [(301, "mfa"), (3600, "phr"), (10, "sfa"), (10, "urn:somebody-elses:strongest")]
)
def test_who_signed_in_long_ago_or_with_one_factor_is_told_what_is_wanted(
    house: GateHouse, app: Flask, age: int, acr: str
) -> None:
    refused = ask(app, persons_token(house, age=age, acr=acr))
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (401, "AUTHENTICATION_NOT_FRESH")
    challenge = refused.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'max_age="300"' in challenge
    assert 'acr_values="phr mfa"' in challenge


def test_reading_asks_for_no_fresh_sign_in(house: GateHouse, app: Flask) -> None:
    assert ask(app, persons_token(house, age=3600), "GET", "/v1/accounts").status_code == 200


def test_a_program_that_acts_in_its_own_name_is_as_it_was(house: GateHouse, app: Flask) -> None:
    assert ask(app, house.token("admin-1")).status_code == 422


def test_what_is_dangerous_is_declared_so(house: GateHouse, app: Flask) -> None:
    """Each route of the list refuses a stale person, and so do the registry's writes that are an administrator's."""
    token = persons_token(house, age=301)
    registry = {
        (method, f"/v1/{kind}/<path:record_id>")
        for method, kinds in (
            ("PUT", ("agencies", "contracts", "users", "clients")),
            ("PATCH", ("agencies", "contracts", "users", "clients", "instruments", "exigencies")),
        )
        for kind in kinds
    }
    for method, path in DANGEROUS | registry:
        filled = path.replace("<path:record_id>", "some/thing").replace("<path:account_id>", "some/thing")
        filled = filled.replace("<int:index>", "7")
        for name in ("draft_id", "sanction_id", "order_id", "hold_id", "proposal"):
            filled = filled.replace(f"<uuid:{name}>", str(uuid4()))
        refused = ask(app, token, method, filled)
        assert refused.json is not None
        assert (refused.status_code, refused.json["code"]) == (401, "AUTHENTICATION_NOT_FRESH"), (method, path)
