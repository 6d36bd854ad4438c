"""Calls of programs that cannot wait: the same call, made again, finds the decision that waits for people.

A call is known by a keyed digest of who made it and of everything that it said. It is forgotten as soon as its outcome
was told, so that the next one is a call like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Database


class WaitingCalls:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def find(self, call: str) -> UUID | None:
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT decision_id FROM enforcement.waiting_calls WHERE call_blind = %s", (self._blind(call),)
            ).fetchone()
        return row[0] if row else None

    def keep(self, call: str, decision_id: UUID) -> None:
        with self._database.statement() as connection:
            connection.execute(
                """INSERT INTO enforcement.waiting_calls (call_blind, decision_id) VALUES (%s, %s)
                   ON CONFLICT DO NOTHING""",
                (self._blind(call), decision_id),
            )

    def forget(self, call: str) -> None:
        with self._database.statement() as connection:
            connection.execute("DELETE FROM enforcement.waiting_calls WHERE call_blind = %s", (self._blind(call),))

    def _blind(self, call: str) -> bytes:
        return self._log.blind("call", call)
