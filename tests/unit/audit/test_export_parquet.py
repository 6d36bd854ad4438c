"""Parquet: another reader finds every entry, in its columns, with the text that its hash is of."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from gateway.audit.entries import Entry
from gateway.audit.exports import ExportRefused, Exports
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from pathlib import Path

    from audit_house import LogUnderTest

DENIED = {"permit": False, "reasons": ["WARRANT_REQUIRED", "CASE_ID_MISSING"], "revision": 3, "decision_id": "d1"}


@pytest.fixture
def running(audit: LogUnderTest) -> Exports:
    with audit.web.transaction() as connection:
        for kind, clear in (("search.decision", DENIED), ("token.issued", {"scopes": ["audit:read"]})):
            said: dict[str, Any] = {"agency": "lakeport-pd", "client": "lakeport", **clear}
            audit.log.record(connection, Entry(kind, said, {"user": "ruiz"}))
    audit.publish()
    audit.enlist("admin-1")
    return Exports(
        database=audit.web, auditor=audit.auditor, log=audit.log, settings=audit.settings, outbound=Outbound(())
    )


def make(running: Exports, url: str) -> None:
    running.make(name="table", form="parquet", url=url, asked="-kind:audit.exported", by="admin-1", agency=None)


def delivered(running: Exports) -> None:
    while running.run_once():
        pass


def files(audit: LogUnderTest) -> list[Path]:
    return sorted((audit.settings.home / "exports" / "table").iterdir())


def read(query: str) -> list[tuple[Any, ...]]:
    """By somebody else's program."""
    found = duckdb.sql(query)
    assert found is not None
    return found.fetchall()


def test_another_reader_finds_each_entry_with_index_and_leaf_hash(audit: LogUnderTest, running: Exports) -> None:
    make(running, "file:table")
    delivered(running)
    (file,) = files(audit)
    assert file.name == "00000000000000000000.parquet"
    found = read(
        f"SELECT index, kind, agency, permit, reasons, revision, epoch_ns(time), leaf_hash, leaf FROM '{file}'"
        " ORDER BY index"
    )
    with audit.administrator() as connection:
        rows = connection.execute(
            "SELECT index, time_ns, encode(leaf_hash, 'hex'), leaf FROM audit.entries"
            " WHERE kind <> 'audit.exported' ORDER BY index"
        ).fetchall()
    assert [(row[0], row[6], row[7], row[8]) for row in found] == rows
    denied = next(row for row in found if row[1] == "search.decision")
    assert denied[2:6] == ("lakeport-pd", False, DENIED["reasons"], 3)
    for row in found:
        assert hashlib.sha256(b"\0" + row[8].encode()).hexdigest() == row[7]
        assert json.loads(row[8])["kind"] == row[1]
        assert "ruiz" not in str(row)


def test_each_delivery_is_a_file_of_its_own_and_a_repeat_replaces_it(audit: LogUnderTest, running: Exports) -> None:
    make(running, "file:table")
    delivered(running)
    before = files(audit)[0].read_bytes()
    audit.write(3)
    audit.publish()
    delivered(running)
    assert len(files(audit)) == 2
    with audit.superuser() as connection:
        connection.execute("ALTER TABLE audit.exports DISABLE TRIGGER ALL")
        connection.execute("UPDATE audit.exports SET next_index = 0")
        connection.execute("ALTER TABLE audit.exports ENABLE TRIGGER ALL")
    running.run_once()
    assert len(files(audit)) == 2
    assert files(audit)[0].read_bytes() != before, "the first file has all entries now"
    whole = read(f"SELECT count(*), count(DISTINCT index) FROM '{files(audit)[0]}'")
    assert whole[0][0] == whole[0][1] >= 5


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/x", "syslog+tls://127.0.0.1:6514"])
def test_a_table_is_not_sent_where_lines_go(running: Exports, url: str) -> None:
    with pytest.raises(ExportRefused, match="Parquet file goes to"):
        make(running, url)


def test_without_pyarrow_it_is_said_what_to_install(running: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportRefused, match=r"install writgate\[parquet\]"):
        make(running, "file:table")
