"""One server for all who use a home, and none when nobody does, however they end."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from patience import until

from gateway.database import Database, DatabaseUnavailable
from gateway.postgres import program
from gateway.postgres.credentials import DatabaseRole, credentials_file
from gateway.postgres.deployment import Deployment
from gateway.postgres.errors import ClusterInUse, ServerDidNotStart

if TYPE_CHECKING:
    from postgres_house import Home


def _answers(database: Database) -> bool:
    try:
        with database.transaction() as connection:
            return connection.execute("SELECT ops.now_ns()").fetchone() is not None
    except DatabaseUnavailable:
        return False


def test_nothing_runs_once_the_only_user_has_closed(home: Home) -> None:
    with Deployment.open(home.settings):
        assert len(home.keepers()) == 1
        assert len(home.postmasters()) >= 1
    assert home.keepers() == []
    assert home.postmasters() == []


def test_what_was_committed_is_there_at_the_next_start(home: Home) -> None:
    with (
        Deployment.open(home.settings) as deployment,
        psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin,
    ):
        admin.execute("CREATE TABLE public.first AS SELECT 42 AS answer")
    with (
        Deployment.open(home.settings) as deployment,
        psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin,
    ):
        assert admin.execute("SELECT answer FROM public.first").fetchone() == (42,)


def test_four_processes_racing_on_a_new_home_end_with_one_server(new_home: Home) -> None:
    home = new_home
    users = [home.start_user() for _ in range(4)]
    for user in users:
        user.wait_until_ready()
    until(lambda: len(home.keepers()) == 1, "one keeper is left")  # those that lost the race end a moment later
    assert len(list(home.cluster().folder.glob("data"))) == 1
    with (
        Deployment.open(home.settings) as deployment,
        psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin,
    ):
        count = admin.execute("SELECT count(*) = count(DISTINCT number) FROM ops.migrations").fetchone()
    assert count == (True,)


def test_no_server_outlives_users_that_were_killed(home: Home) -> None:
    first, second = home.start_user(), home.start_user()
    first.wait_until_ready()
    second.wait_until_ready()
    first.send_signal(signal.SIGKILL)
    first.wait()
    with (
        Deployment.open(home.settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.WEB), name="test") as web,
    ):
        assert _answers(web), "the second user still needs the server, and so do we"
    second.send_signal(signal.SIGKILL)
    second.wait()
    until(lambda: not home.keepers() and not home.postmasters(), "the server has ended")


def test_a_killed_postmaster_comes_back_with_every_committed_row(home: Home) -> None:
    with (
        Deployment.open(home.settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.ADMIN), name="test") as pool,
    ):
        with pool.transaction() as connection:
            connection.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")
        pid = int((home.cluster().folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{pid}").exists(), "it is dead")
        until(lambda: _answers(pool), "the server answers")
        with pool.transaction() as connection:
            assert connection.execute("SELECT answer FROM public.kept").fetchone() == (42,)


def test_a_killed_keeper_takes_its_server_along_and_is_replaced(home: Home) -> None:
    with (
        Deployment.open(home.settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.WEB), name="test") as pool,
    ):
        [keeper] = home.keepers()
        os.kill(keeper, signal.SIGKILL)
        until(lambda: keeper not in home.keepers() and home.keepers(), "there is another keeper")
        until(lambda: _answers(pool), "the server answers")
        assert len(home.keepers()) == 1
    assert home.postmasters() == []


def test_a_pid_file_that_names_a_living_stranger_does_not_keep_the_server_down(home: Home) -> None:
    with Deployment.open(home.settings):
        pass
    pid_file = home.cluster().folder / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{pid_file.parent}\n1700000000\n5432\n\n\n  1 0\nready\n")
    with (
        Deployment.open(home.settings) as deployment,
        Database(deployment.conninfo(DatabaseRole.WEB), name="test") as pool,
    ):
        assert _answers(pool)


def test_a_server_that_cannot_start_is_told_with_the_end_of_its_log(home: Home) -> None:
    with Deployment.open(home.settings):
        pass
    control = home.cluster().folder / "data" / "global" / "pg_control"
    control.rename(control.with_name("elsewhere"))
    with pytest.raises(ServerDidNotStart, match="pg_control"):
        Deployment.open(home.settings)
    control.with_name("elsewhere").rename(control)


def test_lost_keys_are_told_and_nothing_is_overwritten(home: Home) -> None:
    with Deployment.open(home.settings):
        pass
    passwords = credentials_file(home.settings.keys)
    passwords.rename(passwords.with_name("elsewhere"))
    with pytest.raises(ServerDidNotStart, match="keys are from different homes"):
        Deployment.open(home.settings)
    passwords.with_name("elsewhere").replace(passwords)
    with Deployment.open(home.settings):
        pass


def test_a_server_that_another_process_uses_is_not_removed(home: Home) -> None:
    home.start_user().wait_until_ready()
    with pytest.raises(ClusterInUse):
        Deployment.open(home.settings).destroy()
    assert (home.cluster().folder / "data").exists()


def test_the_server_listens_on_no_network_and_trusts_nobody(home: Home) -> None:
    with (
        Deployment.open(home.settings) as deployment,
        psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin,
    ):
        assert admin.execute("SHOW listen_addresses").fetchone() == ("",)
        assert admin.execute("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules").fetchall() == [
            ("local", "scram-sha-256")
        ]
        assert admin.execute("SHOW data_checksums").fetchone() == ("on",)
        assert admin.execute("SHOW fsync").fetchone() == ("on",)
        with pytest.raises(psycopg.OperationalError, match="no password"):
            psycopg.connect(host=str(home.cluster().socket), user="postgres", dbname="postgres")


def test_passwords_are_random_and_only_the_owner_reads_them(home: Home) -> None:
    home.cluster()
    path = credentials_file(home.settings.keys)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.settings.keys.stat().st_mode) == 0o700


def test_the_log_of_the_server_holds_no_statement_and_no_value(home: Home) -> None:
    with (
        Deployment.open(home.settings) as deployment,
        psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN), autocommit=True) as admin,
    ):
        admin.execute("CREATE TABLE public.person (name text CONSTRAINT short CHECK (length(name) < 3))")
        with pytest.raises(psycopg.errors.CheckViolation):
            admin.execute("INSERT INTO public.person VALUES (%s)", ("Ada Lovelace",))
        with pytest.raises(psycopg.errors.UndefinedTable):
            admin.execute("SELECT 'Ada Lovelace' FROM public.nothing")
    log = (home.cluster().folder / "server.log").read_text()
    assert "violates check constraint" in log
    assert "Lovelace" not in log


def test_the_server_runs_as_an_ordinary_user_who_can_write_nothing_else(home: Home) -> None:
    """Whoever starts it: root has another user run it, and everybody else is that user."""
    with Deployment.open(home.settings):
        cluster = home.cluster()
        [postmaster, *_] = home.postmasters()
        runs_as = Path(f"/proc/{postmaster}").stat().st_uid
        assert runs_as != 0
        assert cluster.folder.stat().st_uid == os.geteuid()
        if user := program.server_user():
            assert runs_as == user.uid
            assert cluster.folder.parent == program.SHARED_ROOT, "a 0700 home is out of that user's reach"
        else:
            assert runs_as == os.geteuid()
            assert cluster.folder.parent == home.settings.home
