"""The language in which the log is asked: `kind:search.decision permit:false -purpose:identify_victim "warrant"`.

A question is terms, all of which must hold. `key:value` asks for a clear field, `key:a,b` for one of several values, a
bare or quoted text for entries whose clear fields hold every word of it, and a minus in front for entries of which it
does not hold. Whatever is not understood is refused, never passed over.

`case:`, `user:` and `probe:` go by keyed digest; `decision:` and `leaf:` by an index of their own; `from:` and `to:`
bound the time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.audit.entries import case_of
from gateway.audit.words import field_word, free_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What may stand before a colon, and the leaf's field that it asks about.
FIELDS: Final = {
    "kind": "kind",
    "agency": "agency",
    "client": "client",
    "operation": "operation",
    "purpose": "purpose",
    "permit": "permit",
    "reason": "reasons",
    "obligation": "obligations",
    "pack": "packs",
    "revision": "revision",
    "outcome": "outcome",
    "record": "record",
    "id": "id",
}
BLIND: Final = ("case", "user", "probe")
EXACT: Final = ("decision", "leaf")
TIMES: Final = ("from", "to")
KEYS: Final = (*FIELDS, *BLIND, *EXACT, *TIMES)
LONGEST: Final = 1000
MOST_TERMS: Final = 20
_TERM: Final = re.compile(r'(?P<minus>-?)(?:(?P<key>[a-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))(?=\s|$)')
_NANOSECONDS: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class QuestionError(Exception):
    """A question that cannot be asked so: which key, and what to write instead. Values are never quoted back."""

    def __init__(self, key: str, remedy: str) -> None:
        super().__init__(key)
        self.key = key
        self.remedy = remedy


class Term(NamedTuple):
    """`key` is None for free text."""

    key: str | None
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, as the index knows it.

    Attributes:
        all_of: of each group one word must be there.
        none_of: words of which none may be there.
        found_by: columns that have an index of their own, with the values of which an entry must have one.
        time_from: nanoseconds.
        time_to: nanoseconds, exclusive.
    """

    all_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    found_by: tuple[tuple[str, tuple[bytes | str, ...]], ...] = ()
    time_from: int | None = None
    time_to: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether every entry is meant."""
        return self == Question()


def asking(**values: str) -> Question:
    """A question for clear fields: `asking(kind="search.decision", permit="false")`."""
    return Question(tuple((field_word(FIELDS[key], value),) for key, value in values.items()))


def parse(text: str) -> list[Term]:
    """The terms of a question. Raises QuestionError."""
    if len(text) > LONGEST or "\0" in text:
        raise QuestionError("q", f"Ask with at most {LONGEST} characters.")
    terms: list[Term] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        found = _TERM.match(text, position)
        if found is None:
            raise QuestionError("q", f"At character {position + 1} a quotation mark is missing or misplaced.")
        terms.append(_term(found))
        position = found.end()
    if len(terms) > MOST_TERMS:
        raise QuestionError("q", f"Ask with at most {MOST_TERMS} terms.")
    return terms


def question(terms: Iterable[Term], *, blind: Callable[[str, str], bytes], agency: str | None) -> Question:
    """The terms as the index knows them.

    Args:
        terms: from `parse`, or made from parameters.
        blind: `AuditLog.blind`.
        agency: whose entries the caller may see, None for all: a case number means something within an agency only.

    Raises:
        QuestionError: a key or a value cannot be used.
    """
    terms = list(terms)
    agencies = {value for term in terms if term.key == "agency" and not term.negated for value in term.values}
    of = agency or (agencies.pop() if len(agencies) == 1 else None)
    all_of: list[tuple[str, ...]] = []
    none_of: list[str] = []
    found_by: list[tuple[str, tuple[bytes | str, ...]]] = []
    bounds: dict[str, int] = {}
    for term in terms:
        if term.key in TIMES:
            bounds[term.key] = moment(term.key, _single(term))
        elif term.key in BLIND or term.key in EXACT:
            found_by.append(_found_by(term, blind, of))
        elif term.key is None:
            words = [word for value in term.values for word in free_words(value)]
            if not words:
                raise QuestionError("q", "A text must have a letter or a digit, and be no digest.")
            if term.negated and len(words) > 1:
                raise QuestionError("q", "A minus may stand before one word, not before several.")
            none_of += words if term.negated else []
            all_of += [] if term.negated else [(word,) for word in words]
        else:
            group = tuple(field_word(FIELDS[term.key], value) for value in term.values)
            if term.negated:
                none_of += group
            else:
                all_of.append(group)
    return Question(tuple(all_of), tuple(none_of), tuple(found_by), bounds.get("from"), bounds.get("to"))


def moment(key: str, text: str) -> int:
    """Nanoseconds: given as they are, as RFC 3339, or as a date, which is its first moment in UTC.

    Raises QuestionError.
    """
    if _NANOSECONDS.fullmatch(text):
        if int(text) >= 1 << 63:
            raise QuestionError(key, "That time is out of range.")
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise QuestionError(key, "Write it as 2026-11-23T22:12:00Z, as 2026-11-23, or in nanoseconds.") from None
    if found.tzinfo is None:
        if len(text) != len("2026-11-23"):
            raise QuestionError(key, "Say the time zone: 2026-11-23T22:12:00Z.")
        found = found.replace(tzinfo=UTC)
    return (found - _EPOCH) // timedelta(microseconds=1) * 1000


def _term(found: re.Match[str]) -> Term:
    key, quoted = found["key"], found["quoted"]
    if key is not None and key not in KEYS:
        raise QuestionError(key[:40], f"It is not one of {', '.join(KEYS)}; quote a text with a colon in it.")
    if key is None and quoted is None and ":" in found["bare"]:
        raise QuestionError("q", "Give the key a value, and quote a text with a colon in it.")
    values = (quoted,) if quoted is not None else tuple(found["bare"].split(",")) if key else (found["bare"],)
    if not all(values):
        raise QuestionError(key or "q", "Give it a value, or leave it out.")
    return Term(key, values, found["minus"] == "-")


def _single(term: Term) -> str:
    if term.negated or len(term.values) != 1:
        raise QuestionError(term.key or "q", "It takes one value, without a minus.")
    return term.values[0]


def _found_by(
    term: Term, blind: Callable[[str, str], bytes], agency: str | None
) -> tuple[str, tuple[bytes | str, ...]]:
    key = term.key or ""
    if term.negated:
        raise QuestionError(key, "It is asked for without a minus.")
    if key == "decision":
        return "decision_id", term.values
    if key == "leaf":
        if not all(_DIGEST.fullmatch(value) for value in term.values):
            raise QuestionError(key, "A leaf is named by its hash, 64 hexadecimal digits.")
        return "leaf_hash", tuple(bytes.fromhex(value) for value in term.values)
    if key == "case":
        if agency is None:
            raise QuestionError(key, "Name the agency too: case numbers of different agencies are different cases.")
        return "blind_case", tuple(blind("case", case_of(agency, value)) for value in term.values)
    if key == "probe":
        return "blind_probe", tuple(blind("probe", value.lower()) for value in term.values)
    return "blind_user", tuple(blind("user", value) for value in term.values)
