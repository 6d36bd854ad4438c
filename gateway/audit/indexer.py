"""The indexer: writes the postings of each segment of the log that is full.

It runs behind the sequencer and holds nobody up; what it has not reached yet is searched entry by entry. Most entries
of a segment say the same but for their ids, so words are made once for each distinct clear text, not for each entry.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import psycopg
import structlog

from gateway.audit.postings import SEGMENT, bits_of, bits_text
from gateway.audit.words import EVERY, read_leaf, words_of
from gateway.database import DatabaseUnavailable

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

    from gateway.database import Connection, Database

RUN: Final = 256
_FIRST_NS: Final = -(1 << 63)
_LAST_NS: Final = (1 << 63) - 1
PAUSE_SECONDS: Final = 1.0

log = structlog.get_logger()


class Segment(NamedTuple):
    """What the index holds of 4,096 entries: times by run of 256, and the bitmap of each word."""

    earliest: bytes
    latest: bytes
    postings: dict[str, bytes]


def segment_of(leaves: Iterable[str]) -> Segment:
    """The index of a full segment, from its leaves in their order.

    A run with a leaf that cannot be read spans all times, so that whoever asks for a time looks at its entries.
    """
    earliest: list[int] = []
    latest: list[int] = []
    alike: defaultdict[bytes, list[int]] = defaultdict(list)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, leaf in enumerate(leaves):
        read = read_leaf(leaf)
        earliest.append(_FIRST_NS if read is None else read.time_ns)
        latest.append(_LAST_NS if read is None else read.time_ns)
        if read is None:
            places[EVERY].append(place)
        else:
            alike[read.said].append(place)
    for text, held in alike.items():
        for word in words_of(msgspec.json.decode(text)):
            places[word] += held
    runs = range(0, SEGMENT, RUN)
    return Segment(
        b"".join(min(earliest[run : run + RUN]).to_bytes(8, signed=True) for run in runs),
        b"".join(max(latest[run : run + RUN]).to_bytes(8, signed=True) for run in runs),
        {word: bits_of(held) for word, held in places.items()},
    )


def disagreement(connection: Connection, number: int, leaves: Iterable[str]) -> str | None:
    """What the index says otherwise of a full segment than its leaves, as a sentence; None if nothing or no index."""
    row = connection.execute("SELECT earliest, latest FROM audit.segments WHERE segment = %s", (number,)).fetchone()
    if row is None:
        return None
    made = segment_of(leaves)
    held = connection.execute("SELECT word, bits FROM audit.segment_seen(%s)", (number,), binary=True).fetchall()
    if sorted(held) != sorted(made.postings.items()) or (bytes(row[0]), bytes(row[1])) != (made.earliest, made.latest):
        return "the index by which entries are found says something else than they do"
    return None


def index_next(connection: Connection) -> bool:
    """Writes the next segment, in the caller's transaction; False where none is full."""
    number = _next(connection)
    if number is None:
        return False
    rows = connection.execute(
        "SELECT leaf FROM audit.entries WHERE index >= %s AND index < %s ORDER BY index",
        (number * SEGMENT, (number + 1) * SEGMENT),
    ).fetchall()
    made = segment_of(leaf for (leaf,) in rows)
    connection.execute(
        "SELECT audit.add_segment(%s, %b, %b, %s::text[], %s::varbit[])",
        (
            number,
            made.earliest,
            made.latest,
            list(made.postings),
            [bits_text(bits) for bits in made.postings.values()],
        ),
    )
    return True


class Indexer:
    """`database` is that of the role SEQUENCER."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run_once(self) -> bool:
        """Writes the next segment; False where none is full. Raises DatabaseUnavailable."""
        with self._database.transaction() as connection:
            return index_next(connection)

    def run(self, stop: threading.Event) -> None:
        """Indexes until told to stop. A failure is logged and tried again; meanwhile the log is searched unindexed."""
        while not stop.is_set():
            try:
                if self.run_once():
                    continue
            except DatabaseUnavailable:
                log.warning("audit.indexer.database_unavailable")
            except Exception as error:  # noqa: BLE001  an indexer that ended would make every search slow
                if another_was_first(error):
                    continue
                log.error("audit.indexer.failed", error=type(error).__name__)  # noqa: TRY400  a trace may quote a leaf
            stop.wait(PAUSE_SECONDS)


def another_was_first(error: Exception) -> bool:
    """Whether another indexer wrote the same segment meanwhile: before the call, or while it went on."""
    return isinstance(error, psycopg.Error) and error.sqlstate in {"WA003", "23505"}


def _next(connection: Connection) -> int | None:
    row = connection.execute(
        "SELECT coalesce(max(segment) + 1, 0), (SELECT size FROM audit.head) FROM audit.segments"
    ).fetchone()
    if row is None or (row[0] + 1) * SEGMENT > row[1]:
        return None
    return int(row[0])
