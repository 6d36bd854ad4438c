"""Passwords: how they are kept, and which are refused and why."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from gateway.identity import passwords
from gateway.identity.errors import SignInError

ACCOUNT = "lakeport-pd/ruiz"


def code(password: str) -> str | None:
    try:
        passwords.require_good(password, account=ACCOUNT)
    except SignInError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    "password",
    ["seven quiet herons over the bay", "correcthorsetable", "gläserne Brücke", "zzz yyy xxx www", "kd7!mPq2-vLx9"],
)
def test_length_is_asked_for_and_no_signs_digits_or_capitals(password: str) -> None:
    assert code(password) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("eleven char", "PASSWORD_TOO_SHORT"),
        ("", "PASSWORD_TOO_SHORT"),
        ("x y" * 50, "PASSWORD_TOO_LONG"),
        ("passwordpassword", "PASSWORD_TOO_COMMON"),
        ("Password2026!!", "PASSWORD_TOO_COMMON"),
        ("PASSWORD123456", "PASSWORD_TOO_COMMON"),
        ("123456789012", "PASSWORD_TOO_COMMON"),
        ("890123456789", "PASSWORD_TOO_COMMON"),
        ("abcdefghijklm", "PASSWORD_TOO_COMMON"),
        ("aaaaaaaaaaaa", "PASSWORD_TOO_COMMON"),
        ("abababababab", "PASSWORD_TOO_COMMON"),
        ("lakeport-pd/ruiz1", "PASSWORD_TOO_COMMON"),
        ("writgate2026", "PASSWORD_TOO_COMMON"),
    ],
)
def test_what_is_short_or_what_everybody_tries_is_refused(password: str, why: str) -> None:
    assert code(password) == why


def test_the_right_password_matches_and_no_other() -> None:
    kept = passwords.hashed("seven quiet herons")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "seven quiet herons")
    assert not passwords.matches(kept, "seven quiet heron")
    assert not passwords.matches(kept, "")


def test_the_same_letters_typed_otherwise_are_the_same_password() -> None:
    kept = passwords.hashed("gl\u00e4serne Br\u00fccke")
    assert passwords.matches(kept, "gla\u0308serne Bru\u0308cke")


def test_nobody_has_the_password_that_stands_for_no_password() -> None:
    assert not passwords.matches(None, "nobody has this password")


def test_only_a_few_passwords_are_hashed_at_once_and_others_are_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    with passwords._place(), passwords._place(), pytest.raises(SignInError, match="BUSY"):
        passwords.matches(None, "anything")


def test_who_finds_the_line_full_is_not_kept_waiting() -> None:
    with ExitStack() as stack:
        for _ in range(passwords.AT_ONCE + passwords.IN_LINE):
            assert passwords._line.acquire(blocking=False)
            stack.callback(passwords._line.release)
        with pytest.raises(SignInError, match="BUSY"):
            passwords.matches(None, "anything")
    assert not passwords.matches(None, "anything")
