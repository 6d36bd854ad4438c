"""Introspection (RFC 7662): a token's own agency learns what it says; for everybody else it is not active."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from gate_house import OPERATOR
from program_house import claims, ok, program, refused

from gateway.identity.clients import CLIENT_CREDENTIALS

if TYPE_CHECKING:
    from console_house import Person
    from flask import Flask
    from gate_house import Force, GateHouse
    from program_house import Program

INACTIVE = {"active": False}


def own_token(desk: Program, **form: str) -> str:
    return str(ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS} | form))["access_token"])


def test_it_says_what_the_token_says(desk: Program, person: Person) -> None:
    detail = {"type": "face_search", "purpose": "locate_missing_person"}
    token = desk.tokens(person, authorization_details=json.dumps([detail]))["access_token"]
    said, shown = claims(token), desk.introspect(token)
    assert shown["active"] is True
    for name in ("iss", "aud", "sub", "client_id", "jti", "iat", "exp", "cnf", "auth_time", "acr", "amr", "agency"):
        assert shown[name] == said[name], name
    assert set(shown["scope"].split()) == set(said["scope"].split())
    assert shown["token_type"] == "DPoP"
    assert shown["authorization_details"] == [detail]


@pytest.mark.parametrize("text", ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 9000, "\u00e9"])
def test_garbage_is_not_active_and_no_error(desk: Program, text: str) -> None:
    assert desk.introspect(text) == INACTIVE


def test_a_client_must_prove_who_it_is_and_name_a_token(desk: Program) -> None:
    assert refused(desk.send("/oauth/introspect", {"token": "x"}, authenticate=False))[0] == "invalid_client"
    assert refused(desk.send("/oauth/introspect", {}))[0] == "invalid_request"


def test_another_agencys_client_learns_nothing_and_an_administrators_learns_all(
    desk: Program, person: Person, house: GateHouse, app: Flask
) -> None:
    got = desk.tokens(person)
    stranger = program(house, app, house.force())
    assert stranger.introspect(got["access_token"]) == INACTIVE
    assert stranger.introspect(got["refresh_token"]) == INACTIVE
    administrator = program(
        house, app, house.force(), agency=None, redirect_uris=[], grant_types=[CLIENT_CREDENTIALS], id="introspector"
    )
    administrator.id = "introspector"
    assert administrator.introspect(got["access_token"])["active"] is True


def test_a_refresh_token_is_shown_to_its_own_client_only(
    desk: Program, person: Person, house: GateHouse, app: Flask, force: Force
) -> None:
    got = desk.tokens(person)
    shown = desk.introspect(got["refresh_token"])
    assert (shown["active"], shown["client_id"], shown["sub"]) == (True, desk.id, force.caller.user)
    assert program(house, app, force).introspect(got["refresh_token"]) == INACTIVE


def test_what_was_revoked_or_rests_on_somebody_who_was_is_not_active(
    desk: Program, house: GateHouse, force: Force
) -> None:
    first, second = own_token(desk), own_token(desk)
    ok(desk.send("/oauth/revoke", {"token": first}))
    assert desk.introspect(first) == INACTIVE
    assert desk.introspect(second)["active"] is True
    for status in ("suspended", "active"):
        house.services.registry.set_status("agency", force.agency, status, actor=OPERATOR)
        if status == "active":
            assert desk.introspect(second) == INACTIVE


def test_an_expired_token_is_not_active(desk: Program, house: GateHouse) -> None:
    token = own_token(desk)
    house.write("UPDATE ops.clock_offset SET nanoseconds = nanoseconds + %s", 301 * 10**9)
    try:
        assert desk.introspect(token) == INACTIVE
    finally:
        house.write("UPDATE ops.clock_offset SET nanoseconds = nanoseconds - %s", 301 * 10**9)


def test_who_is_suspended_learns_nothing_of_the_tokens_of_others(
    desk: Program, house: GateHouse, app: Flask, force: Force
) -> None:
    colleague = program(house, app, force)
    token = own_token(colleague)
    assert desk.introspect(token)["active"] is True
    house.services.registry.set_status("client", desk.id, "suspended", actor=OPERATOR)
    assert refused(desk.send("/oauth/introspect", {"token": token})) == ("unauthorized_client", "CLIENT_SUSPENDED")
    assert colleague.introspect(token)["active"] is True
    house.services.registry.set_status("agency", force.agency, "suspended", actor=OPERATOR)
    answer = refused(colleague.send("/oauth/introspect", {"token": token}))
    assert answer == ("unauthorized_client", "AGENCY_SUSPENDED")
