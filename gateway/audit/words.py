"""The words by which an entry is found: those of its clear fields, and nothing else.

Each value of a top-level field is a word together with the field's name (`kind=search.decision`), for questions that
name a field. Each run of letters and digits in any text is a word by itself (`court`), for questions that do not.
Digests and the ids of single requests are left out: they are found by indexes of their own, and as words each would be
one entry's.
`EVERY` is a word of every entry, and the only one of a leaf that cannot be read, which `audit.append` refuses: so
nobody who wrote one all the same can keep the others from being found.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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
    """Every word of a leaf. Most entries say the same but for their ids, so words are made once for each clear text."""
    read = read_leaf(leaf)
    return frozenset({EVERY}) if read is None else _words_of_said(read.said)


class Readable(NamedTuple):
    """What finding an entry needs of its leaf: the time, and as text whatever words are made of.

    Entries of the same text have the same words.
    """

    time_ns: int
    said: bytes


def read_leaf(leaf: str) -> Readable | None:
    """None where the leaf cannot be read."""
    try:
        parsed: dict[str, Any] = msgspec.json.decode(leaf)
        time_ns = parsed["time"]
        for field in NOT_WORDS:
            parsed.pop(field, None)
        written = msgspec.json.encode(parsed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Readable(time_ns, written) if type(time_ns) is int else None


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
    return f"{field[:LONGEST]}={value[:LONGEST]}"


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
    # A stack of our own, so that no nesting exhausts the interpreter's.
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            waiting += found.values()
