"""The words by which an entry is found: those of its clear fields, and nothing else.

Each value of a top-level field is a word together with the field's name (`kind=search.decision`), for questions that
name a field. Each run of letters and digits in any text is a word by itself (`court`), for questions that do not.
Digests and the ids of single requests are left out: they are found by indexes of their own, and as words each would be
one entry's.
`EVERY` is a word of every entry.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

EVERY: Final = ""
# Of the log itself, or one entry's own.
NOT_WORDS: Final = frozenset({"_sd", "_disclosed", "time", "decision_id", "token_sha256"})
LONGEST: Final = 128
_DIGEST: Final = re.compile(r"[0-9a-f]{32,}|[A-Za-z0-9_-]{43}=?")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RUN: Final = re.compile(r"[^\W_]+")


def words_of_text(leaf: str) -> frozenset[str]:
    """Every word of a leaf. Most entries say the same but for their ids, so words are made once for each clear text.

    Raises:
        ValueError, TypeError, AttributeError: the text is no leaf.
    """
    return _words_of_said(said(msgspec.json.decode(leaf)))


def said(leaf: dict[str, Any]) -> bytes:
    """What of a parsed leaf words are made of, as text; entries of the same text have the same words."""
    for field in NOT_WORDS:
        leaf.pop(field, None)
    return msgspec.json.encode(leaf)


@functools.lru_cache(maxsize=4096)
def _words_of_said(text: bytes) -> frozenset[str]:
    return frozenset(words_of(msgspec.json.decode(text)))


def words_of(leaf: Mapping[str, Any]) -> set[str]:
    """Every word of a parsed leaf."""
    found = {EVERY}
    for field, value in leaf.items():
        if field in NOT_WORDS:
            continue
        found.update(field_word(field, text) for text in _values(value))
        for text in _texts(value):
            found.update(free_words(text))
    return found


def field_word(field: str, value: str) -> str:
    """The word of a value in a named field."""
    return f"{field}={value[:LONGEST]}"


@functools.lru_cache(maxsize=4096)
def free_words(text: str) -> tuple[str, ...]:
    """The words of a text, whatever field it stands in; none where it is a digest. An id is one word."""
    folded = text.casefold()
    if _UUID.fullmatch(folded):
        return (folded,)
    if _DIGEST.fullmatch(text):
        return ()
    return tuple(word[:LONGEST] for word in _RUN.findall(folded))


def as_text(value: Any) -> str | None:
    """A scalar as it is written in a question; None for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, str) else None


def _values(value: Any) -> Iterator[str]:
    items: Iterable[Any] = value if isinstance(value, list) else (value,)
    for item in items:
        text = as_text(item)
        if text is not None and not _DIGEST.fullmatch(text):
            yield text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
