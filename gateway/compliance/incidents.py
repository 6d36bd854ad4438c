"""Incidents: suspected violations, opened in the commit of the act that raises the suspicion.

An incident is the rule, the facts (sealed), the entries that show them, and whether it is open. What is done about it
is not decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.audit import queries
from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.registry import rules
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.records import Actor, Exigency

# As pack, rule and code, though no pack of policy says it: the register does.
WITHDRAWN_AFTER_SEARCH: Final = "registry/exigency_withdrawn/EXIGENCY_WITHDRAWN_AFTER_SEARCH"


class Incidents:
    """`auditor` reads the log's indexes of the entries."""

    def __init__(self, *, database: Database, auditor: Database, log: AuditLog) -> None:
        self._database = database
        self._auditor = auditor
        self._log = log

    def open(
        self,
        connection: Connection,
        *,
        agency: str,
        decision_id: UUID,
        rule: str,
        facts: dict[str, Any],
        leaf_hashes: list[bytes],
    ) -> None:
        """In the caller's transaction; `rule` is pack, rule and code.

        Once for a decision and what it is carried on as: a request that was held is decided again when it is approved.
        """
        known = connection.execute(
            """
            SELECT FROM compliance.incidents WHERE rule = %(rule)s AND (
                decision_id = %(decision)s
                OR decision_id IN (SELECT decision_id FROM enforcement.approvals WHERE resumes_as = %(decision)s)
            )
            """,
            {"rule": rule, "decision": decision_id},
        ).fetchone()
        if known is not None:
            return
        incident, now_ns = uuid7(), database_now(connection)
        key_id, sealed = self._log.seal_value(connection, f"agency:{agency}", facts, context=f"incident:{incident}")
        opened = connection.execute(
            """
            INSERT INTO compliance.incidents
                (id, agency, decision_id, rule, state, opened_ns, leaf_hashes, key_id, facts)
            VALUES (%s, %s, %s, %s, 'open', %s, %s, %s, %b)
            ON CONFLICT DO NOTHING
            """,
            (incident, agency, decision_id, rule, now_ns, leaf_hashes, key_id, sealed),
        )
        if not opened.rowcount:  # somebody opened it meanwhile
            return
        self._log.record(
            connection,
            Entry(
                kind=EntryKind.INCIDENT_OPENED,
                clear={
                    "incident": str(incident),
                    "decision_id": str(decision_id),
                    "agency": agency,
                    "rule": rule,
                    "leaves": [leaf.hex() for leaf in leaf_hashes],
                },
                disclosed=facts,
                scope=f"agency:{agency}",
            ),
            now_ns=now_ns,
        )

    def emergency_withdrawn(self, connection: Connection, exigency: Exigency, actor: Actor, leaf_hash: bytes) -> None:
        """Whoever withdraws an emergency under which was searched has seen what nobody authorised.

        In the transaction that withdraws it; nothing where nothing was searched.
        """
        row = connection.execute(
            "SELECT decision_id FROM enforcement.rests_on WHERE kind = 'exigency' AND id = %s"
            " ORDER BY decision_id LIMIT 1",
            (exigency.id,),
        ).fetchone()
        if row is None or exigency.confirmed_by is None:
            return
        self.open(
            connection,
            agency=exigency.agency,
            decision_id=row[0],
            rule=WITHDRAWN_AFTER_SEARCH,
            facts={
                "exigency": exigency.id,
                "certified_by": exigency.certified_by,
                "withdrawn_by": rules.person(actor),
            },
            leaf_hashes=[leaf_hash],
        )

    def list(self, *, limit: int) -> dict[str, Any]:
        """The newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                """
                SELECT id, agency, decision_id, rule, state, opened_ns, leaf_hashes, key_id, facts
                FROM compliance.incidents ORDER BY opened_ns DESC, id DESC LIMIT %s
                """,
                (limit,),
            ).fetchall()
            facts = [
                self._log.open_value(connection, row[7], bytes(row[8]), context=f"incident:{row[0]}") for row in rows
            ]
        with self._auditor.transaction() as connection:
            queries.see(connection, None)
            entries = [[_entry(connection, bytes(leaf)) for leaf in row[6]] for row in rows]
        return {
            "items": [
                {
                    "id": str(row[0]),
                    "agency": row[1],
                    "decision_id": str(row[2]),
                    "rule": row[3],
                    "state": row[4],
                    "opened_at": rfc3339(row[5]),
                    "facts": fact,
                    "entries": found,
                }
                for row, fact, found in zip(rows, facts, entries, strict=True)
            ]
        }


def _entry(connection: Connection, leaf_hash: bytes) -> dict[str, Any]:
    """The index is null until the entry is integrated."""
    return {"leaf_hash": leaf_hash.hex(), "index": queries.find_leaf(connection, leaf_hash)}
