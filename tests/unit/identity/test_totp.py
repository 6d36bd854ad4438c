"""Codes: those of RFC 6238, each accepted once and near its time."""

from __future__ import annotations

import pytest

from gateway.identity.totp import STEP, accepted_step, code_at, new_secret, spelled, uri

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_the_last_six_digits_of_those_in_appendix_b(second: int, code: str) -> None:
    assert code_at(SECRET, second // STEP) == code[-6:]


def test_a_code_is_accepted_in_its_step_and_one_to_each_side() -> None:
    step = 1_000_000
    accepted = [
        accepted_step(SECRET, code_at(SECRET, step + away), now=step * STEP + 17, after=0) for away in range(-3, 4)
    ]
    assert accepted == [None, None, step - 1, step, step + 1, None, None]


def test_a_code_of_a_step_that_was_accepted_or_of_one_before_is_refused() -> None:
    step = 1_000_000
    assert accepted_step(SECRET, code_at(SECRET, step), now=step * STEP, after=step) is None
    assert accepted_step(SECRET, code_at(SECRET, step - 1), now=step * STEP, after=step) is None
    assert accepted_step(SECRET, code_at(SECRET, step + 1), now=step * STEP, after=step) == step + 1


def test_a_code_may_be_typed_with_spaces_and_nothing_else_passes() -> None:
    step = 1_000_000
    code = code_at(SECRET, step)
    assert accepted_step(SECRET, f" {code[:3]} {code[3:]} ", now=step * STEP, after=0) == step
    for wrong in ("", code[:-1], code + "0", "\u0660" * 6, code.replace(code[0], "x", 1)):
        assert accepted_step(SECRET, wrong, now=step * STEP, after=0) is None


def test_secrets_are_new_each_time_and_as_long_as_rfc_4226_asks() -> None:
    assert len(new_secret()) == 20
    assert new_secret() != new_secret()


def test_an_authenticator_is_told_the_secret_and_whose_it_is() -> None:
    told = uri(SECRET, account="lakeport-pd/ruiz", issuer="Writgate")
    assert told == (
        "otpauth://totp/Writgate%3Alakeport-pd%2Fruiz?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Writgate"
    )
    assert spelled(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
