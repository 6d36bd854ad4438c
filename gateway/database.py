"""One pool of PostgreSQL connections for one database role.

What a block of `transaction` did is committed when it ends and undone when it raises; only `statement` hands out a
connection without one, on which each statement stands for itself. That no connection can be had, and that the server
went away in the middle, are one exception, `DatabaseUnavailable`, which the edge answers with 503. If it is raised by
the end of a block, whether the commit happened is unknown: what must not happen twice needs an idempotency key.
"""

from __future__ import annotations

import select
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Iterator

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

# How long a request waits for a connection before it is told that there is none.
CHECKOUT_SECONDS: Final = 5.0
STATEMENT_SECONDS: Final = 30
IDLE_IN_TRANSACTION_SECONDS: Final = 60

# SQLSTATE classes that say the server cannot serve: connection exception, insufficient resources, operator intervention
# by shutdown or crash, system error. Class 40 (serialisation, deadlock) and 55P03 (lock) are the caller's to judge.
_UNAVAILABLE: Final = ("08", "53", "57P", "58")


class DatabaseUnavailable(Exception):  # noqa: N818  it states a condition, and is named so throughout
    """No connection to PostgreSQL can be had, or the server went away."""


class Database:
    """A pool for one role; opened by the first transaction, closed by `close`."""

    def __init__(
        self,
        conninfo: str,
        *,
        name: str,
        min_size: int = 0,
        max_size: int = 8,
        statement_seconds: int = STATEMENT_SECONDS,
        checkout_seconds: float = CHECKOUT_SECONDS,
        generic_plans: bool = False,
    ) -> None:
        """`generic_plans`: each prepared statement is planned once, not for each value; for queries with one plan."""
        # Given on the connection, these win over what a role may have set for itself with ALTER ROLE.
        options = {
            "search_path": "",
            "synchronous_commit": "on",
            "timezone": "UTC",
            "statement_timeout": f"{statement_seconds}s",
            "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s",
        }
        if generic_plans:
            options["plan_cache_mode"] = "force_generic_plan"
        self.name = name
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            make_conninfo(
                conninfo,
                application_name=name,
                connect_timeout=5,
                options=" ".join(f"-c {key}={value}" for key, value in options.items()),
            ),
            kwargs={"autocommit": True},
            min_size=min_size,
            max_size=max_size,
            name=name,
            timeout=checkout_seconds,
            open=False,
            check=_refuse_if_closed,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A READ COMMITTED transaction: committed at the end of the block, rolled back if it raises.

        Raises:
            DatabaseUnavailable: there is no connection, or the server went away.
        """
        with self._connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """A connection for work that is one statement: the statement is its own transaction, and two round trips fewer.

        Raises:
            DatabaseUnavailable: there is no connection, or the server went away.
        """
        with self._connection() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A REPEATABLE READ, READ ONLY transaction: everything read in the block is of one moment.

        Raises:
            DatabaseUnavailable: there is no connection, or the server went away.
        """
        with self._connection() as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            try:
                with connection.transaction():
                    yield connection
            finally:
                if not connection.closed:
                    connection.isolation_level = None
                    connection.read_only = None

    def close(self) -> None:
        """Close every connection; later use raises DatabaseUnavailable."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            if self._pool.closed:
                self._pool.open()
            with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, PoolClosed, TooManyRequests) as error:
            raise DatabaseUnavailable(f"no connection to PostgreSQL for {self.name}") from error
        except psycopg.OperationalError as error:
            if _is_unavailable(error):
                raise DatabaseUnavailable(f"PostgreSQL went away from {self.name}") from error
            raise


def _is_unavailable(error: psycopg.OperationalError) -> bool:
    return error.sqlstate is None or error.sqlstate.startswith(_UNAVAILABLE)


def _refuse_if_closed(connection: Connection) -> None:
    """Raise if the server has ended this idle connection, so that the pool takes another.

    An idle connection has nothing to read. If it has, that is the server's farewell or a notice, and only then a round
    trip is spent to know which.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)
