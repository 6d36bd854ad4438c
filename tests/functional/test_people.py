"""People sign in to a running gateway with several web workers: over HTTP, by the command line's invitations."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
import structlog
from click.testing import CliRunner
from console_house import PASSWORD
from desk_house import Desk

from gateway.cli import main
from gateway.identity import totp

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs

OKAFOR: Final = "lakeport-pd/okafor"


def writgate(house: House, *arguments: str) -> Any:
    """What the command prints as JSON."""
    done = CliRunner().invoke(main, [*arguments, "--home", str(house.settings.home), "--json"])
    structlog.reset_defaults()
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def desk(house: House) -> Desk:
    """Somebody who was invited by the operator and has enrolled."""
    invited = writgate(house, "user", "invite", OKAFOR)
    assert re.fullmatch(r"([A-Z2-7]{4}-){4}[A-Z2-7]{4}", invited["code"])
    assert invited["url"] == f"http://localhost:{house.settings.port}/console/invitation?code={invited['code']}"
    desk = Desk(house)
    desk.enrol(invited["code"])
    desk.invitation = invited["code"]
    return desk


def test_who_enrols_at_one_worker_is_signed_in_at_all_and_is_signed_out_at_all(house: House, desk: Desk) -> None:
    assert desk.answers() == {200}
    assert writgate(house, "user", "sign-out", OKAFOR) == {"account": OKAFOR, "sessions_ended": 1}
    assert desk.answers() == {303}


def test_a_suspension_ends_the_session_on_every_worker_before_the_next_request(house: House, desk: Desk) -> None:
    assert desk.answers() == {200}
    writgate(house, "user", "status", OKAFOR, "suspended")
    try:
        assert desk.answers() == {303}
    finally:
        writgate(house, "user", "status", OKAFOR, "active")
    assert desk.answers() == {303}


def test_nothing_that_opens_a_session_is_in_the_logs(house: House, desk: Desk) -> None:
    other = Desk(house)
    other.secret = desk.secret
    code = other.code(1)
    assert other.send("/console/sign-in", account=OKAFOR, password=PASSWORD).status_code == 303
    assert other.send("/console/sign-in/code", code=code).status_code == 303
    assert other.send("/console/sign-in", account=OKAFOR, password="a wrong one, typed").status_code == 401
    held = [cookie.value for desk in (desk, other) for cookie in desk.session.cookies if cookie.value]
    assert len(held) >= 4
    spelled = totp.spelled(desk.secret)
    written = (house.settings.home / "gateway.log").read_text()
    assert "/console/sign-in/code" in written
    for secret in (*held, PASSWORD, "a wrong one", desk.invitation, spelled, spelled.replace(" ", "")):
        assert secret not in written
