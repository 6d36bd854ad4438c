"""Decisions as the log recorded them, opened with the home's keys: what policy was asked, and what it answered.

Read as the database role `REPLAYER`, which sees no other entry. What must always hold: a value is used only where its
digest stands in the leaf, so that what is replayed is what the log holds; a decision whose input or key was destroyed
is returned as what it is, without an input, and never left out.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.cache import BoundedCache
from gateway.audit.disclosures import DIGEST_BYTES, DisclosureKeys, base64url
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.queries import see
from gateway.policy.decision import ENGINE_ERROR

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
# Reasons that the gateway gives before policy is asked, so that no policy would have changed them.
_NOT_POLICY: Final = frozenset({"TOKEN_DOES_NOT_COVER", "GALLERY_NOT_FOUND", "FACTS_CHANGED"})
_GATEWAY: Final = "gateway"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision entry.

    Attributes:
        index: where on the log.
        clear: the leaf's clear values: decision_id, agency, operation, purpose, permit, reasons, packs, revision …
        input: the input document's text, exactly as policy was asked; None where it was erased.
        reasons: reason documents as they were given; None where they were erased.
        obligations: likewise.
    """

    index: int
    clear: Mapping[str, Any]
    input: str | None
    reasons: list[dict[str, Any]] | None
    obligations: list[dict[str, Any]] | None

    @property
    def decision_id(self) -> str:
        return str(self.clear["decision_id"])

    @property
    def revision(self) -> int:
        return int(self.clear["revision"])

    @property
    def policy_was_asked(self) -> bool:
        """Whether the answer rests on policy: not where the gateway refused before it asked."""
        return not _NOT_POLICY & set(self.clear["reasons"])

    @property
    def is_answer_of_policy(self) -> bool:
        """Whether the answer is the policy's own: not where the engine failed or a duty could not be carried out."""
        if self.reasons is None or self.obligations is None or ENGINE_ERROR in self.clear["reasons"]:
            return False
        return all(reason["pack"] != _GATEWAY for reason in self.reasons)


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
        clear = json.loads(leaf)
        cipher = self._cipher(key_id, scope_blind, generation, wrapped)
        digests = frozenset(clear["_sd"])
        return Recorded(
            index=int(index),
            clear=clear,
            input=_opened(cipher, asked, "input", digests),
            reasons=_opened(cipher, reasons, "reasons", digests),
            obligations=_opened(cipher, obligations, "obligations", digests),
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


def _opened(cipher: AESGCM | None, sealed: bytes | None, name: str, digests: frozenset[str]) -> Any:
    """The value of one disclosure; None where it was destroyed, was changed, or is not one that the leaf names."""
    if cipher is None or sealed is None or base64url(sealed[:DIGEST_BYTES]) not in digests:
        return None
    try:
        found = DisclosureKeys.open_with(cipher, sealed)
    except DisclosureUnreadable:
        return None
    return found.value if found.name == name else None
