"""Whether what stands beside a leaf agrees with it: filter columns, disclosures, blind digests.

The leaf's own bytes are the tree's business. Here an edit is found that leaves the leaf alone: a filter column made to
lie so that an entry is not found, a ciphertext swapped for another, a blind digest removed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.audit.disclosures import DIGEST_BYTES, base64url
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.log import BLIND_FIELD

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.disclosures import DisclosureKeys
    from gateway.audit.erased import Erasures
    from gateway.database import Connection


class Row(NamedTuple):
    """A row of audit.entries with its disclosures, in the order of `COLUMNS`; `position` is its index."""

    position: int
    leaf: str
    leaf_hash: bytes
    kind: str
    time_ns: int
    agency: str | None
    operation: str | None
    purpose: str | None
    permit: bool | None
    decision_id: str | None
    blind_case: bytes | None
    blind_user: bytes | None
    blind_probe: bytes | None
    key_id: UUID | None
    names: list[str] | None
    ciphertexts: list[bytes] | None


COLUMNS = (
    "entries.index, entries.leaf, entries.leaf_hash, entries.kind, entries.time_ns, entries.agency, entries.operation,"
    " entries.purpose, entries.permit, entries.decision_id, entries.blind_case, entries.blind_user,"
    " entries.blind_probe, disclosures.key_id, disclosures.names, disclosures.ciphertexts"
)


def disagreement(row: Row, *, connection: Connection, keys: DisclosureKeys | None, erasures: Erasures) -> str | None:
    """What does not agree with the leaf, as a sentence; None if everything does.

    Without `keys` ciphertexts are tied to the leaf by their digests and their number only, and blind digests are not
    checked. Values that are gone without an erasure on the log that covers them were taken away.
    """
    try:
        leaf: dict[str, Any] = json.loads(row.leaf)
        columns = (row.kind, row.time_ns, row.agency, row.operation, row.purpose, row.permit, row.decision_id)
        said = (leaf["kind"], leaf["time"], *(leaf.get(name) for name in _OPTIONAL))
        digests = set(leaf["_sd"])
        disclosed = leaf["_disclosed"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "its leaf is not an entry of this log"
    if columns != said:
        return "a filter column says something else than its leaf"
    if row.key_id is None:
        return _bare_disagreement(row, disclosed, erasures)
    sentence = _sealed_disagreement(row, digests, disclosed)
    if sentence is not None or keys is None or erasures.destroyed(row.key_id, row.time_ns):
        return sentence
    return _opened_disagreement(row, row.key_id, connection, keys)


_OPTIONAL = ("agency", "operation", "purpose", "permit", "decision_id")


def _bare_disagreement(row: Row, disclosed: int, erasures: Erasures) -> str | None:
    """Of an entry that stands without values: it had none, or they are gone by a word of the log."""
    found = (row.blind_case, row.blind_user, row.blind_probe) != (None, None, None)
    if erasures.covers(row.position, row.leaf_hash):
        return "it was erased, and yet is found by a blind digest" if found else None
    if erasures.told(row.leaf_hash):  # what a duty deleted is still found
        return None
    if disclosed:
        return "its disclosures are incomplete"
    return "it is found by a blind digest that its leaf never committed to" if found else None


def _sealed_disagreement(row: Row, digests: set[str], disclosed: int) -> str | None:
    ciphertexts = row.ciphertexts or []
    presented = {bytes(item[:DIGEST_BYTES]) for item in ciphertexts}
    if not len(presented) == len(ciphertexts) == len(row.names or []) == disclosed:
        return "its disclosures are incomplete"
    if any(base64url(bytes(item[:DIGEST_BYTES])) not in digests for item in ciphertexts):
        return "a disclosure is not one that its leaf committed to"
    return None


def _opened_disagreement(row: Row, key_id: UUID, connection: Connection, keys: DisclosureKeys) -> str | None:
    blind: dict[str, str] = {}
    try:
        keys.by_id(connection, key_id)
    except DisclosureUnreadable:
        return "the key of its disclosures is gone, and no entry says that it was destroyed"
    for name, sealed in zip(row.names or [], row.ciphertexts or [], strict=True):
        try:
            disclosure = keys.open(connection, key_id, bytes(sealed))
        except DisclosureUnreadable:
            return "a disclosure cannot be opened under its key"
        if disclosure.name != name:
            return "a disclosure stands under another name"
        if name == BLIND_FIELD:
            blind = disclosure.value
    columns = {"case": row.blind_case, "user": row.blind_user, "probe": row.blind_probe}
    if {kind: digest.hex() for kind, digest in columns.items() if digest is not None} != blind:
        return "a blind digest is not the one that its leaf committed to"
    return None
