"""Witnesses are asked before a checkpoint is shown; one that is down holds nobody up, one against it is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog.testing
from witness_house import WitnessHouse, witness_house

from gateway.audit import queries
from gateway.audit.keys import signing_key
from gateway.audit.notes import Checkpoint, NoteSigner, open_signed
from gateway.audit.proofs import verify_proof
from gateway.audit.signer import Signer
from gateway.audit.witnesses import Witnesses
from gateway.outbound import Outbound, OutboundRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from audit_house import LogUnderTest


@pytest.fixture
def house(audit: LogUnderTest, tmp_path: Path) -> Iterator[WitnessHouse]:
    with witness_house(tmp_path, audit.verifier_key) as witnesses:
        yield witnesses


def witnesses_of(audit: LogUnderTest, house: WitnessHouse, *, alarm_seconds: float = 600) -> Witnesses:
    return Witnesses(
        house.policy(), database=audit.sequencer_database, outbound=house.outbound(), alarm_seconds=alarm_seconds
    )


def publish(audit: LogUnderTest, signer: Signer, count: int = 3) -> str:
    audit.write(count)
    while audit.sequencer.run_once():
        pass
    signer.run_once()
    with audit.auditor.transaction() as connection:
        note = queries.latest_checkpoint(connection)
    assert note is not None
    return note


def cosigners(note: str, house: WitnessHouse) -> set[str]:
    return {verifier.name.partition(".")[0] for verifier in open_signed(note, house.policy().verifiers).signatures}


def witnessed(audit: LogUnderTest) -> list[bool]:
    with audit.administrator() as connection:
        return [row[0] for row in connection.execute("SELECT witnessed FROM audit.checkpoints ORDER BY size")]


def test_every_checkpoint_carries_the_cosignatures_of_all(audit: LogUnderTest, house: WitnessHouse) -> None:
    signer = Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses_of(audit, house))
    for _ in range(3):
        assert cosigners(publish(audit, signer, 200), house) == {"court", "defence", "vendor"}
    assert witnessed(audit) == [True, True, True]
    assert audit.verify().ok


def test_a_signer_that_begins_anew_learns_from_each_witness_where_it_is(
    audit: LogUnderTest, house: WitnessHouse
) -> None:
    for _ in range(2):
        signer = Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses_of(audit, house))
        assert len(cosigners(publish(audit, signer, 300), house)) == 3


def test_one_that_is_down_is_missed_and_comes_back(audit: LogUnderTest, house: WitnessHouse) -> None:
    witnesses = witnesses_of(audit, house)
    signer = Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses)
    publish(audit, signer)
    house.witnesses[1].stop()
    assert cosigners(publish(audit, signer), house) == {"court", "vendor"}
    assert witnessed(audit) == [True, True], "two of three are a quorum"
    house.witnesses[1].start()
    for asked in witnesses._asked:
        asked._again_at = 0.0
    assert len(cosigners(publish(audit, signer), house)) == 3


def test_without_a_quorum_the_log_goes_on_and_there_is_an_alarm(audit: LogUnderTest, house: WitnessHouse) -> None:
    signer = Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses_of(audit, house))
    proven = publish(audit, signer)
    for witness in house.witnesses[1:]:
        witness.stop()
    late = Signer.load(
        audit.sequencer_database, audit.settings, witnesses=witnesses_of(audit, house, alarm_seconds=-1.0)
    )
    with structlog.testing.capture_logs() as told:
        assert cosigners(publish(audit, late), house) == {"court"}
    assert witnessed(audit) == [True, False]
    assert [line["event"] for line in told if line["log_level"] == "critical"] == ["audit.witnesses.no_quorum"]
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        first, last = queries.proof(connection, 0), queries.proof(connection, 5)
    assert first is not None
    assert last is not None
    assert first.endswith(proven), "a proof is under the last checkpoint that a quorum has seen, where one covers it"
    assert verify_proof(last, audit_leaf(audit, 5), audit.verifier_key).index == 5


def audit_leaf(audit: LogUnderTest, index: int) -> str:
    with audit.administrator() as connection:
        row = connection.execute("SELECT leaf FROM audit.entries WHERE index = %s", (index,)).fetchone()
    assert row is not None
    return str(row[0])


def test_a_witness_that_has_seen_more_is_an_alarm(audit: LogUnderTest, house: WitnessHouse) -> None:
    """Somebody signs in the log's name, or the log was cut back."""
    thief = NoteSigner(audit.settings.log_origin, signing_key(audit.settings.keys))
    forged = thief.sign(str(Checkpoint(audit.settings.log_origin, 1000, bytes(32))))
    for witness in house.witnesses:
        reply = house.outbound().post(f"{witness.url}/add-checkpoint", f"old 0\n\n{forged}".encode())
        assert reply.status == 200
    signer = Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses_of(audit, house))
    with structlog.testing.capture_logs() as told:
        note = publish(audit, signer)
    assert cosigners(note, house) == set()
    assert [line["event"] for line in told if line["log_level"] == "critical"] == ["audit.witness.ahead"] * 3


def test_a_cosignature_by_another_key_is_not_taken(audit: LogUnderTest, house: WitnessHouse, tmp_path: Path) -> None:
    """The policy names one key; whoever answers at the address has another."""
    policy = house.policy()
    for witness in house.witnesses:
        (witness.folder / "witness.key").unlink()
        witness.stop()
        witness.start()
    witnesses = Witnesses(policy, database=audit.sequencer_database, outbound=house.outbound(), alarm_seconds=600)
    signer = Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses)
    assert publish(audit, signer).count("\u2014") == 1
    assert witnessed(audit) == [False]


def test_a_witness_that_may_not_be_called_is_refused_at_the_start(audit: LogUnderTest, house: WitnessHouse) -> None:
    with pytest.raises(OutboundRefused):
        Witnesses(house.policy(), database=audit.sequencer_database, outbound=Outbound([]), alarm_seconds=1)
