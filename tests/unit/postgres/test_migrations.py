"""Schema history only goes forward, is recorded by content, and is never half applied."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from gateway.audit.canonical import canonical
from gateway.postgres.errors import MigrationError
from gateway.postgres.migrations import FOLDER, Migration, migrate, pending, read_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.database import Connection

_GOOD = "CREATE SCHEMA later;\nCREATE TABLE later.t (a bigint);\n"


@pytest.fixture
def admin(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def _with(*, number: int = 9000, name: str = "later", text: str = _GOOD) -> list[Migration]:
    return [*read_folder(), Migration(number, f"{number:04}_{name}", text.encode())]


def test_nothing_is_pending_in_a_migrated_database(admin: Connection) -> None:
    assert pending(admin, read_folder()) == []


def test_a_new_file_is_applied_once_as_the_owner(admin: Connection) -> None:
    assert [migration.name for migration in migrate(admin, _with())] == ["9000_later"]
    assert migrate(admin, _with()) == []
    owner = admin.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'later'").fetchone()
    assert owner == ("writgate_owner",)


def test_an_edited_file_is_refused(admin: Connection) -> None:
    migrate(admin, _with())
    with pytest.raises(MigrationError, match="is not what was applied"):
        migrate(admin, _with(text=_GOOD + "-- a comment\n"))


def test_a_renamed_file_is_refused(admin: Connection) -> None:
    migrate(admin, _with())
    with pytest.raises(MigrationError, match="is not what was applied"):
        migrate(admin, _with(name="renamed"))


def test_a_file_that_has_gone_is_refused(admin: Connection) -> None:
    migrate(admin, _with())
    with pytest.raises(MigrationError, match="does not know"):
        migrate(admin, read_folder())


def test_a_new_file_before_the_last_applied_is_refused(admin: Connection) -> None:
    migrate(admin, _with())
    late = sorted([*_with(), Migration(8999, "8999_late", b"SELECT 1")], key=lambda migration: migration.number)
    with pytest.raises(MigrationError, match="Renumber"):
        migrate(admin, late)


def test_a_file_that_fails_leaves_no_trace(admin: Connection) -> None:
    with pytest.raises(MigrationError, match="was undone"):
        migrate(admin, _with(text=_GOOD + "SELECT 1/0;"))
    assert admin.execute("SELECT to_regnamespace('later')").fetchone() == (None,)
    assert [migration.name for migration in pending(admin, _with())] == ["9000_later"]


def test_names_without_a_schema_are_not_found(admin: Connection) -> None:
    with pytest.raises(MigrationError, match="no schema has been selected"):
        migrate(admin, _with(text="CREATE TABLE stray (a bigint);"))


def test_of_two_runners_at_once_one_works_and_the_other_finds_nothing_left(database_url: str) -> None:
    both = threading.Barrier(2)
    applied: list[int] = []

    def run() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            both.wait()
            applied.append(len(migrate(connection, _with())))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [0, 1]


@pytest.mark.parametrize("name", ["1_short.sql", "0002-dash.sql", "0002_Upper.sql", "0002_.sql", "two.sql"])
def test_a_malformed_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(MigrationError, match="is named"):
        read_folder(tmp_path)


def test_a_number_used_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_one.sql").write_text("SELECT 1;")
    (tmp_path / "0001_other.sql").write_text("SELECT 1;")
    with pytest.raises(MigrationError, match="same number"):
        read_folder(tmp_path)


@pytest.mark.parametrize("command", ["COMMIT;", "begin;", "ROLLBACK TO x;", "START TRANSACTION;", "  commit work;"])
def test_a_file_that_would_end_its_own_transaction_is_refused(tmp_path: Path, command: str) -> None:
    (tmp_path / "0001_one.sql").write_text(f"SELECT 1;\n{command}\n")
    with pytest.raises(MigrationError, match="transaction command"):
        read_folder(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no migrations"):
        read_folder(tmp_path)


def test_every_migration_says_first_what_it_is_for() -> None:
    for path in FOLDER.glob("*.sql"):
        assert path.read_text().startswith("-- "), path.name


def test_what_was_swept_before_it_had_to_be_told_is_told_with_the_migration(database_url: str) -> None:
    """501 values of one order, which one entry cannot name."""
    name = f"until_61_{uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        try:
            with psycopg.connect(make_conninfo(database_url, dbname=name), autocommit=True) as connection:
                migrate(connection, [migration for migration in read_folder() if migration.number < 62])
                connection.execute(_SWEPT)
                migrate(connection, read_folder())
                told = [
                    json.loads(leaf) for (leaf,) in connection.execute("SELECT leaf FROM audit.staging ORDER BY id")
                ]
                leaves = [
                    row[0].hex() for row in connection.execute("SELECT leaf_hash FROM audit.entries ORDER BY index")
                ]
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    assert [canonical(entry) for entry in told] == [json.dumps(entry, separators=(",", ":")) for entry in told]
    assert {(entry["kind"], entry["agency"]) for entry in told} == {("erasure.swept", "lakeport-pd")}
    assert sorted(len(entry["erased_leaves"]) for entry in told) == [1, 500]
    assert sorted(digest for entry in told for digest in entry["erased_leaves"]) == sorted(leaves)


_SWEPT = b"""
INSERT INTO audit.erasure_orders
    (id, agency, scope_blind, basis, key_id, ordered_by, ordered_ns, decided_by, decided_ns, approved)
VALUES ('00000000-0000-7000-8000-000000000001', 'lakeport-pd', sha256('scope'), 'statute', gen_random_uuid(), 'a', 1,
    'b', 2, true);
WITH leaves AS (
    SELECT n, format('{"_disclosed":1,"_sd":["%s"],"kind":"result.read","time":%s}', n, n) AS leaf
    FROM generate_series(0, 500) AS n
), entries AS (
    INSERT INTO audit.entries (index, leaf, leaf_hash)
    SELECT n, leaf, sha256('\\x00'::bytea || convert_to(leaf, 'UTF8')) FROM leaves
)
INSERT INTO audit.erased (index, order_id, key_id, late)
SELECT n, '00000000-0000-7000-8000-000000000001', gen_random_uuid(), true FROM leaves;
"""
