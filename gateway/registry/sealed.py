"""Papers that a court sealed: who may see one, and that for everybody else it is as if it were not there.

Seen by the clerks of its agency (who cannot search), by whoever entered it, and by people of courts and of oversight,
who stand outside the vendor. Whoever searches names it all the same: policy reads it, and answers only whether it
covers. On the log what it says is sealed like every paper's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.registry import queries, rules
from gateway.registry.errors import Unknown
from gateway.registry.records import Instrument

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.registry.records import Actor, Record


def may_see(connection: Connection, record: Record, actor: Actor) -> bool:
    """Whether nothing is sealed from them; whose agency it is was looked at before."""
    if not isinstance(record, Instrument) or not record.sealed or actor.kind != "client":
        return True
    if record.entered_by == rules.person(actor) and record.entered_through == actor.id:
        return True
    if actor.agency is not None:
        return actor.agency == record.agency and rules.clerk(connection, actor) is not None
    client = queries.client(connection, actor.id)
    return client is not None and client.affiliation in rules.OUTSIDE


def require_seen(connection: Connection, record: Record | None, actor: Actor) -> None:
    """Raises Unknown."""
    if record is not None and not may_see(connection, record, actor):
        raise Unknown
