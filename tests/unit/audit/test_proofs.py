"""A stranger with a proof, a leaf and the verifier key needs nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.audit import queries
from gateway.audit.errors import NoteMalformed, ProofInvalid, SignatureInvalid
from gateway.audit.merkle import verify_consistency
from gateway.audit.notes import Verifier, open_checkpoint
from gateway.audit.proofs import Proof, consistency_proof, verify_proof
from gateway.audit.tiles import TileReader

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def proof_of(audit: LogUnderTest, index: int) -> str:
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        text = queries.proof(connection, index)
    assert text is not None
    return text


def test_every_entry_is_proven_to_a_stranger(audit: LogUnderTest) -> None:
    sealed = audit.write(600)
    audit.publish()
    for index in (0, 1, 255, 256, 511, 512, 598, 599):
        text = proof_of(audit, index)
        proven = verify_proof(text, sealed[index].leaf, audit.verifier_key)
        assert (proven.index, proven.checkpoint.size) == (index, 600)
        assert verify_proof(text, sealed[index].leaf_hash, audit.verifier_key) == proven
        with pytest.raises(ProofInvalid):
            verify_proof(text, sealed[index - 1].leaf, audit.verifier_key)


def test_what_no_checkpoint_covers_has_no_proof_yet(audit: LogUnderTest) -> None:
    audit.write(1)
    audit.sequencer.run_once()
    with audit.auditor.transaction() as connection:
        assert queries.proof(connection, 0) is None
        audit.signer.run_once()
        assert queries.proof(connection, 0) is not None
        assert queries.proof(connection, 1) is None
        assert queries.proof(connection, -1) is None


def test_the_text_is_read_as_it_is_written(audit: LogUnderTest) -> None:
    audit.write(3)
    audit.publish()
    text = proof_of(audit, 1)
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 1\n")
    assert str(Proof.parse(text)) == text
    with_extra = Proof(1, (bytes(32),), "checkpoint\n", b"note")
    assert Proof.parse(str(with_extra)) == with_extra


def test_a_changed_proof_is_refused(audit: LogUnderTest) -> None:
    (_, sealed, _) = audit.write(3)
    audit.publish()
    text = proof_of(audit, 1)
    for changed, refusal in (
        (text.replace("tlog-proof@v1", "tlog-proof@v2"), NoteMalformed),
        (text.replace("index 1", "index 01"), NoteMalformed),
        (text.replace("index 1", "index 2"), ProofInvalid),
        (text.replace("index 1\n", "index 1\nAAAA\n"), NoteMalformed),
        (text.replace("index 1\n", "index 1\n!\n"), NoteMalformed),
        (text.replace("\n3\n", "\n4\n"), SignatureInvalid),
        (text.partition("\n\n")[0], NoteMalformed),
        ("", NoteMalformed),
    ):
        assert changed != text
        with pytest.raises(refusal):
            verify_proof(changed, sealed.leaf, audit.verifier_key)
    with pytest.raises(ProofInvalid):
        verify_proof(text, b"short", audit.verifier_key)


def test_every_checkpoint_is_proven_to_extend_the_one_before(audit: LogUnderTest) -> None:
    for count in (1, 255, 1, 300):
        audit.write(count)
        audit.publish()
    verifier = Verifier.parse(audit.verifier_key)
    with audit.auditor.transaction() as connection:
        found = [open_checkpoint(note, verifier) for note in queries.checkpoints(connection)]
        for old in found:
            for new in found[found.index(old) :]:
                proof = consistency_proof(TileReader(connection), old_size=old.size, size=new.size)
                verify_consistency(old_size=old.size, old_root=old.root, size=new.size, root=new.root, proof=proof)
