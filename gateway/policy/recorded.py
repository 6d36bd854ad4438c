"""Decisions as the log recorded them, opened with the home's keys: what policy was asked, and what it answered.

Read as the database role REPLAYER, which sees no other entry. What must always hold: a value is used only where its
digest stands in the leaf, so that what is replayed is what the log holds; a decision whose input or key was destroyed
is returned as what it is, without an input, and never left out. So is an entry of that kind which is no decision of the
gateway's: whoever may append could otherwise stop every question about the decisions beside it.

Thousands are read for one impact, so a value stays the text that it was until somebody needs it parsed.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gateway.audit.cache import BoundedCache
from gateway.audit.disclosures import DIGEST_BYTES, DisclosureKeys, base64url
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.queries import see
from gateway.policy.decision import Obligation, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from gateway.database import Connection, Database

PAGE: Final = 500
_ABOVE_ALL: Final = 2**63 - 1
_KEYS: Final = 4096
_KEY_SECONDS: Final = 60.0
_QUOTE: Final = ord('"')
# Reasons that the gateway gives before policy is asked: no policy would have changed them.
_BEFORE_POLICY: Final = frozenset({"TOKEN_DOES_NOT_COVER", "GALLERY_NOT_FOUND", "FACTS_CHANGED"})
# Reasons that the gateway puts in the place of what policy said.
_INSTEAD_OF_POLICY: Final = frozenset({"ENGINE_ERROR", "OBLIGATION_UNENFORCEABLE"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision entry.

    Attributes:
        index: where on the log.
        clear: the leaf's clear values: decision_id, agency, operation, purpose, permit, reasons, packs, revision …
        input: the input document, exactly as policy was asked; None where it was erased or cannot be read.
        reasons: the reason documents that were given, as JSON; None where they were erased or cannot be read.
        obligations: likewise.
    """

    index: int
    clear: Mapping[str, Any]
    input: bytes | None
    reasons: bytes | None
    obligations: bytes | None

    @property
    def decision_id(self) -> str:
        return str(self.clear["decision_id"])

    @property
    def revision(self) -> int:
        return int(self.clear["revision"])

    @property
    def policy_was_asked(self) -> bool:
        """Whether the answer rests on policy: not where the gateway refused before it asked."""
        return _BEFORE_POLICY.isdisjoint(self.clear["reasons"])

    @property
    def is_answer_of_policy(self) -> bool:
        """Whether the answer is the policy's own: not where the engine failed or a duty could not be carried out."""
        known = self.reasons is not None and self.obligations is not None
        return known and self.policy_was_asked and _INSTEAD_OF_POLICY.isdisjoint(self.clear["reasons"])

    def document(self) -> dict[str, Any]:
        """The decision document as it was given. Raises ValueError: it was erased."""
        if self.reasons is None or self.obligations is None:
            raise ValueError("the reasons of this decision were erased")
        return {
            "permit": self.clear["permit"],
            "revision": self.revision,
            "reasons": json.loads(self.reasons),
            "obligations": json.loads(self.obligations),
            "packs": list(self.clear["packs"]),
        }


class _Clear(msgspec.Struct):
    """What every decision of the gateway's says in the clear."""

    time: int
    decision_id: str
    permit: bool
    revision: int
    reasons: list[str]
    obligations: list[str]
    packs: list[str]


class RecordedDecisions:
    """The log's decisions, for one caller: all of them, or those of one agency."""

    def __init__(self, database: Database, keys: Path) -> None:
        """`database` is of the role REPLAYER; `keys` the folder of the home's keys. Raises KeyMissing."""
        self._database = database
        self._opener = _Opener(DisclosureKeys.load(keys))

    def last(self, many: int, *, agency: str | None = None) -> Iterator[Recorded]:
        """The last `many` decisions of the log, the newest first. Raises DatabaseUnavailable."""
        below = _ABOVE_ALL
        while many > 0:
            with self._database.transaction() as connection:
                see(connection, agency)
                rows = _rows(connection, below, min(PAGE, many))
            yield from map(self._opener.open, rows)
            if len(rows) < min(PAGE, many):
                return
            below, many = rows[-1][0], many - len(rows)

    def one(self, decision_id: UUID, *, agency: str | None = None) -> Recorded | None:
        """One decision; None where there is none or it belongs to another agency. Raises DatabaseUnavailable."""
        with self._database.transaction() as connection:
            see(connection, agency)
            found = connection.execute("SELECT policy.recorded_at(%s)", (str(decision_id),)).fetchone()
            if found is None or found[0] is None:
                return None
            (row,) = _rows(connection, found[0] + 1, 1)
        return self._opener.open(row)


def _rows(connection: Connection, below: int, many: int) -> list[tuple[Any, ...]]:
    """(index, leaf, key_id, input, reasons, obligations, scope_blind, generation, wrapped) of up to `many` entries."""
    return connection.execute(
        """
        SELECT index, leaf, key_id, input, reasons, obligations, scope_blind, generation, wrapped
          FROM policy.recorded_decisions(%s, %s)
        """,
        (below, many),
        binary=True,
    ).fetchall()


class _Opener:
    def __init__(self, keys: DisclosureKeys) -> None:
        self._keys = keys
        self._ciphers: BoundedCache[UUID, AESGCM] = BoundedCache(_KEYS, _KEY_SECONDS, time.monotonic)

    def open(self, row: tuple[Any, ...]) -> Recorded:
        index, leaf, key_id, asked, reasons, obligations, scope_blind, generation, wrapped = row
        clear = msgspec.json.decode(leaf)
        if not _is(clear, _Clear):
            return Recorded(index, _said(index, clear), None, None, None)
        cipher = self._cipher(key_id, scope_blind, generation, wrapped)
        digests = clear["_sd"]
        return Recorded(
            index,
            clear,
            _unquoted(_opened(cipher, asked, b"input", digests)),
            _documents(_opened(cipher, reasons, b"reasons", digests), _REASONS),
            _documents(_opened(cipher, obligations, b"obligations", digests), _OBLIGATIONS),
        )

    def _cipher(self, key_id: UUID | None, scope_blind: bytes, generation: int, wrapped: bytes | None) -> AESGCM | None:
        if key_id is None or wrapped is None:
            return None
        known = self._ciphers.get(key_id)
        if known is None:
            try:
                known = self._keys.unwrap(key_id, scope_blind, generation, wrapped)
            except DisclosureUnreadable:
                return None
            self._ciphers.put(key_id, known)
        return known


_REASONS: Final = msgspec.json.Decoder(list[Reason])
_OBLIGATIONS: Final = msgspec.json.Decoder(list[Obligation])


def _is(clear: Any, model: type) -> bool:
    try:
        msgspec.convert(clear, model)
    except msgspec.ValidationError:
        return False
    return True


def _said(index: int, clear: Mapping[str, Any]) -> dict[str, Any]:
    """An entry that is no decision of the gateway's, as one that decided nothing."""
    name = clear.get("decision_id")
    nothing = {"permit": False, "revision": 0, "reasons": [], "obligations": [], "packs": []}
    return {"time": clear["time"], "decision_id": name if isinstance(name, str) else f"entry {index}", **nothing}


def _documents(text: bytes | None, decoder: msgspec.json.Decoder[Any]) -> bytes | None:
    """The text, where it is what it should be."""
    try:
        if text is not None:
            decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return text


def _opened(cipher: AESGCM | None, sealed: bytes | None, name: bytes, digests: list[str]) -> bytes | None:
    """The JSON of one disclosure's value; None where it was destroyed, was changed, or is not one the leaf names.

    A disclosure is `["salt","name",value]`, and salt and name hold no character that JSON escapes.
    """
    if cipher is None or sealed is None or base64url(sealed[:DIGEST_BYTES]) not in digests:
        return None
    try:
        text = DisclosureKeys.text_with(cipher, sealed)
    except DisclosureUnreadable:
        return None
    salt_and_name, found, value = text.partition(b'","' + name + b'",')
    if not found or salt_and_name[:2] != b'["' or b'"' in salt_and_name[2:]:
        return None
    return value[:-1]


def _unquoted(text: bytes | None) -> bytes | None:
    """The text in a JSON string. Where only quotation marks are escaped, as in most inputs, no parser is needed."""
    if text is None or len(text) < 2 or text[0] != _QUOTE:  # noqa: PLR2004 - the two quotation marks
        return None
    inner = text[1:-1]
    if inner.count(b"\\") == inner.count(b'\\"'):
        return inner.replace(b'\\"', b'"')
    try:
        return str(json.loads(text)).encode()
    except ValueError:
        return None
