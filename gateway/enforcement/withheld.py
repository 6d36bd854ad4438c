"""What a search found while nobody may see it: sealed bytes, of which the log holds the digest.

Opened for the examiners who were assigned, and at the end of the waiting, when all of it goes onto the log as a sealed
disclosure: what examiners rejected is kept for the defence, though it is shown to nobody now.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gateway.audit.errors import DisclosureUnreadable
from gateway.recognition import wire

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.recognition.models import Outcome


def keep(connection: Connection, log: AuditLog, decision_id: UUID, *, scope: str, outcome: Outcome) -> None:
    """Seals an outcome that a supervisor must decide about; what the engine sealed already stays."""
    key_id, sealed = wire.seal(connection, log, outcome, scope=scope)
    connection.execute(
        "INSERT INTO enforcement.withheld (decision_id, key_id, document) VALUES (%s, %s, %b) ON CONFLICT DO NOTHING",
        (decision_id, key_id, sealed),
    )


def read(connection: Connection, log: AuditLog, decision_id: UUID) -> Outcome | None:
    """None where it was let go, or erased with its case."""
    row = connection.execute(
        "SELECT key_id, document FROM enforcement.withheld WHERE decision_id = %s", (decision_id,)
    ).fetchone()
    if row is None:
        return None
    try:
        return wire.unseal(connection, log, decision_id, row[0], bytes(row[1]))
    except DisclosureUnreadable:
        return None


def is_frozen(connection: Connection, decision_id: UUID) -> bool:
    """Whether nobody may see it, not even who examines it; a deleted one is still frozen."""
    row = connection.execute("SELECT FROM enforcement.frozen WHERE decision_id = %s", (decision_id,)).fetchone()
    return row is not None


def sha256(connection: Connection, decision_id: UUID) -> str | None:
    row = connection.execute(
        "SELECT document FROM enforcement.withheld WHERE decision_id = %s", (decision_id,)
    ).fetchone()
    return None if row is None else hashlib.sha256(bytes(row[0])).hexdigest()
