"""Attacks on the log below the database: the data folder put back from a copy, and crashes of the server.

Each runs on a server of its own, whose files and processes are the attacker's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from audit_house import LogUnderTest, open_log
from bundle_house import export, receipts_of, verify
from patience import until
from postgres_house import Home, open_home
from served_log import served_log
from standstill import stop
from witness_house import WitnessHouse, witness_house

from gateway.audit.alarms import Alarm
from gateway.audit.entries import Entry
from gateway.audit.errors import TreeShrank
from gateway.audit.monitor import Monitor
from gateway.audit.report import Check
from gateway.audit.signer import Signer
from gateway.audit.witnesses import Witnesses
from gateway.database import Database, DatabaseUnavailable
from gateway.outbound import Outbound
from gateway.postgres.deployment import DatabaseRole, Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.audit.entries import SealedEntry
    from gateway.database import Connection


@pytest.fixture
def home() -> Iterator[Home]:
    with open_home() as home:
        yield home


@contextmanager
def running(home: Home) -> Iterator[LogUnderTest]:
    """The log of the home; its server ends with the block."""
    with Deployment.open(home.settings) as deployment, ExitStack() as pools:

        def database(role: DatabaseRole) -> Database:
            return pools.enter_context(Database(deployment.conninfo(role), name=role.value, max_size=4))

        yield open_log(home.settings, deployment, database)


def publish(audit: LogUnderTest, house: WitnessHouse) -> None:
    """Integrates all that is staged, and signs it before the witnesses."""
    while audit.sequencer.run_once():
        pass
    witnesses = Witnesses(
        house.policy(), database=audit.sequencer_database, outbound=house.outbound(), alarm_seconds=600
    )
    Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses).run_once()


def copy(source: Path, target: Path) -> None:
    """A folder with its owners and modes, as an operator copies one."""
    subprocess.run(["/bin/cp", "-a", str(source), str(target)], check=True)


def promised(audit: LogUnderTest, sealed: SealedEntry) -> str:
    return receipts_of(audit).sign(sealed.leaf_hash, time_ns=sealed.time_ns)


def followed(audit: LogUnderTest, url: str, folder: Path, *, ahead: float = 0.0) -> Monitor:
    outbound = Outbound([url.removesuffix("/log")])
    return Monitor(url, audit.verifier_key, folder=folder, outbound=outbound, clock=lambda: time.time() + ahead)


def alarms(monitor: Monitor) -> set[Alarm]:
    return {shout.alarm for shout in monitor.look()}


def test_a_data_folder_put_back_from_a_copy_is_not_signed_and_shown_by_all_who_saw_more(
    home: Home, tmp_path: Path
) -> None:
    """The copy is whole and its log verifies in itself; what came after it is gone, an entry with a receipt too."""
    with running(home) as audit:
        audit.write(300)
        with witness_house(tmp_path / "witnesses", audit.verifier_key) as house:
            publish(audit, house)
            data = home.cluster().folder / "data"
            record = home.settings.state / "signer.json"
    copy(data, tmp_path / "data")
    copy(record, tmp_path / "signer.json")
    with witness_house(tmp_path / "witnesses", audit.verifier_key) as house:
        with running(home) as audit, served_log(audit) as url:
            *_, sealed = audit.write(300)
            receipt = promised(audit, sealed)
            publish(audit, house)
            monitor = followed(audit, url, tmp_path / "monitor")
            monitor.add_receipt(receipt)
            assert alarms(monitor) == set()
            assert list((tmp_path / "monitor").glob("*.kept")), "it was kept, until the copy was put back"
        shutil.rmtree(data)
        copy(tmp_path / "data", data)
        with running(home) as audit, served_log(audit) as url:
            with audit.administrator() as connection:
                assert connection.execute("SELECT size FROM audit.head").fetchone() == (300,)
            assert audit.verify().ok, "the database alone shows nothing"
            with pytest.raises(TreeShrank):
                audit.signer.run_once()
            assert Alarm.SHRANK in alarms(followed(audit, url, tmp_path / "monitor"))
            # With the signer's own record put back too, it signs; witnesses and who holds a receipt do not agree.
            shutil.copy2(tmp_path / "signer.json", record)
            with audit.web.transaction() as connection:
                for late in (0, 70):
                    entry = Entry("search.decision", {"agency": "lakeport-pd"})
                    audit.log.record(connection, entry, now_ns=sealed.time_ns + late * 10**9)
            publish(audit, house)
            report = verify(
                export(audit, tmp_path / "bundle", receipts={"held": receipt}),
                audit.verifier_key,
                policy=house.policy(),
            )
            assert {check.check for check in report.verdicts if check.ok is False} == {Check.WITNESSES, Check.RECEIPTS}
            assert "dropped the entry" in report.receipts[0].sentence


def test_a_crash_of_the_server_loses_nothing_of_the_gateways_own_whatever_the_role_was_set_to(
    home: Home, tmp_path: Path
) -> None:
    """`synchronous_commit` off for the role, by itself: our connections ask for `on`. A connection that an attacker
    opened as the role does not, and a crash takes what it was told is committed; the receipt for it proves that.
    """
    with running(home) as audit:
        audit.write(1)
        audit.publish()
        with audit.web.transaction() as connection:
            connection.execute(f"ALTER ROLE {DatabaseRole.WEB.value} SET synchronous_commit = off")
        with running_as_attacker(audit) as attacker:
            assert attacker.execute("SHOW synchronous_commit").fetchone() == ("off",)
            (ours,) = audit.write(1)
            with still(audit, "walwriter") as flusher:
                with attacker.transaction():
                    theirs = audit.log.record(attacker, Entry("search.decision", {"agency": "lakeport-pd"}))
                [postmaster, *_] = home.postmasters()
                os.kill(postmaster, signal.SIGKILL)
                os.kill(flusher, signal.SIGKILL)
        until(lambda: answers(audit), "the server answers")
        with audit.administrator() as connection:
            staged = {bytes(row[0]) for row in connection.execute("SELECT leaf_hash FROM audit.staging")}
        assert staged == {ours.leaf_hash}
        audit.publish()
        assert audit.verify().ok, "the log itself shows nothing of it"
        with served_log(audit) as url:
            monitor = followed(audit, url, tmp_path / "monitor", ahead=61.0)
            monitor.add_receipt(promised(audit, ours))
            assert alarms(monitor) == set()
            monitor.add_receipt(promised(audit, theirs))
            assert alarms(monitor) == {Alarm.RECEIPT_BROKEN}


@contextmanager
def running_as_attacker(audit: LogUnderTest) -> Iterator[Connection]:
    """A connection of the web role's that the product did not open."""
    connection = psycopg.connect(audit.deployment.conninfo(DatabaseRole.WEB), autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def still(audit: LogUnderTest, kind: str) -> Iterator[int]:
    """A process of the server that stands still, so that nothing but commits writes the log of the database."""
    with audit.administrator() as connection:
        row = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = %s", (kind,)).fetchone()
    assert row is not None
    stop(int(row[0]))
    yield int(row[0])


def answers(audit: LogUnderTest) -> bool:
    try:
        with audit.auditor.transaction() as connection:
            return connection.execute("SELECT 1").fetchone() is not None
    except (psycopg.OperationalError, DatabaseUnavailable):
        return False
