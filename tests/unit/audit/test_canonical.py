"""One value has one text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.canonical import JSON, canonical
from gateway.audit.errors import EntryMalformed

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
integers = st.integers(-(1 << 63), (1 << 63) - 1)
values = st.recursive(
    st.none() | st.booleans() | integers | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_the_text_says_the_value_and_is_a_fixed_point(value: JSON) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@given(st.dictionaries(text, integers, min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, JSON]) -> None:
    assert canonical(value) == canonical(dict(reversed(value.items())))


def test_keys_are_sorted_by_utf16_code_units() -> None:
    """The example of RFC 8785 section 3.2.3: U+1F600 sorts before U+FB33, though its code point is larger."""
    unsorted: dict[str, JSON] = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical(unsorted)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_strings_are_escaped_as_ecmascript_does() -> None:
    """The string of RFC 8785 section 3.2.2, and what it leaves unescaped."""
    assert canonical('\u20ac$\x0f\nA\'B"\\\\"/') == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'
    assert canonical("\x7f\u2028</script>") == '"\x7f\u2028</script>"'


def test_integers_are_written_exactly() -> None:
    assert canonical([0, -1, 2**53 + 1, 1763935985123456789]) == "[0,-1,9007199254740993,1763935985123456789]"


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        "a\0b",
        {"a\0": 1},
        "\ud800",
        {"\udfff": 1},
        {1: "a"},
        1 << 63,
        -(1 << 63) - 1,
        b"bytes",
        {"a": {1, 2}},
        ...,
    ],
    ids=repr,
)  # fmt: skip
def test_what_cannot_be_logged_is_refused(value: JSON) -> None:
    with pytest.raises(EntryMalformed):
        canonical([value])


def test_deep_nesting_is_refused() -> None:
    value: JSON = []
    for _ in range(100):
        value = [value]
    with pytest.raises(EntryMalformed):
        canonical(value)
