"""Acts that the database does only together with the entry that says so, whoever asks it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from psycopg import sql

from gateway.audit.clock import sound_now
from gateway.compliance.subjects import decider

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.entries import Entry
    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.registry.models import Actor

Act = Literal["refuse_erasure", "lift_hold"]


def decide(connection: Connection, log: AuditLog, act: Act, subject: UUID, *, actor: Actor, entry: Entry) -> bool:
    """Decides about an order or a hold; False where there is none that is open. Raises ClockNotTrusted."""
    sealed = log.seal(connection, entry, now_ns=sound_now(connection))
    statement = sql.SQL("SELECT audit.{}(%s, %s, %s, %s, %s::text[], %b::bytea[], %b)").format(sql.Identifier(act))
    row = connection.execute(
        statement,
        (
            subject,
            decider(actor),
            sealed.leaf,
            sealed.key_id,
            list(sealed.names),
            list(sealed.ciphertexts),
            sealed.blind_user,
        ),
    ).fetchone()
    return row is not None and bool(row[0])
