"""Refresh tokens: opaque, for one client and one key, unchanged by use, and dead with whatever they rest on."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from gate_house import OPERATOR
from program_house import claims, ok, program, refused

from gateway.identity.client_sender import Sender
from gateway.identity.clients import AUTHORIZATION_CODE
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from console_house import Person
    from flask import Flask
    from gate_house import Force, GateHouse
    from program_house import Program


def test_it_gives_another_access_token_and_stays_the_same(desk: Program, person: Person) -> None:
    first = desk.tokens(person, scope="openid searches:write galleries:read")
    for _ in range(2):
        again = ok(desk.refresh(first["refresh_token"]))
        assert "refresh_token" not in again
        assert again["access_token"] != first["access_token"]
        for claim in ("sub", "user", "auth_time", "acr", "sid", "cnf"):
            assert claims(again["access_token"])[claim] == claims(first["access_token"])[claim]
        assert claims(again["id_token"])["auth_time"] == claims(first["id_token"])["auth_time"]
        assert "nonce" not in claims(again["id_token"])


def test_a_client_that_may_not_refresh_gets_none(house: GateHouse, app: Flask, force: Force, person: Person) -> None:
    desk = program(house, app, force, grant_types=[AUTHORIZATION_CODE])
    assert "refresh_token" not in desk.tokens(person)
    assert refused(desk.refresh("whatever")) == ("unauthorized_client", "GRANT_TYPE_NOT_GRANTED")


def test_fewer_scopes_may_be_asked_for_and_never_more(desk: Program, person: Person) -> None:
    held = desk.tokens(person)["refresh_token"]
    assert ok(desk.refresh(held, scope="galleries:read"))["scope"] == "galleries:read"
    assert refused(desk.refresh(held, scope="galleries:read searches:read"))[0] == "invalid_scope"
    assert ok(desk.refresh(held))["scope"] == "searches:write galleries:read"


def test_another_key_another_client_and_nonsense_get_nothing(
    desk: Program, person: Person, house: GateHouse, app: Flask, force: Force
) -> None:
    held = desk.tokens(person)["refresh_token"]
    assert refused(program(house, app, force).refresh(held)) == ("invalid_grant", "REFRESH_TOKEN_UNKNOWN")
    assert refused(desk.refresh("nonsense")) == ("invalid_grant", "REFRESH_TOKEN_UNKNOWN")
    own, desk.sender = desk.sender, Sender(house.settings.issuer)
    assert refused(desk.refresh(held)) == ("invalid_grant", "KEY_DIFFERS")
    desk.sender = own
    ok(desk.refresh(held))


@pytest.mark.parametrize("kind", ["user", "client", "agency"])
def test_it_dies_with_the_suspension_of_its_user_client_or_agency_and_a_lift_does_not_revive_it(
    desk: Program, person: Person, house: GateHouse, force: Force, kind: str
) -> None:
    held = desk.tokens(person)["refresh_token"]
    record = {"user": force.caller.user, "client": desk.id, "agency": force.agency}[kind]
    assert record
    for status in ("suspended", "active"):
        house.services.registry.set_status(kind, record, status, actor=OPERATOR)
        assert refused(desk.refresh(held))[0] in {"invalid_grant", "unauthorized_client"}


def test_it_dies_with_its_session_and_so_do_the_access_tokens(desk: Program, person: Person, house: GateHouse) -> None:
    got = desk.tokens(person)
    assert desk.get("/v1/galleries", got["access_token"]).status_code == 200
    assert person.post("/console/sign-out").status_code == 303
    assert refused(desk.refresh(got["refresh_token"])) == ("invalid_grant", "TOKEN_REVOKED")
    house.services.verifier._revocations.poll()
    assert desk.get("/v1/galleries", got["access_token"]).status_code == 401


def test_it_has_an_end_of_its_own_however_often_it_is_used(desk: Program, person: Person, house: GateHouse) -> None:
    got = desk.tokens(person)
    house.write("UPDATE identity.grants SET expires_at = %s WHERE client = %s", house.now() // 10**9 + 20, desk.id)
    assert 0 < ok(desk.refresh(got["refresh_token"]))["expires_in"] <= 20
    house.write("UPDATE identity.grants SET expires_at = %s WHERE client = %s", house.now() // 10**9, desk.id)
    assert refused(desk.refresh(got["refresh_token"])) == ("invalid_grant", "GRANT_EXPIRED")
    assert desk.introspect(got["refresh_token"]) == {"active": False}


def test_revoking_it_revokes_every_token_of_its_family(desk: Program, person: Person, house: GateHouse) -> None:
    got = desk.tokens(person)
    second = ok(desk.refresh(got["refresh_token"]))["access_token"]
    ok(desk.send("/oauth/revoke", {"token": got["refresh_token"], "token_type_hint": "refresh_token"}))
    assert refused(desk.refresh(got["refresh_token"])) == ("invalid_grant", "GRANT_ENDED")
    house.services.verifier._revocations.poll()
    for token in (got["access_token"], second):
        assert desk.get("/v1/galleries", token).status_code == 401
    (leaf,) = [leaf for leaf in house.leaves(kind=str(EntryKind.GRANT_ENDED)) if leaf["client"] == desk.id]
    assert (leaf["by"], leaf["tokens"]) == ("revoked", 2)


def test_another_clients_refresh_token_cannot_be_revoked(
    desk: Program, person: Person, house: GateHouse, app: Flask, force: Force
) -> None:
    held = desk.tokens(person)["refresh_token"]
    assert refused(program(house, app, force).send("/oauth/revoke", {"token": held}))[0] == "invalid_grant"
    ok(desk.refresh(held))


def test_only_digests_of_what_a_client_presents_are_stored(desk: Program, person: Person, house: GateHouse) -> None:
    request_uri, spent = desk.pushed(), desk.code(person)
    got = ok(desk.redeem(spent))
    waiting = desk.code(person)
    tables = house.one(
        "SELECT array_agg(quote_ident(schemaname) || '.' || quote_ident(tablename)) FROM pg_catalog.pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )[0]
    everything = "\n".join(
        str(house.one(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} AS t")[0]) for table in tables
    )
    assert desk.id in everything
    for secret in (request_uri.rpartition(":")[2], spent, waiting, got["refresh_token"], got["access_token"]):
        assert secret not in everything
        assert secret.encode().hex() not in everything
    assert claims(got["access_token"])["jti"] not in everything


def test_what_a_client_presents_is_256_random_bits(desk: Program, person: Person) -> None:
    """FAPI 2.0 section 5.4 wants 128; only what a person types is shorter."""

    def presented() -> list[str]:
        spent = desk.code(person)
        device = ok(desk.send("/oauth/device_authorization", {"scope": "searches:write"}, proof=False))
        refresh_token = ok(desk.redeem(spent))["refresh_token"]
        return [desk.pushed().rpartition(":")[2], spent, refresh_token, device["device_code"]]

    given = [base64.urlsafe_b64decode(secret + "=") for _ in range(8) for secret in presented()]
    assert {len(secret) for secret in given} == {32}
    for place in range(32):  # a byte that were always the same would not be random
        assert len({secret[place] for secret in given}) > 1
    assert len(set(given)) == len(given)
