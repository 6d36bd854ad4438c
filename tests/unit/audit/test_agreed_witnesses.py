"""The witnesses that two people agreed on are asked from the next checkpoint on, and each change stays on the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import structlog.testing
from witness_house import WitnessHouse, witness_house

from gateway.audit import agreed_witnesses, queries, search
from gateway.audit.agreed_witnesses import AgreedWitnesses
from gateway.audit.errors import PolicyMalformed
from gateway.audit.notes import open_signed
from gateway.audit.query_language import asking
from gateway.audit.signer import Signer
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from audit_house import LogUnderTest


@pytest.fixture
def house(audit: LogUnderTest, tmp_path: Path) -> Iterator[WitnessHouse]:
    with witness_house(tmp_path, audit.verifier_key) as witnesses:
        yield witnesses


def signer(audit: LogUnderTest, outbound: Outbound) -> Signer:
    witnesses = AgreedWitnesses(database=audit.sequencer_database, outbound=outbound, alarm_seconds=600)
    return Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses)


def agree(audit: LogUnderTest, text: str) -> None:
    with audit.web.transaction() as connection:
        agreed_witnesses.change(connection, audit.log, text)


def published(audit: LogUnderTest, signer: Signer, house: WitnessHouse) -> tuple[set[str], bool]:
    """Who cosigned the next checkpoint, and whether it counts as witnessed."""
    audit.write(3)
    while audit.sequencer.run_once():
        pass
    signer.run_once()
    with audit.auditor.transaction() as connection:
        note = queries.latest_checkpoint(connection)
    assert note is not None
    with audit.administrator() as connection:
        row = connection.execute("SELECT witnessed FROM audit.checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    assert row is not None
    signed = open_signed(note, house.policy().verifiers).signatures
    return {verifier.name.partition(".")[0] for verifier in signed}, bool(row[0])


def changes(audit: LogUnderTest) -> list[dict[str, Any]]:
    audit.publish()
    with audit.auditor.snapshot() as connection:
        queries.see(connection, None)
        found = search.page(connection, asking(kind="witnesses.changed"), after=None, limit=9, newest_first=False)
    return [json.loads(entry.leaf) for entry in found]


def test_witnesses_are_asked_from_the_checkpoint_after_the_change_and_no_more_after_the_next(
    audit: LogUnderTest, house: WitnessHouse
) -> None:
    running = signer(audit, house.outbound())
    assert published(audit, running, house) == (set(), False)
    agree(audit, str(house.policy()))
    assert published(audit, running, house) == ({"court", "defence", "vendor"}, True)
    fewer = "\n".join(line for line in str(house.policy()).splitlines() if line.startswith("witness court")) + "\n"
    agree(audit, fewer)
    assert published(audit, running, house) == ({"court"}, True)
    agree(audit, "quorum none\n")
    assert published(audit, running, house) == (set(), False)


def test_each_change_is_an_entry_that_names_the_keys_that_came_and_went(
    audit: LogUnderTest, house: WitnessHouse
) -> None:
    court, defence, vendor = (str(one.key.verifier) for one in house.witnesses)
    agree(audit, f"witness court {court}\nwitness defence {defence}\n")
    agree(audit, f"witness court {court}\nwitness vendor {vendor}\n")
    first, second = changes(audit)
    assert (first["added"], first["removed"]) == (sorted([court, defence]), [])
    assert (second["added"], second["removed"]) == ([vendor], [defence])
    assert {len(first["policy_sha256"]), len(second["policy_sha256"])} == {64}


def test_what_is_no_policy_changes_nothing(audit: LogUnderTest) -> None:
    with pytest.raises(PolicyMalformed):
        agree(audit, "witness court nonsense\n")
    assert changes(audit) == []
    with audit.auditor.snapshot() as connection:
        assert agreed_witnesses.current(connection) is None


def test_a_witness_that_this_node_may_not_call_is_an_alarm_and_holds_nobody_up(
    audit: LogUnderTest, house: WitnessHouse
) -> None:
    agree(audit, str(house.policy()))
    with structlog.testing.capture_logs() as told:
        assert published(audit, signer(audit, Outbound([])), house) == (set(), False)
    assert [line["event"] for line in told if line["log_level"] == "critical"] == ["audit.witnesses.not_callable"]


def test_what_was_agreed_is_not_edited_even_by_the_owner_of_the_tables(
    audit: LogUnderTest, house: WitnessHouse
) -> None:
    agree(audit, str(house.policy()))
    for attempt in ("UPDATE audit.witness_policies SET policy = ''", "DELETE FROM audit.witness_policies"):
        with pytest.raises(psycopg.Error), audit.administrator() as connection:
            connection.execute(attempt)
