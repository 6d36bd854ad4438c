"""Recovery: the log goes on under another name, in public, when what was signed under the old one cannot be continued.

After a database was restored from an older backup the signer refuses for ever, and rightly: somebody holds checkpoints
of entries that are gone. So nobody continues that log. Two administrators approve a statement that says how large the
signed tree was and how large the one that was found is; the log's key signs it under the old name; and a new name
begins with the tree that was found. Statement and approvals are published, and an entry of the log.

Invariants: nothing is done without two approvals by different administrators over these very bytes; the statement holds
for the tree that it names and for no other; witnesses, monitors and auditors are not told that the two names are one
log: they must be given the new one by people.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.audit.entries import Entry
from gateway.audit.errors import AuditError, CeremonyRefused, SignerStateMissing
from gateway.audit.merkle import CompactRange
from gateway.audit.notes import NoteSigner, valid_name
from gateway.audit.sequencer import Sequencer
from gateway.audit.signer import head
from gateway.audit.signer_state import SignedTree
from gateway.audit.tiles import leaf_hashes
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.audit.signer import Signer
    from gateway.database import Connection

HEADER: Final = "writgate.local/log-recovery/1"
LONGEST_REASON: Final = 500
APPROVALS: Final = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said in public; `signed_size` is None where the signer's own record is gone."""

    origin_before: str
    origin: str
    verifier_key: str
    signed_size: int | None
    size: int
    root: bytes
    reason: str

    def __str__(self) -> str:
        signed = "unknown" if self.signed_size is None else str(self.signed_size)
        root = base64.b64encode(self.root).decode()
        lines = (HEADER, self.origin_before, self.origin, self.verifier_key, signed, str(self.size), root, self.reason)
        return "\n".join([*lines, ""])


def prepare(signer: Signer, *, origin: str, reason: str) -> str:
    """The statement as the log's key signs it; `origin` is the new name. Nothing is changed.

    Raises:
        CeremonyRefused: the log can be continued, or the tree in the database is not whole.
        NoteMalformed: the new name or the reason cannot be written in a note.
    """
    if not reason.strip() or "\n" in reason or len(reason) > LONGEST_REASON:
        raise CeremonyRefused(f"give the reason in one line of at most {LONGEST_REASON} characters")
    if origin == signer.origin:
        raise CeremonyRefused("the new name is the old one")
    with signer.database.snapshot() as connection:
        signed = _refused(signer, connection)
        tree = _tree(connection)
        number = signed.key if signed else _last_key(connection)
    old = signer.note_signer(number)
    new = NoteSigner(valid_name(origin), signer.signing_key(number))
    size = signed.size if signed else None
    text = str(Statement(signer.origin, origin, str(new.verifier), size, tree.size, tree.root(), reason.strip()))
    return old.sign(text)


def apply(signer: Signer, statement: str, approvals: Mapping[str, str]) -> str:
    """Begins the new name; it, from the next start on. `approvals` are administrators' names and their signatures over
    the statement, which the caller has verified. Harmless where it was done already.

    Raises:
        CeremonyRefused: too few approvals, or the log is not as the statement says.
    """
    if len(approvals) < APPROVALS:
        raise CeremonyRefused(f"{APPROVALS} administrators must approve; {len(approvals)} did")
    origin = statement.split("\n")[2] if statement.startswith(f"{HEADER}\n") else ""
    with signer.state.locked():
        with signer.database.snapshot() as connection:
            done = connection.execute(
                "SELECT epoch, statement FROM audit.recoveries WHERE origin = %s", (origin,)
            ).fetchone()
            last = connection.execute("SELECT coalesce(max(epoch), 1) FROM audit.recoveries").fetchone()
            tree = _tree(connection)
            signed = _remembered(signer)
            number = signed.key if signed else _last_key(connection)
        epoch = int(done[0]) if done else int(last[0] if last else 1) + 1
        if done is None:
            _require_prepared(signer, statement, origin)
            _record(signer, statement, approvals, epoch=epoch, origin=origin)
        elif done[1] != statement:
            raise CeremonyRefused("the log had that name before")
        if signed is None or signed.epoch < epoch:
            signer.state.begin_anew(
                SignedTree(tree.size, tree.root(), tree.hashes, origin=origin, epoch=epoch, key=number)
            )
    while Sequencer(signer.database).run_once():
        pass
    return origin


def _require_prepared(signer: Signer, statement: str, origin: str) -> None:
    """The statement must be what would be prepared now, byte for byte: Ed25519 signs the same text the same way."""
    reason = statement.split("\n")[7] if statement.count("\n") > APPROVALS + 6 else ""
    if prepare(signer, origin=origin, reason=reason) != statement:
        raise CeremonyRefused("the log is not as the statement says; end the gateway and prepare it again")


def _record(signer: Signer, statement: str, approvals: Mapping[str, str], *, epoch: int, origin: str) -> None:
    entry = Entry(
        EntryKind.LOG_RECOVERED,
        {
            "administrators": sorted(approvals),
            "origin_before": signer.origin,
            "origin": origin,
            "statement": statement,
            "statement_sha256": hashlib.sha256(statement.encode()).hexdigest(),
        },
    )
    with signer.database.transaction() as connection:
        connection.execute(
            "SELECT audit.add_recovery(%s, %s, %s, %s::text[])",
            (epoch, origin, statement, [approvals[name] for name in sorted(approvals)]),
        )
        signer.log.record(connection, entry)


def _refused(signer: Signer, connection: Connection) -> SignedTree | None:
    """What was signed and cannot be continued, None where that is not known. Raises CeremonyRefused where it can."""
    try:
        signer.next_tree(connection, signer.last_signed(connection))
    except SignerStateMissing:
        return None
    except AuditError:
        return _remembered(signer)
    raise CeremonyRefused("the log can be continued under its name, so there is nothing to recover from")


def _remembered(signer: Signer) -> SignedTree | None:
    try:
        return signer.state.read()
    except SignerStateMissing:
        return None


def _last_key(connection: Connection) -> int:
    row = connection.execute("SELECT number FROM audit.log_keys ORDER BY epoch DESC, number DESC LIMIT 1").fetchone()
    return 1 if row is None else int(row[0])


def _tree(connection: Connection) -> CompactRange:
    """The tree that the database holds. Raises CeremonyRefused where its tiles do not make its root."""
    size, root = head(connection)
    tree = CompactRange()
    try:
        tree.extend(leaf_hashes(connection, 0, size))
    except KeyError:
        raise CeremonyRefused("a tile of the log is missing; restore it first") from None
    if tree.root() != root:
        raise CeremonyRefused("the tree in the database is not whole; restore it first")
    return tree
