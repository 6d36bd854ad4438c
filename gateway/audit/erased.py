"""What was erased, as the log itself says it: by order, which keys, how many entries, and which.

An entry's values may be missing only if an entry of kind `erasure.done` names the key that they stood under, and the
list of the entries that it erased, whose digest it holds, has them; or if an entry names its leaf in `erased_leaves`.
So does `erasure.swept`, of what a process that still held the key sealed while the erasure ran, and `result.deleted`,
of what a duty took away when it fell due, which nobody ordered.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from gateway.database import Connection

# How long after an erasure a process may have sealed with a key that it remembered; see `disclosures.CACHED_SECONDS`.
LATE_NS: Final = 600 * 10**9
_TELLING: Final = (EntryKind.ERASURE_SWEPT, EntryKind.RESULT_DELETED)


class _Order(NamedTuple):
    position: int
    time_ns: int
    keys: frozenset[str]
    entries: int
    digest: str


class _Gone(NamedTuple):
    order: str
    key: str
    late: bool


@dataclass(frozen=True, slots=True)
class Erasures:
    """The orders that were carried out, by id, and what each took, by index."""

    orders: dict[str, _Order] = field(default_factory=dict)
    gone: dict[int, _Gone] = field(default_factory=dict)
    leaves: frozenset[bytes] = frozenset()

    @classmethod
    def load(cls, connection: Connection) -> Erasures:
        """As it stands in the database; the leaves are the tree's to prove. For who sees the whole log."""
        orders: dict[str, _Order] = {}
        for index, text in connection.execute(
            "SELECT index, leaf FROM audit.entries WHERE kind = %s ORDER BY index", (EntryKind.ERASURE_DONE,)
        ):
            try:
                leaf: dict[str, Any] = json.loads(text)
                before = orders.get(leaf["order"])  # where its keys are too many for one entry
                keys = frozenset(leaf["keys"]) | (before.keys if before else frozenset())
                orders[leaf["order"]] = _Order(index, leaf["time"], keys, leaf["entries"], leaf["entries_sha256"])
            except (ValueError, KeyError, TypeError):
                continue  # a leaf that is none covers nothing
        gone = {
            index: _Gone(str(order), str(key), late)
            for index, order, key, late in connection.execute(
                "SELECT index, order_id, key_id, late FROM audit.erased ORDER BY index"
            )
        }
        return cls(orders, gone, _told_leaves(connection))

    def covers(self, index: int, leaf_hash: bytes) -> bool:
        """Whether the values of an entry were erased by an order that is on the log."""
        gone = self.gone.get(index)
        if gone is None:
            return False
        if gone.late:
            return self.told(leaf_hash)
        order = self.orders.get(gone.order)
        return order is not None and gone.key in order.keys

    def told(self, leaf_hash: bytes) -> bool:
        """Whether some entry says that the values of this leaf were swept, or deleted when they had to be."""
        return bytes(leaf_hash) in self.leaves

    def destroyed(self, key_id: UUID, time_ns: int) -> bool:
        """Whether an order on the log destroyed this key, about when something was sealed under it."""
        return any(
            str(key_id) in order.keys and abs(time_ns - order.time_ns) <= LATE_NS for order in self.orders.values()
        )

    def faults(self) -> Iterator[tuple[int, str]]:
        """Index of the order's entry, and a sentence, where the list of what it erased is not the one it tells of."""
        lists: defaultdict[str, list[int]] = defaultdict(list)
        for index, gone in self.gone.items():
            if not gone.late:
                lists[gone.order].append(index)
        for name, order in self.orders.items():
            listed = sorted(lists[name])
            digest = hashlib.sha256(b"".join(index.to_bytes(8) for index in listed)).hexdigest()
            if (len(listed), digest) != (order.entries, order.digest):
                yield order.position, "what was erased is not what this erasure tells of"


def _told_leaves(connection: Connection) -> frozenset[bytes]:
    rows = connection.execute("SELECT leaf FROM audit.entries WHERE kind = ANY (%s)", (list(_TELLING),)).fetchall()
    named: set[bytes] = set()
    for (leaf,) in rows:
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            named |= {bytes.fromhex(digest) for digest in json.loads(leaf).get("erased_leaves", ())}
    return frozenset(named)
