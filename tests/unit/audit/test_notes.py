"""Signed notes and checkpoints are C2SP's, byte for byte."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.errors import NoteMalformed, SignatureInvalid
from gateway.audit.notes import Checkpoint, NoteSigner, Verifier, open_checkpoint, open_note

# The example of Go's package documentation, golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
OTHER = "\u2014 another.example/witness AAAAAQ" + base64.b64encode(bytes(61)).decode()[6:] + "\n"


@pytest.fixture
def signer() -> NoteSigner:
    return NoteSigner("log.example/a", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def test_the_example_of_the_go_package_verifies() -> None:
    assert open_note(NOTE, Verifier.parse(PETER)).endswith("your problem is.\n")


def test_a_verifier_key_is_written_as_it_is_read() -> None:
    assert str(Verifier.parse(PETER)) == PETER


def test_a_changed_letter_is_found() -> None:
    with pytest.raises(SignatureInvalid):
        open_note(NOTE.replace("cryptography", "Cryptography"), Verifier.parse(PETER))


def test_what_is_signed_opens_with_its_verifier_only(signer: NoteSigner) -> None:
    note = signer.sign("text\n")
    assert open_note(note, signer.verifier) == "text\n"
    with pytest.raises(SignatureInvalid):
        open_note(note, Verifier.parse(PETER))


def test_signatures_of_unknown_keys_are_passed_over(signer: NoteSigner) -> None:
    assert open_note(signer.sign("text\n") + OTHER, signer.verifier) == "text\n"


def test_a_wrong_signature_in_the_logs_name_refuses_the_note(signer: NoteSigner) -> None:
    """Even beside a right one."""
    wrong = base64.b64encode(signer.verifier.key_id + bytes(64)).decode()
    with pytest.raises(SignatureInvalid):
        open_note(signer.sign("text\n") + f"\u2014 {signer.verifier.name} {wrong}\n", signer.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        NOTE.rstrip("\n"),
        NOTE.replace("\u2014", "-"),
        NOTE.replace("\n\u2014", "\r\n\u2014"),
        NOTE + "\n",
        NOTE.replace("x08go", "x08g!"),
        NOTE + "\u2014 PeterNeumann AAAA\n",
        NOTE + OTHER * 100,
        "\x00" + NOTE,
        "\ud800" + NOTE,
        "a" * 1_000_001,
    ],
    ids=range(13),
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteMalformed):
        open_note(note, Verifier.parse(PETER))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER[:-1],
        PETER.replace("+ARpc", "+Arpc"),
        "na me" + PETER[12:],
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteMalformed):
        Verifier.parse(vkey)


def test_a_checkpoint_is_written_as_it_is_read(signer: NoteSigner) -> None:
    checkpoint = Checkpoint("log.example/a", 18, bytes(range(32)))
    assert str(checkpoint) == "log.example/a\n18\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert open_checkpoint(signer.sign(str(checkpoint)), signer.verifier) == checkpoint


def test_extension_lines_are_passed_over(signer: NoteSigner) -> None:
    checkpoint = Checkpoint("log.example/a", 18, bytes(32))
    assert open_checkpoint(signer.sign(f"{checkpoint}extension\n"), signer.verifier) == checkpoint


@pytest.mark.parametrize(
    "body", ["log.example/a\n-1\n", "log.example/a\n01\n", "log.example/a\n\n", "log.example/a\n1\nAAAA\n"]
)
def test_a_malformed_checkpoint_is_refused(signer: NoteSigner, body: str) -> None:
    with pytest.raises(NoteMalformed):
        open_checkpoint(signer.sign(body), signer.verifier)


def test_a_checkpoint_of_another_log_is_refused(signer: NoteSigner) -> None:
    with pytest.raises(SignatureInvalid):
        open_checkpoint(signer.sign(str(Checkpoint("log.example/b", 1, bytes(32)))), signer.verifier)


def test_text_without_a_last_newline_is_not_signed(signer: NoteSigner) -> None:
    with pytest.raises(NoteMalformed):
        signer.sign("text")
