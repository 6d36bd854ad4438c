"""A question means what it says, and what is not understood is refused."""

from __future__ import annotations

import pytest

from gateway.audit.entries import case_of
from gateway.audit.query_language import Question, QuestionError, Term, asking, moment, parse, question


def blind(kind: str, value: str) -> bytes:
    return f"{kind}/{value}".encode()


def meant(text: str, agency: str | None = None) -> Question:
    return question(parse(text), blind=blind, agency=agency)


def test_a_question_is_read_term_by_term() -> None:
    assert parse('kind:search.decision,search.release -purpose:x "Warrant required" word') == [
        Term("kind", ("search.decision", "search.release")),
        Term("purpose", ("x",), negated=True),
        Term(None, ("Warrant required",)),
        Term(None, ("word",)),
    ]
    assert parse("  ") == []
    assert parse('client:"a b"') == [Term("client", ("a b",))]


def test_keys_are_words_of_their_field_and_text_is_words_of_any() -> None:
    assert meant('reason:WARRANT_REQUIRED,QUOTA -permit:true "Court-order" -quota') == Question(
        all_of=(("reasons=WARRANT_REQUIRED", "reasons=QUOTA"), ("court",), ("order",)),
        none_of=("permit=true", "quota"),
    )
    assert meant("kind:a") == asking(kind="a")


def test_persons_and_cases_become_digests() -> None:
    assert meant("user:ruiz,kim probe:AB").found_by == (
        ("blind_user", (b"user/ruiz", b"user/kim")),
        ("blind_probe", (b"probe/ab",)),
    )
    expected = (("blind_case", (b"case/" + case_of("lakeport-pd", "26-1").encode(),)),)
    assert meant("case:26-1", agency="lakeport-pd").found_by == expected
    assert meant("agency:lakeport-pd case:26-1").found_by == expected
    assert meant(f"decision:d1 leaf:{'ab' * 32}").found_by == (
        ("decision_id", ("d1",)),
        ("leaf_hash", (b"\xab" * 32,)),
    )


def test_times_are_instants_dates_or_nanoseconds() -> None:
    assert moment("from", "1970-01-01T00:00:01.000001Z") == 1_000_001_000
    assert moment("from", "1970-01-02") == 86_400 * 10**9
    assert moment("from", "1970-01-01T01:00:00+01:00") == 0
    assert moment("from", "17") == 17
    asked = meant("from:1970-01-01 to:5")
    assert (asked.time_from, asked.time_to) == (0, 5)


@pytest.mark.parametrize(
    "text",
    [
        "colour:red",
        "http://example",
        'kind:"a',
        'say "a"b',
        "kind:",
        "kind:a,",
        "-from:1",
        "from:1,2",
        "from:yesterday",
        "from:2026-11-23T10:00:00",
        "from:9999999999999999999",
        "-user:ruiz",
        "-decision:d",
        "leaf:abc",
        "case:26-1",
        "agency:a,b case:26-1",
        '"..."',
        "-" + "ab" * 32,
        '-"two words"',
        "a\0b",
        "x" * 1001,
        " ".join(["a"] * 21),
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(QuestionError) as refused:
        meant(text)
    assert refused.value.remedy.endswith(".")
    assert "ruiz" not in str(refused.value)


def test_a_question_for_everything_is_open() -> None:
    assert meant("").is_open
    assert not meant("word").is_open
    assert not meant("from:0").is_open
