"""The database of one gateway, ready for use: server, database, roles and schema.

`Deployment.open` is what every process calls first. It may be called by several at once, and when there is nothing to
do it costs two connections and four short queries.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.postgres.cluster import Cluster
from gateway.postgres.credentials import OWNER, RESTRICTED, Credentials, DatabaseRole, load_or_create
from gateway.postgres.errors import DeploymentError
from gateway.postgres.migrations import FOLDER, alone, migrate, read_folder

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.database import Connection
    from gateway.settings import Settings

__all__ = ["DatabaseRole", "Deployment"]

EMBEDDED_DATABASE: Final = "writgate"
_OLDEST_SERVER: Final = 150000
_CREATE_ATTEMPTS: Final = 50


class Deployment:
    """Where the database is and how each role reaches it. Also a context manager."""

    def __init__(self, settings: Settings, credentials: Credentials, admin: str, cluster: Cluster | None) -> None:
        self._settings = settings
        self._credentials = credentials
        self._admin = admin
        self._cluster = cluster

    @classmethod
    def open(cls, settings: Settings, *, migrations: Path = FOLDER) -> Self:
        """Bring the database up: start or join the embedded server, or reach the given one, and migrate.

        Raises:
            DeploymentError: it cannot be done; the message says what to do.
        """
        settings.create_folders()
        credentials = load_or_create(settings.keys)
        if settings.database_url is not None:
            deployment = cls(settings, credentials, settings.database_url, None)
            deployment._make_ready(migrations)
            return deployment
        cluster = Cluster(settings, credentials).start()
        try:
            deployment = cls(settings, credentials, cluster.conninfo(DatabaseRole.ADMIN, EMBEDDED_DATABASE), cluster)
            _create_database(cluster.conninfo(DatabaseRole.ADMIN, "postgres"))
            deployment._make_ready(migrations)
        except BaseException:
            cluster.close()
            raise
        return deployment

    def conninfo(self, role: DatabaseRole) -> str:
        """The connection string of a role. It holds a password: never log it."""
        if role is DatabaseRole.ADMIN:
            return self._admin
        return make_conninfo(self._admin, user=role.value, password=self._credentials.password(role))

    def inject_clock(self, offset_ns: int) -> None:
        """Move the clock of this database, in a home of tests.

        Raises:
            DeploymentError: the settings do not allow it.
        """
        if not self._settings.allow_injected_clock:
            raise DeploymentError("The clock can be moved only where WRITGATE_ALLOW_INJECTED_CLOCK is set.")
        with psycopg.connect(self._admin) as connection:
            connection.execute("SELECT pg_catalog.set_config('role', %s, true)", (OWNER,))
            connection.execute("UPDATE ops.clock_offset SET nanoseconds = %s", (offset_ns,))

    def close(self) -> None:
        """Give up this process's use; the embedded server ends when nobody uses it."""
        if self._cluster is not None:
            self._cluster.close()

    def destroy(self) -> None:
        """Stop the embedded server and remove all its data; a database given by URL is left alone.

        Raises:
            ClusterInUse: another process uses the server.
        """
        if self._cluster is not None:
            self._cluster.destroy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_ready(self, folder: Path) -> None:
        try:
            connection = psycopg.connect(self._admin, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise DeploymentError("The administrator named by WRITGATE_DATABASE_URL cannot connect.") from error
        with connection:
            if connection.info.server_version < _OLDEST_SERVER:
                raise DeploymentError("Writgate needs PostgreSQL 15 or later.")
            if migrate(connection, read_folder(folder)):
                restrict_database(connection)
            self._refuse_moved_clock(connection)
            if not self._passwords_hold():
                with alone(connection):
                    set_passwords(connection, self._credentials)

    def _passwords_hold(self) -> bool:
        """Whether the newest of the restricted roles can log in; all got their passwords in one transaction."""
        try:
            psycopg.connect(self.conninfo(RESTRICTED[-1]), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    def _refuse_moved_clock(self, connection: Connection) -> None:
        row = connection.execute("SELECT nanoseconds FROM ops.clock_offset").fetchone()
        if (row is None or row[0] != 0) and not self._settings.allow_injected_clock:
            raise DeploymentError("The clock of this database was moved. Only a home of tests may do that.")


def restrict_database(connection: Connection) -> None:
    """Let only the roles of the gateway connect to this database, and nobody make temporary tables in it.

    These rights belong to the database itself and are not copied from a template.
    """
    name = sql.Identifier(str(conninfo_to_dict(connection.info.dsn)["dbname"]))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role in RESTRICTED:
        grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
        connection.execute(grant.format(name, sql.Identifier(role.value)))
    connection.execute(sql.SQL("GRANT CONNECT, CREATE ON DATABASE {} TO {}").format(name, sql.Identifier(OWNER)))


def set_passwords(connection: Connection, credentials: Credentials) -> None:
    """Give the restricted roles the passwords of this home; the server sees and keeps only their scram verifiers."""
    with connection.transaction():
        for role in RESTRICTED:
            verifier = connection.pgconn.encrypt_password(
                credentials.password(role).encode(), role.value.encode(), b"scram-sha-256"
            ).decode()
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(role.value), sql.Literal(verifier)))


def _create_database(server: str) -> None:
    """Create the gateway's database in the embedded cluster unless it is there; others may be doing the same."""
    with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
        for _ in range(_CREATE_ATTEMPTS):
            found = connection.execute("SELECT FROM pg_catalog.pg_database WHERE datname = %s", (EMBEDDED_DATABASE,))
            if found.fetchone() is not None:
                return
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(EMBEDDED_DATABASE)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation, psycopg.errors.ObjectInUse):
                time.sleep(0.1)
    raise DeploymentError("The database could not be created: the template database is in use.")
