"""What waits for a person, and what a person allowed, is sealed: no row tells a case, and none opens as another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from program_house import Program, ok, refused, told

from gateway.identity.clients import DEVICE_CODE

if TYPE_CHECKING:
    from console_house import Person
    from gate_house import Force, GateHouse

CASE = "SEALED-CASE-3391"
BOUND = json.dumps([{"type": "face_search", "purpose": "locate_missing_person", "case_number": CASE}])
OTHER = json.dumps([{"type": "face_search", "purpose": "locate_missing_person", "case_number": "26-77"}])


def begin(desk: Program, details: str = BOUND) -> dict[str, Any]:
    form = {"scope": "searches:write", "authorization_details": details}
    return ok(desk.send("/oauth/device_authorization", form, proof=False))


@pytest.mark.parametrize("table", ["pushed_requests", "grants", "device_requests"])
def test_no_row_tells_the_case_that_a_person_is_asked_about_or_allowed(
    house: GateHouse, desk: Program, person: Person, table: str
) -> None:
    desk.pushed(authorization_details=BOUND, state="a state that names R. Ruiz")
    begin(desk)
    request_uri = desk.pushed(authorization_details=BOUND)
    house.services.disclosure_keys.forget()  # as a process that did not seal it
    got = ok(desk.redeem(told(desk.answer(person, request_uri))["code"]))
    rows = house.one(f"SELECT count(*), string_agg(t::text, ' ') FROM identity.{table} AS t WHERE client = %s", desk.id)
    assert rows[0] > 0
    for text in (CASE, CASE.encode().hex(), "Ruiz", b"Ruiz".hex(), "face_search", b"face_search".hex()):
        assert text not in rows[1]
    introspected = desk.introspect(got["access_token"])
    assert introspected["authorization_details"][0]["case_number"] == CASE


def test_no_row_of_a_grant_or_of_a_guess_tells_who_the_person_is(
    house: GateHouse, desk: Program, person: Person, force: Force
) -> None:
    user = str(force.caller.user)
    desk.tokens(person)
    begin(desk)
    assert "is yours to allow waits" in person.post("/console/device", {"user_code": "BBBB-BBBB"}).text
    for table in ("grants", "codes", "refresh_tokens", "grant_tokens", "device_requests", "user_code_guesses"):
        rows = house.one(f"SELECT count(*), string_agg(t::text, ' ') FROM identity.{table} AS t")
        assert rows[0] > 0
        for text in (user, user.encode().hex()):
            assert text not in rows[1]


def test_a_pushed_request_with_the_content_of_another_is_none(house: GateHouse, desk: Program, person: Person) -> None:
    asked, other = desk.pushed(authorization_details=BOUND), desk.pushed(authorization_details=OTHER)
    house.write(
        "UPDATE identity.pushed_requests AS mine SET parameters = theirs.parameters"
        " FROM identity.pushed_requests AS theirs"
        " WHERE mine.client = %s AND theirs.client = %s AND mine.uri_sha256 <> theirs.uri_sha256",
        desk.id,
        desk.id,
    )
    for request_uri in (asked, other):
        assert person.get(desk.place(request_uri)).status_code == 400
        assert desk.answer(person, request_uri).status_code == 400


def test_a_grant_with_the_content_of_another_gives_nothing(house: GateHouse, desk: Program, person: Person) -> None:
    first, second = (desk.tokens(person, authorization_details=details) for details in (BOUND, OTHER))
    house.write(
        "UPDATE identity.grants AS mine SET allowed = theirs.allowed FROM identity.grants AS theirs"
        " WHERE mine.client = %s AND theirs.client = %s AND mine.id <> theirs.id",
        desk.id,
        desk.id,
    )
    for got in (first, second):
        assert refused(desk.refresh(got["refresh_token"])) == ("invalid_grant", "REFRESH_TOKEN_UNKNOWN")
        assert desk.introspect(got["refresh_token"]) == {"active": False}


def test_a_device_whose_request_was_changed_is_not_connected(house: GateHouse, desk: Program, person: Person) -> None:
    begun = begin(desk)
    house.write("UPDATE identity.device_requests SET details = details || '\\x00' WHERE client = %s", desk.id)
    page = person.post("/console/device", {"user_code": begun["user_code"], "decision": "allow"})
    assert "No device that is yours to allow waits under that code" in page.text
    form = {"grant_type": DEVICE_CODE, "device_code": begun["device_code"]}
    assert refused(desk.send("/oauth/token", form))[0] == "authorization_pending"
