"""A new key takes over in public, the old checkpoints verify as ever, and the old key signs nothing more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.audit import queries
from gateway.audit.errors import CeremonyRefused, SignatureInvalid
from gateway.audit.keyring import Keyring
from gateway.audit.keys import create_keys, log_keys, signing_key
from gateway.audit.notes import Checkpoint, NoteSigner, Verifier
from gateway.audit.rotation import rotate
from gateway.audit.signer import Signer
from gateway.audit.verify import verify_online

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def verified(audit: LogUnderTest, key: str) -> bool:
    with audit.auditor.snapshot() as connection:
        return verify_online(connection, key, keys=audit.keys).ok


def published_keys(audit: LogUnderTest) -> list[tuple[str, str | None]]:
    with audit.auditor.transaction() as connection:
        return queries.current_keys(connection)[1]


def test_the_log_verifies_with_each_of_its_keys(audit: LogUnderTest) -> None:
    audit.write(5)
    audit.publish()
    keys = [audit.verifier_key]
    for _ in range(2):
        keys.append(str(rotate(audit.signer, actor="operator")))
        audit.write(5)
        audit.publish()
    assert len(set(keys)) == 3
    assert [key for key, _ in published_keys(audit)] == keys
    assert all(verified(audit, key) for key in keys)
    assert log_keys(audit.settings.keys) == [3], "older private keys are gone"
    create_keys(audit.settings.keys)
    assert log_keys(audit.settings.keys) == [3], "and are not made again at a start"


def test_the_handing_over_is_on_the_log_under_the_checkpoint_that_both_signed(audit: LogUnderTest) -> None:
    audit.write(5)
    audit.publish()
    new = rotate(audit.signer, actor="the operator")
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        entry = queries.entry(connection, 5)
    assert entry is not None
    leaf = json.loads(entry.leaf)
    assert (leaf["kind"], leaf["verifier_key_before"], leaf["verifier_key"], leaf["actor"]) == (
        "log.key_rotated",
        audit.verifier_key,
        str(new),
        "the operator",
    )
    transition = published_keys(audit)[1][1]
    assert transition is not None
    for key in (audit.verifier_key, str(new)):
        assert Keyring.of(key).open(transition).size == 6


def test_the_old_key_signs_nothing_that_anybody_accepts_any_more(audit: LogUnderTest) -> None:
    """Also in the hands of a thief who took it before."""
    audit.write(5)
    audit.publish()
    stolen = NoteSigner(audit.settings.log_origin, signing_key(audit.settings.keys))
    rotate(audit.signer, actor="operator")
    keys = Keyring.of(audit.verifier_key, published_keys(audit))
    forged = stolen.sign(str(Checkpoint(audit.settings.log_origin, 7, bytes(32))))
    with pytest.raises(SignatureInvalid, match="does not speak for"):
        keys.open(forged)


def test_a_key_put_into_the_database_is_not_believed(audit: LogUnderTest) -> None:
    """By the superuser: nothing that the old key signed stands behind it."""
    audit.write(5)
    audit.publish()
    mallory = Verifier(audit.settings.log_origin, bytes([7]) * 32)
    with audit.administrator() as connection:
        note = connection.execute("SELECT note FROM audit.checkpoints").fetchone()
        connection.execute(
            "INSERT INTO audit.log_keys VALUES (1, 2, %s, %s, 0)", (str(mallory), note[0] if note else "")
        )
    assert not verified(audit, audit.verifier_key)


def test_before_anything_was_signed_there_is_nothing_to_hand_over(audit: LogUnderTest) -> None:
    with pytest.raises(CeremonyRefused):
        rotate(audit.signer, actor="operator")


@pytest.mark.parametrize(
    "step",
    [
        "gateway.audit.rotation._on_the_log",
        "gateway.audit.signer._publish_key",
        "gateway.audit.rotation.remove_log_key",
    ],
)
def test_one_that_was_interrupted_is_finished_by_asking_again_or_by_the_signer(
    audit: LogUnderTest, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    audit.write(5)
    audit.publish()

    class DiedError(Exception):
        pass

    def die(*_: object, **__: object) -> None:
        raise DiedError

    with monkeypatch.context() as patched:
        patched.setattr(step, die)
        with pytest.raises(DiedError):
            rotate(audit.signer, actor="operator")
    signer = Signer.load(audit.sequencer_database, audit.settings)
    audit.write(1)
    audit.sequencer.run_once()
    signer.run_once()
    assert verified(audit, audit.verifier_key)
    rotate(signer, actor="operator")
    assert verified(audit, audit.verifier_key)
    assert len(log_keys(audit.settings.keys)) == 1
