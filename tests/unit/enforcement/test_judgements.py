"""What examiners say together does not depend on who judged first, and nobody alone makes a lead."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gateway.enforcement.judgements import MOST, Verdict, leads, places, settled

SAME, OTHER, OPEN = Verdict.SAME_PERSON, Verdict.DIFFERENT_PERSON, Verdict.INCONCLUSIVE

judgement = st.fixed_dictionaries({name: st.sampled_from(list(Verdict)) for name in ("a", "b", "c")})


def test_one_alone_settles_nothing_and_finds_nothing() -> None:
    assert not settled([{"a": SAME}])
    assert leads([{"a": SAME}]) == frozenset()
    assert places([{"a": SAME}]) == 2


def test_two_who_found_the_same_agree_and_two_who_did_not_are_followed_by_a_third() -> None:
    assert settled([{"a": SAME, "b": OTHER}, {"a": SAME, "b": OPEN}])
    assert leads([{"a": SAME, "b": OTHER}, {"a": SAME, "b": OPEN}]) == {"a"}
    differing = [{"a": SAME, "b": OTHER}, {"a": OTHER, "b": SAME}]
    assert not settled(differing)
    assert places(differing) == 3
    assert leads([*differing, {"a": OTHER, "b": SAME}]) == {"b"}
    assert leads([*differing, {"a": OTHER, "b": OPEN}]) == frozenset()


def test_two_who_found_nobody_agree() -> None:
    assert settled([{"a": OPEN}, {"a": OTHER}])
    assert settled([{}, {}])


@given(st.lists(judgement, min_size=3, max_size=3))
def test_the_order_does_not_matter_and_three_always_settle(said: list[dict[str, Verdict]]) -> None:
    assert {leads(list(order)) for order in itertools.permutations(said)} == {leads(said)}
    assert settled(said)


@given(st.lists(judgement, max_size=MOST))
def test_a_lead_was_taken_by_two(said: list[dict[str, Verdict]]) -> None:
    for candidate in leads(said):
        assert sum(one[candidate] is SAME for one in said) >= 2
