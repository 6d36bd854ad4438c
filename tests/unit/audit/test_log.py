"""Entries are sealed and staged in the transaction of the act they record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from gateway.audit.disclosures import base64url, digest_of
from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable, EntryMalformed
from gateway.audit.merkle import leaf_hash

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def undo() -> None:
    """Leaves the innermost transaction without its commit."""
    raise psycopg.Rollback


DECISION = Entry("search.decision", {"agency": "a", "permit": True}, {"user": "ruiz"}, blind={"user": "ruiz"})


def test_a_leaf_is_canonical_json_with_the_clear_values_only(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        sealed = audit.log.seal(connection, DECISION, now_ns=7)
    leaf = json.loads(sealed.leaf)
    digests = leaf.pop("_sd")
    assert leaf == {"agency": "a", "kind": "search.decision", "permit": True, "time": 7, "_disclosed": 2}
    assert sealed.leaf.startswith('{"_disclosed":2,"_sd":[')
    assert "ruiz" not in sealed.leaf
    assert digests == sorted(digests)
    assert sealed.leaf_hash == leaf_hash(sealed.leaf.encode())


def test_the_leaf_commits_to_every_disclosure_and_to_the_blind_digests(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        sealed = audit.log.record(connection, DECISION)
        assert sealed.key_id is not None
        opened = [audit.keys.open(connection, sealed.key_id, item) for item in sealed.ciphertexts]
    assert {item.name: item.value for item in opened} == {
        "user": "ruiz",
        "_blind": {"user": audit.log.blind("user", "ruiz").hex()},
    }
    assert json.loads(sealed.leaf)["_sd"] == sorted(base64url(digest_of(item.text)) for item in opened)
    assert sealed.blind_user == audit.log.blind("user", "ruiz")


def test_equal_entries_have_different_leaves(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        for entry in (DECISION, Entry("log.heartbeat")):
            assert (
                audit.log.seal(connection, entry, now_ns=1).leaf_hash
                != audit.log.seal(connection, entry, now_ns=1).leaf_hash
            )


def test_the_database_computes_the_same_leaf_hash(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        sealed = audit.log.record(connection, Entry("a.b", {"text": "Straße \U0001f600 \u2028"}))
    with audit.sequencer_database.transaction() as connection:
        row = connection.execute("SELECT leaf_hash FROM audit.staging").fetchone()
    assert row == (sealed.leaf_hash,)


def test_without_the_commit_there_is_no_entry(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        audit.log.record(connection, DECISION)
        undo()
    assert audit.sequencer.run_once() == 0


UNLOGGABLE = [
    Entry("a.b", {"kind": "other"}),
    Entry("a.b", {"time": 1}),
    Entry("a.b", {"_sd": []}),
    Entry("a.b", {"score": 0.5}),  # type: ignore[dict-item]  # the point of the test
    Entry("a.b", {}, {"score": 0.5}),  # type: ignore[dict-item]  # the point of the test
    Entry("a.b", {"text": "\0"}),
    Entry("a.b", {"text": "\ud800"}),
    Entry("a.b", {"text": "a" * 65_536}),
    Entry("a.b", {}, {}, blind={"face": "x"}),
]


def test_what_a_leaf_cannot_hold_is_refused(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        for entry in UNLOGGABLE:
            with pytest.raises(EntryMalformed):
                audit.log.record(connection, entry)


def test_a_key_of_an_undone_transaction_is_not_used_again(audit: LogUnderTest) -> None:
    """It was never stored, so whatever it sealed could never be opened."""
    with audit.web.transaction() as connection:
        lost = audit.log.record(connection, DECISION)
        assert audit.log.record(connection, DECISION).key_id == lost.key_id, "one transaction makes one key"
        undo()
    with audit.web.transaction() as connection:
        kept = audit.log.record(connection, DECISION)
    assert kept.key_id != lost.key_id
    with audit.web.transaction() as connection:
        assert audit.log.record(connection, DECISION).key_id == kept.key_id


def test_a_key_of_an_undone_savepoint_is_not_used_again(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        with connection.transaction():
            lost = audit.log.record(connection, DECISION)
            undo()
        kept = audit.log.record(connection, DECISION)
        assert kept.key_id != lost.key_id


def test_two_first_writers_of_a_scope_do_not_wait_for_each_other(audit: LogUnderTest) -> None:
    with audit.web.transaction() as first, audit.web.transaction() as second:
        second.execute("SET LOCAL lock_timeout = '1s'")
        one = audit.log.record(first, DECISION)
        other = audit.log.record(second, DECISION)
    assert one.key_id != other.key_id
    with audit.web.transaction() as connection:
        for sealed in (one, other):
            assert sealed.key_id is not None
            assert audit.keys.open(connection, sealed.key_id, sealed.ciphertexts[0]).value == "ruiz"
        assert audit.log.record(connection, DECISION).key_id in {one.key_id, other.key_id}


def test_a_document_opens_in_its_context_only(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        key_id, sealed = audit.log.seal_value(connection, "case:1", {"similarity": 99.5}, context="search:1")
        assert audit.log.open_value(connection, key_id, sealed, context="search:1") == {"similarity": 99.5}
        with pytest.raises(DisclosureUnreadable):
            audit.log.open_value(connection, key_id, sealed, context="search:2")
        with pytest.raises(DisclosureUnreadable):
            audit.log.open_value(connection, key_id, sealed[:-1] + bytes([sealed[-1] ^ 1]), context="search:1")


def test_a_ciphertext_opens_for_its_own_digest_only(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        one, other = (audit.log.record(connection, DECISION) for _ in range(2))
        assert one.key_id is not None
        swapped = other.ciphertexts[0][:32] + one.ciphertexts[0][32:]
        with pytest.raises(DisclosureUnreadable):
            audit.keys.open(connection, one.key_id, swapped)


def test_a_destroyed_key_opens_nothing(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        sealed = audit.log.record(connection, DECISION)
    assert sealed.key_id is not None
    with audit.superuser() as connection:
        connection.execute("UPDATE audit.disclosure_keys SET wrapped = NULL")
    with audit.web.transaction() as connection, pytest.raises(DisclosureUnreadable):
        audit.keys.open(connection, sealed.key_id, sealed.ciphertexts[0])


def test_the_database_holds_no_key_in_clear_and_no_scope(audit: LogUnderTest) -> None:
    with audit.web.transaction() as connection:
        audit.log.record(connection, Entry("a.b", {}, {"x": "y"}, scope="case:lakeport-pd:2026-0412"))
    with audit.superuser() as connection:
        row = connection.execute("SELECT t::text FROM audit.disclosure_keys AS t").fetchone()
    assert row is not None
    assert "2026-0412" not in row[0]


def test_blind_digests_differ_by_kind_and_by_value(audit: LogUnderTest) -> None:
    digests = {audit.log.blind(kind, value) for kind in ("user", "case", "cas") for value in ("a", "b", "ea")}
    assert len(digests) == 9


UNSTAGEABLE: list[tuple[str, list[str], list[bytes]]] = [
    ("not json", [], []),
    ('"text"', [], []),
    ('{"kind":"a","time":1}', [], []),
    ('{"kind":"a","time":1.5,"_sd":["x"],"_disclosed":0}', [], []),
    ('{"time":1,"_sd":["x"],"_disclosed":0}', [], []),
    ('{"kind":null,"time":1,"_sd":["x"],"_disclosed":0}', [], []),
    ('{"kind":{},"time":1,"_sd":["x"],"_disclosed":0}', [], []),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":0,"agency":7}', [], []),
    ('{"kind":"a","time":2.5,"time":1,"_sd":["x"],"_disclosed":0,"purpose":[]}', [], []),
    ('{"kind":"a","time":1e3,"_sd":["x"],"_disclosed":0}', [], []),
    ('{"kind":"a","time":"2026","_sd":["x"],"_disclosed":0}', [], []),
    ('{"kind":"a","time":99999999999999999999,"_sd":["x"],"_disclosed":0}', [], []),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":0,"agency":"\\u0000"}', [], []),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":0,"agency":"\\ud800"}', [], []),
    ('{"kind":"a","time":1,"permit":"maybe","_sd":["x"],"_disclosed":0}', [], []),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":0}', ["user"], []),
    ('{"kind":"a","time":1,"_sd":["x"]}', [], []),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":1}', [], []),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":0,"deep":' + "[" * 5000 + "]" * 5000 + "}", [], []),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":0}', ["user"], [b"c"]),
    ('{"kind":"a","time":1,"_sd":["x"],"_disclosed":0,"t":"' + "a" * 65_536 + '"}', [], []),
]


def test_whatever_is_staged_can_be_integrated(audit: LogUnderTest) -> None:
    """Odd, but harmless: white space, repeated names, and values that the log has no column for."""
    odd = [
        '{"kind":"a","kind":"b","time":2,"time":1,"_sd":["x"],"_disclosed":0,"agency":"a","agency":null}',
        ' {"kind":"","time":-5,"permit":null,"_sd":["x","5"],"_disclosed":0,"other":[1e3,"é",{}]} ',
        '{"kind":"a","time":1,"_sd":["x"],"_disclosed":0,"wide":[' + "[]," * 1001 + "0]}",
        '{"kind":"a","time":1,"permit":false,"permit":true,"_sd":["x"],"_disclosed":0}',
    ]
    with audit.web.transaction() as connection:
        for leaf in odd:
            connection.execute("SELECT audit.append(%s, NULL, '{}', '{}', NULL, NULL, NULL)", (leaf,))
    audit.publish()
    report = audit.verify()
    assert report.ok
    assert report.size == len(odd)


def test_a_leaf_that_would_stop_the_sequencer_is_not_staged(audit: LogUnderTest) -> None:
    for arguments in UNSTAGEABLE:
        with pytest.raises(psycopg.DatabaseError), audit.web.transaction() as connection:
            connection.execute("SELECT audit.append(%s, NULL, %s::text[], %s::bytea[], NULL, NULL, NULL)", arguments)
