"""Fills a log with many entries, quickly and whole: leaves as the product writes them, a valid tree, a valid index.

What no question asks for is not as in life: an entry that is found by blind digests has one disclosure, to which its
leaf commits and which nobody can open; the others have none (their leaves say so). Blind digests are random but shared
as in life: a person has many entries, a face few.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import msgspec
import psycopg
from benchmarks.mix import AGENCIES, clear_of

from gateway.audit.disclosures import base64url
from gateway.audit.indexer import another_was_first, index_next
from gateway.audit.log import BLIND_FIELD
from gateway.audit.merkle import leaf_hash
from gateway.audit.postings import SEGMENT
from gateway.audit.tiles import TileEdge
from gateway.postgres.deployment import DatabaseRole, Deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.database import Connection

BATCH: Final = 16 * SEGMENT
SECOND_NS: Final = 10**9
YEAR_NS: Final = 365 * 86_400 * SECOND_NS
_KEY: Final = uuid.UUID(int=1)
# What stands behind the digest in place of a sealed value, as long as one of three digests.
_SEALED: Final = bytes(256)


def fill(
    deployment: Deployment,
    count: int,
    *,
    now_ns: int,
    indexed: bool = True,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Appends `count` entries spread over the year before `now_ns`, then indexes what is full, where wanted."""
    chance = random.Random(7)  # noqa: S311 - the same log each time, nothing secret
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN), autocommit=True) as connection:
        dropped = _drop_indexes(connection)
        done = 0
        while done < count:
            many = min(BATCH, count - done)
            with connection.transaction():
                _batch(connection, chance, many, now_ns - YEAR_NS + done * (YEAR_NS // count), YEAR_NS // count)
            done += many
            told(done)
        for definition in dropped:
            connection.execute(definition.encode())
        while indexed and _index_next(connection):
            pass
        connection.execute("VACUUM (ANALYZE) audit.entries")
        connection.execute("VACUUM (ANALYZE) audit.postings")
        connection.execute("CHECKPOINT")


def blind(kind: str, number: int) -> bytes:
    """The digest of the case, user or face of that number in the filled log."""
    return hashlib.sha256(f"{kind}:{number}".encode()).digest()


def _drop_indexes(connection: Connection) -> list[str]:
    """They are made again in one go, which is faster by far than growing them."""
    rows = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'audit' AND tablename = 'entries'"
        " AND indexname <> 'entries_pkey'"
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX audit.{name}".encode())
    return [definition for _, definition in rows]


def _batch(connection: Connection, chance: random.Random, many: int, first_ns: int, step_ns: int) -> None:
    row = connection.execute("SELECT size FROM audit.head FOR UPDATE").fetchone()
    if row is None:
        raise LookupError("the log has no head")
    size = int(row[0])
    edge = TileEdge.load(connection, size)
    hashes: list[bytes] = []
    disclosed: list[tuple[int, bytes]] = []
    copy_entries = (
        "COPY audit.entries (index, leaf, leaf_hash, blind_case, blind_user, blind_probe) FROM STDIN (FORMAT binary)"
    )
    with connection.cursor().copy(copy_entries) as copy:
        copy.set_types(["int8", "text", "bytea", "bytea", "bytea", "bytea"])
        for place, (leaf, committed, digests) in enumerate(_entries(chance, many, first_ns, step_ns)):
            digest = leaf_hash(leaf.encode())
            hashes.append(digest)
            copy.write_row((size + place, leaf, digest, *digests))
            if any(digests):
                disclosed.append((size + place, committed))
    with connection.cursor().copy(
        "COPY audit.disclosures (index, key_id, names, ciphertexts) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["int8", "uuid", "text[]", "bytea[]"])
        for index, committed in disclosed:
            copy.write_row((index, _KEY, [BLIND_FIELD], [committed + _SEALED]))
    edge.extend(hashes)
    connection.cursor().executemany(
        "INSERT INTO audit.tiles AS kept (level, index, width, hashes) VALUES (%s, %s, %s, %b)"
        " ON CONFLICT (level, index) DO UPDATE SET width = excluded.width, hashes = excluded.hashes",
        [(level, index, len(tile) // 32, tile) for (level, index), tile in edge.changed.items()],
    )
    connection.execute("UPDATE audit.head SET size = %s, root = %b", (size + many, edge.root()))


def _entries(
    chance: random.Random, many: int, first_ns: int, step_ns: int
) -> Iterator[tuple[str, bytes, tuple[bytes | None, bytes | None, bytes | None]]]:
    """Leaf, the one digest to which it commits, and the digests by which it is found."""
    weights = list(accumulate(weight for _, weight in AGENCIES))
    for place in range(many):
        agency = AGENCIES[bisect(weights, chance.random() * weights[-1])][0]
        clear = clear_of(chance, agency)
        committed = chance.randbytes(32)
        leaf = clear | {
            "_disclosed": 0,
            "_sd": [base64url(committed)],
            "time": first_ns + place * step_ns,
        }
        digests: tuple[bytes | None, bytes | None, bytes | None] = (None, None, None)
        if leaf["kind"].startswith("search."):
            leaf["_disclosed"] = 1
            leaf["decision_id"] = str(uuid.UUID(int=chance.getrandbits(128)))
            digests = (
                blind("case", chance.randrange(400_000)),
                blind("user", min(chance.randrange(3_000), chance.randrange(3_000))),
                blind("probe", chance.randrange(2_000_000)),
            )
        yield msgspec.json.encode(leaf, order="sorted").decode(), committed, digests


def _index_next(connection: Connection) -> bool:
    try:
        with connection.transaction():
            return index_next(connection)
    except psycopg.Error as error:
        if not another_was_first(error):  # the indexer of a gateway that runs
            raise
        return True
