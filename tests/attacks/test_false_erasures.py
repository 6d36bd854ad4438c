"""The superuser takes values away, or has an entry found that is of nobody, and lets it pass for what an erasure left.

An order erased one case for true. What the attacker adds beside it, only the log could bear out, and it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.audit.report import Check
from gateway.compliance.erasures import Erasures
from gateway.compliance.subjects import Subject
from gateway.registry.models import Actor
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from audit_house import LogUnderTest

AGENCY, CASE = "lakeport-pd", "2026-0417"
ONE, OTHER = Actor(kind="client", id="admin-1"), Actor(kind="client", id="admin-2")
INNOCENT = 0  # the entry of no case, written before anything else


def bare(log: LogUnderTest) -> int:
    """The first entry that discloses nothing."""
    with log.administrator() as connection:
        row = connection.execute(
            "SELECT min(index) FROM audit.entries WHERE leaf LIKE '%\"_disclosed\":0,%'"
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def erased(audit: LogUnderTest) -> LogUnderTest:
    """A log with an entry of no case from long ago, one that discloses nothing, and a case that was erased by order."""
    with audit.web.transaction() as connection:
        audit.log.record(connection, Entry("result.read", {"agency": AGENCY}, {"user": "kim"}), now_ns=1)
        audit.log.record(connection, Entry("search.decision", {"agency": AGENCY}))
        scope = audit.log.case_scope(AGENCY, CASE)
        audit.log.record(connection, Entry("search.decision", {"agency": AGENCY}, {"user": "ruiz"}, scope=scope))
    audit.publish()
    erasures = Erasures(database=audit.web, log=audit.log)
    order = erasures.order(
        actor=ONE, subject=Subject(AGENCY, CASE), basis="court_order", reference="26-1", statement="expunged"
    )
    audit.publish()
    erasures.approve(actor=OTHER, order_id=order.id)
    audit.publish()
    assert audit.verify(keys=audit.keys).ok
    return audit


def the_erasure(log: LogUnderTest) -> tuple[UUID, UUID]:
    """The order that was carried out, and a key that it destroyed."""
    with log.administrator() as connection:
        row = connection.execute("SELECT order_id, key_id FROM audit.erased").fetchone()
    assert row is not None
    return row[0], row[1]


def take_away(log: LogUnderTest, index: int, *, order: UUID, key: UUID) -> None:
    """The values of an entry, and the digests by which it is found, with the row of a late erasure in their place."""
    with log.superuser() as connection:
        connection.execute("DELETE FROM audit.disclosures WHERE index = %s", (index,))
        connection.execute(
            "UPDATE audit.entries SET blind_case = NULL, blind_user = NULL, blind_probe = NULL WHERE index = %s",
            (index,),
        )
        connection.execute("INSERT INTO audit.erased VALUES (%s, %s, %s, true)", (index, order, key))


def test_values_taken_away_are_not_late_by_a_row_that_says_so(erased: LogUnderTest) -> None:
    """The entry is of the same minute as the order, and the key one that the order destroyed."""
    (innocent,) = erased.write(1)
    erased.publish()
    order, key = the_erasure(erased)
    with erased.administrator() as connection:
        row = connection.execute(
            "SELECT index FROM audit.entries WHERE leaf_hash = %b", (innocent.leaf_hash,)
        ).fetchone()
    assert row is not None
    take_away(erased, row[0], order=order, key=key)
    verdict = erased.verify().verdict(Check.CONTENT)
    assert (verdict.ok, verdict.first_bad) == (False, row[0])
    assert "incomplete" in verdict.sentence


def test_values_put_under_a_key_that_was_destroyed_do_not_pass_for_erased(erased: LogUnderTest) -> None:
    """They are of another time than the erasure."""
    _, key = the_erasure(erased)
    with erased.superuser() as connection:
        connection.execute("UPDATE audit.disclosures SET key_id = %s WHERE index = %s", (key, INNOCENT))
    verdict = erased.verify(keys=erased.keys).verdict(Check.CONTENT)
    assert (verdict.ok, verdict.first_bad) == (False, INNOCENT)


@pytest.mark.parametrize("column", ["blind_case", "blind_user", "blind_probe"])
def test_an_entry_that_discloses_nothing_is_not_made_to_be_found(erased: LogUnderTest, column: str) -> None:
    index = bare(erased)
    with erased.superuser() as connection:
        digest = erased.log.blind(column.removeprefix("blind_"), "ruiz")
        connection.execute(f"UPDATE audit.entries SET {column} = %b WHERE index = %s".encode(), (digest, index))
    for keys in (None, erased.keys):
        verdict = erased.verify(keys=keys).verdict(Check.CONTENT)
        assert (verdict.ok, verdict.first_bad) == (False, index)
        assert "blind digest" in verdict.sentence


@pytest.mark.parametrize(
    ("kind", "count"),
    [(EntryKind.ERASURE_SWEPT, 0), (EntryKind.ERASURE_SWEPT, 1), (EntryKind.ENTRIES_READ, 1)],
    ids=["naming nothing", "naming what no order destroyed", "of another kind"],
)
def test_the_web_role_sweeps_nothing_that_no_order_destroyed(erased: LogUnderTest, kind: EntryKind, count: int) -> None:
    order, _ = the_erasure(erased)
    (innocent,) = erased.write(1)
    erased.publish()
    entry = Entry(kind, {"order": str(order), "erased_leaves": [innocent.leaf_hash.hex()] * count})
    with erased.web.transaction() as connection:
        sealed = erased.log.seal(connection, entry, now_ns=database_now(connection))
    with pytest.raises(psycopg.Error, match="the entry"), erased.web.transaction() as connection:
        connection.execute("SELECT audit.erase_late(%s, %s)", (order, sealed.leaf))
    report = erased.verify(keys=erased.keys)
    assert report.ok
    assert "Of 1 entries" in report.verdict(Check.CONTENT).sentence
