"""A key speaks for the trees that it may speak for, and whoever knows one key can follow to all."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.errors import NoteMalformed, SignatureInvalid
from gateway.audit.keyring import Keyring
from gateway.audit.notes import COSIGNATURE, Checkpoint, NoteSigner, Verifier

ORIGIN = "log.example/a"
FIRST, SECOND, THIRD = (NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2, 3))


def text(size: int, origin: str = ORIGIN) -> str:
    return str(Checkpoint(origin, size, bytes([size % 256]) * 32))


def handed_over(size: int, old: NoteSigner, new: NoteSigner) -> str:
    return old.sign(text(size)) + new.line(text(size))


HISTORY = [
    (str(FIRST.verifier), None),
    (str(SECOND.verifier), handed_over(10, FIRST, SECOND)),
    (str(THIRD.verifier), handed_over(20, SECOND, THIRD)),
]


@pytest.mark.parametrize("trusted", [FIRST, SECOND, THIRD])
def test_whichever_key_is_trusted_each_speaks_for_its_own_sizes(trusted: NoteSigner) -> None:
    keys = Keyring.of(str(trusted.verifier), HISTORY)
    assert keys.current == THIRD.verifier
    for signer, sizes in ((FIRST, (1, 10)), (SECOND, (10, 20)), (THIRD, (20, 999))):
        for size in sizes:
            assert keys.open(signer.sign(text(size))).size == size
    for signer, size in ((FIRST, 11), (SECOND, 9), (SECOND, 21), (THIRD, 19)):
        with pytest.raises(SignatureInvalid, match="does not speak for"):
            keys.open(signer.sign(text(size)))


def test_a_key_that_is_not_in_the_history_knows_only_itself() -> None:
    stranger = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32))
    keys = Keyring.of(stranger.verifier, HISTORY)
    assert keys.open(stranger.sign(text(5))).size == 5
    with pytest.raises(SignatureInvalid):
        keys.open(THIRD.sign(text(25)))


@pytest.mark.parametrize(
    "transition",
    [
        None,
        SECOND.sign(text(10)),
        FIRST.sign(text(10)),
        handed_over(10, FIRST, THIRD),
        FIRST.sign(text(10, "log.example/b")) + SECOND.line(text(10, "log.example/b")),
        FIRST.sign(text(0)) + SECOND.line(text(0)),
    ],
)
def test_a_key_that_was_not_handed_over_is_refused(transition: str | None) -> None:
    with pytest.raises((SignatureInvalid, NoteMalformed)):
        Keyring.of(FIRST.verifier, [HISTORY[0], (str(SECOND.verifier), transition)])


def test_keys_are_handed_over_in_order() -> None:
    with pytest.raises(SignatureInvalid, match="out of order"):
        Keyring.of(FIRST.verifier, [*HISTORY[:2], (str(THIRD.verifier), handed_over(10, SECOND, THIRD))])


def test_a_checkpoint_of_another_log_is_refused_and_so_is_a_witness_as_a_log() -> None:
    with pytest.raises(SignatureInvalid, match="another log"):
        Keyring.of(FIRST.verifier).open(FIRST.sign(text(3, "log.example/b")))
    with pytest.raises(NoteMalformed, match="witness"):
        Keyring.of(Verifier(ORIGIN, FIRST.verifier.public, COSIGNATURE))
