"""The code flow: what a person allows is a code for one client, one verifier, one key, once, within a minute."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from console_house import Person, enrolled
from gate_house import OPERATOR
from joserfc import jwt
from joserfc.jwk import KeySet
from program_house import REDIRECT_URI, claims, ok, program, refused, told

from gateway.identity.grants.codes import LIFE, verifies
from gateway.identity.grants.pushed_requests import LONGEST_NONCE
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import Force, GateHouse
    from program_house import Program
    from werkzeug.test import TestResponse

DETAIL: dict[str, Any] = {
    "type": "face_search",
    "purpose": "locate_missing_person",
    "case_number": "26-77",
    "galleries": ["missing"],
}


def test_the_token_says_who_signed_in_when_how_and_in_which_session(
    desk: Program, person: Person, force: Force, house: GateHouse
) -> None:
    answer = desk.tokens(person, authorization_details=json.dumps([DETAIL]))
    said = claims(answer["access_token"])
    assert (said["sub"], said["user"], said["user_strength"]) == (force.caller.user, force.caller.user, "authenticated")
    assert (said["client_id"], said["agency"], said["iss"], said["aud"]) == (
        desk.id,
        force.agency,
        house.settings.issuer,
        house.settings.issuer,
    )
    assert said["acr"] == "mfa"
    assert "otp" in said["amr"]
    assert said["iat"] - 600 < said["auth_time"] <= said["iat"]
    assert said["sid"]
    assert said["cnf"] == {"jkt": desk.sender.key.thumbprint()}
    assert said["authorization_details"] == [DETAIL]
    assert answer["token_type"] == "DPoP"
    assert 0 < answer["expires_in"] <= 300
    assert answer["scope"] == "searches:write galleries:read"
    assert desk.get("/v1/galleries", answer["access_token"]).status_code == 200


def test_the_answer_names_its_issuer_and_repeats_the_state(desk: Program, person: Person, house: GateHouse) -> None:
    allowed = told(desk.answer(person, desk.pushed()))
    assert (allowed["iss"], allowed["state"]) == (house.settings.issuer, "a state of the program")
    denied = told(desk.answer(person, desk.pushed(), "deny"))
    assert denied == {"error": "access_denied", "iss": house.settings.issuer, "state": "a state of the program"}
    assert "state" not in told(desk.answer(person, desk.pushed(state=None)))


def test_a_person_of_another_agency_cannot_allow_it(desk: Program, house: GateHouse, app: Flask) -> None:
    other = house.force()
    assert other.caller.user
    stranger = enrolled(house, app, other.caller.user)
    assert told(stranger.get(desk.place(desk.pushed())))["error"] == "access_denied"
    assert told(desk.answer(stranger, desk.pushed()))["error"] == "access_denied"


def test_who_has_not_signed_in_is_sent_to_and_comes_back(desk: Program, app: Flask, house: GateHouse) -> None:
    visitor = Person(app, house.settings.issuer)
    place = desk.place(desk.pushed())
    answer = visitor.get(place)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/console/sign-in?next=%2Foauth%2Fauthorize%3Fclient_id")
    assert visitor.post(place.partition("?")[0], {}).status_code == 400


def test_a_program_that_wants_no_page_is_told_that_there_must_be_one(
    desk: Program, person: Person, app: Flask, house: GateHouse
) -> None:
    assert told(person.get(desk.place(desk.pushed(prompt="none"))))["error"] == "consent_required"
    nobody = Person(app, house.settings.issuer)
    assert told(nobody.get(desk.place(desk.pushed(prompt="none"))))["error"] == "login_required"


def test_an_old_or_a_weak_sign_in_does_not_do_where_the_program_wants_better(
    desk: Program, person: Person, house: GateHouse
) -> None:
    house.write("UPDATE identity.sessions SET auth_ns = auth_ns - 3600000000000")
    assert person.get(desk.place(desk.pushed(max_age="7200"))).status_code == 200
    better: tuple[dict[str, Any], ...] = ({"max_age": "60"}, {"prompt": "login"}, {"acr_values": "phr"})
    for changes in better:
        answer = person.get(desk.place(desk.pushed(**changes)))
        assert answer.status_code == 303, changes
        assert answer.headers["Location"].startswith("/console/sign-in?")
        assert person.get(desk.place(desk.pushed(acr_values="mfa unknown"))).status_code == 200


def test_who_signs_in_again_for_a_request_is_not_sent_away_from_its_page_for_taking_their_time(
    desk: Program, person: Person, house: GateHouse
) -> None:
    """With max_age=0 everybody is asked to sign in, and whoever has done so is let in, also some seconds later."""
    waiting = desk.pushed(max_age="0")
    house.write("UPDATE identity.sessions SET auth_ns = auth_ns - 60000000000")
    assert person.get(desk.place(waiting)).status_code == 303
    assert desk.answer(person, waiting).status_code == 303  # nor does a form that was kept open do
    assert person.sign_in(str(person.account)).status_code in {200, 303}
    house.write("UPDATE identity.sessions SET auth_ns = auth_ns - 30000000000")
    house.write("UPDATE identity.pushed_requests SET pushed_at = pushed_at - 30")
    assert person.get(desk.place(waiting)).status_code == 200
    assert "code" in told(desk.answer(person, waiting))


def test_an_id_token_comes_with_openid_and_only_then(desk: Program, person: Person, house: GateHouse) -> None:
    assert "id_token" not in desk.tokens(person)
    nonce = "n" * LONGEST_NONCE
    answer = desk.tokens(person, scope="openid searches:write", nonce=nonce)
    assert answer["scope"] == "openid searches:write"
    keys = KeySet.import_key_set(house.services.authorization_server.keys.jwks())  # type: ignore[arg-type]  # it is one
    said = jwt.decode(answer["id_token"], keys, algorithms=["ES256"]).claims
    assert (said["iss"], said["aud"], said["nonce"]) == (house.settings.issuer, desk.id, nonce)
    assert said["sub"] == claims(answer["access_token"])["sub"]
    assert said["sid"] == claims(answer["access_token"])["sid"]
    assert "openid" not in claims(answer["access_token"])["scope"]


def test_what_is_wrong_with_a_code_uses_it_up(desk: Program, person: Person) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"code_verifier": "v" * 43}, "CODE_VERIFIER"),
        ({"code_verifier": "short"}, "CODE_VERIFIER"),
        ({"redirect_uri": REDIRECT_URI + "/"}, "REDIRECT_URI_DIFFERS"),
    )
    for changes, code in wrong:
        made = desk.code(person)
        assert refused(desk.redeem(made, **changes)) == ("invalid_grant", code)
        assert refused(desk.redeem(made)) == ("invalid_grant", "CODE_REUSED")


def test_a_code_lives_a_minute_at_most(desk: Program, person: Person, house: GateHouse) -> None:
    assert LIFE <= 60
    made = desk.code(person)
    house.write("UPDATE identity.codes SET expires_at = expires_at - %s WHERE NOT used", LIFE)
    assert refused(desk.redeem(made)) == ("invalid_grant", "CODE_EXPIRED")


def test_another_clients_code_is_no_code_and_stays_good(
    desk: Program, person: Person, house: GateHouse, app: Flask, force: Force
) -> None:
    thief = program(house, app, force)
    made = desk.code(person)
    assert refused(thief.redeem(made, code_verifier=desk.verifier)) == ("invalid_grant", "CODE_UNKNOWN")
    assert refused(thief.redeem("no code at all")) == ("invalid_grant", "CODE_UNKNOWN")
    ok(desk.redeem(made))


def test_without_a_proof_there_is_no_token_for_a_person(desk: Program, person: Person) -> None:
    assert refused(desk.redeem(desk.code(person), proof=False))[1] == "SENDER_UNPROVEN"


def test_eight_at_once_with_one_code_get_one_token_and_it_dies_with_the_family(desk: Program, person: Person) -> None:
    made = desk.code(person)

    def redeem(_: int) -> TestResponse:
        # 503 means that no connection came free in time, so nothing was begun: the client asks again.
        while (answer := desk.redeem(made)).status_code == 503:
            assert answer.headers["Retry-After"]
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(redeem, range(8)))
    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) == 1
    assert [refused(answer)[1] for answer in answers if answer not in good] == ["CODE_REUSED"] * 7
    got = ok(good[0])
    assert refused(desk.refresh(got["refresh_token"])) == ("invalid_grant", "GRANT_ENDED")
    assert desk.introspect(got["access_token"]) == {"active": False}
    desk.house.services.verifier._revocations.poll()
    answer = desk.get("/v1/galleries", got["access_token"])
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "TOKEN_REVOKED")


def test_policy_refuses_what_no_search_could_get_and_the_log_says_why(
    desk: Program, person: Person, house: GateHouse
) -> None:
    detail = DETAIL | {"purpose": "immigration_enforcement"}
    answer = told(desk.answer(person, desk.pushed(authorization_details=json.dumps([detail]))))
    assert answer["error"] == "access_denied"
    (leaf,) = [leaf for leaf in house.leaves(kind=str(EntryKind.GRANT_REFUSED)) if leaf["client"] == desk.id]
    assert leaf["reasons"][0] == "AUTHORIZATION_DETAILS_DENIED"
    assert "PURPOSE_NOT_IN_CONTRACT" in leaf["reasons"]


def test_what_was_allowed_and_issued_is_on_the_log(desk: Program, person: Person, house: GateHouse) -> None:
    desk.tokens(person)
    (allowed,) = [leaf for leaf in house.leaves(kind=str(EntryKind.GRANT_ALLOWED)) if leaf["client"] == desk.id]
    (issued,) = [leaf for leaf in house.leaves(kind=str(EntryKind.TOKEN_ISSUED)) if leaf["client"] == desk.id]
    assert issued["grant"] == allowed["grant"]
    assert issued["bound"] == "jkt"


def test_a_user_suspended_after_consent_gets_no_token(
    desk: Program, person: Person, house: GateHouse, force: Force
) -> None:
    made = desk.code(person)
    assert force.caller.user
    for status in ("suspended", "active"):  # nor after the suspension is lifted: the person is asked again
        house.services.registry.set_status("user", force.caller.user, status, actor=OPERATOR)
    assert refused(desk.redeem(made))[0] == "invalid_grant"


def test_the_verifier_is_judged_by_s256_alone() -> None:
    """The example of RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert verifies(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    assert not verifies(verifier, verifier)
    assert not verifies("\N{LATIN SMALL LETTER E WITH ACUTE}" * 43, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
