"""Attacks that the database alone cannot show: who outside sees them, and by what.

The attacker owns the server, its clock, its disk, and where the test says so the log's own key.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
import structlog.testing
from audit_house import open_log
from bundle_house import export, receipts_of, verify
from patience import until
from postgres_house import open_home
from served_log import served_log
from tsa_house import serving_authority
from witness_house import WitnessHouse, witness_house

from gateway.audit.alarms import Alarm
from gateway.audit.entries import Entry
from gateway.audit.errors import TreeInconsistent
from gateway.audit.keys import signing_key
from gateway.audit.monitor import Monitor
from gateway.audit.notes import Checkpoint, NoteSigner
from gateway.audit.report import Check
from gateway.audit.rotation import rotate
from gateway.audit.sequencer import Sequencer
from gateway.audit.signer import Signer
from gateway.audit.signer_state import SignedTree
from gateway.audit.stamping import Stamper
from gateway.audit.tiles import TileEdge
from gateway.audit.witnesses import Witnesses
from gateway.database import Database, DatabaseUnavailable
from gateway.outbound import Outbound, OutboundError
from gateway.postgres.deployment import DatabaseRole, Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from audit_house import LogUnderTest

    from gateway.audit.report import Report
    from gateway.database import Connection

MEGABYTE = 1 << 20


@pytest.fixture
def house(audit: LogUnderTest, tmp_path: Path) -> Iterator[WitnessHouse]:
    with witness_house(tmp_path / "witnesses", audit.verifier_key) as witnesses:
        yield witnesses


@pytest.fixture
def published(audit: LogUnderTest, house: WitnessHouse) -> LogUnderTest:
    """Checkpoints of 300 and 600 entries, seen by three witnesses."""
    for _ in range(2):
        audit.write(300)
        publish(audit, house)
    return audit


def signer_of(audit: LogUnderTest, house: WitnessHouse) -> Signer:
    witnesses = Witnesses(
        house.policy(), database=audit.sequencer_database, outbound=house.outbound(), alarm_seconds=-1.0
    )
    return Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses)


def publish(audit: LogUnderTest, house: WitnessHouse) -> None:
    # A sequencer that remembers nothing of a tree that an attacker changed under it.
    sequencer = Sequencer(audit.sequencer_database)
    while sequencer.run_once():
        pass
    signer_of(audit, house).run_once()


def failed(report: Report) -> set[Check]:
    return {verdict.check for verdict in report.verdicts if verdict.ok is False}


def rewrite(connection: Connection, index: int | None, *, size: int = 600) -> Checkpoint:
    """Turns a denial into a permit where an index is named, cuts the log to `size`, and makes the whole tree anew."""
    connection.execute("DELETE FROM audit.entries WHERE index >= %s", (size,))
    connection.execute("DELETE FROM audit.disclosures WHERE index >= %s", (size,))
    connection.execute(
        """
        UPDATE audit.entries SET leaf = replace(leaf, 'false', 'true'),
            leaf_hash = sha256('\\x00'::bytea || convert_to(replace(leaf, 'false', 'true'), 'UTF8'))
        WHERE index = %s
        """,
        (index,),
    )
    hashes = [bytes(row[0]) for row in connection.execute("SELECT leaf_hash FROM audit.entries ORDER BY index")]
    edge = TileEdge(0, [])
    edge.extend(hashes)
    connection.execute("DELETE FROM audit.tiles")
    for (level, number), content in edge.changed.items():
        connection.execute(
            "INSERT INTO audit.tiles VALUES (%s, %s, %s, %b)", (level, number, len(content) // 32, content)
        )
    connection.execute("UPDATE audit.head SET size = %s, root = %b", (len(hashes), edge.root()))
    return Checkpoint("", len(hashes), edge.root())


def forge(audit: LogUnderTest, index: int | None, *, size: int = 600) -> str:
    """The same, with all checkpoints made anew by the stolen key; the last one."""
    stolen = NoteSigner(audit.settings.log_origin, signing_key(audit.settings.keys))
    with audit.superuser() as connection:
        forged = rewrite(connection, index, size=size)
        note = stolen.sign(str(Checkpoint(audit.settings.log_origin, forged.size, forged.root)))
        connection.execute("DELETE FROM audit.checkpoints")
        connection.execute(
            "INSERT INTO audit.checkpoints (size, root, note, signed_ns) VALUES (%s, %b, %s, 0)",
            (forged.size, forged.root, note),
        )
    return note


def monitor(audit: LogUnderTest, url: str, folder: Path, *others: str, ahead: float = 0.0) -> Monitor:
    """Its clock is `ahead` by so many seconds."""
    allowed = {"/".join(one.split("/")[:3]) for one in (url, *others)}
    return Monitor(
        url, audit.verifier_key, folder=folder, outbound=Outbound(allowed), others=others,
        clock=lambda: time.time() + ahead,
    )  # fmt: skip


def alarms(followed: Monitor) -> list[Alarm]:
    return [shout.alarm for shout in followed.look()]


def test_a_log_rewritten_and_signed_with_the_stolen_key_gets_no_quorum(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    """The witnesses cosigned another tree of that size, and remember it."""
    note = forge(published, 433)
    assert published.verify().ok, "the database alone shows nothing"
    report = verify(export(published, tmp_path / "bundle"), published.verifier_key, policy=house.policy())
    assert failed(report) == {Check.WITNESSES}
    for witness in house.witnesses:
        assert house.outbound().post(f"{witness.url}/add-checkpoint", f"old 600\n\n{note}".encode()).status == 422


def test_two_forks_shown_to_two_auditors_are_found_when_one_looks_where_the_other_does(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    """Each fork is sound for whoever sees only that one; a witness that is asked what it saw tells them apart."""
    court = house.witnesses[0]
    name = next(court.folder.glob("*.checkpoint")).stem
    with served_log(published) as url:
        assert alarms(monitor(published, url, tmp_path / "first", f"{court.url}/{name}/checkpoint")) == []
        forge(published, 433)
        assert alarms(monitor(published, url, tmp_path / "second")) == [], "who never saw the other sees nothing"
        assert alarms(monitor(published, url, tmp_path / "third", f"{court.url}/{name}/checkpoint")) == [
            Alarm.SPLIT_VIEW
        ]
        assert alarms(monitor(published, url, tmp_path / "first")) == [Alarm.SPLIT_VIEW]
    assert len(list((tmp_path / "first").glob("evidence-*.checkpoint"))) == 1


def test_a_backup_that_is_restored_with_the_signers_own_record_is_seen_by_the_witnesses(
    published: LogUnderTest, house: WitnessHouse
) -> None:
    """Everything on the operator's machine is of one old moment; only outsiders remember more."""
    with published.superuser() as connection:
        rewrite(connection, None, size=300)
        connection.execute("DELETE FROM audit.checkpoints WHERE size > 300")
    forget(published)
    published.write(10)
    with structlog.testing.capture_logs() as told:
        publish(published, house)
    assert [line["event"] for line in told if line["log_level"] == "critical"] == [
        *["audit.witness.ahead"] * 3,
        "audit.witnesses.no_quorum",
    ]


def forget(audit: LogUnderTest) -> None:
    """The signer's record becomes that of the tree that the database holds now."""
    (audit.settings.state / "signer.json").unlink()
    signer = Signer.load(audit.sequencer_database, audit.settings)
    with audit.sequencer_database.snapshot() as connection:
        signer.state.replace(SignedTree.empty(), signer.next_tree(connection, SignedTree.empty()))


def test_a_backdated_insert_is_older_than_the_cosignature_that_does_not_cover_it(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    an_hour_ago = time.time_ns() - 3600 * 10**9
    with published.web.transaction() as connection:
        published.log.record(connection, Entry("search.decision", {"agency": "a"}), now_ns=an_hour_ago)
    publish(published, house)
    report = verify(export(published, tmp_path / "bundle"), published.verifier_key, policy=house.policy())
    assert failed(report) == {Check.TIME}
    assert report.verdict(Check.TIME).first_bad == 600


def test_a_clock_that_is_set_back_or_forward_disagrees_with_the_witnesses(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    """Every entry of the time is named by the first, whichever way the clock was moved."""
    for hours, first in ((-2, 600), (2, 605)):
        with published.web.transaction() as connection:
            for _ in range(5):
                moved = time.time_ns() + hours * 3600 * 10**9
                published.log.record(connection, Entry("search.decision", {"agency": "a"}), now_ns=moved)
        publish(published, house)
        path = export(published, tmp_path / str(first))
        report = verify(path, published.verifier_key, policy=house.policy())
        assert failed(report) == {Check.TIME}
        assert report.verdict(Check.TIME).first_bad == 600
        assert "more of the kind" in report.verdict(Check.TIME).sentence


_SEQUENCER = """
import sys, threading
from gateway.audit.sequencer import Sequencer
from gateway.database import Database

stop = threading.Event()
with Database(sys.argv[1], name="one of several") as database:
    thread = threading.Thread(target=Sequencer(database, batch=7).run, args=(stop,))
    thread.start()
    print("runs", flush=True)
    sys.stdin.read()
    stop.set()
    thread.join()
"""


@contextmanager
def sequencer_process(audit: LogUnderTest) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _SEQUENCER, audit.deployment.conninfo(DatabaseRole.SEQUENCER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "runs\n"
        yield process


def test_two_sequencers_at_once_give_each_index_once(published: LogUnderTest, house: WitnessHouse) -> None:
    """Processes of their own, four at once, and one of them is killed while it works."""
    with ExitStack() as running:
        victim, *_ = [running.enter_context(sequencer_process(published)) for _ in range(4)]
        sealed = [item.leaf_hash for _ in range(20) for item in published.write(30)]
        victim.kill()
        sealed += [item.leaf_hash for _ in range(5) for item in published.write(30)]
        with published.administrator() as connection:
            connection.autocommit = True
            size = (600 + len(sealed),)
            until(lambda: connection.execute("SELECT size FROM audit.head").fetchone() == size, "all is integrated")
    publish(published, house)
    assert published.verify().ok
    with published.administrator() as connection:
        rows = connection.execute("SELECT index, leaf_hash FROM audit.entries WHERE index >= 600 ORDER BY index")
        found = [(index, bytes(item)) for index, item in rows]
    assert [index for index, _ in found] == list(range(600, 600 + len(sealed)))
    assert sorted(item for _, item in found) == sorted(sealed)


def test_a_staged_row_removed_before_sequencing_is_a_broken_receipt(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    """The log itself shows nothing. The client holds a signed promise: after the merge delay a monitor shouts, and the
    verifier of any bundle that covers the time says that the entry was dropped.
    """
    (sealed,) = published.write(1)
    receipt = receipts_of(published).sign(sealed.leaf_hash, time_ns=sealed.time_ns)
    with served_log(published) as url:
        followed = monitor(published, url, tmp_path / "monitor", ahead=61.0)
        followed.add_receipt(receipt)
        with published.superuser() as connection:
            connection.execute("DELETE FROM audit.staging")
        with published.web.transaction() as connection:
            entry = Entry("search.decision", {"agency": "a"})
            published.log.record(connection, entry, now_ns=sealed.time_ns + 70 * 10**9)
        publish(published, house)
        assert published.verify().ok
        assert alarms(followed) == [Alarm.RECEIPT_BROKEN]
    bundle = export(published, tmp_path / "bundle", receipts={"held": receipt})
    report = verify(bundle, published.verifier_key, policy=house.policy())
    assert failed(report) == {Check.RECEIPTS}
    assert "dropped the entry" in report.receipts[0].sentence


def test_witnesses_that_are_down_stop_nothing_and_are_missed(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    for witness in house.witnesses[1:]:
        witness.stop()
    published.write(5)
    with structlog.testing.capture_logs() as told:
        publish(published, house)
    assert "audit.witnesses.no_quorum" in {line["event"] for line in told if line["log_level"] == "critical"}
    report = verify(export(published, tmp_path / "bundle"), published.verifier_key, policy=house.policy())
    assert failed(report) == {Check.WITNESSES}
    assert report.size == 605


def test_an_authority_of_time_that_is_down_stops_nothing_and_is_told_of(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    with serving_authority(tmp_path / "tsa") as authority:
        url, root = authority.url, authority.root
        outbound = Outbound([url.rstrip("/")])
    stamper = Stamper(published.sequencer_database, audit=published.log, url=url, roots=[root], outbound=outbound)
    with pytest.raises(OutboundError):
        stamper.run_once()
    path = export(published, tmp_path / "bundle", policy=house.policy())
    report = verify(path, published.verifier_key, roots=[root])
    assert report.ok
    assert report.verdict(Check.TIME).ok is True, "the witnesses bound it all the same"


def test_a_full_disk_refuses_the_act_with_its_entry_and_leaves_nothing_half_written() -> None:
    """No file of this server may grow beyond some megabytes, as where the disk is full.

    The write-ahead log lies in files of sixteen, so it is the table that cannot grow.
    """
    with open_home() as home:
        home.start_user(largest_file=24 * MEGABYTE).wait_until_ready()
        with Deployment.open(home.settings) as deployment, ExitStack() as pools:

            def database(role: DatabaseRole) -> Database:
                return pools.enter_context(Database(deployment.conninfo(role), name=role.value, max_size=2))

            audit = open_log(home.settings, deployment, database)
            written, refused = 0, ""
            while not refused and written < 200:
                entry = Entry("search.decision", {"agency": "a"}, {"large": "x" * MEGABYTE}, scope="case:2")
                try:
                    with audit.web.transaction() as connection:
                        audit.log.record(connection, entry)
                    written += 1
                except (psycopg.DatabaseError, DatabaseUnavailable) as error:
                    refused = str(error.__cause__ or error)
            assert "could not extend file" in refused
            assert written > 0
            with audit.administrator() as connection:
                assert connection.execute("SELECT count(*) FROM audit.staging").fetchone() == (written,)


def test_a_signer_whose_disk_is_full_shows_no_checkpoint(
    published: LogUnderTest, house: WitnessHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it cannot remember it does not show: the record is on the disk first."""
    published.write(5)
    Sequencer(published.sequencer_database).run_once()
    before = (published.settings.state / "signer.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("gateway.private_files.os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            signer_of(published, house).run_once()
    assert (published.settings.state / "signer.json").read_bytes() == before
    with published.administrator() as connection:
        assert connection.execute("SELECT max(size) FROM audit.checkpoints").fetchone() == (600,)
    signer_of(published, house).run_once()
    assert published.verify().ok


def test_a_key_stolen_before_it_was_rotated_signs_nothing_afterwards(published: LogUnderTest, tmp_path: Path) -> None:
    stolen = NoteSigner(published.settings.log_origin, signing_key(published.settings.keys))
    rotate(published.signer, actor="operator")
    published.write(5)
    published.publish()
    with published.superuser() as connection:
        forged = rewrite(connection, 433, size=606)
        note = stolen.sign(str(Checkpoint(published.settings.log_origin, 606, forged.root)))
        connection.execute("UPDATE audit.checkpoints SET root = %b, note = %s WHERE size = 606", (forged.root, note))
    assert Check.SIGNATURE in failed(published.verify())
    with pytest.raises(TreeInconsistent):
        published.signer.run_once()


def test_a_rotation_to_a_key_of_the_thiefs_own_is_another_history(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    """With the stolen key he can hand over to his own, on a fork; whoever saw the true log is shown the split."""
    with served_log(published) as url:
        followed = monitor(published, url, tmp_path / "monitor")
        assert alarms(followed) == []
        forge(published, 433)
        rogue = replace(published, signer=Signer.load(published.sequencer_database, published.settings))
        (published.settings.state / "signer.json").unlink()
        with published.superuser() as connection:
            connection.execute("DELETE FROM audit.checkpoints")
        rogue.signer.run_once()
        rotate(rogue.signer, actor="thief")
        assert published.verify().ok, "his log is sound in itself"
        assert alarms(followed) == [Alarm.SPLIT_VIEW]
    report = verify(export(published, tmp_path / "bundle"), published.verifier_key, policy=house.policy())
    assert Check.WITNESSES in failed(report)
