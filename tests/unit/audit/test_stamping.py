"""Checkpoints are stamped by an authority outside; one that is down or lies changes nothing but what is told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import structlog.testing
from bundle_house import export, verify, verify_alone
from patience import until
from tsa_house import Authority, make_authority, serving_authority

from gateway.audit import standing
from gateway.audit.errors import TimestampInvalid
from gateway.audit.report import Check
from gateway.audit.stamping import Stamper
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from audit_house import LogUnderTest


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with serving_authority(tmp_path / "tsa") as running:
        yield running


def stamper(audit: LogUnderTest, authority: Authority) -> Stamper:
    return Stamper(
        audit.sequencer_database,
        audit=audit.log,
        url=authority.url,
        roots=[authority.root],
        outbound=Outbound([authority.url.rstrip("/")]),
    )


def test_the_last_checkpoint_is_stamped_once_in_ten_minutes_and_verifies_offline(
    audit: LogUnderTest, authority: Authority, tmp_path: Path
) -> None:
    one = stamper(audit, authority)
    assert not one.run_once(), "nothing was signed yet"
    audit.write(3)
    audit.publish()
    assert one.run_once()
    audit.publish()
    assert not one.run_once(), "ten minutes have not passed"
    path = export(audit, tmp_path / "bundle")
    report = verify(path, audit.verifier_key, roots=[authority.root])
    assert report.ok
    assert report.verdict(Check.TIME).ok
    assert verify_alone(path, audit.verifier_key, "--roots", str(authority.root_file()))[1]["verdicts"]["time"]["ok"]
    assert verify(path, audit.verifier_key).verdict(Check.TIME).ok is None
    other = make_authority(tmp_path / "other")
    assert verify(path, audit.verifier_key, roots=[other.root]).verdict(Check.TIME).ok is False
    with audit.administrator() as connection:
        kinds = [row[0] for row in connection.execute("SELECT kind FROM audit.entries ORDER BY index").fetchall()]
    assert kinds[3:] == ["log.timestamped"]


LONG = "an authority between whose certificate is the longest of all"


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize(
    "between", [(), ("a",), (LONG,), ("the upper one", "the lower one")], ids=["none", "one", "one, longer", "two"]
)
def test_any_authority_is_taken_with_keys_of_either_kind_and_others_between_it_and_its_root(
    audit: LogUnderTest, tmp_path: Path, kind: str, between: tuple[str, ...]
) -> None:
    """In whatever order it sends its certificates, and by the one file too."""
    audit.write(3)
    audit.publish()
    with serving_authority(tmp_path / "tsa", kind=kind, between=between) as authority:
        assert stamper(audit, authority).run_once()
    path = export(audit, tmp_path / "bundle")
    assert verify(path, audit.verifier_key, roots=[authority.root]).verdict(Check.TIME).ok
    assert verify_alone(path, audit.verifier_key, "--roots", str(authority.root_file()))[1]["verdicts"]["time"]["ok"]
    stranger = make_authority(tmp_path / "other", kind=kind, between=between)
    assert verify(path, audit.verifier_key, roots=[stranger.root]).verdict(Check.TIME).ok is False


def test_one_that_is_down_is_told_of_and_asked_again(audit: LogUnderTest, authority: Authority) -> None:
    audit.write(3)
    audit.publish()
    authority.down = True
    one, stop = stamper(audit, authority), threading.Event()
    with pytest.raises(TimestampInvalid, match="503"):
        one.run_once()
    with structlog.testing.capture_logs() as told:
        thread = threading.Thread(target=one.run, args=(stop,))
        thread.start()
        until(lambda: told, "it is told")
        stop.set()
        thread.join()
    assert told[0]["event"] == "audit.timestamp.failed"
    with audit.administrator() as connection:
        connection.execute("ALTER TABLE audit.checkpoints DISABLE TRIGGER ALL")
        connection.execute("UPDATE audit.checkpoints SET signed_ns = signed_ns - 3600 * 10^9::bigint")
    with audit.auditor.transaction() as connection:
        late = standing.notes(connection, witness_seconds=600, stamped=True)
    assert [sentence.partition(" for ")[0] for sentence in late] == [
        "The log was not signed",
        "No quorum of witnesses has seen the log",
        "No time stamp was given",
    ]
    authority.down = False
    assert one.run_once()


def test_an_answer_of_something_else_is_not_kept(audit: LogUnderTest, authority: Authority, tmp_path: Path) -> None:
    """From an authority that nobody trusts, or of another message."""
    audit.write(3)
    audit.publish()
    with serving_authority(tmp_path / "other") as stranger:
        stranger.root = authority.root
        with pytest.raises(TimestampInvalid):
            stamper(audit, stranger).run_once()
    with audit.administrator() as connection:
        assert connection.execute("SELECT count(*) FROM audit.timestamps").fetchone() == (0,)
