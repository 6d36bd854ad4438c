"""Token exchange (RFC 8693): who acts for whom is in the token, seen by policy, and never more than both have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from console_house import enrolled
from gate_house import OPERATOR
from program_house import SCOPES, claims, ok, program, refused

from gateway.identity.clients import CLIENT_CREDENTIALS, TOKEN_EXCHANGE
from gateway.identity.grants.token_exchange import ACCESS_TOKEN
from gateway.identity.tokens import LONGEST_CHAIN
from gateway.vocabulary import EntryKind, Scope

if TYPE_CHECKING:
    from console_house import Person
    from flask import Flask
    from gate_house import Force, GateHouse
    from program_house import Program
    from werkzeug.test import TestResponse


def exchange(desk: Program, subject: str, actor: str | None = None, **form: str) -> TestResponse:
    parameters = {"grant_type": TOKEN_EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN}
    if actor is not None:
        parameters |= {"actor_token": actor, "actor_token_type": ACCESS_TOKEN}
    return desk.send("/oauth/token", parameters | form)


def own_token(desk: Program, **form: str) -> str:
    return str(ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS} | form))["access_token"])


@pytest.fixture
def service(house: GateHouse, app: Flask, force: Force) -> Program:
    """Another program of the same agency, to which the desk passes its tokens on."""
    return program(house, app, force)


def test_within_an_agency_the_person_stays_and_the_client_is_named_as_the_actor(
    desk: Program, service: Program, person: Person, force: Force
) -> None:
    subject = desk.tokens(person)["access_token"]
    answer = ok(exchange(service, subject))
    assert answer["issued_token_type"] == ACCESS_TOKEN
    said, before = claims(answer["access_token"]), claims(subject)
    assert (said["client_id"], said["sub"], said["user_strength"]) == (service.id, force.caller.user, "authenticated")
    assert said["act"]["sub"] == service.id
    assert (said["act"]["act"]["sub"], said["act"]["act"]["jti"]) == (desk.id, before["jti"])
    assert said["exp"] <= before["exp"]
    assert said["cnf"] == {"jkt": service.sender.key.thumbprint()}
    assert service.get("/v1/galleries", answer["access_token"]).status_code == 200


def test_a_chain_grows_by_a_link_each_time_and_has_an_end(
    desk: Program, service: Program, house: GateHouse, force: Force
) -> None:
    token = own_token(desk)
    for links in range(1, LONGEST_CHAIN + 1):
        token = ok(exchange(service, token))["access_token"]
        assert depth(claims(token)) == links
    assert refused(exchange(service, token))[1] == "CHAIN_TOO_LONG"


def depth(said: dict[str, Any]) -> int:
    links, act = 0, said["act"]
    while "act" in act:
        links, act = links + 1, act["act"]
    return links


def test_across_agencies_only_who_may_act_for_the_other_does_and_policy_sees_both(
    desk: Program, person: Person, house: GateHouse, app: Flask, force: Force
) -> None:
    bureau = house.force()
    subject = desk.tokens(person)["access_token"]
    stranger = program(house, app, bureau)
    assert refused(exchange(stranger, subject)) == ("unauthorized_client", "MAY_NOT_ACT_FOR_AGENCY")
    assert bureau.caller.user
    partner = program(house, app, bureau, acts_for=[force.agency])
    examiner = partner.tokens(enrolled(house, app, bureau.caller.user))["access_token"]
    said = claims(ok(exchange(partner, subject, examiner))["access_token"])
    assert (said["agency"], said["user"]) == (bureau.agency, bureau.caller.user)
    assert (said["act"]["act"]["agency"], said["act"]["act"]["user"]) == (force.agency, force.caller.user)
    without = claims(ok(exchange(partner, subject))["access_token"])
    assert "user" not in without  # nobody of the acting agency is there


def test_a_ban_at_the_place_behind_reaches_the_search(house: GateHouse, app: Flask) -> None:
    """A Portland bureau's token, exchanged by a partner in Texas: the search is refused for both."""
    portland = house.force(jurisdiction="US-OR-PORTLAND")
    texas = house.force()
    asking = program(house, app, portland)
    partner = program(house, app, texas, acts_for=[portland.agency])
    assert texas.caller.user
    examiner = own_token(partner, user=texas.caller.user)
    detail = json.dumps([{"type": "face_search", "purpose": "locate_missing_person"}])
    answer = exchange(partner, own_token(asking), examiner, authorization_details=detail)
    assert answer.json is not None
    assert (answer.json["error"], answer.json["code"]) == (
        "invalid_authorization_details",
        "AUTHORIZATION_DETAILS_DENIED",
    )
    assert {"MUNICIPAL_BAN", "BACKCHANNEL_REQUEST"} <= set(answer.json["reasons"])


def test_scopes_are_those_that_both_have(house: GateHouse, app: Flask, force: Force, desk: Program) -> None:
    reader = program(house, app, force, scopes=[str(Scope.GALLERIES_READ), str(Scope.REGISTRY_READ)])
    subject = own_token(desk)
    assert ok(exchange(reader, subject))["scope"] == "galleries:read"
    for scope in ("registry:read", "searches:write"):
        assert refused(exchange(reader, subject, scope=scope))[0] == "invalid_scope"


def test_details_may_be_narrower_and_never_wider_and_are_counted_together(house: GateHouse, app: Flask) -> None:
    force = house.force()  # whose contract takes a user that is only named
    desk, service = program(house, app, force), program(house, app, force)
    assert force.caller.user
    detail: dict[str, Any] = {"type": "face_search", "galleries": ["missing", "missing-2"], "searches": 5}
    subject = own_token(desk, user=force.caller.user, authorization_details=json.dumps([detail]))
    held = claims(subject)["authorization_details"][0]
    narrower = json.dumps([detail | {"galleries": ["missing"], "searches": 2}])
    (got,) = claims(ok(exchange(service, subject, authorization_details=narrower))["access_token"])[
        "authorization_details"
    ]
    assert (got["galleries"], got["searches"], got["counter"]) == (["missing"], 2, held["counter"])
    assert claims(ok(exchange(service, subject))["access_token"])["authorization_details"] == [held]
    for wider in ({"searches": 6}, {"galleries": ["missing", "other"]}, {"searches": 5, "galleries": ["other"]}):
        asked = {name: value for name, value in (detail | wider).items() if name in wider or name == "type"}
        answer = refused(exchange(service, subject, authorization_details=json.dumps([asked])))
        assert answer == ("invalid_authorization_details", "AUTHORIZATION_DETAILS_INVALID")


def test_what_is_no_good_access_token_is_not_exchanged(desk: Program, service: Program, person: Person) -> None:
    refresh_token, subject = desk.tokens(person)["refresh_token"], own_token(desk)
    for text in ("garbage", refresh_token, subject[:-2]):
        assert refused(exchange(service, text))[1] == "TOKEN_NOT_GOOD"
    kinds = (
        {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"audience": "https://elsewhere.example"},
    )
    for changes in kinds:
        assert exchange(service, subject, **changes).status_code == 400
    assert refused(exchange(service, subject, own_token(desk)))[1] == "ACTOR_DIFFERS"
    ok(desk.send("/oauth/revoke", {"token": subject}))
    assert refused(exchange(service, subject))[1] == "TOKEN_NOT_GOOD"


def test_a_client_that_is_not_registered_for_it_exchanges_nothing(
    house: GateHouse, app: Flask, force: Force, desk: Program
) -> None:
    plain = program(house, app, force, grant_types=[CLIENT_CREDENTIALS], redirect_uris=[])
    assert refused(exchange(plain, own_token(desk)))[0] == "unauthorized_client"


@pytest.mark.parametrize("what", ["token", "client", "user"])
def test_what_is_revoked_of_a_link_is_revoked_of_the_whole(
    desk: Program, service: Program, person: Person, force: Force, what: str
) -> None:
    house = desk.house
    subject = desk.tokens(person)["access_token"]
    token = ok(exchange(service, subject))["access_token"]
    assert service.get("/v1/galleries", token).status_code == 200
    if what == "token":
        ok(desk.send("/oauth/revoke", {"token": subject}))
    else:
        record = desk.id if what == "client" else force.caller.user
        assert record
        house.services.registry.set_status(what, record, "suspended", actor=OPERATOR)
    house.services.verifier._revocations.poll()
    assert service.get("/v1/galleries", token).status_code in {401, 403}
    assert service.introspect(token) == {"active": False}


def test_the_chain_is_on_the_log(desk: Program, service: Program, house: GateHouse, force: Force) -> None:
    ok(exchange(service, own_token(desk)))
    (leaf,) = [leaf for leaf in house.leaves(kind=str(EntryKind.TOKEN_ISSUED)) if leaf["client"] == service.id]
    assert leaf["behind"] == [{"client": desk.id, "agency": force.agency}]
    assert leaf["scopes"] == sorted(SCOPES)
