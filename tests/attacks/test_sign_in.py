"""Strangers at the door: what they try against people who sign in, over the pages that everybody reaches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from console_house import PASSWORD, Person, enrolled, invite, quick_hashing, spelled_on
from gate_house import Copies, GateHouse, gate_house

from gateway.identity import attempts, passwords, totp
from gateway.identity.failures import LOGGED_A_MINUTE
from gateway.identity.sessions import digest
from gateway.identity.sign_in import CODES_A_CEREMONY, CODES_OF_STRANGERS
from gateway.registry.models import Actor
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

OPERATOR = Actor(kind="operator", id="test")
STRANGER = "198.51.100.9"
GUESS = "not this one, surely"
FAMILIES = {"account", "credential", "session", "sign_in"}


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home) as house:
        yield house


@pytest.fixture(scope="module")
def app(house: GateHouse) -> Flask:
    return house.browser().application


@pytest.fixture
def owner(house: GateHouse, app: Flask) -> Person:
    force = house.force()
    person = enrolled(house, app, f"{force.agency}/examiner")
    person.account = f"{force.agency}/examiner"
    return person


@pytest.fixture
def stranger(owner: Person) -> Person:
    return Person(owner.app, owner.origin, address=STRANGER)


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with quick_hashing():
        yield


@pytest.fixture(autouse=True)
def _peace(house: GateHouse) -> None:
    """No test pays for another's failures."""
    house.write("DELETE FROM identity.attempts")
    house.write("UPDATE identity.failures_logged SET minute = 0, written = 0, left_out = 0")


def at_another_browser(person: Person, address: str = "192.0.2.80") -> Person:
    return Person(person.app, person.origin, address=address, secret=person.secret, account=person.account)


def guess(person: Person, account: str) -> int:
    return person.post("/console/sign-in", {"account": account, "password": GUESS}).status_code


def guess_until_slowed(person: Person, account: str) -> list[int]:
    """Each refused guess doubles the wait, so that the most hurried of machines comes to its end."""
    statuses = [guess(person, account)]
    while statuses[-1] != 429:
        statuses.append(guess(person, account))
    return statuses


# Sessions


def test_a_session_that_a_stranger_chose_is_never_taken_up(owner: Person) -> None:
    victim = at_another_browser(owner)
    victim.hold("session", "a-secret-that-the-stranger-knows")
    assert victim.sign_in(owner.account).status_code == 303
    assert victim.cookie("session") != "a-secret-that-the-stranger-knows"
    thief = at_another_browser(owner)
    thief.hold("session", "a-secret-that-the-stranger-knows")
    assert not thief.is_signed_in()


def test_signing_in_over_somebody_elses_session_ends_theirs_and_does_not_continue_it(
    house: GateHouse, app: Flask, owner: Person
) -> None:
    planted = enrolled(house, app, f"{house.force().agency}/examiner")
    held = planted.cookie("session")
    assert held
    victim = at_another_browser(owner)
    victim.hold("session", held)
    # The page takes whoever holds a session for its owner; signed out, the victim signs in as themselves.
    victim.post("/console/sign-out")
    assert victim.sign_in(owner.account).status_code == 303
    assert not planted.is_signed_in()
    assert owner.account in victim.get("/console/").text


def test_being_confirmed_changes_the_secret_and_the_old_one_opens_nothing(owner: Person) -> None:
    before = owner.cookie("session")
    assert before
    assert owner.sign_in(owner.account, steps=1).status_code == 303
    assert owner.is_signed_in()
    thief = at_another_browser(owner)
    thief.hold("session", before)
    assert not thief.is_signed_in()


def test_the_table_of_sessions_holds_nothing_that_opens_one(house: GateHouse, owner: Person) -> None:
    held = owner.cookie("session")
    assert held
    row = house.one("SELECT secret_sha256 FROM identity.sessions WHERE secret_sha256 = %s", digest(held))
    thief = at_another_browser(owner)
    thief.hold("session", bytes(row[0]).hex())
    assert not thief.is_signed_in()


def test_a_stolen_cookie_of_the_step_before_the_code_opens_nothing_without_the_code(owner: Person) -> None:
    victim = at_another_browser(owner)
    victim.post("/console/sign-in", {"account": owner.account, "password": PASSWORD})
    step = victim.cookie("step")
    assert step
    thief = Person(owner.app, owner.origin, address=STRANGER)
    for name in ("session", "device", "challenge", "step"):
        thief.hold(name, step)
    assert not thief.is_signed_in()
    assert thief.post("/console/sign-in/passkey", {"response": "{}"}).status_code == 401
    assert thief.post("/console/enrol/password", {"password": PASSWORD, "code": "000000"}).status_code == 401
    for _ in range(CODES_A_CEREMONY):
        assert thief.post("/console/sign-in/code", {"code": "000000"}).status_code == 401
    # Its tries are used up, and with them the step itself.
    assert victim.post("/console/sign-in/code", {"code": owner.code(1)}).status_code == 401
    assert not thief.is_signed_in()


def test_cookies_cannot_be_read_by_scripts_and_are_not_sent_by_other_sites(owner: Person) -> None:
    other = at_another_browser(owner)
    first = other.post("/console/sign-in", {"account": owner.account, "password": PASSWORD})
    second = other.post("/console/sign-in/code", {"code": owner.code(1)})
    given = [*first.headers.getlist("Set-Cookie"), *second.headers.getlist("Set-Cookie")]
    assert {cookie.split("=")[0] for cookie in given} >= {"writgate_session", "writgate_step", "writgate_device"}
    for cookie in given:
        assert "HttpOnly" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        if "writgate_session=" in cookie:
            assert "SameSite=Lax" in cookie
        elif "=;" not in cookie:
            assert "SameSite=Strict" in cookie


# Suspension and revocation


@pytest.mark.parametrize("kind", ["user", "agency"])
def test_a_session_ends_with_the_suspension_and_does_not_come_back_with_the_lift(
    house: GateHouse, owner: Person, kind: str
) -> None:
    subject = owner.account if kind == "user" else owner.account.partition("/")[0]
    house.services.registry.set_status(kind, subject, "suspended", actor=OPERATOR)
    assert not owner.is_signed_in()
    # A right password and a right code do not help meanwhile.
    assert at_another_browser(owner).sign_in(owner.account, steps=1).status_code == 403
    house.services.registry.set_status(kind, subject, "active", actor=OPERATOR)
    assert not owner.is_signed_in()


def test_a_session_that_is_revoked_by_its_id_is_over_at_once_and_so_are_its_tokens(
    house: GateHouse, owner: Person
) -> None:
    (session,) = house.services.sessions.listed(owner.account)
    house.services.revocations.revoke(
        actor=Actor(kind="client", id="admin-1"), kind="session", subject=str(session.id), statement="lost laptop"
    )
    assert not owner.is_signed_in()
    assert house.one("SELECT count(*) FROM identity.revocations WHERE kind = 'session' AND id = %s", str(session.id))[0]


def test_a_suspended_administrator_is_out_and_stays_out(house: GateHouse, app: Flask) -> None:
    admin = enrolled(house, app, "board-member", AccountRole.ADMINISTRATOR)
    header = {"Authorization": f"Bearer {house.token('admin-1')}"}
    answer = house.browser().patch("/v1/accounts/board-member", json={"status": "suspended"}, headers=header)
    assert (answer.status_code, answer.json and answer.json["status"]) == (200, "suspended")
    assert not admin.is_signed_in()
    assert at_another_browser(admin).sign_in("board-member", steps=1).status_code == 403


# Codes


def test_a_code_that_was_seen_over_the_shoulder_is_worth_nothing(owner: Person) -> None:
    code = owner.code(1)
    assert at_another_browser(owner).sign_in(owner.account, steps=1).status_code == 303
    thief = Person(owner.app, owner.origin, address=STRANGER)
    assert thief.post("/console/sign-in", {"account": owner.account, "password": PASSWORD}).status_code == 303
    assert thief.post("/console/sign-in/code", {"code": code}).status_code == 401
    assert not thief.is_signed_in()


def test_of_many_that_send_one_code_at_once_one_gets_in(owner: Person) -> None:
    browsers = [at_another_browser(owner) for _ in range(4)]
    for browser in browsers:
        assert browser.post("/console/sign-in", {"account": owner.account, "password": PASSWORD}).status_code == 303
    code = owner.code(1)
    with ThreadPoolExecutor(4) as pool:
        statuses = list(
            pool.map(lambda browser: browser.post("/console/sign-in/code", {"code": code}).status_code, browsers)
        )
    assert sorted(statuses) == [303, 401, 401, 401]


def test_whoever_knows_the_password_cannot_try_codes_for_ever(house: GateHouse, owner: Person) -> None:
    house.write(
        "UPDATE identity.passwords SET code_failures = %s WHERE account = %s", CODES_OF_STRANGERS - 1, owner.account
    )
    thief = Person(owner.app, owner.origin, address=STRANGER)
    assert thief.post("/console/sign-in", {"account": owner.account, "password": PASSWORD}).status_code == 303
    assert thief.post("/console/sign-in/code", {"code": "000000"}).status_code == 401
    refused = thief.post("/console/sign-in/code", {"code": owner.code(1)})  # the right one, and too late
    assert (refused.status_code, "PASSWORD_CLOSED" in refused.text or "opens nothing" in refused.text) == (403, True)
    # The browser that the owner has used before still opens.
    assert owner.post("/console/sign-out").status_code == 303
    assert owner.sign_in(owner.account, steps=1).status_code == 303


# Guessing, and locking others out


def test_guessing_becomes_slow_and_the_wait_is_told(house: GateHouse, owner: Person, stranger: Person) -> None:
    statuses = guess_until_slowed(stranger, owner.account)
    assert statuses[:6] == [401] * 6
    house.write("UPDATE identity.attempts SET failures = 9")
    refused = stranger.post("/console/sign-in", {"account": owner.account, "password": PASSWORD})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 8


def test_many_guesses_at_once_are_not_one(owner: Person) -> None:
    strangers = [Person(owner.app, owner.origin, address=STRANGER) for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda person: guess(person, owner.account), strangers))
    assert statuses.count(401) < 12
    assert 429 in statuses


def test_a_stranger_cannot_lock_the_owner_out(house: GateHouse, owner: Person, stranger: Person) -> None:
    guess_until_slowed(stranger, owner.account)
    # Not at the browser that they have used before, even from the stranger's own address.
    owner.address = STRANGER
    assert owner.post("/console/sign-out").status_code == 303
    assert owner.sign_in(owner.account, steps=1).status_code == 303
    # Nor at a new one elsewhere.
    house.write("UPDATE identity.passwords SET code_step = 0")
    assert at_another_browser(owner).sign_in(owner.account, steps=1).status_code == 303


def test_who_is_turned_away_because_strangers_fill_the_line_has_not_failed(house: GateHouse, owner: Person) -> None:
    owner.post("/console/sign-out")
    with ExitStack() as stack:
        for _ in range(passwords.AT_ONCE + passwords.IN_LINE):
            assert passwords._line.acquire(blocking=False)
            stack.callback(passwords._line.release)
        for _ in range(8):
            turned_away = owner.post("/console/sign-in", {"account": owner.account, "password": PASSWORD})
            assert (turned_away.status_code, turned_away.headers["Retry-After"]) == (503, "2")
    assert owner.sign_in(owner.account, steps=1).status_code == 303


def test_a_stolen_device_cookie_of_another_account_does_not_help_to_guess(
    house: GateHouse, app: Flask, owner: Person, stranger: Person
) -> None:
    own = enrolled(house, app, f"{house.force().agency}/examiner")
    device = own.cookie("device")
    assert device
    stranger.hold("device", device)
    assert len(guess_until_slowed(stranger, owner.account)) < 20


def test_one_place_that_tries_many_names_is_slowed_too(stranger: Person) -> None:
    statuses = []
    for number in range(40):
        statuses.append(guess(stranger, f"nobody-{number}"))
        if statuses[-1] == 429:
            break
    assert statuses[-1] == 429


def test_an_ipv6_subscriber_is_one_place_whatever_address_they_take() -> None:
    first, second = (attempts.of_stranger("x", f"2001:db8:1:2::{number}") for number in (1, 2))
    assert first == second
    assert first != attempts.of_stranger("x", "2001:db8:1:3::1")
    assert attempts.of_stranger("x", "::ffff:192.0.2.1") == attempts.of_stranger("x", "192.0.2.1")


def test_passkeys_are_not_slowed_by_failed_passwords(owner: Person, stranger: Person) -> None:
    guess_until_slowed(stranger, owner.account)
    owner.address = STRANGER
    owner.post("/console/sign-out")
    assert owner.post("/console/sign-in/passkey/options").status_code == 200


# Who exists


def test_who_exists_cannot_be_told_from_answers_or_waits(house: GateHouse, owner: Person) -> None:
    """Unknown, known, invited but without a password: the same pages, the same number of tries, the same wait."""
    invited = f"{house.force().agency}/examiner"
    invite(house, invited)
    seen = []
    for number, account in enumerate((owner.account, invited, "nobody-pd/nobody", "", "x\x00y", "ü" * 300)):
        visitor = Person(owner.app, owner.origin, address=f"198.51.100.{100 + number}")
        answers = [visitor.post("/console/sign-in", {"account": account, "password": GUESS}) for _ in range(6)]
        house.write("UPDATE identity.attempts SET failures = 20 WHERE failures > 5")
        answers.append(visitor.post("/console/sign-in", {"account": account, "password": GUESS}))
        seen.append(
            [(answer.status_code, sorted(answer.headers.keys()), "is not right" in answer.text) for answer in answers]
        )
    assert all(answers == seen[0] for answers in seen)


def test_a_password_is_hashed_whether_or_not_the_account_exists(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow part, which alone could be measured from afar, is done for everybody, and with the same parameters."""
    hashed: list[str] = []
    verify = passwords._hasher.verify

    class Watched:
        def verify(self, kept: str, given: str) -> bool:
            hashed.append(kept.rpartition("$")[0].rpartition("$")[0])
            return verify(kept, given)

    monkeypatch.setattr(passwords, "_hasher", Watched())
    guess(stranger, owner.account)
    guess(stranger, "nobody-pd/nobody")
    assert len(hashed) == 2
    assert hashed[0] == hashed[1]


# Invitations


def test_an_invitation_opens_once_even_for_two_who_hold_it_at_once(house: GateHouse, app: Flask) -> None:
    account = f"{house.force().agency}/examiner"
    code = invite(house, account)
    guests = [Person(app, house.settings.issuer) for _ in range(2)]
    for guest in guests:
        assert guest.post("/console/invitation", {"code": code}).status_code == 303
    answers = []
    for guest in guests:
        page = guest.get("/console/enrol").text
        guest.secret = spelled_on(page)
        answers.append(guest.post("/console/enrol/password", {"password": PASSWORD, "code": guest.code()}))
    assert [answer.status_code for answer in answers] == [303, 401]
    assert guests[0].is_signed_in()
    assert not guests[1].is_signed_in()


def test_a_new_invitation_ends_the_one_before(house: GateHouse, app: Flask) -> None:
    account = f"{house.force().agency}/examiner"
    first, second = invite(house, account), invite(house, account)
    assert Person(app, house.settings.issuer).post("/console/invitation", {"code": first}).status_code == 401
    assert Person(app, house.settings.issuer).post("/console/invitation", {"code": second}).status_code == 303


def test_an_invitation_that_has_expired_is_refused(house: GateHouse, app: Flask) -> None:
    code = invite(house, f"{house.force().agency}/examiner")
    house.write("UPDATE identity.invitations SET expires_ns = ops.now_ns() - 1 WHERE ended_ns IS NULL")
    assert Person(app, house.settings.issuer).post("/console/invitation", {"code": code}).status_code == 401


def test_recovery_ends_everything_that_was_before(house: GateHouse, owner: Person) -> None:
    device = owner.cookie("device")
    assert device
    found = Person(owner.app, owner.origin)
    assert found.accept(invite(house, owner.account), "another few unrelated words").status_code == 303
    assert not owner.is_signed_in()
    assert at_another_browser(owner).sign_in(owner.account).status_code == 401  # the old password
    assert not house.one("SELECT count(*) FROM identity.devices WHERE secret_sha256 = %s", digest(device))[0]


def test_a_code_that_was_never_given_is_refused(owner: Person, stranger: Person) -> None:
    for code in ("", "AAAA-AAAA-AAAA-AAAA-AAAA", "x" * 5000, "' OR 1=1 --", "\x00"):
        assert stranger.post("/console/invitation", {"code": code}).status_code == 401


# Places


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/console/\\..\\evil",
        "javascript:alert(1)",
        "/console/\r\nLocation: https://evil.example/",
        "/console/<script>",
        "/v1/audit/entries",
        "console/account",
        "\t//evil.example",
        "/" + "console/" * 500,
    ],
)
def test_nobody_is_sent_to_another_place_after_signing_in(owner: Person, elsewhere: str) -> None:
    other = at_another_browser(owner)
    other.secret = owner.secret
    page = other.get("/console/sign-in", query_string={"next": elsewhere})
    assert 'name="next" value="/console/"' in page.text
    first = other.post("/console/sign-in", {"account": owner.account, "password": PASSWORD, "next": elsewhere})
    assert first.headers["Location"] == "/console/sign-in/code?next=%2Fconsole%2F"
    answer = other.post("/console/sign-in/code", {"code": owner.code(1), "next": elsewhere})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")


def test_what_is_typed_comes_back_as_text_and_not_as_markup(stranger: Person) -> None:
    page = stranger.post("/console/sign-in", {"account": "<script>alert(1)</script>\"'", "password": GUESS}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


# The log


def test_strangers_cannot_fill_the_log_and_what_was_left_out_is_counted(house: GateHouse, owner: Person) -> None:
    before = len(house.leaves(kind="sign_in.refused"))
    house.write(
        "UPDATE identity.failures_logged SET minute = ops.now_ns() / 60000000000 + 5, written = %s", LOGGED_A_MINUTE
    )
    for number in range(3):
        guess(Person(owner.app, owner.origin, address=f"203.0.113.{number + 1}"), owner.account)
    assert len(house.leaves(kind="sign_in.refused")) == before
    house.write("UPDATE identity.failures_logged SET minute = 0")
    guess(Person(owner.app, owner.origin, address="203.0.113.9"), owner.account)
    last = house.leaves(kind="sign_in.refused")[-1]
    assert len(house.leaves(kind="sign_in.refused")) == before + 1
    assert (last["left_out"], last["account_exists"], last["why"]) == (3, True, "password")


def test_no_password_code_or_secret_is_in_any_entry_or_row(house: GateHouse, owner: Person, stranger: Person) -> None:
    stranger.post("/console/sign-in", {"account": "my password is hunter2hunter2", "password": GUESS})
    secrets = [
        PASSWORD,
        GUESS,
        "hunter2",
        owner.cookie("session") or "-",
        owner.secret.hex(),
        totp.spelled(owner.secret),
    ]
    with house.admin.transaction() as connection:
        texts = [str(row) for row in connection.execute("SELECT leaf FROM audit.staging").fetchall()]
        for table in ("accounts", "passwords", "sessions", "ceremonies", "attempts", "devices", "invitations"):
            texts += [str(row) for row in connection.execute(f"SELECT * FROM identity.{table}").fetchall()]
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_every_sign_in_refusal_confirmation_and_end_is_an_entry(house: GateHouse, owner: Person) -> None:
    agency = owner.account.partition("/")[0]
    other = at_another_browser(owner)
    guess(other, owner.account)
    assert other.sign_in(owner.account, steps=1).status_code == 303
    house.write("UPDATE identity.passwords SET code_step = 0")
    assert other.sign_in(owner.account, steps=1).status_code == 303
    other.post("/console/sign-out")
    kinds = [leaf["kind"] for leaf in house.leaves(agency=agency) if leaf["kind"].split(".")[0] in FAMILIES]
    assert kinds == [
        "account.invited",
        "account.enrolled",
        "credential.added",
        "session.started",
        "sign_in.refused",
        "session.started",
        "session.confirmed",
        "session.ended",
    ]


def test_a_refusal_after_the_right_code_and_a_password_that_was_not_taken_are_entries_too(
    house: GateHouse, owner: Person
) -> None:
    agency = owner.account.partition("/")[0]
    assert owner.post("/console/account/password/begin").status_code == 303
    for password, code in (("short", "000000"), (PASSWORD, "000000")):
        assert owner.post("/console/account/password", {"password": password, "code": code}).status_code == 422
    house.services.registry.set_status("user", owner.account, "suspended", actor=OPERATOR)
    assert at_another_browser(owner).sign_in(owner.account, steps=1).status_code == 403
    assert [leaf["why"] for leaf in house.leaves(kind="credential.refused", agency=agency)] == [
        "password_too_short",
        "code_refused",
    ]
    assert [leaf["why"] for leaf in house.leaves(kind="sign_in.refused", agency=agency)] == ["account_inactive"]


# Time


def test_a_session_is_over_when_nobody_used_it_or_when_its_life_is_over(house: GateHouse, owner: Person) -> None:
    idle = house.settings.session_idle_minutes * 60 * 10**9
    life = house.settings.session_hours * 3600 * 10**9
    assert (idle, life) == (30 * 60 * 10**9, 12 * 3600 * 10**9)
    house.write(
        "UPDATE identity.sessions SET seen_ns = ops.now_ns() - %s WHERE account = %s", idle - 10**10, owner.account
    )
    assert owner.is_signed_in()
    house.write("UPDATE identity.sessions SET seen_ns = ops.now_ns() - %s WHERE account = %s", idle, owner.account)
    assert not owner.is_signed_in()
    other = at_another_browser(owner)
    assert other.sign_in(owner.account, steps=1).status_code == 303
    house.write(
        "UPDATE identity.sessions SET auth_ns = ops.now_ns() - %s WHERE account = %s AND ended_ns IS NULL",
        life,
        owner.account,
    )
    assert not other.is_signed_in()
    agency = owner.account.partition("/")[0]
    assert [leaf["by"] for leaf in house.leaves(kind="session.ended", agency=agency)] == ["idle", "life"]


def test_using_a_session_keeps_it_alive(house: GateHouse, owner: Person) -> None:
    house.write("UPDATE identity.sessions SET seen_ns = ops.now_ns() - 1700000000000 WHERE account = %s", owner.account)
    assert owner.is_signed_in()
    age = house.one("SELECT ops.now_ns() - seen_ns FROM identity.sessions WHERE account = %s", owner.account)[0]
    assert age < 1_000_000_000_000


def test_what_is_dangerous_asks_again_after_five_minutes_and_comes_back(house: GateHouse, owner: Person) -> None:
    assert owner.get("/console/account/passkeys/new").status_code == 200
    house.write("UPDATE identity.sessions SET auth_ns = ops.now_ns() - 301000000000 WHERE account = %s", owner.account)
    sent = owner.get("/console/account/passkeys/new")
    assert sent.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Faccount%2Fpasskeys%2Fnew"
    assert "Confirm that it is you" in owner.get(sent.headers["Location"]).text
    refused = owner.post("/console/account/password/remove")
    assert refused.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Faccount"
    answer = owner.sign_in("ignored: the page knows who it is", steps=1, next="/console/account/passkeys/new")
    assert answer.headers["Location"] == "/console/account/passkeys/new"
    assert owner.get("/console/account/passkeys/new").status_code == 200
