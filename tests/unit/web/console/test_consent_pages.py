"""What a person is told before a program may act for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import g

from gateway.identity.caller import FaceSearchAuthorization
from gateway.vocabulary import Scope
from gateway.web.console.consent import SCOPES_IN_WORDS, Asking, consent_page, device_done_page, device_page
from gateway.web.console.pages import guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console_house import Person
    from flask import Flask
    from werkzeug.wrappers import Response

ASKING = Asking(client_id="case-desk", client_name="Case desk", scopes=[Scope.SEARCHES_WRITE])


@pytest.fixture(autouse=True)
def _at_the_page(app: Flask, examiner: Person) -> Iterator[None]:
    """In a request of somebody who has signed in."""
    cookie = f"writgate_session={examiner.cookie('session')}"
    with app.test_request_context("/console/", headers={"Cookie": cookie}):
        g.decision_id = "an id"
        yield


def shown(response: Response) -> str:
    return response.get_data(as_text=True)


def test_every_scope_is_told_in_words_that_a_person_knows() -> None:
    assert set(SCOPES_IN_WORDS) == set(Scope)
    assert len(set(SCOPES_IN_WORDS.values())) == len(Scope)
    assert not [words for words in SCOPES_IN_WORDS.values() if ":" in words and "registry" not in words]


def test_the_page_names_the_program_the_person_the_place_and_what_is_asked(examiner: Person) -> None:
    asking = Asking(
        client_id="case-desk",
        client_name="Case desk",
        scopes=[Scope.SEARCHES_WRITE, Scope.GALLERIES_READ],
        details=[FaceSearchAuthorization(purpose="locate_missing_person", case_number="2026-0417")],
        redirect_uri="https://desk.example/callback?state=7",
    )
    text = shown(consent_page(asking, action="/oauth/authorize", hidden={"request_uri": "urn:x"}))
    for told in ("Case desk", "case-desk", examiner.account, "desk.example", "locate missing person", "2026-0417"):
        assert told in text
    for scope in asking.scopes:
        assert SCOPES_IN_WORDS[scope] in text
    assert SCOPES_IN_WORDS[Scope.GALLERIES_WRITE] not in text
    assert '<input type="hidden" name="request_uri" value="urn:x">' in text
    assert 'name="decision" value="allow"' in text
    assert 'name="decision" value="deny"' in text


@pytest.mark.parametrize(
    ("redirect_uri", "leads_to"),
    [
        ("https://desk.example/callback", "'self' https://desk.example;"),
        ("http://127.0.0.1:9999/callback", "'self' http://127.0.0.1:9999;"),
        ("example.desk:/callback", "'self' example.desk:;"),
        (None, "'self';"),
    ],
)
def test_its_form_may_lead_to_the_program_and_to_no_other_place(redirect_uri: str | None, leads_to: str) -> None:
    asking = Asking(client_id="x", client_name="X", scopes=[Scope.SEARCHES_READ], redirect_uri=redirect_uri)
    policy = guard(consent_page(asking, action="/", hidden={})).headers["Content-Security-Policy"]
    assert f"form-action {leads_to}" in policy


def test_what_a_program_calls_itself_is_text() -> None:
    asking = Asking(client_id="<b>", client_name="<script>alert(1)</script>", scopes=[Scope.SEARCHES_READ])
    text = shown(consent_page(asking, action="/", hidden={"a": '"><b>'}))
    assert "<script>alert" not in text
    assert "<b>" not in text


def test_whoever_connects_a_device_is_warned_of_codes_that_others_read_out() -> None:
    text = shown(consent_page(ASKING, action="/console/device", hidden={"user_code": "BCDF-GHJK"}))
    assert "Only if the device is in front of you." in text
    refused = device_page(action="/console/device", typed="BCDF", refused="No device is waiting for that code.")
    assert (refused.status_code, "No device is waiting for that code." in shown(refused)) == (422, True)
    assert "is connected" in shown(device_done_page(allowed=True))
    assert "Nothing was allowed" in shown(device_done_page(allowed=False))
