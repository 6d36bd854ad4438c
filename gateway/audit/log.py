"""The writer's half of the log: seal an entry, stage it in the caller's transaction.

Invariants: sealing and staging happen in the transaction of the act they record; every leaf has at least one salted
digest, so two leaves are never equal and a leaf cannot be guessed from its hash; the names `kind`, `time` and `_sd` are
the log's own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gateway.audit.canonical import canonical
from gateway.audit.disclosures import base64url, decoy_digest, digest_of, make_disclosure
from gateway.audit.entries import SealedEntry, case_of
from gateway.audit.errors import EntryMalformed
from gateway.audit.merkle import leaf_hash

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.canonical import JSON
    from gateway.audit.disclosures import DisclosureKeys
    from gateway.audit.entries import Entry
    from gateway.database import Connection

# tlog-tiles prefixes an entry with its length in 16 bits.
LARGEST_LEAF: Final = 65_535
OWN_NAMES: Final = frozenset({"kind", "time", "_sd", "_disclosed"})
BLIND_KINDS: Final = frozenset({"case", "user", "probe"})
# The disclosed field that binds the blind columns to the leaf.
BLIND_FIELD: Final = "_blind"


class AuditLog:
    """Seals and stages entries. Holds no connection; safe to share between threads."""

    def __init__(self, *, keys: DisclosureKeys) -> None:
        self._keys = keys

    def seal(self, connection: Connection, entry: Entry, *, now_ns: int) -> SealedEntry:
        """The entry as it will be staged. May make the key of its scope in the caller's transaction.

        Raises:
            EntryMalformed: a value cannot be logged, a name is the log's own, or the leaf exceeds 65,535 bytes.
        """
        if OWN_NAMES & entry.clear.keys():
            raise EntryMalformed("an entry may not name kind, time, _sd or _disclosed itself")
        if not entry.blind.keys() <= BLIND_KINDS:
            raise EntryMalformed("only case, user and probe are searched blind")
        blind = {kind: self._keys.blind(kind, value) for kind, value in entry.blind.items()}
        disclosed: dict[str, JSON] = dict(entry.disclosed)
        if blind:
            disclosed[BLIND_FIELD] = {kind: digest.hex() for kind, digest in blind.items()}
        disclosures = [make_disclosure(name, value) for name, value in disclosed.items()]
        digests = [digest_of(disclosure) for disclosure in disclosures] or [decoy_digest()]
        leaf = canonical(
            {
                **entry.clear,
                "kind": str(entry.kind),
                "time": now_ns,
                "_sd": sorted(base64url(digest) for digest in digests),
                # How many of them are of disclosures: one that is taken away later is missed.
                "_disclosed": len(disclosures),
            }
        )
        encoded = leaf.encode()
        if len(encoded) > LARGEST_LEAF:
            raise EntryMalformed("the clear part of the entry is too large")
        key = self._keys.for_scope(connection, entry.scope) if disclosures else None
        return SealedEntry(
            leaf=leaf,
            leaf_hash=leaf_hash(encoded),
            time_ns=now_ns,
            key_id=key.key_id if key else None,
            names=tuple(disclosed),
            ciphertexts=tuple(self._keys.seal(key, disclosure) for disclosure in disclosures) if key else (),
            blind_case=blind.get("case"),
            blind_user=blind.get("user"),
            blind_probe=blind.get("probe"),
        )

    def knows(self, scope: str) -> bool:
        """Whether sealing under this scope neither reads nor writes the database."""
        return self._keys.knows(scope)

    def forget(self) -> None:
        """Drops every key from memory: one was destroyed, or all were wrapped anew."""
        self._keys.forget()

    def append(self, connection: Connection, sealed: SealedEntry) -> None:
        """Stages the entry; it is on the log if, and only if, the caller's transaction commits."""
        connection.execute(
            "SELECT audit.append(%s, %s, %s::text[], %b::bytea[], %b, %b, %b)",
            (
                sealed.leaf,
                sealed.key_id,
                list(sealed.names),
                list(sealed.ciphertexts),
                sealed.blind_case,
                sealed.blind_user,
                sealed.blind_probe,
            ),
        )

    def record(self, connection: Connection, entry: Entry, *, now_ns: int | None = None) -> SealedEntry:
        """Seals and stages; the time is PostgreSQL's where none is given. Raises EntryMalformed."""
        sealed = self.seal(connection, entry, now_ns=database_now(connection) if now_ns is None else now_ns)
        self.append(connection, sealed)
        return sealed

    def seal_value(self, connection: Connection, scope: str, value: Any, *, context: str) -> tuple[UUID, bytes]:
        """Seals a JSON document that is kept outside the log under the key of a scope: (key id, nonce ‖ ciphertext).

        `context` says what the value is and whose; it must be given again to open it.
        """
        key = self._keys.for_scope(connection, scope)
        return key.key_id, self._keys.seal_value(key, msgspec.json.encode(value), context)

    def make_key(self, connection: Connection, scope: str, *, within: UUID) -> None:
        """Makes the key of a scope that is part of another, whose key is `within`: it is destroyed with it."""
        self._keys.for_scope(connection, scope, within=within)

    def open_value(self, connection: Connection, key_id: UUID, sealed: bytes, *, context: str) -> Any:
        """What `seal_value` sealed. Raises DisclosureUnreadable: destroyed key, other context, changed bytes."""
        return json.loads(self._keys.open_value(connection, key_id, bytes(sealed), context))

    def forget_keys(self) -> None:
        """Drops every key from memory, so that one destroyed elsewhere is used no more here."""
        self._keys.forget()

    def case_scope(self, owner: str | None, case: str) -> str:
        """The name of the key under which all that is personal in a case is sealed. It does not tell the case."""
        return f"case:{self.blind('case', case_of(owner, case)).hex()}"

    def blind(self, kind: str, value: str) -> bytes:
        """The keyed digest by which a value is searched without being stored."""
        return self._keys.blind(kind, value)


def database_now(connection: Connection) -> int:
    """PostgreSQL's clock, in nanoseconds since the epoch."""
    row = connection.execute("SELECT ops.now_ns()").fetchone()
    if row is None:
        raise RuntimeError("PostgreSQL gave no time")
    return int(row[0])
