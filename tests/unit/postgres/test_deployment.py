"""A gateway's database comes up, and each role finds in it what it may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from gateway.clock import NANOSECONDS_PER_SECOND, host_now_ns
from gateway.postgres.credentials import RESTRICTED, credentials_file
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.postgres.errors import DeploymentError
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database

_HOUR = 3600 * NANOSECONDS_PER_SECOND


@pytest.mark.parametrize("role", RESTRICTED)
def test_every_role_logs_in_and_reads_the_clock(
    database: Callable[[DatabaseRole], Database], role: DatabaseRole
) -> None:
    before = host_now_ns()
    with database(role).transaction() as connection:
        row = connection.execute("SELECT current_user, ops.now_ns(), current_setting('search_path')").fetchone()
    assert row is not None
    assert row[0] == role.value
    assert before - 1000 <= row[1] <= host_now_ns()
    assert row[2] == ""


def test_opening_again_changes_nothing(deployment: Deployment, settings: Settings) -> None:
    query = "SELECT number, sha256, applied_ns FROM ops.migrations ORDER BY number"
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        before = admin.execute(query).fetchall()
        Deployment.open(settings).close()
        assert admin.execute(query).fetchall() == before


def test_passwords_of_another_home_give_way_to_this_one(deployment: Deployment, settings: Settings) -> None:
    path = credentials_file(settings.keys)
    kept = path.read_text()
    path.unlink()
    try:
        with Deployment.open(settings) as other:
            psycopg.connect(other.conninfo(DatabaseRole.AUDITOR)).close()
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(deployment.conninfo(DatabaseRole.AUDITOR))
    finally:
        path.write_text(kept)
        Deployment.open(settings).close()


def test_the_injected_clock_moves_now(deployment: Deployment) -> None:
    deployment.inject_clock(_HOUR)
    with psycopg.connect(deployment.conninfo(DatabaseRole.WEB)) as web:
        row = web.execute("SELECT ops.now_ns()").fetchone()
    assert row is not None
    assert row[0] - host_now_ns() > _HOUR // 2


def test_a_moved_clock_is_refused_where_settings_forbid_it(deployment: Deployment, settings: Settings) -> None:
    deployment.inject_clock(_HOUR)
    strict = Settings(home=settings.home, database_url=settings.database_url)
    with pytest.raises(DeploymentError, match="clock"):
        Deployment.open(strict)


def test_no_clock_is_injected_without_the_setting(database_url: str, settings: Settings) -> None:
    strict = Settings(home=settings.home, database_url=database_url)
    with Deployment.open(strict) as deployment, pytest.raises(DeploymentError, match="ALLOW_INJECTED_CLOCK"):
        deployment.inject_clock(_HOUR)


def test_an_administrator_who_cannot_connect_is_told_without_the_password(settings: Settings) -> None:
    wrong = Settings(home=settings.home, database_url="postgresql://nobody:hunter2@127.0.0.1:9/none")
    with pytest.raises(DeploymentError) as caught:
        Deployment.open(wrong)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(wrong)


def test_nobody_else_may_connect_or_make_temporary_tables(deployment: Deployment) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        rows = admin.execute(
            "SELECT DISTINCT coalesce(r.rolname, 'PUBLIC'), a.privilege_type"
            " FROM pg_database d, aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee"
            " WHERE d.datname = current_database() AND coalesce(r.rolname, 'PUBLIC') <> 'postgres'"
        ).fetchall()
    connect = {(role.value, "CONNECT") for role in RESTRICTED}
    assert set(rows) == connect | {("writgate_owner", "CONNECT"), ("writgate_owner", "CREATE")}
