"""What the token endpoint gives, what it refuses, and what it leaves on the log."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from identity_house import POLICE_SCOPES, SECRET, House, open_house

from gateway.identity.authorization_server import GRANTS
from gateway.identity.caller import FaceSearchAuthorization, digest_of
from gateway.identity.tokens import LIFETIME
from gateway.vocabulary import EntryKind, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.settings import Settings


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def test_a_client_gets_a_short_token_with_all_its_scopes_and_no_user(house: House) -> None:
    response = house.ask()
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["token_type"] == "DPoP"
    assert response.json["expires_in"] == LIFETIME <= 300
    assert response.json["scope"].split(" ") == [scope.value for scope in Scope if scope in POLICE_SCOPES]
    assert "refresh_token" not in response.json
    assert response.headers["Cache-Control"] == "no-store"
    caller = house.verify(response.json["access_token"])
    assert (caller.client, caller.agency, caller.user, caller.user_strength) == (
        "lakeport-app",
        "lakeport-pd",
        None,
        None,
    )
    assert caller.scopes == frozenset(POLICE_SCOPES)
    assert caller.expires_at - caller.issued_at == LIFETIME


def test_the_user_is_the_named_one_or_the_clients_default_and_only_asserted(house: House) -> None:
    named = house.verify(house.token(user="lakeport-pd/ruiz"))
    assert (named.user, named.user_strength) == ("lakeport-pd/ruiz", "asserted")
    assert house.verify(house.token("harbour-app")).user == "harbour-pd/okafor"


def test_a_user_of_another_agency_and_a_user_who_does_not_exist_are_refused_alike(house: House) -> None:
    foreign = house.ask(user="harbour-pd/okafor")
    unknown = house.ask(user="lakeport-pd/nobody")
    nul = house.ask(user="lakeport-pd/\x00")
    of_operator = house.ask("operator-app", user="lakeport-pd/ruiz")
    assert foreign.json == unknown.json == nul.json == of_operator.json
    assert foreign.status_code == 400
    assert foreign.json is not None
    assert (foreign.json["error"], foreign.json["code"]) == ("invalid_request", "USER_UNKNOWN")


@pytest.mark.parametrize("scope", ["audit:read", "searches:write audit:read", "everything", "", " searches:write"])
def test_a_scope_that_the_client_lacks_is_refused(house: House, scope: str) -> None:
    response = house.ask(scope=scope)
    assert (response.status_code, response.json and response.json["error"]) == (400, "invalid_scope")


def test_fewer_scopes_may_be_asked_for(house: House) -> None:
    assert house.verify(house.token(scope="galleries:read")).scopes == {Scope.GALLERIES_READ}


def test_authorization_details_bind_the_token_and_are_said_in_the_answer(house: House) -> None:
    detail = {
        "type": "face_search",
        "purpose": "locate_missing_person",
        "case_number": "26-001",
        "instrument": "lakeport-pd/order-1",
        "galleries": ["missing", "county"],
    }
    response = house.ask(authorization_details=json.dumps([detail]))
    assert response.json is not None
    assert response.json["authorization_details"] == [detail]
    caller = house.verify(response.json["access_token"])
    assert caller.authorization_details == (
        FaceSearchAuthorization("locate_missing_person", "26-001", "lakeport-pd/order-1", ("missing", "county")),
    )


def test_authorization_details_with_an_unknown_field_are_refused(house: House) -> None:
    response = house.ask(authorization_details='[{"type": "face_search", "purpose": "personal", "rank": 1}]')
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"] == "invalid_authorization_details"


def test_the_suspended_get_no_token_and_the_code_says_who_is_suspended(house: House) -> None:
    cases: list[tuple[str, str, dict[str, Any], str, str]] = [
        ("agency", "lakeport-pd", {}, "unauthorized_client", "AGENCY_SUSPENDED"),
        ("client", "lakeport-app", {}, "unauthorized_client", "CLIENT_SUSPENDED"),
        ("user", "lakeport-pd/ruiz", {"user": "lakeport-pd/ruiz"}, "invalid_grant", "USER_SUSPENDED"),
    ]
    for kind, record, form, error, code in cases:
        house.set_status(kind, record, "suspended")
        response = house.ask(**form)
        assert response.status_code == 400
        assert response.json is not None
        assert (response.json["error"], response.json["code"]) == (error, code)
        house.set_status(kind, record, "active")
        assert house.ask(**form).status_code == 200


def test_issuance_is_an_entry_that_names_the_token_only_by_digest(house: House) -> None:
    caller = house.verify(house.token(user="lakeport-pd/ruiz"))
    (entry,) = house.entries(EntryKind.TOKEN_ISSUED)
    assert entry["token_sha256"] == digest_of(caller.token_id)
    assert (entry["client"], entry["agency"]) == ("lakeport-app", "lakeport-pd")
    assert "ruiz" not in json.dumps(entry)
    assert caller.token_id not in json.dumps(entry)


def test_a_refusal_of_a_known_client_is_an_entry_and_of_an_unknown_one_is_not(house: House) -> None:
    house.ask(scope="audit:read")
    house.post(grant_type="client_credentials")
    house.ask(assertion=house.assertion(iss="nobody", sub="nobody"))
    assert [entry["reasons"] for entry in house.entries(EntryKind.ACCESS_REFUSED)] == [["SCOPE_NOT_GRANTED"]]


def test_an_administrators_client_has_no_agency(house: House) -> None:
    caller = house.verify(house.token("operator-app"))
    assert (caller.agency, caller.scopes) == (None, frozenset({Scope.REGISTRY_WRITE}))


def test_what_is_no_token_request_is_refused_before_the_database_is_asked(house: House) -> None:
    client = house.app.test_client()
    house.web.close()
    good = {"grant_type": "client_credentials"}
    refused = [
        client.post("/oauth/token", json=good),
        client.post("/oauth/token?grant_type=client_credentials", data=good),
        client.post("/oauth/token", data={"grant_type": ["client_credentials", "client_credentials"]}),
        client.post("/oauth/token", data={"scope": "x"}),
    ]
    assert [(answer.status_code, answer.json and answer.json["error"]) for answer in refused] == [
        (400, "invalid_request")
    ] * 4
    for grant in ("password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", ""):
        answer = client.post("/oauth/token", data={"grant_type": grant, "username": "u", "password": "p"})
        assert (answer.status_code, answer.json and answer.json["error"]) == (400, "unsupported_grant_type")
    assert client.post("/oauth/token", data={"grant_type": "client_credentials"}).status_code == 503


def test_a_body_that_is_too_large_is_413(house: House) -> None:
    response = house.post(grant_type="client_credentials", scope="x" * 70_000)
    assert response.status_code == 413


def test_no_cors_and_no_options(house: House) -> None:
    client = house.app.test_client()
    assert client.options("/oauth/token", headers={"Origin": "https://evil.example"}).status_code == 405
    answer = client.get("/oauth/jwks", headers={"Origin": "https://evil.example"})
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_metadata_is_valid_by_rfc_8414_and_names_what_is_offered(house: House) -> None:
    client = house.app.test_client()
    answer = client.get("/.well-known/oauth-authorization-server", headers={"Host": "evil.example"})
    assert answer.json is not None
    # The library's validator wants https everywhere.
    public = json.loads(answer.get_data(as_text=True).replace("http://127.0.0.1:", "https://127.0.0.1:"))
    AuthorizationServerMetadata(public).validate()
    assert answer.json["issuer"] == house.issuer
    assert answer.json["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert answer.json["grant_types_supported"] == [grant.GRANT_TYPE for grant in GRANTS]
    assert answer.json["require_pushed_authorization_requests"] is True
    assert answer.json["code_challenge_methods_supported"] == ["S256"]
    assert answer.json["authorization_response_iss_parameter_supported"] is True
    provider = client.get("/.well-known/openid-configuration").json
    assert provider is not None
    assert answer.json.items() <= provider.items()
    assert set(provider["id_token_signing_alg_values_supported"]) <= {"PS256", "ES256", "EdDSA"}
    resource = client.get("/.well-known/oauth-protected-resource").json
    assert resource is not None
    assert resource["resource"] == house.issuer
    assert resource["bearer_methods_supported"] == ["header"]


def test_revoking_ones_own_token_ends_it_and_only_it(house: House) -> None:
    doomed, spared = house.token(), house.token()
    house.verify(doomed)
    answer = _revoke(house, doomed)
    assert (answer.status_code, answer.json) == (200, {})
    house.view.poll()
    assert house.refusal(doomed) == "TOKEN_REVOKED"
    assert house.refusal(spared) == ""
    (entry,) = house.entries(EntryKind.TOKEN_REVOKED)
    assert entry["client"] == "lakeport-app"


def test_another_clients_token_cannot_be_revoked_and_garbage_is_revoked_already(house: House) -> None:
    foreign = house.token("harbour-app")
    refused = _revoke(house, foreign)
    assert (refused.status_code, refused.json and refused.json["error"]) == (400, "invalid_grant")
    house.view.poll()
    assert house.refusal(foreign) == ""
    assert _revoke(house, "garbage").status_code == 200
    assert _revoke(house, foreign[:-4] + "AAAA").status_code == 200
    assert house.refusal(foreign) == ""
    assert _revoke(house, "").status_code == 400
    assert house.post("/oauth/revoke", token=foreign).status_code == 400


def test_a_secret_is_refused_unless_the_setting_turns_it_on(house: House) -> None:
    """Whoever sends it: the answer is that of RFC 6749 section 5.2, and says what to send instead."""
    for name in ("secret-app", "nobody"):
        refused = _basic(house, name, SECRET)
        assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
        assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert "private_key_jwt" in refused.get_json()["error_description"]


def test_with_the_setting_a_secret_works_and_a_wrong_one_is_a_401(
    settings: Settings, database: DatabaseFactory
) -> None:
    weak = settings.model_copy(update={"allow_client_secret": True})
    with open_house(weak, database) as house:
        assert _basic(house, "secret-app", SECRET).status_code == 200
        attempts = [("secret-app", "wrong"), ("nobody", SECRET), ("lakeport-app", SECRET), ("secret-app", "")]
        refused = [_basic(house, name, secret) for name, secret in attempts]
        assert {answer.status_code for answer in refused} == {401}
        assert len({answer.data for answer in refused}) == 1
        assert refused[0].headers["WWW-Authenticate"].startswith("Basic realm=")
        client = house.app.test_client()
        for header in ("Basic", "Basic ////", "Basic gICA", "Bearer abc", "Basic " + "A" * 5000):
            data = {"grant_type": "client_credentials"}
            assert client.post("/oauth/token", data=data, headers={"Authorization": header}).status_code == 401


def test_a_client_that_says_its_name_and_proves_nothing_is_refused_everywhere(house: House) -> None:
    """There are no public clients, and a secret in the form is no better than none (FAPI 2.0 section 5.3.2.1)."""
    for path in ("token", "par", "device_authorization", "introspect", "revoke"):
        for shown in ({"client_id": "lakeport-app"}, {"client_id": "secret-app", "client_secret": SECRET}):
            form = {"grant_type": "client_credentials", "token": "x"} | shown
            headers = house.proof("POST", f"/oauth/{path}")
            answer = house.app.test_client().post(f"/oauth/{path}", data=form, headers=headers)
            assert (answer.status_code, answer.json and answer.json["error"]) == (400, "invalid_client"), (path, shown)


def test_an_issuer_over_plain_http_beyond_this_machine_is_refused_at_start(settings: Settings, house: House) -> None:
    from gateway.identity.authorization_server import AuthorizationServer  # noqa: PLC0415

    exposed = settings.model_copy(update={"public_url": "http://gateway.example"})
    with pytest.raises(ValueError, match="https"):
        AuthorizationServer(
            exposed,
            database=house.web,
            keys=house.keys,
            log=house.log,
            policy=house.policy,
            senders=house.senders,
            limits=house.limits,
        )


def _revoke(house: House, token: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - werkzeug's TestResponse
    assertion = house.assertion()
    return house.post(
        "/oauth/revoke",
        token=token,
        client_assertion=assertion,
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )


def _basic(house: House, name: str, secret: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as above
    header = "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
    return house.app.test_client().post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header} | house.proof()
    )
