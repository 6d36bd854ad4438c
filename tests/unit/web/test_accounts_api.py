"""`/v1/accounts` and `/v1/invitations`: an administrator says who may sign in, and sees who has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from console_house import Person, enrolled

from gateway.registry.models import Actor, ClientWrite
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from gate_house import GateHouse
    from werkzeug.test import TestResponse


def call(house: GateHouse, app: Flask, method: str, path: str, body: Any = None) -> TestResponse:
    """As an administrator."""
    header = {"Authorization": f"Bearer {house.token('admin-1')}"}
    return app.test_client().open(path, method=method, json=body, headers=header)


def test_an_invited_user_enrols_with_the_code_that_the_administrator_got(house: GateHouse, app: Flask) -> None:
    account = f"{house.force().agency}/examiner"
    made = call(house, app, "POST", "/v1/invitations", {"account": account})
    assert (made.status_code, made.json and made.json["account"]) == (201, account)
    assert made.json is not None
    assert made.json["url"].endswith(f"/console/invitation?code={made.json['code']}")
    assert Person(app, house.settings.issuer).accept(made.json["code"]).status_code == 303
    (invited,) = house.leaves(kind="account.invited", agency=account.partition("/")[0])
    assert invited["actor"] == "client:admin-1"
    assert made.json["code"] not in str(invited)


def test_an_account_shows_what_it_signs_in_with_and_where_and_all_its_sessions_can_be_ended(
    house: GateHouse, app: Flask
) -> None:
    account = f"{house.force().agency}/examiner"
    person = enrolled(house, app, account)
    shown = call(house, app, "GET", f"/v1/accounts/{account}").json
    assert shown is not None
    assert (shown["role"], shown["status"], shown["password"], shown["passkeys"]) == ("user", "active", True, 0)
    assert [(session["acr"], session["device"]) for session in shown["sessions"]] == [("mfa", "Firefox on Linux")]
    ended = call(house, app, "DELETE", f"/v1/accounts/{account}/sessions")
    assert ended.json == {"account": account, "sessions_ended": 1}
    assert not person.is_signed_in()


def test_accounts_are_listed_page_by_page(house: GateHouse, app: Flask) -> None:
    made = {f"{house.force().agency}/examiner" for _ in range(3)}
    for account in made:
        call(house, app, "POST", "/v1/invitations", {"account": account})
    seen: list[str] = []
    cursor = ""
    while True:
        page = call(house, app, "GET", f"/v1/accounts?limit=2&cursor={cursor}").json
        assert page is not None
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert made <= set(seen)
    assert seen == sorted(set(seen))


def test_nobody_is_invited_who_is_not_in_the_registry_or_has_no_name(house: GateHouse, app: Flask) -> None:
    for body, status, code in (
        ({"account": "nobody-pd/nobody"}, 404, "NOT_FOUND"),
        ({"account": "Upper Case", "role": "administrator"}, 422, "ACCOUNT_NAME_INVALID"),
        ({"account": "x", "role": "emperor"}, 422, "BODY_INVALID"),
        ({}, 422, "BODY_INVALID"),
    ):
        refused = call(house, app, "POST", "/v1/invitations", body)
        assert refused.json is not None
        assert (refused.status_code, refused.json["code"]) == (status, code)
    assert call(house, app, "GET", "/v1/accounts/nobody").status_code == 404
    assert call(house, app, "GET", "/v1/accounts/a%00b").status_code == 404


def test_a_name_belongs_to_one_role(house: GateHouse, app: Flask) -> None:
    house.services.enrolment.invite("watcher", role=AccountRole.AUDITOR, name=None, by="operator:test")
    refused = call(house, app, "POST", "/v1/invitations", {"account": "watcher", "role": "administrator"})
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (409, "ACCOUNT_OF_ANOTHER")
    call(house, app, "POST", "/v1/invitations", {"account": "moreau", "role": "administrator"})
    fields = {"kind": "auditor_account.invite", "document": {"account": "moreau"}, "why": "named by the county"}
    refused = call(house, app, "POST", "/v1/proposals", fields)
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (409, "ACCOUNT_OF_ANOTHER")


def agreed(house: GateHouse, app: Flask, kind: str, **document: str) -> dict[str, Any]:
    """What an administrator proposes and the county's board, in a house of its own, approves."""
    fields = {"kind": kind, "document": document, "why": "named by the county"}
    made = call(house, app, "POST", "/v1/proposals", fields)
    assert made.status_code == 201, made.json
    assert made.json is not None
    alone = call(house, app, "POST", f"/v1/proposals/{made.json['id']}/approve", {"reason": "mine"})
    assert (alone.status_code, alone.json and alone.json["code"]) == (403, "SAME_PERSON")
    board = Actor(kind="client", id="county-board")
    return house.services.proposals.decide(UUID(made.json["id"]), approve=True, reason="known to us", actor=board)


def revoked(house: GateHouse, app: Flask, kind: str, subject: str) -> tuple[int, str]:
    """What one administrator is told who would end what somebody holds."""
    answer = call(
        house, app, "POST", "/v1/revocations", {"subject": {"kind": kind, "id": subject}, "statement": "lost"}
    )
    assert answer.json is not None
    return answer.status_code, answer.json.get("code", "")


@pytest.fixture
def _board(house: GateHouse) -> Iterator[None]:
    """Somebody outside the vendor, as long as the test takes."""
    board = ClientWrite(id="county-board", agency=None, name="Board", scopes=[], affiliation="oversight")
    by_two, registry = Actor(kind="gateway", id="test"), house.services.registry
    registry.put_client(board, actor=by_two)
    registry.set_status("client", "county-board", "active", actor=by_two)
    yield
    registry.set_status("client", "county-board", "suspended", actor=by_two)


@pytest.mark.usefixtures("_board")
def test_an_auditor_is_invited_suspended_and_brought_back_by_two_people(house: GateHouse, app: Flask) -> None:
    def alone(method: str, path: str, body: dict[str, str]) -> tuple[int, str]:
        refused = call(house, app, method, path, body)
        assert refused.json is not None
        return refused.status_code, refused.json["code"]

    by_two = (403, "TWO_PERSONS_REQUIRED")
    assert alone("POST", "/v1/invitations", {"account": "quinn", "role": "auditor"}) == by_two
    invited = agreed(house, app, "auditor_account.invite", account="quinn", name="A. Quinn")
    code = invited["invitation"]["code"]
    assert code not in str(call(house, app, "GET", "/v1/proposals").json)
    assert code not in str(house.leaves(kind="proposal.decided"))
    person = Person(app, house.settings.issuer)
    assert person.accept(code).status_code == 303
    assert person.is_signed_in()
    # Nobody alone signs them out either: done again and again, it would be a suspension.
    shown = call(house, app, "GET", "/v1/accounts/quinn").json
    assert shown is not None
    (session,) = shown["sessions"]
    for kind, subject in (("user", "account:quinn"), ("session", session["id"])):
        assert revoked(house, app, kind, subject) == by_two
    ended = call(house, app, "DELETE", "/v1/accounts/quinn/sessions")
    assert ended.json is not None
    assert (ended.status_code, ended.json["code"]) == by_two
    assert person.is_signed_in()
    assert alone("POST", "/v1/invitations", {"account": "quinn", "role": "auditor"}) == by_two
    assert alone("PATCH", "/v1/accounts/quinn", {"status": "suspended"}) == by_two
    assert person.is_signed_in()
    agreed(house, app, "auditor_account.suspend", account="quinn")
    assert not person.is_signed_in()
    assert alone("PATCH", "/v1/accounts/quinn", {"status": "active"}) == by_two
    agreed(house, app, "auditor_account.reinstate", account="quinn")
    assert (call(house, app, "GET", "/v1/accounts/quinn").json or {})["status"] == "active"
    written = [leaf for leaf in house.leaves(kind="account.written") if leaf["role"] == "auditor"]
    assert [(leaf["actor"], leaf["status"]) for leaf in written] == [
        ("gateway:proposals", "suspended"),
        ("gateway:proposals", "active"),
    ]


def test_a_user_is_suspended_in_the_registry_and_then_not_invited(house: GateHouse, app: Flask) -> None:
    account = f"{house.force().agency}/examiner"
    call(house, app, "POST", "/v1/invitations", {"account": account})
    refused = call(house, app, "PATCH", f"/v1/accounts/{account}", {"status": "suspended"})
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (409, "SUSPENDED_IN_REGISTRY")
    call(house, app, "PATCH", f"/v1/users/{account}", {"status": "suspended"})
    assert call(house, app, "POST", "/v1/invitations", {"account": account}).status_code == 409


def test_an_agencys_program_learns_nothing_of_accounts(house: GateHouse, app: Flask) -> None:
    clerk = house.token("clerk")
    for method, path, body in (
        ("POST", "/v1/invitations", {"account": "lakeport-pd/ruiz"}),
        ("PATCH", "/v1/accounts/lakeport-pd/ruiz", {"status": "suspended"}),
        ("DELETE", "/v1/accounts/lakeport-pd/ruiz/sessions", None),
    ):
        refused = app.test_client().open(path, method=method, json=body, headers={"Authorization": f"Bearer {clerk}"})
        assert refused.status_code == 403, path
