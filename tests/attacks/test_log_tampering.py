"""Attacks on the log, each done as the attacker would, and the verdict that catches it.

The superuser switches the triggers off first: nothing in a database stops its owner. What he cannot do is make the tree
agree. Where he goes so far that only somebody outside can tell, the test says who.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from gateway.audit import queries, search
from gateway.audit.entries import Entry
from gateway.audit.errors import SignerStateMissing, TreeInconsistent, TreeShrank
from gateway.audit.keys import signing_key
from gateway.audit.merkle import CompactRange, leaf_hash
from gateway.audit.notes import Checkpoint, NoteSigner
from gateway.audit.query_language import Question
from gateway.audit.report import Check, Report
from gateway.audit.sequencer import Sequencer
from gateway.audit.tiles import TileEdge
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Callable

    from audit_house import LogUnderTest

    from gateway.database import Connection, Database

TABLES = ("entries", "tiles", "checkpoints", "disclosures", "head", "staging", "disclosure_keys")


@pytest.fixture
def published(audit: LogUnderTest) -> LogUnderTest:
    """600 entries under two checkpoints, the first of 300."""
    for _ in range(2):
        audit.write(300)
        audit.publish()
    assert audit.verify().ok
    return audit


def failed(report: Report) -> dict[Check, int | None]:
    return {verdict.check: verdict.first_bad for verdict in report.verdicts if verdict.ok is False}


def edit(connection: Connection, index: int) -> bytes:
    """Turns a denial into a permit, with its leaf hash; the new hash."""
    row = connection.execute(
        """
        UPDATE audit.entries SET leaf = replace(leaf, 'false', 'true'),
            leaf_hash = sha256('\\x00'::bytea || convert_to(replace(leaf, 'false', 'true'), 'UTF8'))
        WHERE index = %s RETURNING leaf_hash
        """,
        (index,),
    ).fetchone()
    assert row is not None
    return bytes(row[0])


def rebuild(connection: Connection) -> Checkpoint:
    """The whole tree made anew over whatever entries there are: tiles, head; the checkpoint it would have."""
    hashes = [bytes(row[0]) for row in connection.execute("SELECT leaf_hash FROM audit.entries ORDER BY index")]
    edge = TileEdge(0, [])
    edge.extend(hashes)
    connection.execute("DELETE FROM audit.tiles")
    for (level, index), content in edge.changed.items():
        connection.execute(
            "INSERT INTO audit.tiles VALUES (%s, %s, %s, %b)", (level, index, len(content) // 32, content)
        )
    connection.execute("UPDATE audit.head SET size = %s, root = %b", (len(hashes), edge.root()))
    return Checkpoint("", len(hashes), edge.root())


# -- what the database refuses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [DatabaseRole.WEB, DatabaseRole.ENGINE, DatabaseRole.SEQUENCER, DatabaseRole.AUDITOR])
def test_no_role_of_the_gateway_can_write_the_log_but_by_its_functions(
    published: LogUnderTest, database: Callable[[DatabaseRole], Database], role: DatabaseRole
) -> None:
    pool = database(role)
    for table in TABLES:
        for statement in (
            f"UPDATE audit.{table} SET {'leaf_hash' if table in {'entries', 'staging'} else 'index'} = NULL",
            f"DELETE FROM audit.{table}",
            f"TRUNCATE audit.{table}",
            f"INSERT INTO audit.{table} SELECT * FROM audit.{table}",
            f"MERGE INTO audit.{table} AS t USING audit.{table} AS s ON false WHEN MATCHED THEN DELETE",
            f"DROP TABLE audit.{table}",
            f"ALTER TABLE audit.{table} DISABLE TRIGGER ALL",
            f"CREATE TRIGGER t BEFORE INSERT ON audit.{table} EXECUTE FUNCTION audit.refuse()",
            f"LOCK TABLE audit.{table} IN ACCESS EXCLUSIVE MODE",
        ):
            with pytest.raises(psycopg.DatabaseError), pool.transaction() as connection:
                connection.execute(statement)
    for statement in (
        "SET ROLE writgate_owner",
        "SET session_replication_role = replica",
        "CREATE FUNCTION audit.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    ):
        with pytest.raises(psycopg.DatabaseError), pool.transaction() as connection:
            connection.execute(statement)
    assert published.verify().ok


def test_the_owner_and_the_superuser_are_refused_while_the_triggers_stand(published: LogUnderTest) -> None:
    """Also with session_replication_role = replica, because the triggers are ENABLE ALWAYS."""
    columns = {"entries": "index", "tiles": "index", "checkpoints": "root", "head": "root"}
    for before in ("SELECT 1", "SET ROLE writgate_owner", "SET session_replication_role = replica"):
        for table, column in columns.items():
            for statement in (
                f"UPDATE audit.{table} SET {column} = {column}",
                f"DELETE FROM audit.{table}",
                f"TRUNCATE audit.{table}",
            ):
                with published.administrator() as connection:
                    connection.execute(before)
                    with pytest.raises(psycopg.DatabaseError, match=r"append-only|only grows"):
                        connection.execute(statement)
                    connection.rollback()


def test_a_tile_only_grows(published: LogUnderTest) -> None:
    with published.administrator() as connection:
        for change in (
            "width = 255, hashes = substr(hashes, 1, 255 * 32)",
            "hashes = sha256('') || substr(hashes, 33)",
            "index = 7",
        ):
            with pytest.raises(psycopg.DatabaseError, match="only grows"):
                connection.execute(f"UPDATE audit.tiles SET {change} WHERE level = 0 AND index = 0")
            connection.rollback()


def test_the_sequencer_role_cannot_make_an_entry_or_place_one_elsewhere(published: LogUnderTest) -> None:
    (sealed,) = published.write(1)
    with published.sequencer_database.transaction() as connection:
        row = connection.execute("SELECT id FROM audit.staging").fetchone()
    assert row is not None
    for first, ids in ((600, [row[0] + 1]), (599, [row[0]]), (700, [row[0]]), (600, [row[0], row[0]])):
        with pytest.raises(psycopg.DatabaseError), published.sequencer_database.transaction() as connection:
            connection.execute("SELECT audit.integrate(%s, %s::bigint[], '{}', '{}', '{}', sha256(''))", (first, ids))
    published.publish()
    assert published.verify().ok
    assert sealed.leaf


def test_a_false_append_by_the_web_role_is_an_entry_like_any_other(published: LogUnderTest) -> None:
    """Prevented: forging an index, a hash, a time column, a past. Not prevented: a lie. The web role may append what it
    likes, but only at the end, for ever, and in the log's own form; nothing it appends can hide or alter another entry.
    """
    lie = '{"_disclosed":0,"_sd":["x"],"agency":"hillview-so","kind":"search.decision","permit":true,"time":1}'
    with published.web.transaction() as connection:
        connection.execute("SELECT audit.append(%s, NULL, '{}', '{}', NULL, NULL, NULL)", (lie,))
        for statement in (
            "INSERT INTO audit.entries (index, leaf, leaf_hash) VALUES (5, '{}', sha256(''))",
            "SELECT audit.integrate(600, '{1}', '{}', '{}', '{}', sha256(''))",
            "SELECT audit.publish_checkpoint(1, 601, sha256(''), 'note', true)",
            "DELETE FROM audit.staging",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
    published.publish()
    assert published.verify().ok
    with published.auditor.transaction() as connection:
        queries.see(connection, None)
        entry = queries.entry(connection, 600)
    assert entry is not None
    assert entry.leaf == lie


def test_synchronous_commit_can_be_turned_off_by_the_web_role_and_the_pool_turns_it_on(published: LogUnderTest) -> None:
    """Not prevented by PostgreSQL, also not with ALTER ROLE on oneself. Our pools ask for `on` in the connection, which
    wins over the role's setting; a web process under an attacker's control can still lose its own last entries in a
    crash of the server, and with them the permits that the same transactions held.
    """
    role = DatabaseRole.WEB.value
    with published.web.transaction() as connection:
        connection.execute("SET LOCAL synchronous_commit = off")
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    with published.administrator() as connection:
        connection.execute(f"ALTER ROLE {role} IN DATABASE {connection.info.dbname} SET synchronous_commit = off")
    with psycopg.connect(published.deployment.conninfo(DatabaseRole.WEB)) as bare:
        assert bare.execute("SHOW synchronous_commit").fetchone() == ("off",)
    with published.web.transaction() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


# -- what the superuser does, and who sees it ----------------------------------------------------------------------


def test_an_edited_row_is_named(published: LogUnderTest) -> None:
    with published.superuser() as connection:
        edit(connection, 433)
    assert failed(published.verify()) == {Check.INCLUSION: 433}


def test_an_edited_leaf_cannot_keep_its_hash(published: LogUnderTest) -> None:
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        published.superuser() as connection,
    ):
        connection.execute("UPDATE audit.entries SET leaf = replace(leaf, 'false', 'true') WHERE index = 433")


def test_a_leaf_edited_together_with_its_tile_breaks_the_first_checkpoint_over_it(published: LogUnderTest) -> None:
    with published.superuser() as connection:
        changed = edit(connection, 433)
        connection.execute(
            "UPDATE audit.tiles SET hashes = overlay(hashes PLACING %b FROM %s) WHERE level = 0 AND index = 1",
            (changed, (433 - 256) * 32 + 1),
        )
    report = published.verify()
    assert failed(report) == {Check.CONSISTENCY: 300, Check.TILES: 0}
    assert "from 300 to 599" in report.verdict(Check.CONSISTENCY).sentence


def test_a_rewritten_tree_agrees_with_no_checkpoint_and_is_not_signed(published: LogUnderTest) -> None:
    with published.superuser() as connection:
        edit(connection, 433)
        rebuild(connection)
    assert failed(published.verify()) == {Check.CONSISTENCY: 300}
    with pytest.raises(TreeInconsistent):
        published.signer.run_once()


def test_a_deleted_row_is_named(published: LogUnderTest) -> None:
    with published.superuser() as connection:
        connection.execute("DELETE FROM audit.entries WHERE index = 17")
    report = published.verify()
    assert report.verdict(Check.COMPLETENESS).first_bad == 17
    assert report.verdict(Check.COMPLETENESS).sentence == "Entry 17 is missing."


def test_a_row_added_in_the_middle_or_at_the_end_is_named(published: LogUnderTest) -> None:
    add = (
        "INSERT INTO audit.entries (index, leaf, leaf_hash)"
        " SELECT %s, leaf, leaf_hash FROM audit.entries WHERE index = 5"
    )
    with published.superuser() as connection:
        connection.execute(add, (600,))
    assert failed(published.verify()) == {Check.COMPLETENESS: 600}
    with published.superuser() as connection:
        connection.execute("DELETE FROM audit.entries WHERE index = 600")
        connection.execute("UPDATE audit.entries SET index = index + 1000 WHERE index >= 100")
        connection.execute(add, (100,))
        connection.execute("UPDATE audit.entries SET index = index - 999 WHERE index >= 1000")
    report = published.verify()
    assert report.verdict(Check.INCLUSION).first_bad == 100
    assert report.verdict(Check.COMPLETENESS).first_bad == 600


def test_a_deleted_tail_is_named_or_the_head_that_shrank_with_it(published: LogUnderTest) -> None:
    with published.superuser() as connection:
        connection.execute("DELETE FROM audit.entries WHERE index >= 590")
    assert published.verify().verdict(Check.COMPLETENESS).first_bad == 590
    with published.superuser() as connection:
        rebuild(connection)
    report = published.verify()
    assert report.verdict(Check.COMPLETENESS).first_bad == 590
    assert not report.verdict(Check.CONSISTENCY).ok
    with pytest.raises(TreeShrank):
        published.signer.run_once()


def test_a_tail_deleted_with_its_checkpoint_is_seen_by_whoever_kept_one_and_by_the_signer(
    published: LogUnderTest,
) -> None:
    """The database alone shows a smaller, sound log. A kept checkpoint, a receipt or the signer's state tells."""
    with published.auditor.transaction() as connection:
        kept = queries.latest_checkpoint(connection)
    assert kept is not None
    with published.superuser() as connection:
        connection.execute("DELETE FROM audit.entries WHERE index >= 300")
        connection.execute("DELETE FROM audit.disclosures WHERE index >= 300")
        connection.execute("DELETE FROM audit.checkpoints WHERE size > 300")
        rebuild(connection)
    assert published.verify().ok
    assert published.verify(held=(kept,)).verdict(Check.COMPLETENESS).first_bad == 300
    with pytest.raises(TreeShrank):
        published.signer.run_once()


def test_a_log_emptied_altogether_is_seen_by_whoever_kept_a_checkpoint_and_by_the_signer(
    published: LogUnderTest,
) -> None:
    with published.auditor.transaction() as connection:
        kept = queries.latest_checkpoint(connection)
    assert kept is not None
    with published.superuser() as connection:
        connection.execute("TRUNCATE audit.entries, audit.disclosures, audit.tiles, audit.checkpoints")
        connection.execute("UPDATE audit.head SET size = 0, root = sha256('')")
    assert failed(published.verify()) == {Check.SIGNATURE: 0}
    assert published.verify(held=(kept,)).verdict(Check.COMPLETENESS).first_bad == 0
    with pytest.raises(TreeShrank):
        published.signer.run_once()


def test_a_signer_whose_state_was_deleted_does_not_begin_again(published: LogUnderTest) -> None:
    (published.settings.state / "signer.json").unlink()
    with published.superuser() as connection:
        edit(connection, 433)
        rebuild(connection)
    with pytest.raises(SignerStateMissing):
        published.signer.run_once()


def test_a_log_rewritten_and_signed_with_the_stolen_key_is_seen_by_whoever_kept_a_checkpoint(
    published: LogUnderTest,
) -> None:
    """The database alone shows a sound log: this is what witnesses and kept checkpoints are for."""
    with published.auditor.transaction() as connection:
        kept = queries.latest_checkpoint(connection)
    assert kept is not None
    stolen = NoteSigner(published.settings.log_origin, signing_key(published.settings.keys))
    with published.superuser() as connection:
        edit(connection, 433)
        forged = rebuild(connection)
        checkpoint = Checkpoint(published.settings.log_origin, forged.size, forged.root)
        connection.execute("DELETE FROM audit.checkpoints WHERE size > 300")
        connection.execute(
            "INSERT INTO audit.checkpoints VALUES (%s, %b, %s, 0)", (600, forged.root, stolen.sign(str(checkpoint)))
        )
    assert published.verify().ok
    assert failed(published.verify(held=(kept,))) == {Check.CONSISTENCY: 300}
    with pytest.raises(TreeInconsistent):
        published.signer.run_once()


def test_a_forged_or_exchanged_checkpoint_is_named(published: LogUnderTest) -> None:
    with published.superuser() as connection:
        connection.execute(
            "UPDATE audit.checkpoints SET note = replace(note, E'\\n300\\n', E'\\n301\\n') WHERE size = 300"
        )
    assert failed(published.verify()) == {Check.SIGNATURE: 300}
    with published.superuser() as connection:
        connection.execute("UPDATE audit.checkpoints SET note = (SELECT note FROM audit.checkpoints WHERE size = 600)")
    assert failed(published.verify()) == {Check.SIGNATURE: 300}


def test_a_missing_or_altered_tile_is_named(published: LogUnderTest) -> None:
    with published.superuser() as connection:
        connection.execute("UPDATE audit.tiles SET hashes = sha256('') || substr(hashes, 33) WHERE level = 1")
    assert failed(published.verify()) == {Check.TILES: 0}
    with published.superuser() as connection:
        connection.execute("DELETE FROM audit.tiles WHERE level = 0 AND index = 2")
    assert published.verify().verdict(Check.TILES).first_bad == 0
    assert not published.verify().ok


def test_a_backdated_entry_stands_where_it_was_inserted(published: LogUnderTest) -> None:
    """Its time may lie; its place cannot: it comes after every checkpoint that was signed before it."""
    with published.web.transaction() as connection:
        published.log.record(connection, Entry("search.decision", {"agency": "a"}), now_ns=1)
    published.publish()
    with published.auditor.transaction() as connection:
        queries.see(connection, None)
        found = search.page(connection, Question(time_to=2), after=None, limit=9, newest_first=False)
    assert [entry.index for entry in found] == [600]


# -- crashes -------------------------------------------------------------------------------------------------------

_MID_BATCH = """
import sys
import gateway.audit.sequencer as sequencer
from gateway.database import Database

integrate = sequencer._integrate

def then_wait(connection, edge, limit):
    count = integrate(connection, edge, limit)
    print("integrated, not committed", count, flush=True)
    sys.stdin.read()
    return count

sequencer._integrate = then_wait
with Database(sys.argv[1], name="victim") as database:
    sequencer.Sequencer(database).run_once()
"""


def test_a_sequencer_killed_in_mid_batch_leaves_no_trace_and_the_next_goes_on(published: LogUnderTest) -> None:
    sealed = published.write(700)
    victim = subprocess.Popen(
        [sys.executable, "-c", _MID_BATCH, published.deployment.conninfo(DatabaseRole.SEQUENCER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdin is not None
    assert victim.stdout is not None
    with victim.stdin, victim.stdout:
        assert victim.stdout.readline() == "integrated, not committed 700\n"
        assert published.sequencer.run_once() == 0, "it is still elected"
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    count = 0
    with published.administrator() as connection:
        # The server ends the dead one's transaction when it notices; the lock is then free.
        connection.execute("SELECT 1 FROM audit.head FOR UPDATE")
    while count < len(sealed):
        count += published.sequencer.run_once()
    published.signer.run_once()
    report = published.verify(keys=published.keys)
    assert report.ok
    assert report.size == 1300
    with published.auditor.transaction() as connection:
        queries.see(connection, None)
        rows = connection.execute("SELECT leaf_hash FROM audit.entries WHERE index >= 600 ORDER BY index").fetchall()
    assert [row[0] for row in rows] == [item.leaf_hash for item in sealed], "none lost, none twice"


def test_a_sequencer_whose_commit_failed_begins_again_from_the_database(published: LogUnderTest) -> None:
    published.write(3)
    with published.superuser() as connection:
        connection.execute("UPDATE audit.staging SET names = '{a,b}', ciphertexts = NULL")
    with pytest.raises(psycopg.DatabaseError):
        published.sequencer.run_once()
    with published.superuser() as connection:
        connection.execute("DELETE FROM audit.staging")
    published.write(3)
    published.publish()
    assert published.verify().ok
    assert Sequencer(published.sequencer_database).run_once() == 0


def test_the_tree_of_the_database_is_the_tree_of_the_leaves(published: LogUnderTest) -> None:
    """The premise of every test above, checked without any tile."""
    with published.administrator() as connection:
        leaves = connection.execute("SELECT leaf FROM audit.entries ORDER BY index").fetchall()
        head = connection.execute("SELECT size, root FROM audit.head").fetchone()
    tree = CompactRange()
    tree.extend(leaf_hash(row[0].encode()) for row in leaves)
    assert head == (tree.size, tree.root())


@pytest.mark.parametrize(
    ("role", "kind"), [("web", "search.outcome"), ("web", "log.heartbeat"), ("sequencer", "search.decision")]
)
def test_no_role_writes_the_entries_of_another(published: LogUnderTest, role: str, kind: str) -> None:
    leaf = f'{{"_disclosed":0,"_sd":["x"],"kind":"{kind}","time":1}}'
    pool = {"web": published.web, "sequencer": published.sequencer_database}[role]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), pool.transaction() as connection:
        connection.execute("SELECT audit.append(%s, NULL, '{}', '{}', NULL, NULL, NULL)", (leaf,))
