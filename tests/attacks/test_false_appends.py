"""What a web process under an attacker's control appends to stop the log, its index, or whoever reads it.

It may lie at the end of the log. It may not write what the sequencer cannot place, the indexer cannot read, or a page
of entries cannot show: one such entry would be there for good.
"""

from __future__ import annotations

import json
import os
import random
import string
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from benchmarks.fill import fill
from bundle_house import export, verify, verify_alone

from gateway.audit import queries, search
from gateway.audit.bundle_export import Wanted
from gateway.audit.disclosures import DIGEST_BYTES, base64url, wrap_context
from gateway.audit.generations import KeysUnopened, advance, note_destruction
from gateway.audit.indexer import index_next
from gateway.audit.merkle import leaf_hash
from gateway.audit.postings import SEGMENT
from gateway.audit.query_language import Question, asking
from gateway.audit.report import Check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from audit_house import LogUnderTest

    from gateway.database import Connection

DIGEST = b"d" * 32
SCOPE = b"s" * 32


def leaf(**fields: Any) -> str:
    written = {"_disclosed": 0, "_sd": ["x"], "kind": "search.decision", "time": 1} | fields
    return json.dumps(written, sort_keys=True, separators=(",", ":"))


def spelled(number: str) -> str:
    """A leaf with a number that the way of writing it above would change."""
    return leaf(number="?").replace('"?"', number)


def noise(length: int) -> str:
    """Text that no index makes smaller."""
    return "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=length))  # noqa: S311 - no secret


def nested(depth: int) -> str:
    return spelled("[" * depth + "]" * depth)


LEAVES = {
    "a number beyond every double": spelled("1e400"),
    "its negative": spelled("-1e400"),
    "an integer that no reader takes": spelled("1" * 5000),
    "an integer of 65 bits": spelled(str(1 << 63)),
    "its negative of 65 bits": spelled(str(-(1 << 63) - 1)),
    "a number below every double": spelled("1e-400"),
    "a fraction": spelled("0.5"),
    "no number": spelled("NaN"),
    "no finite number": spelled("Infinity"),
    "a bad number deep inside": leaf(a=[{"b": ["?"]}]).replace('"?"', "1e400"),
    "a time beyond 64 bits": leaf(time=1 << 63),
    "a time with a fraction": leaf(time=1.5),
    "nesting deeper than the form": nested(70),
    "nesting that exhausts a stack": nested(990),
    "a kind too long for its index": leaf(kind=noise(9000)),
    "an agency too long for its index": leaf(agency=noise(9000)),
    "a decision too long for its index": leaf(decision_id=noise(9000)),
    "digests that are none": leaf(_sd=["x", {"y": 1}]),
    "a count that is text": leaf(_disclosed="0"),
}


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_that_a_reader_could_not_take_is_refused_at_append(audit: LogUnderTest, name: str) -> None:
    with pytest.raises(psycopg.DatabaseError), audit.web.transaction() as connection:
        connection.execute("SELECT audit.append(%s, NULL, '{}', '{}', NULL, NULL, NULL)", (LEAVES[name],))
    audit.write(1)
    audit.publish()
    assert audit.verify().ok


@pytest.mark.parametrize(
    "arguments",
    [
        "NULL, '{}', '{}', convert_to(repeat(md5('1'), 300), 'UTF8'), NULL, NULL",
        "NULL, '{}', '{}', NULL, '\\x00', NULL",
        "NULL, '{}', '{}', NULL, NULL, ''",
        "gen_random_uuid(), '{NULL}', ARRAY[sha256('')], NULL, NULL, NULL",
        "gen_random_uuid(), '{a}', ARRAY[NULL::bytea], NULL, NULL, NULL",
        "gen_random_uuid(), '{{a}}', ARRAY[sha256('')], NULL, NULL, NULL",
    ],
    ids=["a digest too long", "a digest too short", "no digest", "no name", "no value", "names in two dimensions"],
)
def test_what_stands_beside_a_leaf_and_could_not_be_placed_or_shown_is_refused(
    audit: LogUnderTest, arguments: str
) -> None:
    false = leaf(_disclosed=0 if arguments.startswith("NULL") else 1)
    with pytest.raises(psycopg.DatabaseError), audit.web.transaction() as connection:
        connection.execute(f"SELECT audit.append(%s, {arguments})", (false,))
    audit.write(1)
    audit.publish()
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        assert len(queries.entries(connection)) == 1


def test_the_largest_that_may_be_written_is_placed_indexed_and_read(audit: LogUnderTest) -> None:
    """So the refusals above leave nothing between them and what every reader takes."""
    long = noise(990)
    with audit.web.transaction() as connection:
        for lie in (
            spelled(str((1 << 63) - 1)),
            spelled(str(-(1 << 63))),
            leaf(time=(1 << 63) - 1),
            leaf(time=-(1 << 63)),
            nested(64),
            leaf(agency=long, decision_id=long),
            leaf(**{noise(30_000): noise(30_000)}),
        ):
            connection.execute("SELECT audit.append(%s, NULL, '{}', '{}', %b, %b, %b)", (lie, DIGEST, DIGEST, DIGEST))
    complete(audit)
    with audit.auditor.snapshot() as connection:
        queries.see(connection, None)
        assert search.find(connection, asking(agency=long)).count() == 1
    assert {verdict.check for verdict in audit.verify().verdicts if verdict.ok is False} <= {"content"}


def under_no_key(_audit: LogUnderTest, _connection: Connection) -> tuple[UUID, bytes]:
    return uuid4(), os.urandom(DIGEST_BYTES + 40)


def under_a_key_of_noise(_audit: LogUnderTest, connection: Connection) -> tuple[UUID, bytes]:
    return add_key(connection, uuid4(), os.urandom(60)), os.urandom(DIGEST_BYTES + 40)


def under_a_key_that_is_none(audit: LogUnderTest, connection: Connection) -> tuple[UUID, bytes]:
    """A web process can wrap what it likes."""
    key_id = uuid4()
    wrapped = audit.keys.wrapping.wrap(1, b"short", wrap_context(key_id, SCOPE))
    return add_key(connection, key_id, wrapped), os.urandom(DIGEST_BYTES + 40)


def add_key(connection: Connection, key_id: UUID, wrapped: bytes) -> UUID:
    connection.execute("SELECT audit.add_disclosure_key(%s, %b, 1, %b, NULL)", (key_id, SCOPE, wrapped))
    return key_id


def sealed(text: str) -> Callable[[LogUnderTest, Connection], tuple[UUID, bytes]]:
    """Under a true key, which a web process has."""

    def make(audit: LogUnderTest, connection: Connection) -> tuple[UUID, bytes]:
        key = audit.keys.for_scope(connection, "case:1")
        return key.key_id, audit.keys.seal(key, text)

    return make


UNOPENED = {
    "a key that never was": under_no_key,
    "a key that nothing wrapped": under_a_key_of_noise,
    "a key that is none": under_a_key_that_is_none,
    "what is no base64url": sealed("\N{SNOWMAN}"),
    "what is no disclosure": sealed(base64url(b"[1]")),
    "a disclosure deeper than a stack": sealed(base64url(b"[" * 200_000)),
}


@pytest.mark.parametrize("lie", UNOPENED)
def test_values_that_nobody_can_open_stop_no_bundle_and_are_told_of(
    audit: LogUnderTest, tmp_path: Path, lie: str
) -> None:
    audit.write(2)
    with audit.web.transaction() as connection:
        key_id, value = UNOPENED[lie](audit, connection)
        false = leaf(_disclosed=1, _sd=[base64url(value[:DIGEST_BYTES])])
        connection.execute(
            "SELECT audit.append(%s, %s, '{input}', ARRAY[%b::bytea], NULL, NULL, NULL)", (false, key_id, value)
        )
    audit.write(1)
    audit.publish()
    for name, wanted in (("range", Wanted()), ("single", Wanted(indexes=(1, 2)))):
        path = export(audit, tmp_path / name, wanted, opened=True)
        told = {line["index"]: line for line in map(json.loads, (path / "disclosures.jsonl").read_text().splitlines())}
        assert told.pop(2) == {"index": 2, "disclosures": [], "unreadable": 1}
        assert all(len(line["disclosures"]) == 3 and "unreadable" not in line for line in told.values())
        report = verify(path, audit.verifier_key)
        assert report.verdict(Check.CONTENT).ok
        assert "1 more could not be opened" in report.verdict(Check.CONTENT).sentence
        assert "of entry 2" in report.verdict(Check.CONTENT).sentence
        assert verify_alone(path, audit.verifier_key) == (0, json.loads(json.dumps(report.document())))
    assert audit.verify(keys=audit.keys).verdict(Check.CONTENT).first_bad == 2


UNREADABLE = (spelled("1e400"), nested(480), leaf(**{noise(9000): "x"}))


def test_what_was_written_before_it_was_refused_hides_nothing_else(audit: LogUnderTest) -> None:
    """The index goes on, and every question is answered; of the unreadable it knows that they are, and when."""
    with audit.administrator() as connection:
        for lie in UNREADABLE:
            connection.execute(
                "INSERT INTO audit.staging (leaf, leaf_hash) VALUES (%s, %b)", (lie, leaf_hash(lie.encode()))
            )
    audit.publish()
    asked = (Question(), Question(time_to=2), Question(time_from=2), asking(kind="search.decision"))
    before = answers(audit, asked)
    complete(audit)
    after = answers(audit, asked)
    assert after[0] == SEGMENT
    assert after[1] == before[1] == len(UNREADABLE)
    assert after[2] == SEGMENT - len(UNREADABLE)
    assert after[3] > before[3]


def answers(audit: LogUnderTest, asked: tuple[Question, ...]) -> list[int]:
    with audit.auditor.snapshot() as connection:
        queries.see(connection, None)
        return [search.find(connection, one).count() for one in asked]


def complete(audit: LogUnderTest) -> None:
    """Places what is staged, fills the segment up, and indexes it."""
    audit.publish()
    with audit.administrator() as connection:
        row = connection.execute("SELECT size FROM audit.head").fetchone()
        assert row is not None
    fill(audit.deployment, SEGMENT - int(row[0]), now_ns=1_800_000_000 * 10**9, indexed=False)
    audit.signer.run_once()
    with audit.sequencer_database.transaction() as connection:
        assert index_next(connection)


def test_a_false_key_keeps_no_erasure_from_holding_once_somebody_gives_it_up(audit: LogUnderTest) -> None:
    """It stops the next generation until then: a key that does not open may as well mean the wrong key file."""
    audit.write(1)
    with audit.web.transaction() as connection:
        connection.execute(
            "SELECT audit.add_disclosure_key(%s, %b, 1, %b, NULL)", (uuid4(), os.urandom(32), os.urandom(60))
        )
    with pytest.raises(KeysUnopened), audit.administrator() as connection:
        advance(connection, keys=audit.keys, log=audit.log, operator="tester")
    with audit.administrator() as connection:
        assert advance(connection, keys=audit.keys, log=audit.log, operator="tester", give_up=True).given_up == 1
        note_destruction(connection, log=audit.log, generation=1, operator="tester")
    audit.keys.wrapping.destroy(1)
    audit.publish()
    assert audit.verify(keys=audit.keys).ok


def test_a_false_key_is_no_larger_than_a_true_one_may_be(audit: LogUnderTest) -> None:
    """The next generation reads every key, so that large ones would exhaust its memory."""

    def add(size: int) -> None:
        with audit.web.transaction() as connection:
            connection.execute("SELECT audit.add_disclosure_key(%s, %b, 1, %b, NULL)", (uuid4(), SCOPE, bytes(size)))

    add(1024)
    with pytest.raises(psycopg.errors.CheckViolation):
        add(1025)
