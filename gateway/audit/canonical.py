"""Canonical JSON (RFC 8785) for values that the log holds.

Invariant: one value has one text. Keys are sorted by UTF-16 code units, there is no white space, and strings are
escaped as ECMAScript does. Floats are refused, so the RFC's number formatting never matters; integers are written
exactly, also above 2^53 (times are nanoseconds), where the RFC's doubles could not, and have 64 bits, so that every
reader has them. U+0000, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot carry, are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from gateway.audit.errors import EntryMalformed

JSON = str | int | bool | None | Sequence["JSON"] | Mapping[str, "JSON"]

DEEPEST: Final = 64
_INTEGERS: Final = range(-(1 << 63), 1 << 63)
# Writes what is plain exactly as the longer way does, which a property test compares.
_PLAIN: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: JSON) -> str:
    """The canonical text of a value.

    Raises:
        EntryMalformed: a float, an integer beyond 64 bits, U+0000, a lone surrogate, a key that is not text, or
            nesting deeper than 64.
    """
    try:
        if _is_plain(value, DEEPEST):
            return _PLAIN.encode(value).decode()
        text = json.dumps(_ordered(value, DEEPEST), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        raise EntryMalformed("a lone surrogate cannot be logged") from None
    return text


def _is_plain(value: Any, depth: int) -> bool:  # noqa: PLR0911 - a table
    """Whether it is made of nothing but the exact types below, with ASCII names: most values are."""
    kind = type(value)
    if kind is str:
        return "\0" not in value
    if kind is int:
        return value in _INTEGERS
    if kind is bool or value is None:
        return True
    if depth == 0:
        return False
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii() or "\0" in key or not _is_plain(item, depth - 1):
                return False
        return True
    return (kind is list or kind is tuple) and all(_is_plain(item, depth - 1) for item in value)


def _ordered(value: JSON, depth: int) -> JSON:
    if value is None:
        return value
    if isinstance(value, int):
        if value not in _INTEGERS:
            raise EntryMalformed("an integer beyond 64 bits cannot be logged")
        return value
    if isinstance(value, str):
        return _text(value)
    if depth == 0:
        raise EntryMalformed("the value is nested too deeply")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise EntryMalformed("an object's keys must be text")
        # Among ASCII names, code units come in the order of the characters.
        keys = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_utf16)
        return {_text(key): _ordered(value[key], depth - 1) for key in keys}
    if isinstance(value, list | tuple):
        return [_ordered(item, depth - 1) for item in value]
    raise EntryMalformed(f"a {type(value).__name__} cannot be logged")


def _text(value: str) -> str:
    if "\0" in value:
        raise EntryMalformed("U+0000 cannot be logged")
    return value


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")
