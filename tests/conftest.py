"""What every test may use: a real PostgreSQL, one for the session, and a fresh database for each test that asks.

The server is the gateway's own embedded one, in a temporary home. All migrations run once, in a template; a test's
database is a copy of it, so tests share nothing but the server and its roles.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import hypothesis
import psycopg
import pytest
from audit_house import LogUnderTest, open_log
from homes import new_home
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.database import Database
from gateway.policy import opa_program
from gateway.postgres.cluster import Cluster
from gateway.postgres.credentials import credentials_file, load_or_create
from gateway.postgres.deployment import DatabaseRole, Deployment, restrict_database
from gateway.settings import Settings, is_setting

if TYPE_CHECKING:
    from pathlib import Path

# Tests make homes of their own: what the shell names, such as a database, is somebody's. One name is a test's.
for _name in [name for name in os.environ if is_setting(name) and name != "WRITGATE_FUZZED_PICTURES"]:
    del os.environ[_name]

# No test asserts a time: on a busy machine an example may take as long as it likes.
hypothesis.settings.register_profile("writgate", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("writgate")

_numbers = itertools.count(1)

# What a test may need from outside the packages. Where it cannot be had the test is skipped; under CI it fails.
_OUTSIDE = ("browser", "node", "opa", "photographs")

DatabaseFactory = Callable[[DatabaseRole], Database]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests last: files are begun in this order, and the short ones fill what the long ones leave at the end."""
    items.sort(key=lambda item: "unit" in item.path.parts)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: whoever tests a gateway waits for its processes much of the time."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs `opa` where there is none."""
    if item.get_closest_marker("opa") is not None and opa_program.find() is None:
        pytest.skip("opa is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI nothing that a test needs from outside may be missing."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and any(map(item.get_closest_marker, _OUTSIDE)):
        report.outcome = "failed"
        report.longrepr = f"Under CI this may not be left out: {call.excinfo.value if call.excinfo else ''}"
    return report


@pytest.fixture(scope="session")
def cluster_home() -> Iterator[Path]:
    """A home whose embedded server runs for the session; removed with all its data afterwards."""
    settings = Settings(home=new_home())
    settings.create_folders()
    cluster = Cluster(settings, load_or_create(settings.keys))
    with cluster:
        yield settings.home
    cluster.destroy()
    shutil.rmtree(settings.home)


@pytest.fixture(scope="session")
def template(cluster_home: Path) -> Iterator[str]:
    """Connection string of the administrator to the migrated database of the session's home."""
    with Deployment.open(Settings(home=cluster_home)) as deployment:
        yield deployment.conninfo(DatabaseRole.ADMIN)


class Copies:
    """Copies of the template: the next one is made, and those given back are dropped, while a test runs."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="databases")
        self._server = psycopg.connect(make_conninfo(template, dbname="postgres"), autocommit=True)
        self._next = self._worker.submit(self._create)

    def take(self) -> str:
        """Connection string of the administrator to a copy that nobody has used."""
        ready = self._next.result()
        self._next = self._worker.submit(self._create)
        return ready

    def give_back(self, url: str) -> None:
        self._worker.submit(self._drop, str(conninfo_to_dict(url)["dbname"]))

    def close(self) -> None:
        self._worker.shutdown()
        self._server.close()

    def _create(self) -> str:
        name = f"test_{next(_numbers)}"
        self._server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE writgate").format(sql.Identifier(name)))
        url = make_conninfo(self._template, dbname=name)
        with psycopg.connect(url, autocommit=True) as connection:
            restrict_database(connection)
        return url

    def _drop(self, name: str) -> None:
        self._server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def copies(template: str) -> Iterator[Copies]:
    copies = Copies(template)
    yield copies
    copies.close()


@pytest.fixture
def database_url(copies: Copies) -> Iterator[str]:
    """Connection string of the administrator to a fresh, migrated database, dropped after the test."""
    url = copies.take()
    yield url
    copies.give_back(url)


@pytest.fixture
def settings(database_url: str, cluster_home: Path) -> Iterator[Settings]:
    """Settings of a temporary home bound to the test's own database."""
    home = new_home()
    settings = Settings(home=home, database_url=database_url, allow_injected_clock=True)
    settings.create_folders()
    shutil.copy2(credentials_file(cluster_home / "keys"), credentials_file(settings.keys))
    yield settings
    shutil.rmtree(home)


@pytest.fixture
def deployment(settings: Settings) -> Iterator[Deployment]:
    """The test's own database as every process of a gateway opens it."""
    with Deployment.open(settings) as deployment:
        yield deployment


@pytest.fixture
def database(deployment: Deployment) -> Iterator[DatabaseFactory]:
    """`database(DatabaseRole.WEB)` gives a pool for that role, closed after the test."""
    with ExitStack() as stack:

        def open_pool(role: DatabaseRole) -> Database:
            return stack.enter_context(Database(deployment.conninfo(role), name=f"test {role.value}"))

        yield open_pool


@pytest.fixture
def audit(settings: Settings, deployment: Deployment, database: Callable[[DatabaseRole], Database]) -> LogUnderTest:
    """A log of the test's own."""
    return open_log(settings, deployment, database)
