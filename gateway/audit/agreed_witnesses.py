"""Which witnesses the log has: what two people agreed on last (`registry.two_persons`), kept in the database.

Invariants: a change is a new row and an entry in one commit, never an edit; it names the witnesses that came and went.
Every node reads the same, and the signer follows a change with its next checkpoint.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import structlog

from gateway.audit.entries import Entry
from gateway.audit.witness_policy import WitnessPolicy
from gateway.audit.witnesses import Witnesses
from gateway.outbound import OutboundRefused
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.audit.notes import Checkpoint
    from gateway.database import Connection, Database
    from gateway.outbound import Outbound

log = structlog.get_logger()


def current(connection: Connection) -> WitnessPolicy | None:
    """None where nobody agreed on any."""
    _, policy = _last(connection)
    return policy


def change(connection: Connection, audit: AuditLog, text: str) -> None:
    """Puts another policy in the place of the one in force, from the commit on. Raises PolicyMalformed."""
    before, after = current(connection) or WitnessPolicy(), WitnessPolicy.parse(text)
    connection.execute("SELECT audit.change_witnesses(%s)", (text,))
    old, new = ({str(one.verifier) for one in policy.witnesses.values()} for policy in (before, after))
    clear: dict[str, Any] = {
        "added": sorted(new - old),
        "removed": sorted(old - new),
        "quorum": after.quorum,
        "policy_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    audit.record(connection, Entry(EntryKind.WITNESSES_CHANGED, clear, {"policy": text}, scope="witnesses"))


class AgreedWitnesses:
    """Asks the witnesses of the policy in force. `database` is the role SEQUENCER's; one thread asks at a time."""

    def __init__(self, *, database: Database, outbound: Outbound, alarm_seconds: float) -> None:
        self._database = database
        self._outbound = outbound
        self._alarm_seconds = alarm_seconds
        self._number = 0
        self._witnesses: Witnesses | None = None

    def cosign(self, note: str, checkpoint: Checkpoint) -> tuple[str, bool]:
        """The note with whatever cosignatures came in time, and whether they are a quorum; without any, it is none."""
        self._follow()
        return self._witnesses.cosign(note, checkpoint) if self._witnesses else (note, False)

    def _follow(self) -> None:
        with self._database.snapshot() as connection:
            number, policy = _last(connection)
        if number == self._number:
            return
        if self._witnesses is not None:
            self._witnesses.close()
        self._number, self._witnesses = number, None
        if policy is None or not policy.witnesses:
            return
        try:
            self._witnesses = Witnesses(
                policy, database=self._database, outbound=self._outbound, alarm_seconds=self._alarm_seconds
            )
        except OutboundRefused as refused:
            # The checkpoint goes out all the same; that no quorum sees it is told by /readyz and the metric.
            log.critical("audit.witnesses.not_callable", code=refused.code)


def _last(connection: Connection) -> tuple[int, WitnessPolicy | None]:
    row = connection.execute(
        "SELECT number, policy FROM audit.witness_policies ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (row[0], WitnessPolicy.parse(row[1])) if row else (0, None)
