"""Dynamic client registration (RFC 7591) and management (RFC 7592): by administrators, through the registry, logged."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from program_house import Program, ok

from gateway.identity.client_credentials import public_part
from gateway.identity.client_sender import Sender
from gateway.identity.clients import AUTHORIZATION_CODE, CLIENT_CREDENTIALS
from gateway.identity.keys import new_key
from gateway.registry.models import Actor, ClientWrite
from gateway.vocabulary import EntryKind
from gateway.web.routes import read_object

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import GateHouse
    from joserfc.jwk import ECKey
    from werkzeug.test import TestResponse

AGENCY = "lakeport-pd"
_numbers = itertools.count(1)


def metadata(key: ECKey, **changes: Any) -> dict[str, Any]:
    good: dict[str, Any] = {
        "client_name": f"Desk {next(_numbers)}",
        "jwks": {"keys": [public_part(key.as_dict(private=True))]},
        "scope": "searches:write galleries:read",
        "agency": AGENCY,
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def register(house: GateHouse, app: Flask, body: dict[str, Any], *, client: str = "admin-1") -> TestResponse:
    headers = {"Authorization": f"Bearer {house.token(client)}"}
    answer: TestResponse = app.test_client().post("/oauth/register", json=body, headers=headers)
    return answer


def registered(house: GateHouse, app: Flask, key: ECKey, **changes: Any) -> dict[str, Any]:
    answer = register(house, app, metadata(key, **changes))
    assert answer.status_code == 201, answer.json
    assert answer.json is not None
    return dict(answer.json)


def manage(app: Flask, made: dict[str, Any], method: str, body: dict[str, Any] | None = None) -> TestResponse:
    path = "/" + made["registration_client_uri"].split("/", 3)[3]
    headers = {"Authorization": f"Bearer {made['registration_access_token']}"}
    answer: TestResponse = app.test_client().open(path, method=method, json=body, headers=headers)
    return answer


def test_what_an_administrator_takes_away_while_it_changes_itself_stays_away(
    house: GateHouse, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own change says nothing of scopes: they are those that it has when the change is made."""
    key = new_key()
    made = registered(house, app, key)

    def and_taken_away() -> dict[str, Any]:
        less = {"id": made["client_id"], "agency": AGENCY, "name": "x", "scopes": ["galleries:read"]}
        write = ClientWrite.model_validate(less | {"jwks": made["jwks"]})
        house.services.registry.put_client(write, actor=Actor(kind="operator", id="root"))
        return read_object()

    monkeypatch.setattr("gateway.web.registration.read_object", and_taken_away)
    answer = manage(app, made, "PUT", {"client_name": "Desk", "jwks": made["jwks"]})
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    assert answer.json["scope"] == "galleries:read"
    assert ok(token_of(house, app, made, key))["scope"] == "galleries:read"


def token_of(house: GateHouse, app: Flask, made: dict[str, Any], key: ECKey) -> TestResponse:
    program = Program(house, app, made["client_id"], key, Sender(house.settings.issuer))
    return program.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS})


def test_what_an_administrator_registers_can_ask_for_tokens_and_is_on_the_log(house: GateHouse, app: Flask) -> None:
    key = new_key()
    made = registered(house, app, key)
    assert made["token_endpoint_auth_method"] == "private_key_jwt"
    assert made["registration_client_uri"] == f"{house.settings.issuer}/oauth/register/{made['client_id']}"
    assert ok(token_of(house, app, made, key))["scope"] == "searches:write galleries:read"
    written = [leaf for leaf in house.leaves(kind=str(EntryKind.CLIENT_WRITTEN)) if leaf["id"] == made["client_id"]]
    assert [(leaf["actor"], leaf["client"], leaf["agency"]) for leaf in written] == [("client", "admin-1", AGENCY)]


@pytest.mark.parametrize("client", ["lakeport", "clerk", "auditor"])
def test_nobody_else_registers_anything(house: GateHouse, app: Flask, client: str) -> None:
    answer = register(house, app, metadata(new_key()), client=client)
    assert answer.status_code == 403
    assert app.test_client().post("/oauth/register", json=metadata(new_key())).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        ({"dpop_bound_access_tokens": False}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"jwks": ...}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA", "kid": "x"}]}}, "invalid_client_metadata"),
        ({"jwks_uri": "https://desk.example/jwks"}, "invalid_client_metadata"),
        ({"scope": "everything"}, "invalid_client_metadata"),
        ({"agency": "no-such-agency"}, "invalid_client_metadata"),
        ({"grant_types": [AUTHORIZATION_CODE]}, "invalid_client_metadata"),
        ({"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["http://desk.example/"]}, "invalid_redirect_uri"),
        ({"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["https://a.example/#x"]}, "invalid_redirect_uri"),
        ({"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["https://u:p@a.example/"]}, "invalid_redirect_uri"),
        ({"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        (
            {"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["https://a.example;sandbox/"]},
            "invalid_redirect_uri",
        ),
        ({"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["https://a.example,b/"]}, "invalid_redirect_uri"),
        ({"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["https://*/"]}, "invalid_redirect_uri"),
        ({"grant_types": [AUTHORIZATION_CODE], "redirect_uris": ["http://localhost/x"]}, "invalid_redirect_uri"),
    ],
)
def test_what_may_not_be_registered_is_refused_in_the_words_of_the_rfc(
    house: GateHouse, app: Flask, changes: dict[str, Any], error: str
) -> None:
    answer = register(house, app, metadata(new_key(), **changes))
    assert answer.status_code in {400, 422}, answer.json
    assert answer.json is not None
    assert answer.json["error"] == error


def test_a_native_program_may_listen_on_its_own_machine(house: GateHouse, app: Flask) -> None:
    uris = ["http://127.0.0.1:7777/callback", "http://[::1]/callback"]
    made = registered(house, app, new_key(), grant_types=[AUTHORIZATION_CODE], redirect_uris=uris)
    assert (made["redirect_uris"], made["response_types"]) == (uris, ["code"])


def test_an_administrator_with_power_over_others_is_not_made_this_way(house: GateHouse, app: Flask) -> None:
    answer = register(house, app, metadata(new_key(), agency=..., scope="sanctions:write"))
    assert answer.status_code == 403


def test_the_client_replaces_its_key_and_nothing_that_matters_more(house: GateHouse, app: Flask) -> None:
    old, new = new_key(), new_key()
    made = registered(house, app, old)
    shown = manage(app, made, "GET").json
    assert shown is not None
    assert "registration_access_token" not in shown
    wider = metadata(new, scope="audit:read registry:write", agency="harlan-so", client_name="Desk renamed")
    after = manage(app, made, "PUT", wider).json
    assert after is not None
    assert (after["client_name"], after["scope"], after["agency"]) == (
        "Desk renamed",
        "searches:write galleries:read",
        AGENCY,
    )
    assert token_of(house, app, made, old).status_code == 400
    ok(token_of(house, app, made, new))


def test_a_client_does_not_lift_the_limits_that_an_administrator_set_by_writing_its_registration_anew(
    house: GateHouse, app: Flask
) -> None:
    key = new_key()
    made = registered(house, app, key)
    certificate = "A" * 43
    house.write(
        "UPDATE registry.clients SET requests_per_minute = 7, certificates = %s, certificate_subject = 'CN=desk'"
        " WHERE id = %s",
        [certificate],
        made["client_id"],
    )
    assert manage(app, made, "PUT", metadata(key)).status_code == 200
    kept = house.one(
        "SELECT requests_per_minute, certificates, certificate_subject FROM registry.clients WHERE id = %s",
        made["client_id"],
    )
    assert kept == (7, [certificate], "CN=desk")


def test_only_its_own_registration_token_opens_a_registration(house: GateHouse, app: Flask) -> None:
    one, other = registered(house, app, new_key()), registered(house, app, new_key())
    crossed = other | {"registration_access_token": one["registration_access_token"]}
    for method, body in (("GET", None), ("PUT", metadata(new_key())), ("DELETE", None)):
        for made in (crossed, one | {"registration_access_token": "nonsense"}):
            answer = manage(app, made, method, body)
            assert answer.status_code == 401, method
            assert "WWW-Authenticate" in answer.headers


def test_a_client_that_gives_itself_up_is_suspended(house: GateHouse, app: Flask) -> None:
    key = new_key()
    made = registered(house, app, key)
    assert manage(app, made, "DELETE").status_code == 204
    assert manage(app, made, "GET").status_code == 401
    assert token_of(house, app, made, key).status_code == 400
