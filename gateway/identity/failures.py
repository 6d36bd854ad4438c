"""Attempts that failed, written to the log so that strangers cannot fill it.

At most LOGGED_A_MINUTE are written on all nodes together; the next that is written says how many were left out. The
work is the same whether the account exists. What was typed for a name may be anything, a password too: only what is an
account's is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.audit.entries import Entry
from gateway.identity import accounts

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.vocabulary import EntryKind

LOGGED_A_MINUTE: Final = 60


def record(
    connection: Connection, log: AuditLog, kind: EntryKind, *, account_id: str, why: str, source: str, device: str
) -> None:
    """Writes one down, if this minute has room, else counts it; `why` is one of our own words."""
    known = accounts.find(connection, account_id)
    row = connection.execute(
        "UPDATE identity.failures_logged SET"
        " written = CASE WHEN minute = ops.now_ns() / 60000000000 THEN written ELSE 0 END + 1,"
        " minute = ops.now_ns() / 60000000000 WHERE minute < ops.now_ns() / 60000000000 OR written < %s"
        " RETURNING left_out",
        (LOGGED_A_MINUTE,),
    ).fetchone()
    if row is None:
        connection.execute("UPDATE identity.failures_logged SET left_out = left_out + 1")
        return
    connection.execute("UPDATE identity.failures_logged SET left_out = 0")
    log.record(
        connection,
        Entry(
            kind=kind,
            clear={
                "agency": known.agency if known else None,
                "account_exists": known is not None,
                "why": why,
                "left_out": row[0],
            },
            disclosed={"account": known.id if known else None, "source": source, "device": device},
            scope="sign_in",
            blind={"user": known.id if known else ""},
        ),
    )
