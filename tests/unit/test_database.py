"""A pool hands out connections inside transactions only, and says plainly when there is no server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from gateway.database import Database, DatabaseUnavailable
from gateway.postgres.deployment import DatabaseRole, Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pool(deployment: Deployment) -> Iterator[Database]:
    with Database(deployment.conninfo(DatabaseRole.ADMIN), name="test", max_size=2) as pool:
        with pool.transaction() as connection:
            connection.execute("CREATE TABLE public.t (a bigint)")
        yield pool


def _rows(pool: Database) -> list[tuple[int]]:
    with pool.snapshot() as connection:
        return connection.execute("SELECT a FROM public.t ORDER BY a").fetchall()


def test_a_block_is_committed_at_its_end(pool: Database) -> None:
    with pool.transaction() as connection:
        connection.execute("INSERT INTO public.t VALUES (1)")
    assert _rows(pool) == [(1,)]


def test_a_block_that_raises_is_undone_and_its_exception_passes(pool: Database) -> None:
    with pytest.raises(LookupError, match="mine"), pool.transaction() as connection:  # noqa: PT012  the block is the point
        connection.execute("INSERT INTO public.t VALUES (1)")
        raise LookupError("mine")
    assert _rows(pool) == []


def test_a_snapshot_sees_one_moment_and_cannot_write(pool: Database) -> None:
    with pool.snapshot() as snapshot:
        assert snapshot.execute("SELECT count(*) FROM public.t").fetchone() == (0,)
        with pool.transaction() as connection:
            connection.execute("INSERT INTO public.t VALUES (1)")
        assert snapshot.execute("SELECT count(*) FROM public.t").fetchone() == (0,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), snapshot.transaction():
            snapshot.execute("INSERT INTO public.t VALUES (2)")
    assert _rows(pool) == [(1,)]


def test_a_connection_that_served_a_snapshot_can_write_again(deployment: Deployment) -> None:
    with Database(deployment.conninfo(DatabaseRole.ADMIN), name="test", max_size=1) as pool:
        with pool.snapshot() as connection:
            connection.execute("SELECT 1")
        with pool.transaction() as connection:
            connection.execute("CREATE TABLE public.t (a bigint)")
            level = connection.execute("SHOW transaction_isolation").fetchone()
    assert level == ("read committed",)


def test_errors_of_a_statement_are_not_mistaken_for_an_absent_server(pool: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), pool.transaction() as connection:
        connection.execute("SELECT 1/0")
    with pytest.raises(psycopg.errors.LockNotAvailable), pool.transaction() as connection:  # noqa: PT012  both needed
        connection.execute("LOCK TABLE public.t")
        with pool.transaction() as other:
            other.execute("LOCK TABLE public.t NOWAIT")


def test_a_backend_that_ends_in_the_middle_is_unavailability(pool: Database) -> None:
    with pytest.raises(DatabaseUnavailable), pool.transaction() as connection:  # noqa: PT012  the block is the point
        with pool.transaction() as other:
            other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        connection.execute("SELECT 1")


def test_an_idle_connection_that_the_server_ended_is_replaced_unseen(pool: Database) -> None:
    with pool.transaction() as connection:
        ended = connection.info.backend_pid
        with pool.transaction() as other:
            remains = other.info.backend_pid
    with psycopg.connect(str(pool._pool.conninfo), autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(p, 10000) FROM unnest(%s) p", ([ended, remains],))
    assert _rows(pool) == []


def test_no_server_is_unavailability() -> None:
    with (
        Database("host=/nonexistent user=x dbname=x", name="test", checkout_seconds=0.5) as pool,
        pytest.raises(DatabaseUnavailable),
        pool.transaction(),
    ):
        pass


def test_a_closed_pool_is_unavailability(pool: Database) -> None:
    pool.close()
    with pytest.raises(DatabaseUnavailable), pool.transaction():
        pass


def test_what_a_role_has_set_for_itself_does_not_hold(deployment: Deployment) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN), autocommit=True) as admin:
        admin.execute("ALTER ROLE writgate_web SET synchronous_commit = off")
        try:
            with Database(deployment.conninfo(DatabaseRole.WEB), name="test") as pool, pool.transaction() as connection:
                assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        finally:
            admin.execute("ALTER ROLE writgate_web RESET synchronous_commit")
