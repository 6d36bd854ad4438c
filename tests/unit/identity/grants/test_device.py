"""The device flow (RFC 8628): a terminal without a browser waits until a person has typed its code elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from console_house import Person, enrolled
from program_house import claims, ok, program, refused

from gateway.identity.clients import AUTHORIZATION_CODE, DEVICE_CODE
from gateway.identity.grants.device import GUESSES, INTERVAL, LETTERS, LIFE, WINDOW
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import Force, GateHouse
    from program_house import Program
    from werkzeug.test import TestResponse


def begin(desk: Program, **form: str) -> dict[str, Any]:
    return ok(desk.send("/oauth/device_authorization", {"scope": "searches:write"} | form, proof=False))


def poll(desk: Program, device_code: str) -> TestResponse:
    return desk.send("/oauth/token", {"grant_type": DEVICE_CODE, "device_code": device_code})


def settle(person: Person, user_code: str, decision: str = "allow") -> TestResponse:
    return person.post("/console/device", {"user_code": user_code, "decision": decision})


def rest(house: GateHouse) -> None:
    """As if the device had waited."""
    house.write("UPDATE identity.device_requests SET polled_at = polled_at - %s", 60)


def test_a_person_connects_a_device_and_it_gets_tokens_of_that_person(
    desk: Program, person: Person, house: GateHouse, force: Force
) -> None:
    begun = begin(desk, scope="openid searches:write")
    assert begun["verification_uri"] == f"{house.settings.issuer}/console/device"
    assert (begun["expires_in"], begun["interval"]) == (LIFE, INTERVAL)
    assert len(begun["user_code"]) == 9
    assert set(begun["user_code"]) <= set(LETTERS) | {"-"}
    assert refused(poll(desk, begun["device_code"]))[0] == "authorization_pending"
    page = person.get(begun["verification_uri_complete"].removeprefix(house.settings.issuer))
    assert begun["user_code"] in page.text
    assert refused(poll(desk, begun["device_code"]))[0] == "slow_down"  # the page alone allows nothing
    asked = person.post("/console/device", {"user_code": begun["user_code"].lower().replace("-", " ")})
    assert "Field Desk" in asked.text
    assert "Only if the device is in front of you" in asked.text
    assert "is connected" in settle(person, begun["user_code"]).text
    rest(house)
    got = ok(poll(desk, begun["device_code"]))
    said = claims(got["access_token"])
    assert (said["user"], said["user_strength"]) == (force.caller.user, "authenticated")
    assert claims(got["id_token"])["sub"] == force.caller.user
    ok(desk.refresh(got["refresh_token"]))
    assert refused(poll(desk, begun["device_code"])) == ("invalid_grant", "DEVICE_CODE_UNKNOWN")


def test_who_asks_too_often_must_wait_longer_each_time(desk: Program, house: GateHouse) -> None:
    code = begin(desk)["device_code"]
    assert refused(poll(desk, code))[0] == "authorization_pending"
    waits = []
    for _ in range(3):
        answer = poll(desk, code)
        assert refused(answer) == ("slow_down", "ASKED_TOO_SOON")
        waits.append(answer.json["error_description"] if answer.json else "")
    assert waits == [f"Ask again after {INTERVAL * times} seconds." for times in (2, 3, 4)]
    rest(house)
    assert refused(poll(desk, code))[0] == "authorization_pending"


def test_waiting_fills_no_log(desk: Program, house: GateHouse) -> None:
    code = begin(desk)["device_code"]
    for _ in range(3):
        poll(desk, code)
    refusals = house.leaves(kind=str(EntryKind.ACCESS_REFUSED))
    assert [leaf for leaf in refusals if leaf["client"] == desk.id] == []


def test_a_refusal_is_told_to_the_device_and_ends_it(desk: Program, person: Person, house: GateHouse) -> None:
    begun = begin(desk)
    assert "Nothing was allowed" in settle(person, begun["user_code"], "deny").text
    assert settle(person, begun["user_code"]).status_code == 422
    rest(house)
    assert refused(poll(desk, begun["device_code"])) == ("access_denied", "REFUSED_BY_PERSON")
    assert [leaf["client"] for leaf in house.leaves(kind=str(EntryKind.GRANT_REFUSED))].count(desk.id) == 1


def test_a_device_waits_ten_minutes_at_most(desk: Program, person: Person, house: GateHouse) -> None:
    begun = begin(desk)
    house.write("UPDATE identity.device_requests SET expires_at = expires_at - %s WHERE client = %s", LIFE, desk.id)
    assert settle(person, begun["user_code"]).status_code == 422
    assert refused(poll(desk, begun["device_code"]))[0] == "expired_token"


def test_another_client_cannot_fetch_what_was_allowed(
    desk: Program, person: Person, house: GateHouse, app: Flask, force: Force
) -> None:
    begun = begin(desk)
    settle(person, begun["user_code"])
    assert refused(poll(program(house, app, force), begun["device_code"])) == ("invalid_grant", "DEVICE_CODE_UNKNOWN")


def test_a_person_of_another_agency_finds_no_device_under_the_code(desk: Program, house: GateHouse, app: Flask) -> None:
    other = house.force()
    assert other.caller.user
    stranger = enrolled(house, app, other.caller.user)
    begun = begin(desk)
    assert stranger.post("/console/device", {"user_code": begun["user_code"]}).status_code == 422
    assert settle(stranger, begun["user_code"]).status_code == 422
    assert refused(poll(desk, begun["device_code"]))[0] == "authorization_pending"


def test_codes_cannot_be_guessed(desk: Program, person: Person, house: GateHouse, force: Force) -> None:
    """After GUESSES wrong ones even the right one is not looked at, for a quarter of an hour."""
    begun = begin(desk)
    for guess in range(GUESSES):
        assert person.post("/console/device", {"user_code": f"BBBB-BBB{LETTERS[guess]}"}).status_code == 422
    assert settle(person, begun["user_code"]).status_code == 422
    house.write("UPDATE identity.user_code_guesses SET first_at = first_at - %s", WINDOW)
    assert settle(person, begun["user_code"]).status_code == 200


def test_what_policy_would_never_permit_cannot_be_allowed(desk: Program, person: Person) -> None:
    detail = [{"type": "face_search", "purpose": "immigration_enforcement"}]
    begun = begin(desk, authorization_details=json.dumps(detail))
    answer = settle(person, begun["user_code"])
    assert answer.status_code == 422
    assert "Policy permits no search" in answer.text
    assert refused(poll(desk, begun["device_code"]))[0] == "authorization_pending"


def test_only_a_client_that_is_registered_for_it_begins(house: GateHouse, app: Flask, force: Force) -> None:
    desk = program(house, app, force, grant_types=[AUTHORIZATION_CODE])
    assert refused(desk.send("/oauth/device_authorization", {}))[0] == "unauthorized_client"
    assert refused(poll(desk, "x"))[0] == "unauthorized_client"
