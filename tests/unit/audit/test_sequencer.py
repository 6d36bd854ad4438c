"""Indexes are dense, given once, and the tree is over the leaves that were staged."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from patience import until

from gateway.audit.entries import Entry
from gateway.audit.errors import StagedLeafAltered
from gateway.audit.merkle import CompactRange
from gateway.audit.sequencer import Sequencer

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def stored(audit: LogUnderTest) -> tuple[list[int], list[bytes], int, bytes]:
    with audit.administrator() as connection:
        rows = connection.execute("SELECT index, leaf_hash FROM audit.entries ORDER BY index").fetchall()
        head = connection.execute("SELECT size, root FROM audit.head").fetchone()
    assert head is not None
    return [row[0] for row in rows], [row[1] for row in rows], head[0], head[1]


def test_batches_make_one_dense_log(audit: LogUnderTest) -> None:
    sealed = [item for count in (1, 300, 256, 5) for item in audit.write(count)]
    sequencer = Sequencer(audit.sequencer_database, batch=100)
    while sequencer.run_once():
        pass
    indexes, hashes, size, root = stored(audit)
    assert indexes == list(range(562))
    assert hashes == [item.leaf_hash for item in sealed]
    tree = CompactRange()
    tree.extend(hashes)
    assert (size, root) == (562, tree.root())
    assert audit.sequencer.run_once() == 0


def test_a_staged_row_that_commits_late_leaves_no_gap(audit: LogUnderTest) -> None:
    with audit.engine.transaction() as slow:
        late = audit.log.record(slow, Entry("search.outcome"))
        early = audit.write(2)
        assert audit.sequencer.run_once() == 2
    assert audit.sequencer.run_once() == 1
    indexes, hashes, _, _ = stored(audit)
    assert indexes == [0, 1, 2]
    assert hashes == [early[0].leaf_hash, early[1].leaf_hash, late.leaf_hash]


def test_filter_columns_come_from_the_leaf(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        audit.log.record(
            connection,
            Entry("a.b", {"agency": "x", "operation": "o", "purpose": "p", "permit": False, "decision_id": "d"}),
            now_ns=5,
        )
        audit.log.record(connection, Entry("a.c", {"permit": None, "agency": None}), now_ns=6)
    audit.sequencer.run_once()
    with audit.administrator() as connection:
        rows = connection.execute(
            "SELECT kind, time_ns, agency, operation, purpose, permit, decision_id FROM audit.entries ORDER BY index"
        ).fetchall()
    assert rows == [("a.b", 5, "x", "o", "p", False, "d"), ("a.c", 6, None, None, None, None, None)]


def test_two_sequencers_share_the_work_without_a_gap_or_a_double(audit: LogUnderTest) -> None:
    audit.write(1500)
    failures: list[BaseException] = []

    def work() -> None:
        sequencer = Sequencer(audit.sequencer_database, batch=20)
        try:
            while True:
                with audit.sequencer_database.transaction() as connection:
                    if connection.execute("SELECT 1 FROM audit.staging LIMIT 1").fetchone() is None:
                        return
                sequencer.run_once()
        except BaseException as error:  # noqa: BLE001  given to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert stored(audit)[0] == list(range(1500))
    audit.publish()
    assert audit.verify().ok


def test_while_one_is_elected_another_waits_for_nothing(audit: LogUnderTest) -> None:
    audit.write(1)
    with audit.sequencer_database.transaction() as connection:
        assert connection.execute("SELECT size FROM audit.elect()").fetchone() == (0,)
        assert audit.sequencer.run_once() == 0
    assert audit.sequencer.run_once() == 1


def test_a_staged_leaf_that_was_changed_is_not_integrated(audit: LogUnderTest) -> None:
    audit.write(2)
    with audit.superuser() as connection:
        connection.execute("UPDATE audit.staging SET leaf = replace(leaf, 'true', 'false')")
    with pytest.raises(StagedLeafAltered):
        audit.sequencer.run_once()
    assert stored(audit)[0] == []


def test_it_runs_until_told_to_stop(audit: LogUnderTest) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=audit.sequencer.run, args=(stop,))
    thread.start()
    try:
        sealed = audit.write(3)
        until(lambda: stored(audit)[2] == len(sealed), "everything is integrated")
    finally:
        stop.set()
        thread.join()
    assert stored(audit)[2] == 3
