"""Auditors find what they may see, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from gateway.audit import queries
from gateway.audit.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audit_house import LogUnderTest

    from gateway.database import Connection


@pytest.fixture
def two_agencies(audit: LogUnderTest) -> LogUnderTest:
    audit.write(4, agency="lakeport-pd")
    audit.write(3, agency="hillview-so")
    with audit.web.transaction() as connection:
        audit.log.record(
            connection,
            Entry(
                "search.release",
                {"agency": "hillview-so", "purpose": "identify_victim", "decision_id": "d1"},
                {"user": "kim"},
                blind={"case": "2", "user": "kim", "probe": "ab"},
            ),
            now_ns=1_000,
        )
    with audit.sequencer_database.transaction() as connection:
        audit.log.record(connection, Entry("log.heartbeat"), now_ns=2_000)
    audit.publish()
    return audit


@pytest.fixture
def whole(two_agencies: LogUnderTest) -> Iterator[Connection]:
    with two_agencies.auditor.transaction() as connection:
        queries.see(connection, None)
        yield connection


def seen(connection: Connection) -> list[int]:
    return [entry.index for entry in queries.entries(connection)]


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_follow_each_other_without_gap_or_double(whole: Connection, newest_first: bool) -> None:  # noqa: FBT001
    after, seen = None, []
    while page := queries.entries(whole, after=after, limit=2, newest_first=newest_first):
        seen += [entry.index for entry in page]
        after = seen[-1]
    assert seen == sorted(range(9), reverse=newest_first)


def test_an_agency_sees_its_own_entries_and_their_disclosures_only(two_agencies: LogUnderTest) -> None:
    with two_agencies.auditor.transaction() as connection:
        queries.see(connection, "hillview-so")
        assert seen(connection) == [4, 5, 6, 7]
        assert [entry.index for entry in queries.entries_at(connection, [7, 0, 4])] == [7, 4]
        assert queries.entry(connection, 0) is None
        rows = connection.execute("SELECT index FROM audit.disclosures ORDER BY index").fetchall()
        assert rows == [(4,), (5,), (6,), (7,)]


def test_without_saying_whose_nothing_is_seen(two_agencies: LogUnderTest) -> None:
    with two_agencies.auditor.transaction() as connection:
        queries.see(connection, None)
    with two_agencies.auditor.transaction() as connection:
        assert seen(connection) == [], "what one transaction saw, the next on its connection does not"
        assert connection.execute("SELECT 1 FROM audit.disclosures").fetchall() == []


def test_no_agency_may_be_named_as_the_whole_log(two_agencies: LogUnderTest) -> None:
    with two_agencies.auditor.transaction() as connection, pytest.raises(ValueError, match="no agency"):
        queries.see(connection, "*")


def test_an_entry_is_given_with_the_names_of_its_disclosures(whole: Connection) -> None:
    entry = queries.entry(whole, 7)
    assert entry is not None
    assert entry.disclosed == ("user", "_blind")
    assert queries.entry(whole, 9) is None
    assert queries.entry(whole, -1) is None


def test_a_leaf_is_found_by_its_hash_staged_or_integrated(two_agencies: LogUnderTest, whole: Connection) -> None:
    entry = queries.entry(whole, 5)
    assert entry is not None
    assert queries.find_leaf(whole, entry.leaf_hash) == 5
    (staged,) = two_agencies.write(1)
    assert queries.find_leaf(whole, staged.leaf_hash) is None
    assert queries.is_staged(whole, staged.leaf_hash)
    assert not queries.is_staged(whole, bytes(32))


def test_an_auditor_cannot_write(two_agencies: LogUnderTest) -> None:
    for statement in (
        "DELETE FROM audit.entries",
        "INSERT INTO audit.staging (leaf) VALUES ('')",
        "SELECT audit.elect()",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), two_agencies.auditor.transaction() as connection:
            connection.execute(statement)
