"""A log that cannot be continued goes on under another name, with two approvals, in public; and never otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.audit import queries, recovery
from gateway.audit.errors import CeremonyRefused, LogRenamed, TreeShrank
from gateway.audit.notes import Verifier, open_note
from gateway.audit.signer import Signer
from gateway.audit.verify import verify_online

if TYPE_CHECKING:
    from audit_house import LogUnderTest

NEW = "log.example/after-the-restore"
APPROVALS = {"admin-1": "one", "admin-2": "two"}


def cut_back(audit: LogUnderTest) -> None:
    """As after a restored backup: entries and checkpoints beyond the third are gone."""
    audit.write(3)
    audit.publish()
    with audit.administrator() as connection:
        kept = connection.execute("SELECT hashes FROM audit.tiles").fetchone()
        root = connection.execute("SELECT root FROM audit.head").fetchone()
    audit.write(4)
    audit.publish()
    assert kept
    assert root
    with audit.superuser() as connection:
        connection.execute("DELETE FROM audit.entries WHERE index >= 3")
        connection.execute("DELETE FROM audit.disclosures WHERE index >= 3")
        connection.execute("DELETE FROM audit.checkpoints WHERE size > 3")
        connection.execute("UPDATE audit.tiles SET width = 3, hashes = %b", (kept[0],))
        connection.execute("UPDATE audit.head SET size = 3, root = %b", (root[0],))
    with pytest.raises(TreeShrank):
        Signer.load(audit.sequencer_database, audit.settings).run_once()


def renamed(audit: LogUnderTest) -> Signer:
    settings = audit.settings.model_copy(update={"log_origin_name": NEW})
    return Signer.load(audit.sequencer_database, settings)


def fresh(audit: LogUnderTest) -> LogUnderTest:
    """With a sequencer that remembers nothing of what is gone."""
    return replace(audit, sequencer=type(audit.sequencer)(audit.sequencer_database))


def test_the_log_goes_on_under_the_new_name_and_says_why(audit: LogUnderTest) -> None:
    cut_back(audit)
    audit = fresh(audit)
    statement = recovery.prepare(audit.signer, origin=NEW, reason="restored the backup of Tuesday")
    assert recovery.apply(audit.signer, statement, APPROVALS) == NEW
    signer = renamed(audit)
    audit.write(2)
    while audit.sequencer.run_once():
        pass
    checkpoint = signer.run_once()
    assert checkpoint is not None
    assert (checkpoint.origin, checkpoint.size) == (NEW, 6)
    new_key = str(signer.note_signer(1).verifier)
    with audit.auditor.snapshot() as connection:
        assert verify_online(connection, new_key, keys=audit.keys).ok
        said = queries.recoveries(connection)
        leaf = json.loads(entry.leaf) if (entry := queries.entry(connection, 3)) else {}
    text = open_note(said[0]["statement"], Verifier.parse(audit.verifier_key))
    assert text.splitlines() == [
        recovery.HEADER, audit.settings.log_origin, NEW, new_key, "7", "3", text.splitlines()[6],
        "restored the backup of Tuesday",
    ]  # fmt: skip
    assert said[0]["approvals"] == ["one", "two"]
    assert (leaf["kind"], leaf["administrators"], leaf["statement"]) == (
        "log.recovered",
        ["admin-1", "admin-2"],
        statement,
    )


def test_whoever_trusts_the_old_name_is_not_led_to_the_new_one(audit: LogUnderTest) -> None:
    cut_back(audit)
    audit = fresh(audit)
    recovery.apply(audit.signer, recovery.prepare(audit.signer, origin=NEW, reason="r"), APPROVALS)
    renamed(audit).run_once()
    with pytest.raises(LogRenamed):
        audit.signer.run_once()
    with audit.auditor.snapshot() as connection:
        report = verify_online(connection, audit.verifier_key)
    assert report.signed == 3


def test_asking_again_does_nothing_twice(audit: LogUnderTest) -> None:
    cut_back(audit)
    audit = fresh(audit)
    statement = recovery.prepare(audit.signer, origin=NEW, reason="r")
    for _ in range(2):
        assert recovery.apply(audit.signer, statement, APPROVALS) == NEW
    with audit.auditor.transaction() as connection:
        assert len(queries.recoveries(connection)) == 1
    assert renamed(audit).run_once()


def test_nothing_is_recovered_from_a_log_that_can_be_continued(audit: LogUnderTest) -> None:
    audit.write(3)
    audit.publish()
    with pytest.raises(CeremonyRefused, match="can be continued"):
        recovery.prepare(audit.signer, origin=NEW, reason="r")


def test_one_administrator_is_not_enough_and_the_statement_is_of_this_tree(audit: LogUnderTest) -> None:
    cut_back(audit)
    audit = fresh(audit)
    statement = recovery.prepare(audit.signer, origin=NEW, reason="r")
    with pytest.raises(CeremonyRefused, match="2 administrators"):
        recovery.apply(audit.signer, statement, {"admin-1": "one"})
    with pytest.raises(CeremonyRefused, match="not as the statement says"):
        recovery.apply(audit.signer, statement.replace("\n7\n", "\n3\n"), APPROVALS)
    audit.write(1)
    audit.sequencer.run_once()
    with pytest.raises(CeremonyRefused, match="not as the statement says"):
        recovery.apply(audit.signer, statement, APPROVALS)
    with audit.auditor.transaction() as connection:
        assert queries.recoveries(connection) == []


def test_a_log_is_not_renamed_by_changing_its_name(audit: LogUnderTest) -> None:
    audit.write(3)
    audit.publish()
    audit.write(3)
    audit.sequencer.run_once()
    with pytest.raises(LogRenamed):
        renamed(audit).run_once()


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501])
def test_a_reason_is_one_line(audit: LogUnderTest, reason: str) -> None:
    cut_back(audit)
    with pytest.raises(CeremonyRefused, match="one line"):
        recovery.prepare(audit.signer, origin=NEW, reason=reason)
