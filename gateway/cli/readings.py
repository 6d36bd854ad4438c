"""That somebody read the log on the gateway's own machine: an entry, committed before anything is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.audit.entries import Entry
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.canonical import JSON
    from gateway.cli.context import LocalServices


def record_reading(
    services: LocalServices, *, what: str, count: int, question: dict[str, JSON], opened: bool = False
) -> None:
    """`opened` says that disclosures were opened with the home's keys. Raises DatabaseUnavailable."""
    clear: dict[str, JSON] = {"actor": "operator", "read": what, "count": count, "opened": opened}
    with services.database.transaction() as connection:
        services.log.record(connection, Entry(EntryKind.ENTRIES_READ, clear, {"question": question}, scope="audit"))
