"""A receipt counts by a key that the log's own key vouches for, and by no other that the operator shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from bundle_house import export, receipts_of, verify, verify_alone
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from served_log import served_log

from gateway.audit import queries
from gateway.audit.disclosures import base64url
from gateway.audit.errors import SignatureInvalid
from gateway.audit.keyring import Keyring
from gateway.audit.keys import RECEIPT_KEY, create_keys
from gateway.audit.monitor import Monitor
from gateway.audit.notes import NoteSigner
from gateway.audit.receipt_keys import statement, vouched
from gateway.audit.receipts import ReceiptSigner
from gateway.audit.rotation import rotate
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from pathlib import Path

    from audit_house import LogUnderTest


def public(receipts: ReceiptSigner) -> str:
    return str(receipts.public_jwk()["x"])


def thiefs() -> ReceiptSigner:
    private = Ed25519PrivateKey.generate()
    key = {
        "kty": "OKP", "crv": "Ed25519", "x": base64url(private.public_key().public_bytes_raw()),
        "d": base64url(private.private_bytes_raw()),
    }  # fmt: skip
    return ReceiptSigner(key, origin="")


def promised(audit: LogUnderTest, receipts: ReceiptSigner | None = None) -> str:
    (sealed,) = audit.write(1)
    return (receipts or receipts_of(audit)).sign(sealed.leaf_hash, time_ns=sealed.time_ns)


def judged(path: Path, audit: LogUnderTest, **given: Any) -> dict[str, bool | None]:
    """By the package; the one file must say the same."""
    report = verify(path, audit.verifier_key, **given)
    if not given:
        assert verify_alone(path, audit.verifier_key)[1] == json.loads(json.dumps(report.document()))
    return {receipt.name: receipt.ok for receipt in report.receipts}


def test_the_log_vouches_with_its_first_checkpoint_and_names_the_key_in_an_entry(audit: LogUnderTest) -> None:
    audit.signer.beat()
    audit.publish()
    own = public(receipts_of(audit))
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        (entry,) = queries.entries(connection)
        notes = queries.receipt_keys(connection, 1)
    assert json.loads(entry.leaf)["receipt_key"] == own
    assert vouched(notes, Keyring.of(audit.verifier_key)) == [{"kty": "OKP", "crv": "Ed25519", "x": own}]


def test_a_receipt_of_a_key_that_the_bundle_alone_names_is_false(audit: LogUnderTest, tmp_path: Path) -> None:
    """The operator who gave false receipts, or who would not be held to true ones, changes the key in the bundle."""
    given = {"honest": promised(audit)}
    audit.publish()
    path = export(audit, tmp_path / "bundle", receipts=given)
    assert judged(path, audit) == {"honest": True}
    document, rogue = json.loads((path / "log.json").read_text()), thiefs()
    stranger = NoteSigner(audit.settings.log_origin, Ed25519PrivateKey.generate())
    for notes in ([], [stranger.sign(statement(audit.settings.log_origin, public(rogue)))], ["no note"]):
        (path / "log.json").write_text(json.dumps(document | {"receipt_keys": notes}))
        assert judged(path, audit) == {"honest": False}
    assert judged(path, audit, receipt_key=receipts_of(audit).public_jwk()) == {"honest": True}


def test_a_statement_of_another_log_or_about_something_else_vouches_for_nothing(audit: LogUnderTest) -> None:
    signer, key = audit.signer.note_signer(1), public(thiefs())
    keyring = Keyring.of(audit.verifier_key)
    for text in (statement("other.example/log", key), f"writgate.local/receipt-key/2\n{audit.signer.origin}\n{key}\n"):
        assert vouched([signer.sign(text)], keyring) == []
    assert vouched([signer.sign(statement(audit.signer.origin, key))], keyring) != []


def test_older_receipts_hold_when_the_logs_key_or_the_receipts_key_was_changed(
    audit: LogUnderTest, tmp_path: Path
) -> None:
    given = {"first": promised(audit)}
    audit.publish()
    rotate(audit.signer, actor="operator")
    given["after the log's key"] = promised(audit)
    (audit.settings.keys / RECEIPT_KEY).unlink()
    create_keys(audit.settings.keys)
    given["after the receipts' key"] = promised(audit)
    audit.publish()
    rotate(audit.signer, actor="operator")
    path = export(audit, tmp_path / "bundle", receipts=given)
    assert judged(path, audit) == dict.fromkeys(given, True)


def test_a_key_of_the_log_that_handed_over_vouches_for_nothing_any_more(audit: LogUnderTest, tmp_path: Path) -> None:
    """A thief who took it before cannot make the log look as if it broke promises."""
    given = {"honest": promised(audit)}
    audit.publish()
    stolen, rogue = audit.signer.note_signer(1), thiefs()
    rotate(audit.signer, actor="operator")
    path = export(audit, tmp_path / "bundle", receipts=given)
    document = json.loads((path / "log.json").read_text())
    document["receipt_keys"].append(stolen.sign(statement(audit.settings.log_origin, public(rogue))))
    (path / "log.json").write_text(json.dumps(document))
    (path / "receipts" / "false").write_text(promised(audit, rogue))
    assert judged(path, audit) == {"honest": True, "false": False}


def test_a_monitor_takes_a_receipt_by_the_logs_word_only_or_by_the_key_it_is_given(
    audit: LogUnderTest, tmp_path: Path
) -> None:
    receipt = promised(audit)
    audit.publish()
    with served_log(audit) as url:
        followed = Monitor(url, audit.verifier_key, folder=tmp_path, outbound=Outbound([url.removesuffix("/log")]))
        with pytest.raises(SignatureInvalid):
            followed.add_receipt(thiefs().sign(bytes(32), time_ns=1))
        followed.add_receipt(receipt)
        assert followed.look() == []
        assert len(list(tmp_path.glob("*.kept"))) == 1
        (audit.settings.keys / RECEIPT_KEY).unlink()
        create_keys(audit.settings.keys)
        unvouched = promised(audit)
        with pytest.raises(SignatureInvalid):
            followed.add_receipt(unvouched)
        followed.add_receipt(unvouched, key=receipts_of(audit).public_jwk())
