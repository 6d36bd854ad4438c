"""People in a real browser: passkeys, the step up, the pages without JavaScript, and pages that mean harm."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import pytest
from console_house import PASSWORD, spelled_on

from gateway.identity import totp
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Callable

    from browser_house import Desk
    from playwright.sync_api import Route

pytestmark = pytest.mark.browser

RUIZ = "lakeport-pd/ruiz"


def test_a_passkey_is_made_with_an_invitation_and_signs_in_again_with_nothing_typed(desk: Desk) -> None:
    desk.enrol_passkey(RUIZ)
    assert "Ruiz" in desk.heading
    assert "a passkey" in desk.page.get_by_role("main").inner_text()
    desk.press("Sign out")
    desk.arrives_at("/console/sign-in")
    desk.go("/console/")
    assert desk.heading == "Sign in"
    desk.press("Use a passkey")
    desk.arrives_at("/console/")
    assert "Ruiz" in desk.heading
    assert desk.complaints == []


def test_what_is_dangerous_asks_for_the_passkey_again_and_then_goes_on(desk: Desk) -> None:
    desk.enrol_passkey("moreau", AccountRole.ADMINISTRATOR)
    desk.write("UPDATE identity.sessions SET auth_ns = auth_ns - 301000000000 WHERE account = 'moreau'")
    desk.go("/console/account")
    desk.page.get_by_role("link", name="Add a passkey").click()
    assert desk.heading == "Confirm that it is you"
    desk.press("Use a passkey")
    desk.arrives_at("/console/account/passkeys/new")
    assert desk.heading == "Add a passkey"
    assert desk.complaints == []


def test_an_answer_to_a_challenge_counts_once(desk: Desk) -> None:
    desk.enrol_passkey("watcher", AccountRole.AUDITOR)
    desk.press("Sign out")
    desk.arrives_at("/console/sign-in")
    cookies = desk.context.cookies()
    with desk.page.expect_request(re.compile(r"/console/sign-in/passkey$")) as sent:
        desk.press("Use a passkey")
    desk.arrives_at("/console/")
    answer = sent.value.post_data
    assert answer
    challenge = sent.value.all_headers()["cookie"]
    assert "writgate_challenge=" in challenge
    assert not [cookie for cookie in cookies if cookie["name"] == "writgate_session"]
    again = desk.context.request.post(
        f"{desk.origin}/console/sign-in/passkey",
        data=answer,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": desk.origin,
            "Sec-Fetch-Site": "same-origin",
            "Cookie": challenge,
        },
    )
    assert again.status == 401
    assert "took too long, or was used already" in again.text()


def without_handle(route: Route) -> None:
    """Sends the form on as a security key answers that was asked for by name: without the account's handle."""
    form = dict(parse_qsl(route.request.post_data or ""))
    answer = json.loads(form["response"])
    assert answer["response"].pop("userHandle")
    route.continue_(post_data=urlencode(form | {"response": json.dumps(answer)}))


def test_a_passkey_that_does_not_say_whose_it_is_confirms_a_known_person_and_signs_nobody_in(desk: Desk) -> None:
    desk.enrol_passkey("keyholder", AccountRole.AUDITOR)
    desk.page.route("**/console/sign-in/passkey", without_handle)
    desk.go("/console/sign-in?next=/console/account")
    desk.press("Use a passkey")
    desk.arrives_at("/console/account")
    desk.press("Sign out")
    desk.arrives_at("/console/sign-in")
    desk.press("Use a passkey")
    desk.page.get_by_text("That passkey was not accepted.").wait_for()


def test_everything_but_passkeys_works_without_javascript(another_desk: Callable[..., Any]) -> None:
    with another_desk(java_script_enabled=False) as desk:
        desk.go(f"/console/invitation?code={desk.invitation('board', AccountRole.ADMINISTRATOR)}")
        desk.press("Continue")
        page = desk.page
        assert page.get_by_role("button", name="Create a passkey").is_disabled()
        secret = spelled_on(page.content())
        page.get_by_label("A new password").fill(PASSWORD)
        page.get_by_label("The six digits").fill(totp.code_at(secret, int(time.time()) // totp.STEP))
        desk.press("Save password and authenticator")
        desk.arrives_at("/console/")
        desk.press("Sign out")
        page.get_by_label("Name").fill("board")
        page.get_by_label("Password").fill(PASSWORD)
        desk.press("Continue")
        page.get_by_label("Six digits").fill(totp.code_at(secret, int(time.time()) // totp.STEP + 1))
        desk.press("Sign in")
        desk.arrives_at("/console/")
        page.get_by_role("link", name="My account").click()
        assert "this browser" in page.get_by_role("main").inner_text()


def test_a_page_of_somebody_else_cannot_press_a_button_here(desk: Desk) -> None:
    desk.enrol_passkey("lakeport-pd/okafor")
    evil = "http://127.0.0.1:1/trap"
    form = f'<form method="post" action="{desk.origin}/console/sign-out"><button>A prize</button></form>'
    desk.context.route(evil, lambda route: route.fulfill(content_type="text/html", body=form))
    desk.page.goto(evil)
    desk.press("A prize")
    desk.arrives_at("/console/sign-out")
    assert "FOREIGN_FORM" in desk.page.content()
    desk.go("/console/")
    assert "Okafor" in desk.heading


def test_no_page_of_somebody_else_can_put_a_frame_around_this_one(desk: Desk) -> None:
    evil = "http://127.0.0.1:1/frame"
    body = f'<iframe src="{desk.origin}/console/sign-in"></iframe>'
    desk.context.route(evil, lambda route: route.fulfill(content_type="text/html", body=body))
    desk.page.goto(evil)
    desk.page.wait_for_load_state("networkidle")
    assert desk.page.frames[1].get_by_role("heading", name="Sign in").count() == 0


def test_every_field_has_a_name_and_everything_is_reached_by_keyboard(desk: Desk) -> None:
    for path in ("/console/sign-in", "/console/invitation"):
        desk.go(path)
        for field in desk.page.locator("input:not([type=hidden])").all():
            assert field.evaluate("field => field.labels.length") == 1
        wanted = desk.page.locator("a[href], button:not([disabled]), input:not([type=hidden])").count()
        reached = set()
        for _ in range(wanted):
            desk.page.keyboard.press("Tab")
            reached.add(desk.page.evaluate("document.activeElement.outerHTML"))
            assert desk.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        assert len(reached) == wanted


def test_a_small_screen_needs_no_scrolling_sideways(another_desk: Callable[..., Any]) -> None:
    with another_desk(viewport={"width": 320, "height": 640}) as desk:
        desk.enrol_passkey(RUIZ)
        for path in (
            "/console/",
            "/console/account",
            "/console/account/passkeys/new",
            "/console/sign-in?next=/console/",
        ):
            desk.go(path)
            assert desk.page.evaluate("document.documentElement.scrollWidth") <= 320
