"""Who is told: an agency's chain of people, one after the other, and webhooks."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from gateway.audit.entries import Entry
from gateway.clock import rfc3339, uuid7
from gateway.enforcement.docket.deliveries import SECRET_PREFIX
from gateway.enforcement.errors import NotYours
from gateway.outbound import OutboundRefused
from gateway.registry import rules
from gateway.registry.errors import Invalid, Unknown
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Database
    from gateway.outbound import Outbound
    from gateway.registry.records import Actor

SECRET_BYTES: Final = 32


class Contacts:
    """An agency's client writes its own; an administrator's webhook hears of every agency."""

    def __init__(self, *, database: Database, log: AuditLog, outbound: Outbound) -> None:
        self._database = database
        self._log = log
        self._outbound = outbound

    def write_chain(self, agency: str, people: Sequence[dict[str, str]], *, actor: Actor) -> dict[str, Any]:
        """Who of the agency is told, in this order. Raises Unknown where there is no such agency for the actor."""
        rules.own_agency(actor, agency)
        with self._database.transaction() as connection:
            if connection.execute("SELECT FROM registry.agencies WHERE id = %s", (agency,)).fetchone() is None:
                raise Unknown
            connection.execute(
                """
                INSERT INTO enforcement.chains (agency, levels, written_ns) VALUES (%s, %s, ops.now_ns())
                ON CONFLICT (agency) DO UPDATE SET levels = excluded.levels, written_ns = excluded.written_ns
                """,
                (agency, Jsonb(list(people))),
            )
            clear, said = {"people": len(people)}, {"people": list(people)}
            self._log.record(connection, _entry(EntryKind.CHAIN_WRITTEN, agency, actor, clear, said))
        return {"agency": agency, "people": list(people)}

    def chain(self, agency: str, *, actor: Actor) -> dict[str, Any]:
        rules.own_agency(actor, agency)
        with self._database.transaction() as connection:
            row = connection.execute("SELECT levels FROM enforcement.chains WHERE agency = %s", (agency,)).fetchone()
        return {"agency": agency, "people": row[0] if row else []}

    def add_webhook(self, url: str, *, actor: Actor) -> dict[str, Any]:
        """The secret is shown here and never again. Raises Invalid for a host that is not on the operator's list."""
        try:
            self._outbound.require_allowed(url)
        except OutboundRefused as refused:
            raise Invalid(
                code="WEBHOOK_NOT_ALLOWED",
                sentence=f"The operator does not let this gateway call that URL ({refused.code}).",
                remedy="Ask the operator to name its origin in WRITGATE_OUTBOUND; it must be https.",
            ) from None
        webhook, secret = uuid7(), SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        with self._database.transaction() as connection:
            key_id, sealed = self._log.seal_value(connection, "webhooks", secret, context=f"webhook:{webhook}")
            connection.execute(
                """
                INSERT INTO enforcement.webhooks (id, agency, url, key_id, secret, made_ns)
                VALUES (%s, %s, %s, %s, %s, ops.now_ns())
                """,
                (webhook, actor.agency, url, key_id, sealed),
            )
            clear, said = {"webhook": str(webhook), "event": "added"}, {"url": url}
            self._log.record(connection, _entry(EntryKind.WEBHOOK_WRITTEN, actor.agency, actor, clear, said))
        return {"id": str(webhook), "agency": actor.agency, "url": url, "secret": secret}

    def webhooks(self, *, agency: str | None) -> list[dict[str, Any]]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT id, agency, url, made_ns FROM enforcement.webhooks"
                " WHERE ended_ns IS NULL AND (%(agency)s::text IS NULL OR agency = %(agency)s) ORDER BY id",
                {"agency": agency},
            ).fetchall()
        return [{"id": str(row[0]), "agency": row[1], "url": row[2], "made_at": rfc3339(row[3])} for row in rows]

    def remove_webhook(self, webhook: UUID, *, actor: Actor) -> None:
        """Raises NotYours."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "UPDATE enforcement.webhooks SET ended_ns = ops.now_ns() WHERE id = %(id)s AND ended_ns IS NULL"
                " AND (%(agency)s::text IS NULL OR agency = %(agency)s) RETURNING url",
                {"id": webhook, "agency": actor.agency},
            ).fetchone()
            if row is None:
                raise NotYours
            clear, said = {"webhook": str(webhook), "event": "removed"}, {"url": row[0]}
            self._log.record(connection, _entry(EntryKind.WEBHOOK_WRITTEN, actor.agency, actor, clear, said))


def _entry(kind: EntryKind, agency: str | None, actor: Actor, clear: dict[str, Any], said: dict[str, Any]) -> Entry:
    return Entry(
        kind=kind,
        clear={"agency": agency, "actor": actor.kind} | clear,
        disclosed={"by": rules.person(actor)} | said,
        scope=f"agency:{agency}" if agency else "general",
    )
