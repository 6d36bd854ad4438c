"""Rotation of the log's key: the next key takes over by one checkpoint that both sign.

Under that checkpoint stands an entry that names the new key, so the handing over is itself on the log. Everything
before it verifies with the old key as ever; the old private key is then removed, so that it signs nothing more. A
rotation that was interrupted is finished by asking for it again: each step is there already or is done.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.audit.entries import Entry
from gateway.audit.errors import CeremonyRefused
from gateway.audit.keys import log_keys, make_log_key, receipt_key, remove_log_key
from gateway.audit.sequencer import Sequencer
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.notes import Verifier
    from gateway.audit.signer import Signer
    from gateway.audit.signer_state import SignedTree
    from gateway.database import Connection

PATIENCE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.1


def rotate(signer: Signer, *, actor: str) -> Verifier:
    """Makes the next key sign from here on; its verifier.

    Raises:
        CeremonyRefused: nothing was signed yet, or the entry did not reach the log in time.
        AuditError: whatever keeps the signer from signing.
    """
    with signer.state.locked():
        with signer.database.snapshot() as connection:
            signed = signer.last_signed(connection)
            signer.next_tree(connection, signed)
        if signed.size == 0:
            raise CeremonyRefused("nothing was signed with this key yet")
        _remove_older(signer, signed)
        number = signed.key + 1
        make_log_key(signer.folder, number)
        old, new = signer.note_signer(signed.key), signer.note_signer(number)
        _on_the_log(signer, actor=actor, old=old.verifier, new=new.verifier)
        with signer.database.snapshot() as connection:
            tree = replace(signer.next_tree(connection, signed), key=number)
        signer.publish(signed, tree, [old, new])
        _remove_older(signer, tree)
    return new.verifier


def _remove_older(signer: Signer, signed: SignedTree) -> None:
    for number in log_keys(signer.folder):
        if number < signed.key:
            remove_log_key(signer.folder, number)


def _on_the_log(signer: Signer, *, actor: str, old: Verifier, new: Verifier) -> None:
    """The entry that names the new key, integrated."""
    entry = Entry(
        EntryKind.LOG_KEY_ROTATED,
        {
            "actor": actor,
            "verifier_key_before": str(old),
            "verifier_key": str(new),
            "receipt_key": receipt_key(signer.folder)["x"],
        },
    )
    with signer.database.transaction() as connection:
        sealed = signer.log.record(connection, entry)
    sequencer, deadline = Sequencer(signer.database), time.monotonic() + PATIENCE_SECONDS
    while True:
        # Whoever is elected integrates it: the sequencer of a gateway that runs, or this one.
        sequencer.run_once()
        with signer.database.snapshot() as connection:
            if not _is_staged(connection, sealed.leaf_hash):
                return
        if time.monotonic() > deadline:
            raise CeremonyRefused("the entry that names the new key did not reach the log; ask again")
        time.sleep(_PAUSE_SECONDS)


def _is_staged(connection: Connection, leaf_hash: bytes) -> bool:
    row = connection.execute("SELECT 1 FROM audit.staging WHERE leaf_hash = %b", (leaf_hash,)).fetchone()
    return row is not None
