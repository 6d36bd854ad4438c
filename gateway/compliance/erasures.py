"""Erasure by order: one person gives it, naming the court's order or the statute, and another approves it.

What is destroyed: the key of the scope and those within it (results that may have to go by themselves), every
ciphertext under them with the salt inside, the blind digests by which its entries were found, and the templates of its
probes. What stays: the leaves, the tree, and an entry that says which keys and how many entries, and
nothing of whom. A legal hold stands against it. Copies in backups are undone by `writgate audit generation`.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import psycopg

from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.compliance.recorded import decide
from gateway.compliance.refusals import ActRefused
from gateway.compliance.subjects import Subject, decider, found_by, named
from gateway.registry import persons
from gateway.registry.persons import Hand
from gateway.rounds import make_rounds
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.models import Actor

Basis = Literal["court_order", "statute"]
# What names the order outlives what it erased.
ORDERS_SCOPE: Final = "erasure orders"
# A leaf holds 65,535 bytes; the keys of an erasure that are more are named by more entries.
KEYS_IN_AN_ENTRY: Final = 1000
# The sequencer integrates in less than this, or it is not running.
INTEGRATED_WITHIN_SECONDS: Final = 10.0
SWEEP_SECONDS: Final = 30.0
# As many leaves as one entry can name.
SWEPT_AT_ONCE: Final = 500
_REFUSALS: Final = {
    "WA005": (404, "NOT_FOUND", "There is no open order of that id.", "GET /v1/audit/erasures lists them."),
    "WA006": (403, "SAME_DECIDER", "Who gave an order to erase cannot approve it.", "Ask another administrator."),
    "WA007": (
        409,
        "LEGAL_HOLD",
        "A legal hold stands against this erasure, and nothing was erased.",
        "GET /v1/audit/holds lists what is held; whoever did not place a hold may lift it.",
    ),
    "WA008": (
        503,
        "NOT_INTEGRATED",
        "An entry of this subject waits for the sequencer, and nothing was erased.",
        "Try again in a few seconds; if it goes on, the sequencer is not running.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOrder:
    """`particulars` is None once the order is decided: it names the case."""

    id: UUID
    agency: str
    basis: str
    ordered_by: str
    ordered_ns: int
    decided_by: str | None
    decided_ns: int | None
    approved: bool | None
    particulars: dict[str, Any] | None

    def document(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "agency": self.agency,
            "basis": self.basis,
            "ordered_by": self.ordered_by,
            "ordered_at": rfc3339(self.ordered_ns),
            "decided_by": self.decided_by,
            "decided_at": rfc3339(self.decided_ns) if self.decided_ns else None,
            "status": {None: "open", True: "erased", False: "refused"}[self.approved],
            "particulars": self.particulars,
        }


class Erasures:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def order(self, *, actor: Actor, subject: Subject, basis: Basis, reference: str, statement: str) -> ErasureOrder:
        """Asks for an erasure. Nothing is destroyed yet. Raises DatabaseUnavailable."""
        particulars = {**subject.document(), "reference": reference, "statement": statement}
        with self._database.transaction() as connection:
            key_id, sealed = self._log.seal_value(
                connection, subject.scope(self._log), particulars, context="erasure order"
            )
            made = ErasureOrder(
                id=uuid7(),
                agency=subject.agency,
                basis=basis,
                ordered_by=decider(actor),
                ordered_ns=database_now(connection),
                decided_by=None,
                decided_ns=None,
                approved=None,
                particulars=particulars,
            )
            connection.execute(
                """
                INSERT INTO audit.erasure_orders
                    (id, agency, scope_blind, basis, key_id, particulars, ordered_by, ordered_ns)
                VALUES (%s, %s, %b, %s, %s, %b, %s, %s)
                """,
                (
                    made.id,
                    made.agency,
                    subject.scope_blind(self._log),
                    basis,
                    key_id,
                    sealed,
                    made.ordered_by,
                    made.ordered_ns,
                ),
            )
            self._log.record(
                connection,
                Entry(
                    EntryKind.ERASURE_ORDERED,
                    {"order": str(made.id), "agency": made.agency, "basis": basis, **named(actor)},
                    {"reference": reference, "statement": statement, "user": actor.user},
                    scope=ORDERS_SCOPE,
                    blind=found_by(actor),
                ),
            )
        return made

    def approve(self, *, actor: Actor, order_id: UUID) -> dict[str, Any]:
        """Erases, and says what.

        Raises: ActRefused; SamePerson where both accounts are one person's; DatabaseUnavailable.
        """
        deadline = time.monotonic() + INTEGRATED_WITHIN_SECONDS
        while True:
            try:
                return self._erase(actor, order_id)
            except psycopg.Error as error:
                if error.sqlstate == "WA008" and time.monotonic() < deadline:
                    time.sleep(0.2)
                    continue
                if error.sqlstate not in _REFUSALS:
                    raise
                status, code, sentence, remedy = _REFUSALS[error.sqlstate]
                raise ActRefused(status=status, code=code, sentence=sentence, remedy=remedy) from None

    def refuse(self, *, actor: Actor, order_id: UUID, statement: str) -> None:
        """Ends an order without erasing; who gave it may take it back. Raises ActRefused; DatabaseUnavailable."""
        with self._database.transaction() as connection:
            found = self._one(connection, order_id)
            if found is None or not decide(
                connection, self._log, "refuse_erasure", order_id, actor=actor, entry=_refusal(found, actor, statement)
            ):
                status, code, sentence, remedy = _REFUSALS["WA005"]
                raise ActRefused(status=status, code=code, sentence=sentence, remedy=remedy)

    def latest(self, *, limit: int) -> list[ErasureOrder]:
        """The newest first; those that are open with their particulars."""
        with self._database.transaction() as connection:
            rows = connection.execute(f"{_COLUMNS} ORDER BY ordered_ns DESC LIMIT %s", (limit,)).fetchall()
            return [self._opened(connection, row) for row in rows]

    def sweep(self) -> int:
        """Destroys what other processes sealed with a key that they still remembered, in parts, and says of how many.

        The entry names each leaf: nothing else shows that its values were not taken away. Raises DatabaseUnavailable.
        """
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT order_id, agency, leaf_hash FROM audit.late_values(%s)", (SWEPT_AT_ONCE,)
            ).fetchall()
            if rows:
                order_id, agency, _ = rows[0]
                clear = {
                    "order": str(order_id),
                    "agency": agency,
                    "erased_leaves": [bytes(leaf_hash).hex() for _, _, leaf_hash in rows],
                }
                sealed = self._log.seal(
                    connection, Entry(EntryKind.ERASURE_SWEPT, clear), now_ns=database_now(connection)
                )
                connection.execute("SELECT audit.erase_late(%s, %s)", (order_id, sealed.leaf))
        return len(rows)

    def run(self, stop: threading.Event) -> None:
        """Sweeps until told to stop."""
        make_rounds(self.sweep, stop, name="erasures", pause_seconds=SWEEP_SECONDS)

    def _erase(self, actor: Actor, order_id: UUID) -> dict[str, Any]:
        with self._database.transaction() as connection:
            given = connection.execute(
                "SELECT ordered_by FROM audit.erasure_orders WHERE id = %s AND decided_ns IS NULL AND ordered_by <> %s",
                (order_id, decider(actor)),
            ).fetchone()
            if given is not None:
                persons.require_two(connection, Hand(given[0]), Hand.of(actor))
            row = connection.execute(
                "SELECT keys, entries, entries_sha256, erased_ns FROM audit.erase(%s, %s)", (order_id, decider(actor))
            ).fetchone()
            order = self._one(connection, order_id)
            if row is None or order is None:
                raise LookupError("the order was locked by this transaction")
            keys, entries, digest, erased_ns = row
            destroyed = [str(key) for key in keys]
            erased = {"entries": entries, "entries_sha256": bytes(digest).hex()}
            for first in range(0, len(destroyed) or 1, KEYS_IN_AN_ENTRY):
                clear: dict[str, Any] = {
                    "order": str(order_id),
                    "agency": order.agency,
                    "basis": order.basis,
                    "ordered_by": order.ordered_by,
                    "keys": destroyed[first : first + KEYS_IN_AN_ENTRY],
                    **erased,
                    **named(actor),
                }
                sealed = self._log.seal(
                    connection,
                    Entry(EntryKind.ERASURE_DONE, clear, {"user": actor.user}, scope=ORDERS_SCOPE),
                    now_ns=erased_ns,
                )
                connection.execute(
                    "SELECT audit.erase_recorded(%s, %s, %s, %s::text[], %b::bytea[])",
                    (order_id, sealed.leaf, sealed.key_id, list(sealed.names), list(sealed.ciphertexts)),
                )
        self._log.forget()
        return order.document() | {"keys": destroyed, **erased}

    def _one(self, connection: Connection, order_id: UUID) -> ErasureOrder | None:
        row = connection.execute(f"{_COLUMNS} WHERE id = %s", (order_id,)).fetchone()
        return None if row is None else self._opened(connection, row)

    def _opened(self, connection: Connection, row: tuple[Any, ...]) -> ErasureOrder:
        *columns, key_id, particulars = row
        names = ("id", "agency", "basis", "ordered_by", "ordered_ns", "decided_by", "decided_ns", "approved")
        opened = None
        if particulars is not None:
            with suppress(DisclosureUnreadable):  # another order erased the same
                opened = self._log.open_value(connection, key_id, bytes(particulars), context="erasure order")
        return ErasureOrder(**dict(zip(names, columns, strict=True)), particulars=opened)


def _refusal(order: ErasureOrder, actor: Actor, statement: str) -> Entry:
    return Entry(
        EntryKind.ERASURE_REFUSED,
        {"order": str(order.id), "agency": order.agency, **named(actor)},
        {"statement": statement, "user": actor.user},
        scope=ORDERS_SCOPE,
        blind=found_by(actor),
    )


_COLUMNS: Final = """
SELECT id, agency, basis, ordered_by, ordered_ns, decided_by, decided_ns, approved, key_id, particulars
FROM audit.erasure_orders
"""
