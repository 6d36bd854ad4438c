"""A leaf as the forms of export take it: every field of the one type that it should have, or not said at all.

Invariant: `of` never raises. The database checks few of a leaf's fields, and a leaf that no form could take would stop
every export that reaches it; what is not as it should be stays in the leaf's own text, which `jsonl` and Parquet send.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gateway.audit.queries import StoredEntry

# The kind of what cannot be read as a leaf; no entry of the gateway's own has it.
UNREADABLE: Final = "entry.unreadable"
_LARGEST: Final = (1 << 63) - 1
# Of the log itself: the digests of what is sealed, which tell nobody anything.
_SEALED: Final = frozenset({"_sd", "_disclosed"})
_DEEPEST: Final = 64


@dataclass(frozen=True, slots=True)
class ExportLeaf:
    """`time` in nanoseconds since the epoch; `clear` is the leaf without the digests of what is sealed."""

    kind: str
    time: int
    agency: str | None
    client: str | None
    operation: str | None
    purpose: str | None
    decision_id: str | None
    subject: str | None
    permit: bool | None
    refused: bool
    revision: int | None
    reasons: tuple[str, ...]
    clear: dict[str, Any]

    @classmethod
    def of(cls, entry: StoredEntry) -> ExportLeaf:
        leaf = _parsed(entry.leaf)
        permit, reasons = leaf.get("permit"), leaf.get("reasons")
        return cls(
            kind=_text(leaf.get("kind")) or UNREADABLE,
            time=_integer(leaf.get("time")) or 0,
            agency=_text(leaf.get("agency")),
            client=_text(leaf.get("client")),
            operation=_text(leaf.get("operation")),
            purpose=_text(leaf.get("purpose")),
            decision_id=_text(leaf.get("decision_id")),
            subject=_text(leaf.get("id")) or _text(leaf.get("sanction")),
            permit=permit if isinstance(permit, bool) else None,
            refused=bool(leaf.get("refused")),
            revision=_integer(leaf.get("revision")),
            reasons=tuple(filter(_text, reasons)) if isinstance(reasons, list) else (),
            clear={name: value for name, value in leaf.items() if name not in _SEALED},
        )


def _parsed(text: str) -> dict[str, Any]:
    """Nothing where the text is none that every receiver of JSON could read."""
    try:
        leaf = json.loads(text)
        readable = isinstance(leaf, dict) and _is_plain(leaf, _DEEPEST)
    except (ValueError, RecursionError):
        return {}
    return leaf if readable else {}


def _is_plain(value: Any, depth: int) -> bool:
    """Whether it is what the log writes: texts, integers, booleans, nulls, no deeper than it goes."""
    if isinstance(value, float) or depth < 0:
        return False
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(_is_plain(item, depth - 1) for item in items)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return value if plain and -_LARGEST <= value <= _LARGEST else None
