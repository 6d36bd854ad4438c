"""The sequencer: moves staged leaves to dense indexes and grows the tiles, all in one transaction.

Invariants: one sequencer works at a time (the row lock on audit.head elects it for one transaction, so nothing is left
behind by one that dies); an index is given once and without gaps, whatever the order in which writers commit, because
it is given to rows that are already committed; the hashes that go into the tree are computed here from the leaf's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from gateway.audit.errors import StagedLeafAltered
from gateway.audit.merkle import leaf_hash
from gateway.audit.tiles import TileEdge
from gateway.database import DatabaseUnavailable

if TYPE_CHECKING:
    import threading

    from gateway.database import Connection, Database

BATCH: Final = 2000
PAUSE_SECONDS: Final = 0.05
RETRY_SECONDS: Final = 0.5

log = structlog.get_logger()


class Sequencer:
    """Integrates what is staged. `database` is that of the role SEQUENCER. One thread uses one sequencer."""

    def __init__(self, database: Database, *, batch: int = BATCH) -> None:
        self._database = database
        self._batch = batch
        self._edge: TileEdge | None = None

    def run_once(self) -> int:
        """Integrates one batch and says how many entries it had: 0 if nothing is staged or another sequencer works.

        Raises:
            StagedLeafAltered: a staged row does not hold what was staged; nothing is integrated.
            DatabaseUnavailable: there is no connection.
        """
        edge: TileEdge | None = None
        try:
            with self._database.transaction() as connection:
                size = _elect(connection)
                if size is None:
                    return 0
                edge = self._edge if self._edge and self._edge.size == size else TileEdge.load(connection, size)
                # What this attempt grows is remembered only once it is committed.
                self._edge = None
                count = _integrate(connection, edge, self._batch)
        except BaseException:
            self._edge = None
            raise
        self._edge = edge
        return count

    def run(self, stop: threading.Event) -> None:
        """Integrates until told to stop. A failure is logged and tried again: the log waits, and nothing is skipped."""
        while not stop.is_set():
            try:
                # A batch has a cost of its own, so what comes one by one is integrated together.
                if self.run_once() < self._batch:
                    stop.wait(PAUSE_SECONDS)
            except DatabaseUnavailable:
                log.warning("audit.sequencer.database_unavailable")
                stop.wait(RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001  a sequencer that ended would stop the log for good
                log.error("audit.sequencer.failed", error=type(error).__name__)  # noqa: TRY400  a trace may quote a leaf
                stop.wait(RETRY_SECONDS)


def _elect(connection: Connection) -> int | None:
    """The size of the log if this transaction is elected and anything is staged."""
    # By the index, which forgets removed rows sooner than the table does.
    if connection.execute("SELECT 1 FROM audit.staging ORDER BY id LIMIT 1").fetchone() is None:
        return None
    row = connection.execute("SELECT size FROM audit.elect()").fetchone()
    return None if row is None else int(row[0])


def _integrate(connection: Connection, edge: TileEdge, limit: int) -> int:
    rows = connection.execute(
        "SELECT id, leaf, leaf_hash FROM audit.staging ORDER BY id LIMIT %s", (limit,), binary=True
    ).fetchall()
    if not rows:
        return 0
    hashes = []
    for _, leaf, staged_hash in rows:
        computed = leaf_hash(leaf.encode())
        if computed != staged_hash:
            raise StagedLeafAltered("a staged leaf was changed before it was sequenced")
        hashes.append(computed)
    first = edge.size
    edge.extend(hashes)
    tiles = [(level, index, content) for (level, index), content in edge.changed.items()]
    connection.execute(
        "SELECT audit.integrate(%s, %s::bigint[], %s::smallint[], %s::bigint[], %s::bytea[], %b)",
        (
            first,
            [row[0] for row in rows],
            [tile[0] for tile in tiles],
            [tile[1] for tile in tiles],
            [tile[2] for tile in tiles],
            edge.root(),
        ),
    )
    return len(rows)
