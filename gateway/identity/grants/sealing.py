"""What waits for a person, and what a person allowed, under lock until it is over: it may name a case.

The key is that of the agency of the client, under which the log keeps what is the agency's own, or the log's general
one where it has none. A value opens only as
what it was sealed as: its row is bound to it. One that does not open is as good as none, so whoever asks begins again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from gateway.audit.errors import DisclosureUnreadable

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.grants.exchange import Exchange

GENERAL: Final = "general"

log = structlog.get_logger()


def seal(server: Exchange, agency: str | None, document: Any, *, context: str) -> tuple[UUID, bytes]:
    """The key's id and the sealed document. `context` says what it is and of which row."""
    scope = GENERAL if agency is None else f"agency:{agency}"
    return server.authority.log.seal_value(server.connection, scope, document, context=context)


def opened(server: Exchange, key_id: UUID, sealed: bytes, *, context: str) -> Any | None:
    """The document; None where its key was destroyed, or it was changed or moved."""
    try:
        return server.authority.log.open_value(server.connection, key_id, bytes(sealed), context=context)
    except DisclosureUnreadable:
        log.warning("grants.unreadable", context=context.partition(":")[0])
        return None
