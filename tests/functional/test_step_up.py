"""An administrator at a program of theirs: what needs a fresh sign-in is refused, asked for anew, and then done.

Over real HTTP: the program is a client with keys of its own, the person sits at a browser.
"""

from __future__ import annotations

import html
import json
import re
import secrets
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from click.testing import CliRunner
from console_house import PASSWORD
from desk_house import Desk
from patience import PATIENCE_SECONDS
from program_house import challenge, claims

from gateway.cli import logins, main
from gateway.database import Database
from gateway.identity.client_credentials import TOKEN_PATH, ask
from gateway.identity.client_sender import Sender
from gateway.identity.clients import AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from gateway_house import House

pytestmark = pytest.mark.photographs

PROGRAM: Final = "admin-desk"
CALLBACK: Final = "http://127.0.0.1:8917/callback"
AN_HOUR_NS: Final = 3600 * 10**9


def writgate(house: House, *arguments: str) -> str:
    done = CliRunner().invoke(main, [*arguments, "--home", str(house.settings.home)])
    structlog.reset_defaults()
    assert done.exit_code == 0, done.output
    return done.stdout


class Program:
    def __init__(self, house: House) -> None:
        self.url = house.url
        self.held = logins.client_of(house.settings.clients / f"{PROGRAM}.json")
        self.sender = Sender(house.settings.issuer)
        self.verifier = secrets.token_urlsafe(48)

    def ask(self, path: str, **form: str) -> dict[str, Any]:
        return ask(self.url, path, form, **self.held, sender=self.sender)

    def sends_to(self, **more: str) -> str:
        """Where the program sends the browser."""
        pushed = self.ask(
            "/oauth/par",
            response_type="code",
            redirect_uri=CALLBACK,
            scope="sanctions:write registry:read",
            code_challenge=challenge(self.verifier),
            code_challenge_method="S256",
            **more,
        )
        return f"/oauth/authorize?client_id={PROGRAM}&request_uri={pushed['request_uri']}"

    def token(self, allowed: str) -> str:
        code = parse_qs(urlsplit(allowed).query)["code"][0]
        got = self.ask(
            TOKEN_PATH,
            grant_type=AUTHORIZATION_CODE,
            code=code,
            redirect_uri=CALLBACK,
            code_verifier=self.verifier,
        )
        return str(got["access_token"])

    def revoke_a_session(self, token: str) -> tuple[int, Message]:
        """Something dangerous: status and headers of the answer."""
        path = "/v1/revocations"
        body = {"subject": {"kind": "session", "id": secrets.token_hex(8)}, "statement": "a terminal was left open"}
        headers = {"Content-Type": "application/json"} | self.sender.headers("POST", path, token=token)
        asked = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.headers


def allow(desk: Desk, place: str) -> str:
    """The person allows what the page asks for; where the browser is led."""
    page = desk.get(place)
    assert page.status_code == 200, page.headers
    query = {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
    answer = desk.send("/oauth/authorize", **query, decision="allow")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@pytest.fixture(scope="module")
def program(house: House, tmp_path_factory: pytest.TempPathFactory) -> Program:
    file: Path = tmp_path_factory.mktemp("step-up") / "client.json"
    document = {
        "id": PROGRAM,
        "name": "The desk of the administrators",
        "scopes": ["sanctions:write", "registry:read"],
        "grant_types": [AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE],
        "redirect_uris": [CALLBACK],
    }
    file.write_text(json.dumps(document))
    writgate(house, "client", "add", "--file", str(file), "--generate")
    return Program(house)


@pytest.fixture(scope="module")
def desk(house: House) -> Desk:
    invited = json.loads(writgate(house, "user", "invite", "jane", "--administrator", "--name", "Jane Doe", "--json"))
    desk = Desk(house)
    desk.enrol(invited["code"])
    return desk


def test_a_dangerous_act_is_refused_until_the_person_has_signed_in_again_as_the_challenge_says(
    house: House, program: Program, desk: Desk
) -> None:
    with Database(house.deployment.conninfo(DatabaseRole.ADMIN), name="test").transaction() as connection:
        connection.execute("UPDATE identity.sessions SET auth_ns = auth_ns - %s WHERE account = 'jane'", (AN_HOUR_NS,))
    old = program.token(allow(desk, program.sends_to()))
    status, headers = program.revoke_a_session(old)
    assert status == 401
    said = headers["WWW-Authenticate"]
    assert said.startswith("DPoP ")
    assert 'error="insufficient_user_authentication"' in said
    wanted = dict(re.findall(r'(max_age|acr_values)="([^"]+)"', said))
    assert wanted == {"max_age": "300", "acr_values": "phr mfa"}

    # The program passes on what the challenge says (RFC 9470 section 4), and the person is asked to sign in again.
    place = program.sends_to(**wanted)
    sent = desk.get(place)
    assert sent.status_code == 303
    assert sent.headers["Location"].startswith("/console/sign-in?")
    back = parse_qs(urlsplit(sent.headers["Location"]).query)["next"][0]
    assert urlsplit(back).path == "/oauth/authorize"
    assert desk.send("/console/sign-in", password=PASSWORD, next=back).status_code == 303
    onward = desk.send("/console/sign-in/code", code=desk.code(1), next=back)
    assert (onward.status_code, html.escape(back) in onward.text) == (200, True), onward.text

    fresh = program.token(allow(desk, back))
    assert claims(fresh)["sub"] == claims(old)["sub"] == "account:jane"
    assert claims(fresh)["auth_time"] >= claims(old)["auth_time"] + 3600
    assert program.revoke_a_session(fresh)[0] == 201
    assert program.revoke_a_session(old)[0] == 401  # the old token gains nothing by it
