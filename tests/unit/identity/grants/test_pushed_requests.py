"""Pushed authorization requests (RFC 9126): what may be asked of a person is checked before anybody is asked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import OPERATOR
from program_house import REDIRECT_URI, challenge, program, refused, told

from gateway.identity.client_sender import Sender
from gateway.identity.clients import CLIENT_CREDENTIALS
from gateway.identity.grants.pushed_requests import LIFE

if TYPE_CHECKING:
    from console_house import Person
    from flask import Flask
    from gate_house import Force, GateHouse
    from program_house import Program


def test_a_pushed_request_gets_a_name_that_lives_less_than_ten_minutes(desk: Program) -> None:
    answer = desk.push()
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert len(answer.json["request_uri"].rpartition(":")[2]) >= 43  # 256 bits
    assert answer.json["expires_in"] == LIFE < 600
    assert answer.headers["Cache-Control"] == "no-store"
    assert desk.pushed() != desk.pushed()


def test_without_client_authentication_nothing_is_pushed(desk: Program) -> None:
    for form in (desk.request(), desk.request(client_id=desk.id)):
        assert refused(desk.send("/oauth/par", form, authenticate=False))[0] == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": REDIRECT_URI + "&x=1"}, "invalid_request"),
        ({"redirect_uri": REDIRECT_URI.replace("https", "http")}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": REDIRECT_URI.upper()}, "invalid_request"),
        ({"scope": "searches:write audit:read"}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"nonce": "n" * 65}, "invalid_request"),
        ({"state": "s" * 1025}, "invalid_request"),
        ({"state": "a\nb"}, "invalid_request"),
        ({"dpop_jkt": "x"}, "invalid_request"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "select_account"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"client_id": "another"}, "invalid_client"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type": "payment"}]'}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type": "face_search", "searches": 2, "counter": "x"}]'},
         "invalid_authorization_details"),
    ],
)  # fmt: skip
def test_what_may_not_be_asked_is_refused_when_it_is_pushed(desk: Program, changes: dict[str, Any], error: str) -> None:
    assert refused(desk.push(**changes))[0] == error


def test_nonces_of_64_characters_and_the_issuer_as_resource_are_taken(desk: Program) -> None:
    assert desk.push(nonce="n" * 64, resource=desk.house.settings.issuer).status_code == 201


def test_a_client_that_may_not_use_the_code_flow_pushes_nothing(house: GateHouse, app: Flask, force: Force) -> None:
    machine = program(house, app, force, grant_types=[CLIENT_CREDENTIALS], redirect_uris=[])
    assert refused(machine.push()) == ("unauthorized_client", "GRANT_TYPE_NOT_GRANTED")


def test_a_suspended_client_and_a_client_of_a_suspended_agency_push_nothing(desk: Program, force: Force) -> None:
    for kind, record in (("client", desk.id), ("agency", force.agency)):
        status(desk, kind, record, "suspended")
        assert refused(desk.push()) == ("unauthorized_client", f"{kind.upper()}_SUSPENDED")
        status(desk, kind, record, "active")


def status(desk: Program, kind: str, record: str, value: str) -> None:
    desk.house.services.registry.set_status(kind, record, value, actor=OPERATOR)


def test_a_request_that_was_not_pushed_is_refused_without_any_redirect(desk: Program, person: Person) -> None:
    query = "&".join(f"{name}={value}" for name, value in desk.request(client_id=desk.id).items())
    answer = person.get(f"/oauth/authorize?{query}")
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "REQUEST_URI_REQUIRED" in answer.text


def test_no_script_of_another_origin_reads_the_page_or_the_answer(desk: Program, person: Person) -> None:
    """The authorization endpoint is a place to go to, and not one to call (FAPI 2.0 section 5.4)."""
    request_uri, elsewhere = desk.pushed(), {"Origin": "https://evil.example"}
    asking = {"Access-Control-Request-Method": "GET"}
    answers = [
        person.get(desk.place(request_uri), headers=elsewhere),
        person.get("/oauth/authorize", headers=elsewhere),
        person.browser.options(desk.place(request_uri), headers=elsewhere | asking),
        desk.answer(person, request_uri),
    ]
    assert [answer.status_code for answer in answers if answer.request.method != "OPTIONS"] == [200, 400, 303]
    for answer in answers:
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


def test_looking_at_the_page_uses_nothing_up_and_answering_does(desk: Program, person: Person) -> None:
    request_uri = desk.pushed()
    for _ in range(3):
        page = person.get(desk.place(request_uri))
        assert page.status_code == 200
        assert "Field Desk" in page.text
        assert "search galleries for a face" in page.text
    assert "code" in told(desk.answer(person, request_uri))
    assert person.get(desk.place(request_uri)).status_code == 400
    assert desk.answer(person, request_uri).status_code == 400


def test_of_two_answers_at_once_one_counts(desk: Program, person: Person) -> None:
    request_uri = desk.pushed()
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(
            answer.status_code for answer in pool.map(lambda _: desk.answer(person, request_uri), range(4))
        )
    assert answers == [303, 400, 400, 400]


def test_a_request_uri_is_good_for_its_own_client_and_its_time_only(
    house: GateHouse, app: Flask, force: Force, desk: Program, person: Person
) -> None:
    other = program(house, app, force)
    request_uri = desk.pushed()
    assert person.get(other.place(request_uri)).status_code == 400
    assert other.answer(person, request_uri).status_code == 400
    house.write("UPDATE identity.pushed_requests SET expires_at = expires_at - %s", LIFE)
    assert person.get(desk.place(request_uri)).status_code == 400
    assert desk.answer(person, request_uri).status_code == 400


def test_a_redirect_uri_that_was_taken_back_meanwhile_gets_no_answer(
    house: GateHouse, force: Force, desk: Program, person: Person
) -> None:
    request_uri = desk.pushed()
    house.write("UPDATE registry.clients SET redirect_uris = '{https://desk.example/new}' WHERE id = %s", desk.id)
    answer = desk.answer(person, request_uri)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_the_page_names_the_bounds_that_are_asked_for(desk: Program, person: Person) -> None:
    detail: dict[str, Any] = {
        "type": "face_search", "purpose": "locate_missing_person", "case_number": "26-77",
        "galleries": ["missing"], "searches": 3,
    }  # fmt: skip
    page = person.get(desk.place(desk.pushed(authorization_details=json.dumps([detail]))))
    for word in ("locate missing person", "26-77", "missing", "3 at most"):
        assert word in page.text


def test_a_proof_that_comes_with_the_push_binds_the_code_to_its_key(desk: Program, person: Person) -> None:
    own = str(desk.sender.key.thumbprint())
    assert refused(desk.push(proof=True, dpop_jkt=challenge("another key")))[1] == "DPOP_KEY_DIFFERS"
    assert desk.push(proof=True, dpop_jkt=own).status_code == 201
    for bound in (desk.code(person, proof=True), desk.code(person, dpop_jkt=own)):
        thief = Thief(desk)
        assert thief.redeem(bound) == ("invalid_grant", "KEY_DIFFERS")


class Thief:
    """Somebody who has the client's key and the verifier too, but not the key of DPoP."""

    def __init__(self, desk: Program) -> None:
        self.desk, self.sender = desk, Sender(desk.house.settings.issuer)

    def redeem(self, code: str) -> tuple[str, str]:
        own, self.desk.sender = self.desk.sender, self.sender
        try:
            return refused(self.desk.redeem(code))
        finally:
            self.desk.sender = own
