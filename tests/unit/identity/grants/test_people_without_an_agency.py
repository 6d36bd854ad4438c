"""Administrators and auditors belong to no agency, and allow the programs that belong to none."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from console_house import Person, enrolled
from program_house import Program, claims, ok, program, refused, told

from gateway.identity import accounts
from gateway.identity.clients import AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN, TOKEN_EXCHANGE
from gateway.identity.grants.token_exchange import ACCESS_TOKEN
from gateway.registry.errors import OperatorOnly
from gateway.registry.models import Actor, ClientWrite
from gateway.vocabulary import AccountRole, Scope

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import Force, GateHouse

GRANTS = [AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE]
NAMES = [Scope.REGISTRY_READ, Scope.AUDIT_READ, Scope.SANCTIONS_WRITE]


@pytest.fixture
def terminal(house: GateHouse, app: Flask, force: Force) -> Program:
    name = f"terminal-{secrets.token_hex(4)}"
    scopes = [str(scope) for scope in NAMES]
    return program(house, app, force, id=name, agency=None, scopes=scopes, grant_types=GRANTS)


def somebody(house: GateHouse, app: Flask, role: AccountRole) -> Person:
    name = f"jane-{secrets.token_hex(4)}"
    person = enrolled(house, app, name, role)
    person.account = name
    return person


@pytest.fixture
def administrator(house: GateHouse, app: Flask) -> Person:
    return somebody(house, app, AccountRole.ADMINISTRATOR)


@pytest.fixture
def auditor(house: GateHouse, app: Flask) -> Person:
    return somebody(house, app, AccountRole.AUDITOR)


def connect(terminal: Program, person: Person, scope: str) -> tuple[str, dict[str, str]]:
    """What the page says to the person who types the code and allows it, and how the device asks for its token."""
    begun = ok(terminal.send("/oauth/device_authorization", {"scope": scope}, proof=False))
    page = person.post("/console/device", {"user_code": begun["user_code"], "decision": "allow"})
    return page.text, {"grant_type": DEVICE_CODE, "device_code": begun["device_code"]}


def test_an_administrator_allows_a_program_of_no_agency_and_it_acts_for_that_person(
    terminal: Program, administrator: Person
) -> None:
    page = administrator.get(terminal.place(terminal.pushed(scope="registry:read")))
    assert "Field Desk (of no agency)" in page.text
    got = terminal.tokens(administrator, scope="openid registry:read sanctions:write")
    who = f"account:{administrator.account}"
    said = claims(got["access_token"])
    assert (said["sub"], said["user"], said["user_strength"]) == (who, who, "authenticated")
    assert "agency" not in said
    assert claims(got["id_token"])["sub"] == who
    assert terminal.introspect(got["access_token"])["sub"] == who
    assert terminal.get("/v1/agencies", got["access_token"]).status_code == 200
    ok(terminal.refresh(got["refresh_token"]))


def test_an_auditor_connects_a_terminal_that_reads_and_no_other(terminal: Program, auditor: Person) -> None:
    page, form = connect(terminal, auditor, "audit:read registry:read")
    assert "is connected" in page
    got = ok(terminal.send("/oauth/token", form))
    assert claims(got["access_token"])["sub"] == f"account:{auditor.account}"
    assert terminal.get("/v1/audit/entries", got["access_token"]).status_code == 200

    page, form = connect(terminal, auditor, "audit:read sanctions:write")
    assert "An auditor can allow a program to read, disclose and export, and nothing else." in page
    assert refused(terminal.send("/oauth/token", form))[0] == "authorization_pending"
    told_back = told(terminal.answer(auditor, terminal.pushed(scope="sanctions:write")))
    assert told_back["error"] == "access_denied"


def test_nobody_allows_what_belongs_elsewhere(
    terminal: Program, desk: Program, administrator: Person, person: Person
) -> None:
    for stranger, where, scope in ((person, terminal, "registry:read"), (administrator, desk, "searches:write")):
        page, form = connect(where, stranger, scope)
        assert "is yours to allow waits under that code" in page
        assert refused(where.send("/oauth/token", form))[0] == "authorization_pending"
        refusal = told(stranger.get(where.place(where.pushed(scope=scope))))
        assert refusal["error"] == "access_denied"


def test_the_suspension_of_the_account_ends_what_it_allowed_and_its_lift_brings_nothing_back(
    house: GateHouse, terminal: Program, administrator: Person
) -> None:
    got = terminal.tokens(administrator, scope="registry:read")

    def set_status(status: str) -> None:
        with house.services.database.transaction() as connection:
            accounts.set_status(connection, house.services.log, administrator.account, status, by="operator:test")
        house.services.verifier._revocations.poll()

    def code() -> Any:
        answer = terminal.get("/v1/agencies", got["access_token"])
        return answer.json["code"] if answer.json and answer.status_code != 200 else None

    assert code() is None
    set_status("suspended")
    assert code() == "USER_SUSPENDED"
    assert refused(terminal.refresh(got["refresh_token"])) == ("invalid_grant", "USER_SUSPENDED")
    set_status("active")
    assert not administrator.is_signed_in()  # the session that nobody looked at meanwhile is over, too
    assert code() == "TOKEN_REVOKED"
    assert refused(terminal.refresh(got["refresh_token"])) == ("invalid_grant", "TOKEN_REVOKED")


def test_who_signs_out_takes_it_back_at_once(terminal: Program, administrator: Person) -> None:
    got = terminal.tokens(administrator, scope="registry:read")
    administrator.post("/console/sign-out")
    assert terminal.introspect(got["access_token"]) == {"active": False}
    assert refused(terminal.refresh(got["refresh_token"])) == ("invalid_grant", "TOKEN_REVOKED")


def test_it_is_passed_on_to_nobody(terminal: Program, desk: Program, administrator: Person) -> None:
    got = terminal.tokens(administrator, scope="registry:read")
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": got["access_token"],
        "subject_token_type": ACCESS_TOKEN,
    }
    assert refused(desk.send("/oauth/token", form)) == ("invalid_request", "TOKEN_NOT_GOOD")


def test_only_the_operator_makes_a_program_that_may_do_what_an_administrator_may(house: GateHouse) -> None:
    write = ClientWrite(
        id="mallory", agency=None, name="Mallory", scopes=["sanctions:write"], grant_types=[DEVICE_CODE]
    )
    with pytest.raises(OperatorOnly):
        house.services.registry.put_client(write, actor=Actor(kind="client", id="somebody", agency=None))
