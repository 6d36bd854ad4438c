"""RFC 9396 details of type face_search: what is written can be read, and nothing else can."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.authorization_details import (
    LONGEST,
    MOST,
    InvalidDetails,
    counted,
    narrowed,
    parse_details,
    read_details,
    write_details,
)
from gateway.identity.caller import FaceSearchAuthorization
from gateway.vocabulary import ProhibitedUse, Purpose, Suspicion

_printable = st.text(st.characters(codec="utf-8"), min_size=1, max_size=128).filter(str.isprintable)
_details = st.builds(
    FaceSearchAuthorization,
    purpose=st.none() | st.sampled_from([*Purpose, *ProhibitedUse]).map(str),
    case_number=st.none() | _printable,
    instrument=st.none() | _printable,
    galleries=st.none() | st.lists(_printable, min_size=1, max_size=8, unique=True).map(tuple),
    searches=st.none() | st.integers(1, 10**9),
    justification=st.none() | _printable,
    offence=st.none() | _printable,
    suspicion=st.none() | st.sampled_from(Suspicion).map(str),
).filter(lambda detail: replace(detail, justification=None, offence=None, suspicion=None) != FaceSearchAuthorization())


@given(st.lists(_details, max_size=MOST).map(tuple))
def test_what_is_written_is_read_back(details: tuple[FaceSearchAuthorization, ...]) -> None:
    assert read_details(json.loads(json.dumps(write_details(details)))) == details


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "galleries", "purpose", "x"]), inner),
    )
)
def test_any_json_is_either_details_or_refused(value: object) -> None:
    try:
        read_details(value)
    except InvalidDetails:
        return


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "[1]",
        "[[]]",
        "[{}]",
        '[{"type": "payment"}]',
        '[{"type": "face_search"}]',
        '[{"purpose": "identify_victim"}]',
        '[{"type": "face_search", "purpose": "curiosity"}]',
        '[{"type": "face_search", "purpose": null}]',
        '[{"type": "face_search", "case_number": 5}]',
        '[{"type": "face_search", "case_number": ""}]',
        '[{"type": "face_search", "case_number": "a\\u0000"}]',
        '[{"type": "face_search", "case_number": "\\ud800"}]',
        '[{"type": "face_search", "galleries": []}]',
        '[{"type": "face_search", "galleries": "all"}]',
        '[{"type": "face_search", "galleries": ["a", "a"]}]',
        '[{"type": "face_search", "galleries": [null]}]',
        '[{"type": "face_search", "searches": 0}]',
        '[{"type": "face_search", "searches": true}]',
        '[{"type": "face_search", "searches": 1.5}]',
        '[{"type": "face_search", "searches": -1}]',
        '[{"type": "face_search", "justification": "seen at the terminal"}]',
        '[{"type": "face_search", "case_number": "1", "suspicion": "curiosity"}]',
        json.dumps([{"type": "face_search", "case_number": "1", "justification": "x" * 1001}]),
        '[{"type": "face_search", "searches": 3, "counter": "mine"}]',
        '[{"type": "face_search", "case_number": "1", "case_number": "2"}]',
        '[{"type": "face_search", "case_number": NaN}]',
        "[" * 3000,
        json.dumps([{"type": "face_search", "case_number": "1"}] * (MOST + 1)),
        json.dumps([{"type": "face_search", "case_number": "1"}]) + " " * LONGEST,
    ],
)
def test_anything_else_is_refused_in_words_that_quote_nothing(text: str) -> None:
    with pytest.raises(InvalidDetails) as refused:
        parse_details(text)
    assert "curiosity" not in str(refused.value)
    assert '"' not in str(refused.value)  # RFC 6749 section 5.2 forbids it in error_description


def held(**fields: Any) -> tuple[FaceSearchAuthorization, ...]:
    return (FaceSearchAuthorization(**fields),)


def test_a_limit_on_searches_gets_a_counter_of_its_own_when_it_is_granted_and_keeps_it() -> None:
    (first,), (second,) = counted(held(searches=3)), counted(held(searches=3))
    assert first.counter
    assert second.counter not in {None, first.counter}
    assert counted((first,)) == (first,)
    assert counted(held(purpose="identify_victim")) == held(purpose="identify_victim")
    assert read_details(write_details((first,))) == (first,)


@pytest.mark.parametrize(
    ("has", "asks"),
    [
        ({"purpose": "identify_victim"}, {"purpose": "identify_victim", "case_number": "1"}),
        ({"galleries": ("a", "b")}, {"galleries": ("b",)}),
        ({"searches": 5}, {"searches": 5, "instrument": "x"}),
        ({"case_number": "1"}, {"case_number": "1", "galleries": ("a",), "searches": 1}),
        ({"case_number": "1", "justification": "a"}, {"case_number": "1", "justification": "b"}),
    ],
)
def test_what_is_passed_on_may_be_narrower(has: dict[str, Any], asks: dict[str, Any]) -> None:
    assert narrowed(held(**has), held(**asks)) == held(**asks)
    assert narrowed(held(**has), ()) == held(**has)
    assert narrowed((), held(**asks)) == held(**asks)


@pytest.mark.parametrize(
    ("has", "asks"),
    [
        ({"purpose": "identify_victim"}, {"purpose": "identify_witness"}),
        ({"purpose": "identify_victim"}, {"case_number": "1"}),
        ({"galleries": ("a",)}, {"galleries": ("a", "b")}),
        ({"galleries": ("a",)}, {"case_number": "1"}),
        ({"searches": 5}, {"searches": 6}),
        ({"searches": 5}, {"case_number": "1"}),
    ],
)
def test_what_is_passed_on_may_not_be_wider(has: dict[str, Any], asks: dict[str, Any]) -> None:
    with pytest.raises(InvalidDetails):
        narrowed(held(**has), held(**asks))


def test_what_is_passed_on_is_counted_where_it_was() -> None:
    (granted,) = counted(held(searches=5))
    (passed_on,) = narrowed((granted,), held(searches=2))
    assert (passed_on.searches, passed_on.counter) == (2, granted.counter)
