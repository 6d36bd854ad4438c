"""The entry of a registry write: what is in the clear, what is disclosed, and why the digests are keyed.

A row about a person has little entropy: whoever may read the leaf could try every name and role against a plain sha256.
So the digests of before and after are keyed (HMAC, under the log's blind key). They tie one write of a row to the next;
what the row held is proven by the salted disclosures.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry
from gateway.registry.documents import document
from gateway.registry.records import Exigency, Record, User

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.registry.records import Actor
    from gateway.registry.tables import Table


def entry(
    log: AuditLog,
    *,
    table: Table[Any],
    before: Record | None,
    after: Record,
    actor: Actor,
    extra: dict[str, Any],
) -> Entry:
    """`extra` is disclosed with the row, such as the text of a court's warrant."""
    stored = document(after)
    name = "/".join(stored[part] for part in table.key)
    clear: dict[str, Any] = {
        "agency": stored["id"] if table.kind == "agency" else stored.get("agency"),
        "record": table.kind,
        "version": stored["version"],
        "before": _digest(log, before) if before else None,
        "after": _digest(log, after),
        "actor": actor.kind,
    }
    disclosed: dict[str, Any] = {"before": document(before) if before else None, "after": stored} | extra
    # The ids of people and papers are personal; an operator is named by an account of the machine.
    (disclosed if table.personal else clear)["id"] = name
    if actor.kind == "client":
        clear["client"] = actor.id
        disclosed["user"] = actor.user
    elif actor.kind == "operator":
        disclosed["operator"] = actor.id
    blind = {"user": actor.user} if actor.user else {}
    if isinstance(after, User):
        blind = {"user": after.id}
    elif isinstance(after, Exigency) and not blind:
        blind = {"user": after.certified_by}
    scope = f"registry:{table.kind}:{name}" if table.personal else "general"
    return Entry(kind=table.entry, clear=clear, disclosed=disclosed, scope=scope, blind=blind)


def _digest(log: AuditLog, record: Record) -> str:
    text = json.dumps(document(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return log.blind("registry", text).hex()
