"""Signing in over the pages: with an invitation, a password and a code; where one comes to; how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from console_house import PASSWORD, Person, enrolled, invite

from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import GateHouse


def elsewhere(person: Person) -> Person:
    """The same person at another browser."""
    return Person(person.app, person.origin, secret=person.secret, account=person.account)


def test_who_accepts_an_invitation_is_signed_in_and_told_who_they_are(house: GateHouse, examiner: Person) -> None:
    page = examiner.get("/console/")
    assert page.status_code == 200
    assert examiner.account in page.text
    assert "An Examiner (fictional)" in page.text
    assert "A Police Department (fictional)" in page.text


def test_password_and_code_open_a_session_at_another_browser(examiner: Person) -> None:
    other = elsewhere(examiner)
    assert not other.is_signed_in()
    answer = other.sign_in(examiner.account)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")
    assert other.is_signed_in()
    assert examiner.is_signed_in()


def test_the_password_alone_opens_nothing(examiner: Person) -> None:
    other = elsewhere(examiner)
    assert other.post("/console/sign-in", {"account": examiner.account, "password": PASSWORD}).status_code == 303
    assert not other.is_signed_in()
    assert other.get("/console/sign-in/code").status_code == 200


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(examiner: Person) -> None:
    pages = []
    for account in (examiner.account, "nobody-pd/nobody"):
        answer = elsewhere(examiner).post("/console/sign-in", {"account": account, "password": "not this one, surely"})
        pages.append((answer.status_code, "The name or the password is not right." in answer.text))
    assert pages == [(401, True), (401, True)]


def test_whoever_must_sign_in_comes_back_to_where_they_wanted_to_go(examiner: Person) -> None:
    other = elsewhere(examiner)
    sent = other.get("/console/account")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/console/sign-in?next=%2Fconsole%2Faccount")
    answer = other.sign_in(examiner.account, next="/console/account")
    assert answer.headers["Location"] == "/console/account"


def test_signing_out_ends_the_session_and_not_only_the_cookie(examiner: Person) -> None:
    held = examiner.cookie("session")
    assert held
    assert examiner.post("/console/sign-out").headers["Location"] == "/console/sign-in"
    examiner.hold("session", held)
    assert not examiner.is_signed_in()


@pytest.mark.parametrize("name", ["next", "post_logout_redirect_uri"])
def test_signing_out_leads_to_the_page_to_sign_in_whatever_the_request_names(examiner: Person, name: str) -> None:
    elsewhere = {name: "https://evil.example/"}
    answer = examiner.post("/console/sign-out", elsewhere, query_string=elsewhere)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/sign-in")


def test_an_administrator_without_an_agency_signs_in_too(house: GateHouse, app: Flask) -> None:
    admin = enrolled(house, app, "board-member", AccountRole.ADMINISTRATOR)
    assert "administrator of this gateway" in admin.get("/console/").text


def test_the_step_before_the_code_is_no_session(examiner: Person) -> None:
    other = elsewhere(examiner)
    other.post("/console/sign-in", {"account": examiner.account, "password": PASSWORD})
    step = other.cookie("step")
    assert step
    other.hold("session", step)
    assert not other.is_signed_in()


def test_an_invitation_is_good_once(house: GateHouse, app: Flask) -> None:
    force = house.force()
    code = invite(house, f"{force.agency}/examiner")
    assert Person(app, house.settings.issuer).accept(code).status_code == 303
    second = Person(app, house.settings.issuer).post("/console/invitation", {"code": code})
    assert second.status_code == 401
    assert "That invitation is not good" in second.text


def test_what_is_not_there_or_too_large_is_said_on_a_page(examiner: Person) -> None:
    for path in ("/console/nothing", "/console/sign-in/passkey", "/console/sign-out"):
        lost = examiner.get(path)
        assert (lost.status_code, lost.mimetype, "There is no such page." in lost.text) == (404, "text/html", True)
    large = examiner.post("/console/invitation", {"code": "x" * 100_000})
    assert (large.status_code, large.mimetype, "send the form with less" in large.text) == (413, "text/html", True)
