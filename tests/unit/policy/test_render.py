"""Sentences hold what the rule says and what the parameters are, and a parameter can do nothing but be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.decision import Decision, Obligation, Reason
from gateway.policy.render import fill, placeholders, render, render_obligations

WORDS = {
    "base": {
        "not_active": {
            "title": "Not active",
            "sentence": "The agency is {status}.",
            "citation": "contract",
            "remedy": "Ask about {status}.",
        }
    }
}


def test_a_reason_is_rendered_with_the_words_of_its_rule() -> None:
    reason = Reason(code="AGENCY_SUSPENDED", parameters={"status": "suspended"}, pack="base", rule="not_active")
    assert render(Decision(permit=False, revision=1, reasons=(reason,)), WORDS) == [
        {
            "code": "AGENCY_SUSPENDED",
            "title": "Not active",
            "sentence": "The agency is suspended.",
            "citation": "contract",
            "remedy": "Ask about suspended.",
            "pack": "base",
            "rule": "not_active",
            "parameters": {"status": "suspended"},
        }
    ]


def test_an_obligation_keeps_its_due_time() -> None:
    duty = Obligation(code="DELETE_NOW", parameters={}, due=5, pack="base", rule="nobody")
    decision = Decision(permit=True, revision=1, reasons=(), obligations=(duty,))
    (rendered,) = render_obligations(decision, WORDS)
    assert (rendered["due"], rendered["code"], rendered["sentence"]) == (5, "DELETE_NOW", "DELETE_NOW (base.nobody).")


def test_an_engine_error_has_words_without_any_policy() -> None:
    (rendered,) = render(Decision.error(4), {})
    assert "refused" in rendered["sentence"]
    assert rendered["remedy"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        (True, "yes"),
        (False, "no"),
        (99, "99"),
        ("99.5", "99.5"),
        ([], "none"),
        (["a", "b"], "a, b"),
        ({"b": 1, "a": 2}, '{"a": 2, "b": 1}'),
    ],
)
def test_values_are_shown_in_words(value: object, shown: str) -> None:
    assert fill("{value}", {"value": value}) == shown  # type: ignore[dict-item]


def test_an_instant_is_shown_as_a_time_where_the_name_speaks_of_time() -> None:
    at = 1_741_608_000_000_000_000
    assert fill("{expires_at} {serial}", {"expires_at": at, "serial": at}) == f"2025-03-10 12:00:00 UTC {at}"


def test_a_missing_parameter_stays_visible() -> None:
    assert fill("until {valid_to}", {}) == "until {valid_to}"


@given(st.text(), st.text())
def test_a_parameter_is_never_a_template(first: str, second: str) -> None:
    assert fill("{a}|{b}", {"a": first, "b": second}) == f"{first}|{second}"


@pytest.mark.parametrize("template", ["{a.b}", "{a[0]}", "{a!r}", "{a:>10}", "{0}", "{}", "{{a}}", "{", "a}", "{A}"])
def test_a_template_can_only_name_a_parameter(template: str) -> None:
    with pytest.raises(ValueError, match="braces"):
        placeholders(template)
    assert fill(template, {"a": "x", "b": "y"}).replace("x", "{a}") == template


def test_a_template_names_its_parameters() -> None:
    assert placeholders("from {valid_from} to {valid_to}") == {"valid_from", "valid_to"}
