"""What is signed is never taken back."""

from __future__ import annotations

import json
import shutil
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest
from patience import until

from gateway.audit import queries
from gateway.audit.errors import SignerStateMissing, TreeInconsistent, TreeShrank
from gateway.audit.notes import Verifier, open_checkpoint
from gateway.audit.signer import Signer
from gateway.audit.signer_state import SignedTree, SignerState

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def test_a_checkpoint_is_signed_when_the_log_grew_and_only_then(audit: LogUnderTest) -> None:
    assert audit.signer.run_once() is None, "an empty log is not signed"
    audit.write(300)
    audit.publish()
    assert audit.signer.run_once() is None
    audit.write(1)
    audit.publish()
    with audit.auditor.transaction() as connection:
        notes = queries.checkpoints(connection)
    verifier = Verifier.parse(audit.verifier_key)
    assert [open_checkpoint(note, verifier).size for note in notes] == [300, 301]


def test_a_checkpoint_lost_between_state_and_database_is_published_again(audit: LogUnderTest) -> None:
    """The signer died after it had signed: it signs the same tree again, with the same bytes."""
    audit.write(3)
    audit.publish()
    with audit.superuser() as connection:
        before = connection.execute("DELETE FROM audit.checkpoints RETURNING note").fetchall()
    checkpoint = audit.signer.run_once()
    assert checkpoint is not None
    assert checkpoint.size == 3
    with audit.auditor.transaction() as connection:
        assert [(queries.latest_checkpoint(connection),)] == before


def test_a_smaller_log_is_refused(audit: LogUnderTest) -> None:
    audit.write(5)
    audit.publish()
    with audit.superuser() as connection:
        connection.execute("UPDATE audit.head SET size = 4")
    with pytest.raises(TreeShrank):
        audit.signer.run_once()


def test_another_log_of_the_same_size_or_larger_is_refused(audit: LogUnderTest) -> None:
    audit.write(5)
    audit.publish()
    with audit.superuser() as connection:
        connection.execute("TRUNCATE audit.entries, audit.tiles, audit.disclosures, audit.checkpoints")
        connection.execute("UPDATE audit.head SET size = 0, root = sha256('')")
    audit.write(5)
    audit.sequencer.run_once()
    with pytest.raises(TreeInconsistent):
        audit.signer.run_once()
    audit.write(5)
    audit.sequencer.run_once()
    with pytest.raises(TreeInconsistent):
        audit.signer.run_once()


def test_a_missing_tile_is_refused(audit: LogUnderTest) -> None:
    audit.write(300)
    audit.sequencer.run_once()
    with audit.superuser() as connection:
        connection.execute("DELETE FROM audit.tiles WHERE level = 0 AND index = 0")
    with pytest.raises(TreeInconsistent):
        audit.signer.run_once()


def test_a_lost_or_damaged_state_is_refused_once_anything_was_signed(audit: LogUnderTest) -> None:
    audit.write(5)
    audit.publish()
    path = audit.settings.state / "signer.json"
    kept = path.read_text()
    path.unlink()
    with pytest.raises(SignerStateMissing):
        audit.signer.run_once()
    for damaged in ("", "{}", kept.replace('"size": 5', '"size": 7')):
        path.write_text(damaged)
        with pytest.raises(SignerStateMissing):
            audit.signer.run_once()
    document = json.loads(kept)
    path.write_text(json.dumps(document | {"root": bytes(32).hex()}))
    audit.write(1)
    audit.sequencer.run_once()
    with pytest.raises(TreeInconsistent):
        audit.signer.run_once()


def test_state_changes_only_from_the_value_that_was_read(audit: LogUnderTest) -> None:
    state = SignerState(audit.settings.state / "swap.json")
    one, two = (SignedTree(1, bytes([number]) * 32, (bytes([number]) * 32,)) for number in (1, 2))
    state.replace(SignedTree.empty(), one)
    with pytest.raises(TreeInconsistent):
        state.replace(SignedTree.empty(), two)
    assert state.read() == one


def test_two_signers_of_one_home_publish_one_chain(audit: LogUnderTest) -> None:
    other = Signer.load(audit.sequencer_database, audit.settings)
    published = []
    for _ in range(5):
        audit.write(10)
        audit.sequencer.run_once()
        threads = [
            threading.Thread(target=lambda signer=signer: published.append(signer.run_once()))
            for signer in (audit.signer, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [item.size for item in published if item] == [10, 20, 30, 40, 50]
    assert audit.verify().ok


def test_a_signer_with_the_state_of_an_older_backup_cannot_fork_the_log(audit: LogUnderTest) -> None:
    audit.write(5)
    audit.publish()
    path = audit.settings.state / "signer.json"
    shutil.copy(path, path.with_suffix(".old"))
    audit.write(5)
    audit.publish()
    shutil.copy(path.with_suffix(".old"), path)
    with pytest.raises(psycopg.DatabaseError, match="a checkpoint follows"):
        audit.signer.run_once()


def test_before_its_first_checkpoint_a_log_names_its_key_and_silence_is_broken_each_minute(audit: LogUnderTest) -> None:
    audit.write(1)
    assert audit.signer.beat()
    assert not audit.signer.beat(), "a minute has not passed"
    audit.publish()
    assert Signer.load(audit.sequencer_database, audit.settings).beat()
    audit.publish()
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        leaves = [json.loads(entry.leaf) for entry in queries.entries(connection)]
    assert [leaf["kind"] for leaf in leaves][1:] == ["log.started", "log.heartbeat"]
    assert leaves[1]["verifier_key"] == audit.verifier_key


def test_it_runs_until_told_to_stop(audit: LogUnderTest) -> None:
    audit.write(3)
    audit.sequencer.run_once()
    stop = threading.Event()
    thread = threading.Thread(target=audit.signer.run, args=(stop,))
    thread.start()
    try:
        with audit.auditor.statement() as connection:
            until(lambda: queries.latest_checkpoint(connection) is not None, "something is signed")
    finally:
        stop.set()
        thread.join()
