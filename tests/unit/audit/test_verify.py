"""A sound log verifies with every verdict; what stands beside a leaf is checked like the leaf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.audit import queries
from gateway.audit.copies import copied_log
from gateway.audit.errors import NoteMalformed
from gateway.audit.report import Check, Report
from gateway.audit.verify import verify_online
from gateway.database import Database

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def failed(report: Report) -> dict[Check, int | None]:
    return {verdict.check: verdict.first_bad for verdict in report.verdicts if verdict.ok is False}


def test_a_sound_log_verifies_with_and_without_keys(audit: LogUnderTest) -> None:
    for count in (1, 255, 400, 5):
        audit.write(count)
        audit.publish()
    audit.write(3)
    audit.sequencer.run_once()
    report = audit.verify()
    assert report.ok
    assert (report.size, report.signed) == (664, 661)
    assert {verdict.check for verdict in report.verdicts} == set(Check) - {Check.RECEIPTS}
    assert (report.verdict(Check.WITNESSES).ok, report.verdict(Check.TIME).ok) == (None, None), "nobody outside spoke"
    assert audit.verify(keys=audit.keys).ok
    with audit.auditor.transaction() as connection:
        held = tuple(queries.checkpoints(connection))
    assert audit.verify(held=held).ok


def test_progress_is_told_to_the_end(audit: LogUnderTest) -> None:
    audit.write(10)
    audit.publish()
    told: list[tuple[int, int]] = []
    with audit.auditor.snapshot() as connection:
        verify_online(connection, audit.verifier_key, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (10, 10)


def test_a_log_that_nobody_signed_does_not_verify(audit: LogUnderTest) -> None:
    audit.write(2)
    audit.sequencer.run_once()
    report = audit.verify()
    assert failed(report) == {Check.SIGNATURE: 0}
    assert not report.document()["ok"]


def test_a_log_signed_by_another_key_does_not_verify(audit: LogUnderTest) -> None:
    audit.write(2)
    audit.publish()
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    with audit.auditor.snapshot() as connection:
        assert failed(verify_online(connection, other)) == {Check.SIGNATURE: 2}
        with pytest.raises(NoteMalformed):
            verify_online(connection, "not a key")


@pytest.mark.parametrize(
    ("change", "needs_keys"),
    [
        ("UPDATE audit.disclosures SET ciphertexts[1] = decode(repeat('00', 80), 'hex') WHERE index = 3", False),
        ("UPDATE audit.disclosures SET ciphertexts = ciphertexts[1:1] WHERE index = 3", False),
        ("UPDATE audit.disclosures SET index = 5000 WHERE index = 9", False),
        ("UPDATE audit.disclosures SET names[1] = 'other' WHERE index = 3", True),
        ("UPDATE audit.disclosures SET ciphertexts[1] = ciphertexts[1] || '\\x00'::bytea WHERE index = 3", True),
        ("UPDATE audit.entries SET blind_user = NULL WHERE index = 3", True),
        ("UPDATE audit.entries SET blind_case = sha256('') WHERE index = 3", True),
        (
            (
                "ALTER TABLE audit.entries ALTER COLUMN agency DROP EXPRESSION;"
                " UPDATE audit.entries SET agency = 'other' WHERE index = 3"
            ),
            False,
        ),
    ],
)
def test_what_stands_beside_a_leaf_is_tied_to_it(audit: LogUnderTest, change: str, needs_keys: bool) -> None:  # noqa: FBT001
    audit.write(10)
    audit.publish()
    with audit.superuser() as connection:
        connection.execute(change)
    index = 9 if "5000" in change else 3
    assert failed(audit.verify(keys=audit.keys)) == {Check.CONTENT: index}
    assert failed(audit.verify()) == ({} if needs_keys else {Check.CONTENT: index})


@pytest.mark.parametrize(
    ("change", "needs_keys"),
    [
        ("DELETE FROM audit.disclosures WHERE index = 1", False),
        ("DELETE FROM audit.disclosures WHERE index = 1; UPDATE audit.entries SET blind_user = NULL", False),
        ("UPDATE audit.disclosures SET names = names[2:], ciphertexts = ciphertexts[2:] WHERE index = 1", False),
        ("UPDATE audit.disclosure_keys SET wrapped = NULL; UPDATE audit.entries SET blind_user = NULL", True),
    ],
)
def test_values_that_were_taken_away_are_missed(audit: LogUnderTest, change: str, needs_keys: bool) -> None:  # noqa: FBT001
    audit.write(3)
    audit.publish()
    with audit.superuser() as connection:
        connection.execute(change)
    audit.keys.forget()
    assert Check.CONTENT in failed(audit.verify(keys=audit.keys))
    assert (Check.CONTENT in failed(audit.verify())) != needs_keys


def test_a_rehearsed_edit_in_a_copy_is_named_and_the_log_itself_is_untouched(audit: LogUnderTest) -> None:
    for _ in range(2):
        audit.write(300)
        audit.publish()
    with copied_log(audit.deployment) as copy, Database(copy.auditor, name="copy") as auditor:
        with auditor.snapshot() as connection:
            assert verify_online(connection, audit.verifier_key, keys=audit.keys).ok
        with pytest.raises(ValueError, match="no such text"):
            copy.edit_as_superuser(433, old="nowhere in it", new="")
        copy.edit_as_superuser(433, old='"permit":false', new='"permit":true')
        with auditor.snapshot() as connection:
            report = verify_online(connection, audit.verifier_key)
    assert failed(report) == {Check.INCLUSION: 433}
    assert report.verdict(Check.INCLUSION).sentence == "Entry 433 is not what was logged."
    assert audit.verify().ok
