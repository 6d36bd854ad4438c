"""A person signs in at a terminal, acts as themselves, and signs out: the command line against a running gateway."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
import structlog
from click.testing import CliRunner, Result
from desk_house import Desk
from patience import until

from gateway.cli import logins, main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway_house import House

pytestmark = pytest.mark.photographs

RUIZ: Final = "lakeport-pd/ruiz"
TERMINAL: Final = "lakeport-terminal"
OFFICE: Final = "auditors-terminal"


def writgate(house: House, *arguments: str) -> Result:
    done = CliRunner().invoke(main, [*arguments, "--home", str(house.settings.home)])
    structlog.reset_defaults()
    return done


@pytest.fixture(scope="module")
def desk(house: House) -> Desk:
    """The browser of somebody of the agency, where a terminal is registered too."""
    scopes = ("--scope", "galleries:read", "--scope", "searches:write")
    made = writgate(house, "client", "add", TERMINAL, "--agency", "lakeport-pd", "--generate", "--terminal", *scopes)
    assert made.exit_code == 0, made.output
    desk = Desk(house)
    desk.enrol(json.loads(writgate(house, "user", "invite", RUIZ, "--json").stdout)["code"])
    return desk


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody is signed in when a test begins."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@contextmanager
def signing_in(house: House, terminal: str = TERMINAL) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`writgate login`, and the code that it shows."""
    command = [sys.executable, "-m", "gateway.cli", "login", "--client", terminal, "--home", str(house.settings.home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Open {house.url}/console/device in a browser, sign in, and type:\n"
        for line in process.stdout:
            if found := re.fullmatch(r"\s+([A-Z]{4}-[A-Z]{4})\n", line):
                yield process, found[1]
                return
        raise AssertionError("no code was shown")
    finally:
        process.kill()
        process.communicate()


def sign_in(house: House, desk: Desk, *, decision: str = "allow", terminal: str = TERMINAL) -> tuple[int, str, str]:
    """The command's exit code, and what it says once the person has answered."""
    with signing_in(house, terminal) as (process, code):
        page = desk.send("/console/device", user_code=code)
        assert (page.status_code, terminal in page.text) == (200, True), page.text
        assert desk.send("/console/device", user_code=code, decision=decision).status_code == 200
        said, complained = process.communicate(timeout=120)
        return process.returncode, said.strip(), complained.strip()


def stored(house: House) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(logins.file_of(house.url).read_text())
    return found


def test_who_signs_in_acts_as_themselves_until_they_sign_out(house: House, desk: Desk) -> None:
    assert sign_in(house, desk) == (0, f"Signed in as {RUIZ}.", "")
    file = logins.file_of(house.url)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    listed = writgate(house, "gallery", "list", "--json")
    assert "missing-persons" in [item["name"] for item in json.loads(listed.stdout)["items"]]

    # When the access token has ended another is fetched, with the same key.
    before = stored(house)
    file.write_text(json.dumps(before | {"expires_at": 0}))
    assert writgate(house, "gallery", "list").exit_code == 0
    after = stored(house)
    assert after["access_token"] != before["access_token"]
    assert (after["key"], after["refresh_token"]) == (before["key"], before["refresh_token"])
    assert file.stat().st_mode & 0o777 == 0o600

    out = writgate(house, "logout")
    assert (out.exit_code, out.stdout, file.exists()) == (0, f"{RUIZ} is signed out.\n", False)
    refused = writgate(house, "gallery", "list")
    assert refused.exit_code == 1
    assert "Nobody is signed in here. Sign in with `writgate login`, or name a --client." in refused.stderr

    # Somebody kept a copy: the refresh token is dead at once, the access token as soon as every worker has heard of it.
    file.write_text(json.dumps(after | {"expires_at": 0}))
    assert "Your login has ended. Sign in again: writgate login." in writgate(house, "gallery", "list").stderr
    file.write_text(json.dumps(after))
    until(
        lambda: "The access token has been revoked." in writgate(house, "gallery", "list").stderr,
        "every worker has heard of it",
    )


def test_nothing_is_kept_where_the_person_refuses(house: House, desk: Desk) -> None:
    assert sign_in(house, desk, decision="deny") == (1, "", "Error: It was refused: nobody is signed in here.")
    assert not logins.file_of(house.url).exists()


def test_a_client_that_is_no_terminal_is_refused_in_a_sentence(house: House) -> None:
    refused = writgate(house, "login", "--client", "lakeport")
    assert refused.exit_code == 1
    assert "The client is not registered for the device flow." in refused.stderr


def test_a_client_that_does_not_exist_is_named(house: House) -> None:
    refused = writgate(house, "login", "--client", "nobody")
    assert refused.exit_code == 1
    assert f"{house.settings.clients}/nobody.json is not the file of a client" in refused.stderr


def test_a_gateway_that_does_not_answer_is_named(house: House) -> None:
    key = str(house.settings.clients / "lakeport.json")
    refused = writgate(house, "login", "--client", key, "--url", "http://127.0.0.1:9")
    assert (refused.exit_code, refused.stderr) == (1, "Error: The gateway at http://127.0.0.1:9 cannot be reached.\n")


def test_a_gateway_elsewhere_without_tls_is_refused_before_anything_is_sent(house: House) -> None:
    refused = writgate(house, "login", "--client", TERMINAL, "--url", "http://gateway.example")
    assert refused.exit_code == 2
    assert "Name a gateway elsewhere by its https URL" in refused.stderr


def test_who_is_not_signed_in_cannot_sign_out(house: House) -> None:
    refused = writgate(house, "logout")
    assert (refused.exit_code, refused.stderr) == (1, f"Error: Nobody is signed in at {house.url} here.\n")


def test_a_login_that_cannot_be_read_is_said_to_be_so(house: House) -> None:
    file = logins.file_of(house.url)
    file.parent.mkdir(parents=True)
    file.write_text('{"url": 1}')
    refused = writgate(house, "gallery", "list")
    assert refused.exit_code == 1
    assert f"{file} is not a login. Remove it, and sign in again: writgate login." in refused.stderr


def test_an_auditor_signs_in_at_a_terminal_of_their_own(house: House) -> None:
    scopes = ("--scope", "registry:read", "--scope", "galleries:read")
    made = writgate(house, "client", "add", OFFICE, "--generate", "--terminal", "--affiliation", "vendor", *scopes)
    assert made.exit_code == 0, made.output
    desk = Desk(house)
    invited = writgate(house, "user", "invite", "quinn", "--auditor", "--name", "A. Quinn", "--json")
    approve = f"/v1/proposals/{json.loads(invited.stdout)['id']}/approve"
    approved = house.api("admin-2").post(approve, {"reason": "named by the county"})
    desk.enrol(approved.document["invitation"]["code"])
    assert sign_in(house, desk, terminal=OFFICE) == (0, "Signed in as account:quinn.", "")
    listed = writgate(house, "gallery", "list", "--json")
    assert listed.exit_code == 0, listed.output
    assert writgate(house, "logout").stdout == "account:quinn is signed out.\n"
