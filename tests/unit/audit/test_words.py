"""An entry is found by the words of its clear fields."""

from __future__ import annotations

import pytest

from gateway.audit.words import EVERY, free_words, words_of

LEAF = {
    "kind": "search.decision",
    "time": 17,
    "_sd": ["x" * 43],
    "_disclosed": 1,
    "agency": "lakeport-pd",
    "permit": False,
    "revision": 3,
    "purpose": None,
    "decision_id": "01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b11",
    "reasons": ["COURT_ORDER_REQUIRED"],
    "engine": {"vendor": "dlib", "version": "20.0"},
    "files_sha256": "ab" * 32,
    "draft": "01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b11",
}


def test_values_are_words_with_their_field_and_texts_are_words_alone() -> None:
    draft = "01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b11"
    assert words_of(LEAF) == {
        EVERY,
        "kind=search.decision", "search", "decision",
        "agency=lakeport-pd", "lakeport", "pd",
        "permit=false", "revision=3",
        "reasons=COURT_ORDER_REQUIRED", "court", "order", "required",
        "dlib", "20", "0",
        f"draft={draft}", draft,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Straße, 2. Etage", ("strasse", "2", "etage")),
        ("ab" * 16, ()),
        ("A" * 43, ()),
        ("…", ()),
        ("x" * 500, ("x" * 128,)),
    ],
)
def test_digests_are_no_words_and_long_ones_are_cut(text: str, words: tuple[str, ...]) -> None:
    assert free_words(text) == words
