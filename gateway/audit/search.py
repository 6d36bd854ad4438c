"""Searching the log: pages, counts and histograms of the entries that a question asks for.

Every function takes a connection of the role AUDITOR inside a snapshot in which `queries.see` was called. What the
index covers is decided by bitmaps alone, what it does not cover yet entry by entry with the same words, so the answer
is exact either way, and of one moment. Row-level security holds throughout: the database masks each bitmap by it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from psycopg import sql

from gateway.audit import queries
from gateway.audit.postings import BLOCK, SEGMENT, assemble, count, places_of, set_bits
from gateway.audit.words import EVERY, LONGEST, as_text, words_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gateway.audit.postings import Bits
    from gateway.audit.queries import StoredEntry
    from gateway.audit.query_language import Question
    from gateway.database import Connection

RUN: Final = 256
_RUN_BYTES: Final = RUN // 8
_FIRST_WINDOW: Final = 64
_COLUMNS: Final = frozenset({"kind", "agency", "operation", "purpose", "permit"})


@dataclass(frozen=True, slots=True)
class Found:
    """Which entries were asked for: `bits` of the indexed segments, `tail` of what is beyond them, (index, time)."""

    bits: Bits
    tail: list[tuple[int, int]]

    def count(self) -> int:
        return count(self.bits) + len(self.tail)


@dataclass(frozen=True, slots=True)
class Times:
    """The earliest and the latest time in each run of 256 indexed entries, from the run `first` on."""

    first: int
    earliest: NDArray[np.int64]
    latest: NDArray[np.int64]

    def straddling(self, edge: int) -> list[int]:
        """Runs in which some entries are before `edge` and some are not; counted from `first`."""
        return [int(run) for run in np.flatnonzero((self.earliest < edge) & (self.latest >= edge))]


def find(connection: Connection, question: Question) -> Found:
    """All entries that are asked for."""
    segments = _segments(connection)
    return Found(_indexed(connection, question, 0, segments), _tail(connection, question, segments * SEGMENT))


def page(
    connection: Connection, question: Question, *, after: int | None, limit: int, newest_first: bool
) -> list[StoredEntry]:
    """Up to `limit` entries beyond the index `after`."""
    if question.is_open:
        return queries.entries(connection, after=after, limit=limit, newest_first=newest_first)
    segments = _segments(connection)
    tail = [
        index
        for index, _ in _tail(connection, question, segments * SEGMENT)
        if after is None or (index < after if newest_first else index > after)
    ]
    if newest_first:
        indexes = tail[::-1][:limit]
        past = segments if after is None else min(segments, _block_end(after // SEGMENT))
        windows = _windows(past, 0)
    else:
        indexes = []
        windows = _windows(0 if after is None else _block_start(after // SEGMENT), segments)
    for first, past in windows:
        if len(indexes) >= limit:
            break
        bits = _indexed(connection, question, first, past)
        _cut(bits, None if after is None else after - first * SEGMENT, newest_first=newest_first)
        places = places_of(bits, many=limit - len(indexes), newest_first=newest_first)
        indexes += [first * SEGMENT + place for place in places]
    if not newest_first:
        indexes += tail[: limit - len(indexes)]
    return queries.entries_at(connection, indexes)


def histogram(connection: Connection, question: Question, edges: Sequence[int]) -> list[int]:
    """How many there are in each span between two neighbours of the ascending `edges`; an edge is of what follows."""
    found = find(connection, replace(question, time_from=edges[0], time_to=edges[-1]))
    times = _times(connection, 0, len(found.bits) * 8 // SEGMENT)
    whole = np.bitwise_count(found.bits).reshape(-1, _RUN_BYTES).sum(axis=1, dtype=np.int64)
    runs = sorted({run for edge in edges for run in times.straddling(edge)})
    exact = _times_at(connection, _places_in_runs(found.bits, runs))
    whole[runs] = 0
    loose = np.concatenate([exact, np.fromiter((time for _, time in found.tail), dtype=np.int64)])
    spans = np.asarray(edges)
    counted = np.bincount(
        np.searchsorted(spans, times.earliest, side="right"), weights=whole, minlength=len(edges) + 1
    ).astype(np.int64)
    counted += np.bincount(np.searchsorted(spans, loose, side="right"), minlength=len(edges) + 1)
    return [int(number) for number in counted[1:-1]]


def tally(connection: Connection, question: Question, field: str, *, most: int) -> dict[str, int] | None:
    """How many there are of each value of a clear field; None where there are more than `most` to look at."""
    found = find(connection, question)
    if found.count() > most:
        return None
    indexes = places_of(found.bits, many=most, newest_first=False) + [index for index, _ in found.tail]
    counted: Counter[str] = Counter()
    for (leaf,) in connection.execute("SELECT leaf FROM audit.entries WHERE index = ANY(%s)", (indexes,)):
        value = json.loads(leaf).get(field)
        for item in value if isinstance(value, list) else [value]:
            text = as_text(item)
            if text is not None:
                counted[text] += 1
    return dict(counted.most_common())


def _segments(connection: Connection) -> int:
    row = connection.execute("SELECT coalesce(max(segment) + 1, 0) FROM audit.segments").fetchone()
    return int(row[0]) if row else 0


def _windows(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of segments from `start` towards `end`, each four times as long: most pages end in the first.

    None of them divides a block.
    """
    size = _FIRST_WINDOW
    while start != end:
        stop = max(end, _block_start(start - size)) if end < start else min(end, start + size)
        yield min(start, stop), max(start, stop)
        start, size = stop, size * 4


def _block_start(segment: int) -> int:
    return segment - segment % BLOCK


def _block_end(segment: int) -> int:
    return _block_start(segment) + BLOCK


def _indexed(connection: Connection, question: Question, first: int, past: int) -> Bits:
    """What is asked for of the segments [first, past), which divide no block."""
    groups = question.all_of or ((EVERY,),)
    words = sorted({word for group in groups for word in group} | set(question.none_of))
    bits = np.full((past - first) * SEGMENT // 8, 0xFF, dtype=np.uint8)
    low, high = first, past
    for column, values in question.found_by:
        places = _places(connection, column, values, first, past)
        chosen = np.zeros_like(bits)
        set_bits(chosen, places)
        bits &= chosen
        if not bits.any():
            return bits
        low = max(low, _block_start(first + int(places[0]) // SEGMENT))
        high = min(high, _block_end(first + int(places[-1]) // SEGMENT))
    held = _postings(connection, words, (low, high), (first, past))
    for group in groups:
        bits &= np.bitwise_or.reduce([held[word] for word in group])
    for word in question.none_of:
        bits &= ~held[word]
    if question.time_from is not None or question.time_to is not None:
        times = _times(connection, first, past)
        if question.time_from is not None:
            bits &= ~_before(connection, times, question.time_from)
        if question.time_to is not None:
            bits &= _before(connection, times, question.time_to)
    return bits


def _postings(
    connection: Connection, words: list[str], looked_at: tuple[int, int], within: tuple[int, int]
) -> dict[str, Bits]:
    """The bitmaps of words over the segments `within`, of which only those `looked_at` can hold anything."""
    rows: dict[str, list[tuple[int, bytes]]] = {word: [] for word in words}
    first, past = within
    for word, segment, bits in connection.execute(
        "SELECT word, segment, bits FROM audit.postings_seen(%s::text[], %s, %s)", (words, *looked_at), binary=True
    ):
        rows[word].append((segment - first, bits))
    return {word: assemble(held, segments=past - first) for word, held in rows.items()}


def _places(
    connection: Connection, column: str, values: tuple[bytes | str, ...], first: int, past: int
) -> NDArray[np.int64]:
    """Places of entries that have one of the values, ascending; in one row, because many would cost more than that."""
    statement = sql.SQL(
        "SELECT string_agg(pg_catalog.int8send(index), '' ORDER BY index) FROM audit.entries"
        " WHERE {} = ANY(%b) AND index >= %s AND index < %s"
    ).format(sql.Identifier(column))
    row = connection.execute(statement, (list(values), first * SEGMENT, past * SEGMENT), binary=True).fetchone()
    return np.frombuffer((row and row[0]) or b"", dtype=">i8").astype(np.int64) - first * SEGMENT


def _times(connection: Connection, first: int, past: int) -> Times:
    row = connection.execute(
        "SELECT string_agg(earliest, '' ORDER BY segment), string_agg(latest, '' ORDER BY segment)"
        " FROM audit.segments WHERE segment >= %s AND segment < %s",
        (first, past),
        binary=True,
    ).fetchone()
    earliest, latest = (np.frombuffer(held or b"", dtype=">i8").astype(np.int64) for held in row or ())
    return Times(first * SEGMENT // RUN, earliest, latest)


def _before(connection: Connection, times: Times, edge: int) -> Bits:
    """The indexed entries whose time is before an edge."""
    runs = np.zeros((len(times.latest), _RUN_BYTES), dtype=np.uint8)
    runs[times.latest < edge] = 0xFF
    bits = runs.reshape(-1)
    places, exact = _times_of_runs(connection, times, times.straddling(edge))
    set_bits(bits, places[exact < edge])
    return bits


def _times_of_runs(
    connection: Connection, times: Times, runs: list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place and time of the entries of some runs, as far as they may be seen; one row for each run."""
    if not runs:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    rows = connection.execute(
        """
        SELECT string_agg(pg_catalog.int8send(held.index) || pg_catalog.int8send(held.time_ns), '')
        FROM unnest(%s::bigint[]) AS run (first)
        CROSS JOIN LATERAL (
            SELECT entries.index, entries.time_ns FROM audit.entries
            WHERE entries.index >= run.first AND entries.index < run.first + %s
            ORDER BY entries.index LIMIT %s
        ) AS held
        GROUP BY run.first
        """,
        ([(times.first + run) * RUN for run in runs], RUN, RUN),
        binary=True,
    )
    pairs = np.frombuffer(b"".join(row[0] for row in rows), dtype=">i8").astype(np.int64).reshape(-1, 2)
    return pairs[:, 0] - times.first * RUN, pairs[:, 1]


def _places_in_runs(bits: Bits, runs: list[int]) -> NDArray[np.int64]:
    """The places in some runs of the index that are set."""
    held = np.unpackbits(bits.reshape(-1, _RUN_BYTES)[runs], axis=1)
    which, place = np.nonzero(held)
    return np.asarray(runs, dtype=np.int64)[which] * RUN + place


def _times_at(connection: Connection, indexes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The times of entries, in no order."""
    row = connection.execute(
        "SELECT string_agg(pg_catalog.int8send(time_ns), '') FROM audit.entries WHERE index = ANY(%b::bigint[])",
        (indexes.tolist(),),
        binary=True,
    ).fetchone()
    return np.frombuffer((row and row[0]) or b"", dtype=">i8").astype(np.int64)


def _tail(connection: Connection, question: Question, start: int) -> list[tuple[int, int]]:
    conditions: list[sql.Composable] = [sql.SQL("index >= %(start)s")]
    values: dict[str, Any] = {"start": start, "from": question.time_from, "to": question.time_to}
    if question.time_from is not None:
        conditions.append(sql.SQL("time_ns >= %(from)s"))
    if question.time_to is not None:
        conditions.append(sql.SQL("time_ns < %(to)s"))
    for number, (column, wanted) in enumerate(question.found_by):
        values[f"v{number}"] = list(wanted)
        conditions.append(
            sql.SQL("{} = ANY({})").format(sql.Identifier(column), sql.Placeholder(f"v{number}", format="b"))
        )
    for number, (column, texts) in enumerate(_in_columns(question)):
        values[f"c{number}"] = texts
        conditions.append(sql.SQL("{}::text = ANY({})").format(sql.Identifier(column), sql.Placeholder(f"c{number}")))
    leaf = sql.SQL("leaf" if question.all_of or question.none_of else "NULL")
    statement = sql.SQL("SELECT index, time_ns, {} FROM audit.entries WHERE {} ORDER BY index")
    rows = connection.execute(statement.format(leaf, sql.SQL(" AND ").join(conditions)), values)
    return [(index, time) for index, time, leaf in rows if leaf is None or _holds(question, leaf)]


def _in_columns(question: Question) -> Iterator[tuple[str, list[str]]]:
    """What is asked of fields that the database has columns for; they are scalars in every leaf."""
    for group in question.all_of:
        named = [word.partition("=") for word in group]
        fields = {field for field, equals, _ in named if equals}
        texts = [text for _, _, text in named]
        whole = all(equals for _, equals, _ in named) and max(map(len, texts)) < LONGEST
        if whole and len(fields) == 1 and fields < _COLUMNS:
            yield fields.pop(), texts


def _holds(question: Question, leaf: str) -> bool:
    words = words_of_text(leaf)
    return all(not words.isdisjoint(group) for group in question.all_of) and words.isdisjoint(question.none_of)


def _cut(bits: Bits, after: int | None, *, newest_first: bool) -> None:
    """Clears what is not beyond the cursor."""
    if after is None or after < 0:
        return
    if newest_first:
        bits[(after + 7) // 8 :] = 0
        if after & 7 and after >> 3 < len(bits):
            bits[after >> 3] &= 0xFF << (8 - (after & 7)) & 0xFF
    else:
        past = after + 1
        bits[: past // 8] = 0
        if past & 7 and past >> 3 < len(bits):
            bits[past >> 3] &= 0xFF >> (past & 7)
