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
from gateway.audit.postings import SEGMENT, assemble, count, places_of, set_bits
from gateway.audit.words import EVERY, as_text, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gateway.audit.postings import Bits
    from gateway.audit.queries import StoredEntry
    from gateway.audit.query_language import Question
    from gateway.database import Connection

RUN: Final = 256
_RUN_BYTES: Final = RUN // 8
_COLUMNS: Final = ("blind_case", "blind_user", "blind_probe", "decision_id", "leaf_hash")


@dataclass(frozen=True, slots=True)
class Found:
    """Which entries were asked for: `bits` of the indexed segments, `tail` of what is beyond them, (index, time)."""

    bits: Bits
    tail: list[tuple[int, int]]
    times: Times

    def count(self) -> int:
        return count(self.bits) + len(self.tail)


@dataclass(frozen=True, slots=True)
class Times:
    """The earliest and the latest time in each run of 256 indexed entries."""

    earliest: NDArray[np.int64]
    latest: NDArray[np.int64]

    def straddling(self, edge: int) -> list[int]:
        """Runs in which some entries are before `edge` and some are not."""
        return [int(run) for run in np.flatnonzero((self.earliest < edge) & (self.latest >= edge))]


def find(connection: Connection, question: Question) -> Found:
    """All entries that are asked for."""
    times = _times(connection)
    segments = len(times.earliest) * RUN // SEGMENT
    bits = _indexed(connection, question, segments)
    for edge, keep_before in ((question.time_from, False), (question.time_to, True)):
        if edge is not None:
            before = _before(connection, times, edge)
            bits &= before if keep_before else ~before
    return Found(bits, _tail(connection, question, segments * SEGMENT), times)


def page(
    connection: Connection, question: Question, *, after: int | None, limit: int, newest_first: bool
) -> list[StoredEntry]:
    """Up to `limit` entries beyond the index `after`."""
    if question.is_open:
        return queries.entries(connection, after=after, limit=limit, newest_first=newest_first)
    found = find(connection, question)
    _cut(found.bits, after, newest_first=newest_first)
    tail = [index for index, _ in found.tail if after is None or (index < after if newest_first else index > after)]
    if newest_first:
        tail = tail[::-1][:limit]
        indexes = tail + places_of(found.bits, many=limit - len(tail), newest_first=True)
    else:
        indexes = places_of(found.bits, many=limit, newest_first=False)
        indexes += tail[: limit - len(indexes)]
    return queries.entries_at(connection, indexes)


def histogram(connection: Connection, question: Question, edges: Sequence[int]) -> list[int]:
    """How many there are in each span between two neighbours of the ascending `edges`; an edge is of what follows."""
    found = find(connection, replace(question, time_from=edges[0], time_to=edges[-1]))
    in_runs = np.bitwise_count(found.bits).reshape(-1, _RUN_BYTES).sum(axis=1, dtype=np.int64)
    exact = _matched_times(connection, found, in_runs, edges)
    whole = in_runs.copy()
    whole[exact[0]] = 0
    loose = np.concatenate([exact[1], np.fromiter((time for _, time in found.tail), dtype=np.int64)])
    order = np.searchsorted(np.asarray(edges), found.times.earliest, side="right")
    counted = np.bincount(order, weights=whole, minlength=len(edges) + 1).astype(np.int64)
    counted += np.bincount(np.searchsorted(np.asarray(edges), loose, side="right"), minlength=len(edges) + 1)
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


def _times(connection: Connection) -> Times:
    rows = connection.execute("SELECT earliest, latest FROM audit.segments ORDER BY segment", binary=True).fetchall()
    earliest, latest = (
        np.frombuffer(b"".join(row[side] for row in rows), dtype=">i8").astype(np.int64) for side in (0, 1)
    )
    return Times(earliest, latest)


def _indexed(connection: Connection, question: Question, segments: int) -> Bits:
    groups = question.all_of or ((EVERY,),)
    words = sorted({word for group in groups for word in group} | set(question.none_of))
    first, past, chosen = 0, segments, None
    for column, values in question.found_by:
        places = _places(connection, column, values, segments * SEGMENT)
        chosen = _chosen(places, segments) if chosen is None else chosen & _chosen(places, segments)
        if len(places):
            first, past = max(first, int(places[0]) // SEGMENT), min(past, int(places[-1]) // SEGMENT + 1)
    if chosen is not None and not chosen.any():
        return chosen
    held = _postings(connection, words, first, past, segments)
    bits = np.full(segments * SEGMENT // 8, 0xFF, dtype=np.uint8) if chosen is None else chosen
    for group in groups:
        bits &= np.bitwise_or.reduce([held[word] for word in group])
    for word in question.none_of:
        bits &= ~held[word]
    return bits


def _postings(connection: Connection, words: list[str], first: int, past: int, segments: int) -> dict[str, Bits]:
    rows: dict[str, list[tuple[int, bytes]]] = {word: [] for word in words}
    for word, segment, bits in connection.execute(
        "SELECT word, segment, bits FROM audit.postings_seen(%s::text[], %s, %s)", (words, first, past), binary=True
    ):
        rows[word].append((segment, bits))
    return {word: assemble(held, segments=segments) for word, held in rows.items()}


def _places(connection: Connection, column: str, values: tuple[bytes | str, ...], below: int) -> NDArray[np.int64]:
    """Indexes below a bound, ascending, in one value: a row for each would cost more than finding it."""
    statement = sql.SQL(
        "SELECT string_agg(pg_catalog.int8send(index), '' ORDER BY index) FROM audit.entries"
        " WHERE {} = ANY(%b) AND index < %s"
    ).format(sql.Identifier(column))
    row = connection.execute(statement, (list(values), below), binary=True).fetchone()
    return np.frombuffer((row and row[0]) or b"", dtype=">i8").astype(np.int64)


def _chosen(places: NDArray[np.int64], segments: int) -> Bits:
    bits = np.zeros(segments * SEGMENT // 8, dtype=np.uint8)
    set_bits(bits, places)
    return bits


def _before(connection: Connection, times: Times, edge: int) -> Bits:
    """The indexed entries whose time is before an edge."""
    runs = np.zeros((len(times.latest), _RUN_BYTES), dtype=np.uint8)
    runs[times.latest < edge] = 0xFF
    bits = runs.reshape(-1)
    straddling = times.straddling(edge)
    places = [index for index, time in _times_of_runs(connection, straddling) if time < edge] if straddling else []
    set_bits(bits, np.asarray(places, dtype=np.int64))
    return bits


def _times_of_runs(connection: Connection, runs: list[int]) -> list[tuple[int, int]]:
    rows = connection.execute(
        "SELECT entries.index, entries.time_ns FROM unnest(%s::bigint[]) AS run (first)"
        " JOIN audit.entries ON entries.index >= run.first AND entries.index < run.first + %s",
        ([run * RUN for run in runs], RUN),
        binary=True,
    )
    return rows.fetchall()


def _matched_times(
    connection: Connection, found: Found, in_runs: NDArray[np.int64], edges: Sequence[int]
) -> tuple[list[int], NDArray[np.int64]]:
    """Runs that an edge goes through, and the times of what matches in them."""
    runs = sorted({run for edge in edges for run in found.times.straddling(edge) if in_runs[run]})
    if not runs:
        return [], np.empty(0, dtype=np.int64)
    matched = [
        time for index, time in _times_of_runs(connection, runs) if found.bits[index >> 3] & (0x80 >> (index & 7))
    ]
    return runs, np.asarray(matched, dtype=np.int64)


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
    statement = sql.SQL("SELECT index, time_ns, leaf FROM audit.entries WHERE {} ORDER BY index")
    rows = connection.execute(statement.format(sql.SQL(" AND ").join(conditions)), values)
    return [(index, time) for index, time, leaf in rows if _holds(question, leaf)]


def _holds(question: Question, leaf: str) -> bool:
    if not (question.all_of or question.none_of):
        return True
    words = words_of(json.loads(leaf))
    return all(not words.isdisjoint(group) for group in question.all_of) and words.isdisjoint(question.none_of)


def _cut(bits: Bits, after: int | None, *, newest_first: bool) -> None:
    """Clears what is not beyond the cursor."""
    if after is None:
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
