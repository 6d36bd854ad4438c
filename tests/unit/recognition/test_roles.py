"""What each database role may do with galleries and templates, tried as that role."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import errors, sql

from gateway.clock import uuid7
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition import galleries

if TYPE_CHECKING:
    from collections.abc import Iterable

NOT_ENGINE = (DatabaseRole.WEB, DatabaseRole.SEQUENCER, DatabaseRole.AUDITOR)
RESTRICTED = (*NOT_ENGINE, DatabaseRole.ENGINE)
TABLES = ("galleries", "gallery_keys", "faces", "feed", "changes")


def refused(deployment: Deployment, role: DatabaseRole, statements: Iterable[str | sql.Composed]) -> None:
    """Asserts that the role may do none of it, whatever was tried before."""
    with psycopg.connect(deployment.conninfo(role), autocommit=True) as connection:
        for statement in statements:
            text = statement if isinstance(statement, str) else statement.as_string(connection)
            try:
                connection.execute(text.encode())
            except errors.InsufficientPrivilege:
                continue
            pytest.fail(f"{role} may: {text}")


def test_nobody_but_the_engine_reads_a_template(deployment: Deployment) -> None:
    for role in NOT_ENGINE:
        refused(
            deployment,
            role,
            (
                "SELECT template FROM recognition.faces",
                "SELECT crop FROM recognition.faces",
                "SELECT * FROM recognition.faces",
                "SELECT count(*) FROM recognition.faces AS f WHERE f.template IS NOT NULL",
                "SELECT to_jsonb(f) FROM recognition.faces AS f",
                "COPY recognition.faces TO STDOUT",
                "SELECT wrapped FROM recognition.gallery_keys",
                "TABLE recognition.changes",
            ),
        )
    with psycopg.connect(deployment.conninfo(DatabaseRole.ENGINE)) as connection:
        assert connection.execute("SELECT template, crop FROM recognition.faces").fetchall() == []


def test_no_role_deletes_alters_or_writes_past_the_functions(deployment: Deployment) -> None:
    on_tables = [
        sql.SQL(statement).format(sql.Identifier("recognition", table))
        for statement, table in itertools.product(
            ("DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}", "ALTER TABLE {} OWNER TO CURRENT_USER"), TABLES
        )
    ]
    writes = (
        "UPDATE recognition.galleries SET agency = 'another'",
        "UPDATE recognition.faces SET external_id = 'another'",
        "UPDATE recognition.faces SET template = ''",
        "UPDATE recognition.feed SET seq = 0",
        "INSERT INTO recognition.changes VALUES (99, 'face_deleted', gen_random_uuid(), NULL)",
        "INSERT INTO recognition.galleries VALUES (gen_random_uuid(), 'a', 'b', false, 0)",
        "SELECT recognition.record_change('face_deleted', gen_random_uuid(), NULL)",
    )
    for role in RESTRICTED:
        refused(deployment, role, [*on_tables, *writes])


def test_only_the_web_role_makes_and_deletes(deployment: Deployment) -> None:
    for role in (DatabaseRole.ENGINE, DatabaseRole.SEQUENCER, DatabaseRole.AUDITOR):
        refused(
            deployment,
            role,
            (
                "SELECT recognition.create_gallery(gen_random_uuid(), 'a', 'b', false, false)",
                "SELECT recognition.hold_gallery(gen_random_uuid())",
                "SELECT recognition.delete_gallery(gen_random_uuid())",
                "SELECT recognition.delete_face(gen_random_uuid(), gen_random_uuid())",
            ),
        )


def test_even_the_owner_cannot_update_a_face_behind_the_feeds_back(deployment: Deployment) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        admin.execute("SET ROLE writgate_owner")
        with pytest.raises(errors.RaiseException, match="never updated"):
            admin.execute("UPDATE recognition.faces SET external_id = 'x'")


def test_a_gallery_is_found_by_its_agency_and_name_only(deployment: Deployment) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.WEB)) as connection:
        gallery = galleries.create_gallery(connection, agency="lakeport-pd", name="g", keep_crops=False)
        assert gallery is not None
        found = galleries.find_gallery(connection, agency="lakeport-pd", name="g")
        assert found is not None
        assert found.id == gallery
        assert galleries.find_gallery(connection, agency="another", name="g") is None
        assert galleries.create_gallery(connection, agency="lakeport-pd", name="g", keep_crops=True) is None
        assert galleries.create_gallery(connection, agency="another", name="g", keep_crops=True) is not None
        assert [one.name for one in galleries.list_galleries(connection, agency="lakeport-pd")] == ["g"]
        assert galleries.list_galleries(connection, agency="lakeport-pd", after="g") == []
        assert galleries.list_faces(connection, gallery) == []
        assert galleries.count_faces(connection, gallery) == 0
        assert galleries.hold_gallery(connection, gallery) == 0
        assert galleries.hold_gallery(connection, uuid7()) is None
        assert not galleries.delete_gallery(connection, uuid7())
        assert galleries.delete_gallery(connection, gallery)


def test_a_gallery_name_outside_its_alphabet_is_refused(deployment: Deployment) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.WEB), autocommit=True) as connection:
        for name in ("", "a b", "a/b", "x" * 256, "\u00e4", "a\n"):
            with pytest.raises(errors.CheckViolation):
                galleries.create_gallery(connection, agency="lakeport-pd", name=name, keep_crops=False)
