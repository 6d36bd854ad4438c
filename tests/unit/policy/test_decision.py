"""A decision is canonical: what two engines say in two orders is one value."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from gateway.policy.decision import Decision, MalformedDecisionError, parse

KINDS = {
    ("base", "one"): ("denial", "AGENCY_SUSPENDED"),
    ("base", "two"): ("denial", "USER_SUSPENDED"),
    ("us_wa", "duty"): ("obligation", "LEAD_ONLY"),
}


def answer(**parameters: Any) -> dict[str, Any]:
    return {
        "permit": False,
        "revision": 1,
        "reasons": [
            {"code": "AGENCY_SUSPENDED", "parameters": parameters, "pack": "base", "rule": "one"},
            {"code": "USER_SUSPENDED", "parameters": {}, "pack": "base", "rule": "two"},
            {"code": "ENGINE_ERROR", "parameters": {"of": "b"}, "pack": "base", "rule": "unlisted"},
            {"code": "ENGINE_ERROR", "parameters": {"of": "a"}, "pack": "base", "rule": "unlisted"},
        ],
        "obligations": [
            {"code": "LEAD_ONLY", "parameters": {}, "due": 5, "pack": "us_wa", "rule": "duty"},
            {"code": "DELETE_NOW", "parameters": {}, "due": None, "pack": "base", "rule": "unlisted"},
        ],
        "packs": ["us_wa", "contract", "base"],
    }


def test_the_order_in_which_an_engine_speaks_does_not_matter() -> None:
    first = parse(answer(fields=["mode", "purpose"]), revision=1, kinds=KINDS)
    chance = random.Random(1)  # noqa: S311 - variety, not secrecy
    for _ in range(20):
        other = copy.deepcopy(answer(fields=["purpose", "mode"]))
        for name in ("reasons", "obligations", "packs"):
            chance.shuffle(other[name])
        assert parse(other, revision=1, kinds=KINDS).document() == first.document()
    assert first.packs == ("base", "contract", "us_wa")
    assert [reason.rule for reason in first.reasons] == ["one", "two", "unlisted", "unlisted"]


def test_no_fraction_is_left_in_a_decision() -> None:
    decision = parse(answer(floor=99.5, whole=80.0, deep=[{"x": 0.1}]), revision=1, kinds=KINDS)
    assert decision.reasons[0].parameters == {"floor": "99.5", "whole": 80, "deep": [{"x": "0.1"}]}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_malformed(value: float) -> None:
    with pytest.raises(MalformedDecisionError):
        parse(answer(floor=value), revision=1, kinds=KINDS)


def test_a_parameter_may_not_be_nested_without_end() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    with pytest.raises(MalformedDecisionError):
        parse(answer(deep=deep), revision=1, kinds=KINDS)


def test_the_denial_for_a_failed_engine_names_its_revision() -> None:
    decision = Decision.error(9)
    assert (decision.permit, decision.revision, decision.codes, decision.is_error) == (
        False,
        9,
        ("ENGINE_ERROR",),
        True,
    )
