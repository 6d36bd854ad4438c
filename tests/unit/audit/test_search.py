"""A search finds exactly what a look at every entry would find: in the index, beyond it, and for whoever asks."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from audit_house import open_log
from benchmarks.fill import YEAR_NS, blind, fill
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from gateway.audit import queries, search
from gateway.audit.entries import Entry
from gateway.audit.indexer import Indexer
from gateway.audit.query_language import Question, asking, parse, question
from gateway.audit.report import Check
from gateway.audit.verify import verify_online
from gateway.database import Database
from gateway.postgres.credentials import credentials_file
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.settings import Settings

if TYPE_CHECKING:
    from audit_house import LogUnderTest

    from gateway.database import Connection

COUNT = 70_000
NOW_NS = 1_795_000_000 * 10**9
ONE = "agency-01-pd"
Looking = Callable[[dict[str, Any]], object]
# Each term, and what it means to somebody who looks at the leaf.
TERMS: dict[str, Looking] = {
    "kind:search.decision": lambda leaf: leaf["kind"] == "search.decision",
    "kind:search.decision,search.release": lambda leaf: leaf["kind"] in {"search.decision", "search.release"},
    "-kind:token.issued": lambda leaf: leaf["kind"] != "token.issued",
    "permit:false": lambda leaf: leaf.get("permit") is False,
    "purpose:identify_victim": lambda leaf: leaf.get("purpose") == "identify_victim",
    "-purpose:investigate_named_offence": lambda leaf: leaf.get("purpose") != "investigate_named_offence",
    "reason:WARRANT_REQUIRED,QUOTA_EXHAUSTED": lambda leaf: (
        {"WARRANT_REQUIRED", "QUOTA_EXHAUSTED"} & set(leaf.get("reasons", []))
    ),
    "revision:3": lambda leaf: leaf.get("revision") == 3,
    "agency:agency-02-pd": lambda leaf: leaf.get("agency") == "agency-02-pd",
    "warrant": lambda leaf: any("WARRANT" in code for code in leaf.get("reasons", [])),
    '"dlib 20"': lambda leaf: "engine" in leaf,
    "-quota": lambda leaf: "QUOTA_EXHAUSTED" not in leaf.get("reasons", []),
    "nonsense": lambda _: False,
}


@pytest.fixture(scope="module")
def log(copies: Any, cluster_home: Path) -> Iterator[LogUnderTest]:
    """A block and a segment that are indexed, and a tail that is not, with times that do not ascend."""
    url = copies.take()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wg-")))
        settings = Settings(home=home, database_url=url)
        settings.create_folders()
        shutil.copy2(credentials_file(cluster_home / "keys"), credentials_file(settings.keys))
        deployment = stack.enter_context(Deployment.open(settings))

        def pool(role: DatabaseRole) -> Database:
            return stack.enter_context(Database(deployment.conninfo(role), name=f"test {role.value}"))

        made = open_log(settings, deployment, pool)
        fill(deployment, COUNT - 3, now_ns=NOW_NS, indexed=False)
        with made.web.transaction() as connection:
            for time_ns in (NOW_NS - YEAR_NS // 2, NOW_NS - 10, NOW_NS + 5):
                entry = Entry("search.release", {"agency": ONE}, blind={"user": "ruiz"})
                made.log.record(connection, entry, now_ns=time_ns)
        made.publish()
        indexer = Indexer(made.sequencer_database)
        assert [indexer.run_once() for _ in range(18)] == [True] * 17 + [False]
        yield made
    copies.give_back(url)


@pytest.fixture(scope="module")
def leaves(log: LogUnderTest) -> dict[int, dict[str, Any]]:
    with log.administrator() as connection:
        rows = connection.execute("SELECT index, leaf FROM audit.entries ORDER BY index")
        return {index: json.loads(leaf) for index, leaf in rows}


@pytest.fixture
def whole(log: LogUnderTest) -> Iterator[Connection]:
    with log.auditor.snapshot() as connection:
        queries.see(connection, None)
        yield connection


def meant(log: LogUnderTest, text: str) -> Question:
    return question(parse(text), blind=log.log.blind, agency=None)


def all_pages(connection: Connection, asked: Question, *, newest_first: bool, limit: int = 7000) -> list[int]:
    after, seen = None, []
    while page := search.page(connection, asked, after=after, limit=limit, newest_first=newest_first):
        seen += [entry.index for entry in page]
        after = seen[-1]
    return seen


@tried(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    terms=st.sets(st.sampled_from(sorted(TERMS)), max_size=4),
    span=st.none() | st.tuples(st.integers(-YEAR_NS, 10), st.integers(1, YEAR_NS)),
    reader=st.tuples(st.sampled_from((None, ONE, "agency-24-pd", "nobody-pd")), st.booleans()),
)
def test_pages_and_count_are_what_looking_finds(
    log: LogUnderTest,
    leaves: dict[int, dict[str, Any]],
    terms: set[str],
    span: tuple[int, int] | None,
    reader: tuple[str | None, bool],
) -> None:
    agency, newest_first = reader
    start, end = (0, 1 << 62) if span is None else (NOW_NS + span[0], NOW_NS + span[0] + span[1])
    text = " ".join(sorted(terms)) + ("" if span is None else f" from:{start} to:{end}")
    expected = [
        index
        for index, leaf in leaves.items()
        if start <= leaf["time"] < end
        and agency in (None, leaf.get("agency"))
        and all(TERMS[term](leaf) for term in terms)
    ]
    asked = meant(log, text)
    with log.auditor.snapshot() as connection:
        queries.see(connection, agency)
        assert search.find(connection, asked).count() == len(expected)
        found = all_pages(connection, asked, newest_first=newest_first)
    assert found == (expected[::-1] if newest_first else expected)


@pytest.mark.parametrize("buckets", [1, 7, 60])
def test_a_histogram_counts_each_entry_in_its_span(
    log: LogUnderTest, leaves: dict[int, dict[str, Any]], whole: Connection, buckets: int
) -> None:
    edges = [NOW_NS - YEAR_NS - 50 + number * (YEAR_NS + 100) // buckets for number in range(buckets + 1)]
    times = [leaf["time"] for leaf in leaves.values() if leaf.get("permit") is False]
    expected = [sum(a <= time < b for time in times) for a, b in itertools.pairwise(edges)]
    assert search.histogram(whole, meant(log, "permit:false"), edges) == expected
    everything = search.histogram(whole, Question(), edges)
    assert sum(everything) == sum(edges[0] <= leaf["time"] < edges[-1] for leaf in leaves.values())


def test_a_person_a_case_and_a_face_are_found_by_digest(
    log: LogUnderTest, leaves: dict[int, dict[str, Any]], whole: Connection
) -> None:
    with log.administrator() as connection:
        rows = connection.execute("SELECT index FROM audit.entries WHERE blind_user = %b", (blind("user", 1),))
        expected = sorted(index for (index,) in rows)
    assert len(expected) > 1
    asked = Question(found_by=(("blind_user", (blind("user", 1),)),))
    assert all_pages(whole, asked, newest_first=False) == expected
    decisions = [index for index in expected if leaves[index]["kind"] == "search.decision"]
    narrowed = Question(asking(kind="search.decision").all_of, found_by=asked.found_by)
    assert all_pages(whole, narrowed, newest_first=True, limit=1) == decisions[::-1]
    assert all_pages(whole, meant(log, "user:ruiz"), newest_first=False) == [COUNT - 3, COUNT - 2, COUNT - 1]
    assert all_pages(whole, meant(log, "user:nobody"), newest_first=False) == []


def test_values_of_a_field_are_told_apart_where_they_are_few(
    log: LogUnderTest, leaves: dict[int, dict[str, Any]], whole: Connection
) -> None:
    asked = meant(log, "permit:false purpose:identify_victim")
    denied = [leaf for leaf in leaves.values() if TERMS["permit:false"](leaf)]
    victims = [leaf["agency"] for leaf in denied if leaf["purpose"] == "identify_victim"]
    expected = {agency: victims.count(agency) for agency in set(victims)}
    assert search.tally(whole, asked, "agency", most=1000) == expected
    assert search.tally(whole, asked, "agency", most=3) is None


def test_an_auditor_of_one_agency_learns_nothing_of_another_from_the_index(log: LogUnderTest) -> None:
    """As somebody with the auditor's password would try."""
    with log.auditor.transaction() as connection:
        queries.see(connection, "agency-02-pd")
        own = connection.execute(
            "SELECT sum(bit_count(substr(bits, 5)))"
            " FROM audit.postings_seen(ARRAY['agency=agency-01-pd', 'agency=agency-02-pd'], 0, 99)"
            " WHERE word = 'agency=agency-01-pd'"
        ).fetchone()
        assert own is not None
        assert not own[0]
    with log.auditor.transaction() as connection:
        nobody = connection.execute("SELECT * FROM audit.postings_seen(ARRAY[''], 0, 99)").fetchall()
        assert nobody == [], "without saying whose entries are seen, none are"
    for statement in (
        "SELECT * FROM audit.postings",
        "SELECT * FROM audit.posting_blocks",
        "SELECT audit.put_block_together(0)",
        "SELECT audit.add_segment(2, ''::bytea, ''::bytea, '{}', '{}')",
        "DELETE FROM audit.segments",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), log.auditor.transaction() as connection:
            connection.execute(statement)


def test_verification_finds_an_index_that_hides_an_entry(log: LogUnderTest) -> None:
    assert log.verify().ok
    for statement in (
        "UPDATE audit.postings SET bits = set_bit(bits, 4095, 0) WHERE word = '' AND segment = 16",
        "UPDATE audit.posting_blocks SET bits = set_bit(bits, 65535, 0) WHERE word = '' AND block = 0",
        "INSERT INTO audit.postings VALUES ('kind=invented', 3, B'1'::bit(4096))",
        "INSERT INTO audit.postings VALUES ('permit=false', 3, B'1'::bit(4096))",
        "INSERT INTO audit.posting_blocks VALUES ('kind=invented', 0, B'1'::bit(65536))",
        "DELETE FROM audit.posting_blocks WHERE word = 'permit=false' AND block = 0",
        "DELETE FROM audit.postings WHERE word = 'permit=false' AND segment = 16",
        "UPDATE audit.segments SET latest = earliest WHERE segment = 0",
    ):
        with log.administrator() as connection:
            connection.execute(statement)
            connection.execute("SELECT set_config('writgate.agency', '*', true)")
            report = verify_online(connection, log.verifier_key)
            connection.rollback()
        assert "index" in report.verdict(Check.CONTENT).sentence, statement
        assert [verdict.check for verdict in report.verdicts if verdict.ok is False] == [Check.CONTENT]


def test_the_index_goes_on_where_it_ends_and_only_over_full_segments(log: LogUnderTest) -> None:
    for segment in (0, 16, 17, 18):
        with pytest.raises(psycopg.Error) as refused, log.sequencer_database.transaction() as connection:
            connection.execute("SELECT audit.add_segment(%s, %b, %b, '{}', '{}')", (segment, bytes(128), bytes(128)))
        assert refused.value.sqlstate == "WA003"
