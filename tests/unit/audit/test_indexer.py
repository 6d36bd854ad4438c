"""Several indexers, one for each sequencer that stands ready, write each segment once and complain of nothing."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import structlog.testing
from benchmarks.fill import fill
from patience import until

from gateway.audit.indexer import Indexer
from gateway.audit.postings import SEGMENT

if TYPE_CHECKING:
    from audit_house import LogUnderTest

SEGMENTS = 18


def test_indexers_that_race_write_each_segment_once_and_put_the_block_together(audit: LogUnderTest) -> None:
    audit.write(1)
    audit.publish()
    fill(audit.deployment, SEGMENTS * SEGMENT, now_ns=time.time_ns(), indexed=False)
    audit.publish()
    stop = threading.Event()
    threads = [threading.Thread(target=Indexer(audit.sequencer_database).run, args=(stop,)) for _ in range(3)]
    with structlog.testing.capture_logs() as told:
        for thread in threads:
            thread.start()
        with audit.administrator() as connection:
            connection.autocommit = True
            segments = "SELECT count(*) FROM audit.segments"
            until(lambda: connection.execute(segments).fetchone() == (SEGMENTS,), "all segments are closed")
            stop.set()
            for thread in threads:
                thread.join()
            blocks = connection.execute("SELECT DISTINCT block FROM audit.posting_blocks").fetchall()
            single = connection.execute("SELECT DISTINCT segment FROM audit.postings ORDER BY 1").fetchall()
    assert told == []
    assert (blocks, single) == ([(0,)], [(16,), (17,)])
    assert audit.verify().ok
