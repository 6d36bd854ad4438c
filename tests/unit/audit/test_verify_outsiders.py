"""Verification in the database judges witnesses and time, as that of a bundle does, by the auditor's own means."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tsa_house import make_authority, serving_authority
from witness_house import WitnessHouse, witness_house

from gateway.audit.entries import Entry
from gateway.audit.report import Check, Report
from gateway.audit.signer import Signer
from gateway.audit.stamping import Stamper
from gateway.audit.verify import verify_online
from gateway.audit.witnesses import Witnesses
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from audit_house import LogUnderTest
    from cryptography import x509


@pytest.fixture
def house(audit: LogUnderTest, tmp_path: Path) -> Iterator[WitnessHouse]:
    with witness_house(tmp_path, audit.verifier_key) as witnesses:
        yield witnesses


def publish(audit: LogUnderTest, house: WitnessHouse) -> None:
    while audit.sequencer.run_once():
        pass
    witnesses = Witnesses(
        house.policy(), database=audit.sequencer_database, outbound=house.outbound(), alarm_seconds=600
    )
    Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses).run_once()


def verified(audit: LogUnderTest, house: WitnessHouse | None = None, roots: Sequence[x509.Certificate] = ()) -> Report:
    policy = None if house is None else house.policy()
    with audit.auditor.snapshot() as connection:
        return verify_online(connection, audit.verifier_key, policy=policy, roots=roots)


def test_a_quorum_that_saw_the_last_checkpoint_is_said_so_and_bounds_the_times(
    audit: LogUnderTest, house: WitnessHouse
) -> None:
    audit.write(300)
    publish(audit, house)
    report = verified(audit, house)
    assert (report.verdict(Check.WITNESSES).ok, report.verdict(Check.TIME).ok) == (True, True)
    assert "300 entries" in report.verdict(Check.WITNESSES).sentence
    unjudged = verified(audit)
    assert (unjudged.verdict(Check.WITNESSES).ok, unjudged.verdict(Check.TIME).ok) == (None, None)


def test_a_last_checkpoint_without_a_quorum_fails(audit: LogUnderTest, house: WitnessHouse) -> None:
    audit.write(3)
    publish(audit, house)
    for witness in house.witnesses[:2]:
        witness.stop()
    audit.write(3)
    publish(audit, house)
    verdict = verified(audit, house).verdict(Check.WITNESSES)
    assert (verdict.ok, verdict.first_bad) == (False, 6)


def test_a_backdated_entry_is_named(audit: LogUnderTest, house: WitnessHouse) -> None:
    audit.write(5)
    publish(audit, house)
    with audit.web.transaction() as connection:
        audit.log.record(connection, Entry("search.decision", {}), now_ns=time.time_ns() - 3600 * 10**9)
    publish(audit, house)
    verdict = verified(audit, house).verdict(Check.TIME)
    assert (verdict.ok, verdict.first_bad) == (False, 5)


def test_a_time_stamp_counts_where_its_root_is_trusted(audit: LogUnderTest, tmp_path: Path) -> None:
    audit.write(3)
    audit.publish()
    with serving_authority(tmp_path / "tsa") as authority:
        Stamper(
            audit.sequencer_database, audit=audit.log, url=authority.url, roots=[authority.root],
            outbound=Outbound([authority.url.rstrip("/")]),
        ).run_once()  # fmt: skip
    assert verified(audit, roots=[authority.root]).verdict(Check.TIME).ok
    assert verified(audit).verdict(Check.TIME).ok is None
    other = make_authority(tmp_path / "other")
    assert verified(audit, roots=[other.root]).verdict(Check.TIME).ok is False
