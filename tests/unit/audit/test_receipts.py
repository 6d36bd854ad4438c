"""A receipt is a promise that a client can hold the log to."""

from __future__ import annotations

import base64
import json

import pytest

from gateway.audit.errors import KeyMissing, SignatureInvalid
from gateway.audit.keys import create_keys
from gateway.audit.promises import Receipt, verify_receipt
from gateway.audit.receipts import ReceiptSigner
from gateway.settings import Settings

LEAF = bytes(range(32))


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    settings.keys.mkdir(mode=0o700)
    create_keys(settings.keys)
    return settings


@pytest.fixture
def signer(settings: Settings) -> ReceiptSigner:
    return ReceiptSigner.load(settings.keys, origin="log.example/a")


def test_a_receipt_says_which_leaf_when_where_and_how_soon(signer: ReceiptSigner) -> None:
    text = signer.sign(LEAF, time_ns=1763935985123456789)
    assert verify_receipt(text, signer.public_jwk()) == Receipt(LEAF, 1763935985123456789, 60, "log.example/a")
    header = json.loads(base64.urlsafe_b64decode(text.split(".")[0] + "=="))
    assert header["typ"] == "audit-receipt+jwt"
    assert header["kid"] == signer.public_jwk()["kid"]


def test_the_public_key_is_public(signer: ReceiptSigner) -> None:
    assert "d" not in signer.public_jwk()


def test_a_changed_or_foreign_receipt_is_refused(
    signer: ReceiptSigner, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = signer.sign(LEAF, time_ns=1)
    header, payload, signature = text.split(".")
    other = tmp_path_factory.mktemp("other")
    create_keys(other)
    forged = base64.urlsafe_b64encode(json.dumps({"leaf": LEAF.hex(), "time": 2}).encode()).decode().rstrip("=")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"audit-receipt+jwt"}').decode().rstrip("=")
    for bad in (
        "",
        "a.b.c",
        f"{header}.{forged}.{signature}",
        f"{unsigned}.{payload}.",
        ReceiptSigner.load(other, origin="log.example/a").sign(LEAF, time_ns=1),
    ):
        with pytest.raises(SignatureInvalid):
            verify_receipt(bad, signer.public_jwk())


def test_without_its_key_nothing_is_promised(settings: Settings) -> None:
    (settings.keys / "receipt.jwk").write_text("not a key")
    with pytest.raises(KeyMissing):
        ReceiptSigner.load(settings.keys, origin="log.example/a")
