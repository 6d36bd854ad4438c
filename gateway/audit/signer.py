"""The signer: publishes a checkpoint as soon as the log grew, twice a second at most; a heartbeat entry each minute.

Invariants: the signer never signs a tree that does not begin with the tree it signed last, nor under another name. Its
memory of that tree, the size, root and compact range, lives outside PostgreSQL and reaches the disk before the
checkpoint reaches anybody, a witness included; it changes only under a file lock, from the value that was read. The
next tree is computed from that memory by appending the new leaf hashes, so it is consistent by construction, or it is
not the tree the database claims and is refused. Whichever key signs checkpoints vouches for the keys of receipts.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry
from gateway.audit.errors import AuditError, LogRenamed, SignerStateMissing, TreeInconsistent, TreeShrank
from gateway.audit.keys import receipt_key, signing_key
from gateway.audit.log import AuditLog
from gateway.audit.merkle import CompactRange
from gateway.audit.notes import Checkpoint, NoteSigner
from gateway.audit.receipt_keys import statement
from gateway.audit.signer_state import SignedTree, SignerState
from gateway.audit.tiles import leaf_hashes
from gateway.database import DatabaseUnavailable
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.audit.agreed_witnesses import AgreedWitnesses
    from gateway.audit.witnesses import Witnesses
    from gateway.database import Connection, Database
    from gateway.settings import Settings

# Between two checkpoints, and between two looks at whether the log grew (decision 0029).
INTERVAL_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 0.05
RETRY_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 60.0

log = structlog.get_logger()


class Signer:
    """Signs one log. `database` is that of the role SEQUENCER. One thread uses one signer."""

    def __init__(
        self,
        database: Database,
        *,
        origin: str,
        folder: Path,
        state: SignerState,
        keys: DisclosureKeys,
        witnesses: Witnesses | AgreedWitnesses | None = None,
    ) -> None:
        self.database = database
        self.origin = origin
        self.folder = folder
        self.state = state
        self.log = AuditLog(keys=keys)
        self._witnesses = witnesses
        self._next_heartbeat = 0.0

    @classmethod
    def load(
        cls, database: Database, settings: Settings, *, witnesses: Witnesses | AgreedWitnesses | None = None
    ) -> Signer:
        """With the keys and the state of a home. Raises KeyMissing."""
        signing_key(settings.keys)
        return cls(
            database,
            origin=settings.log_origin,
            folder=settings.keys,
            state=SignerState(settings.state / "signer.json"),
            keys=DisclosureKeys.load(settings.keys),
            witnesses=witnesses,
        )

    def run_once(self) -> Checkpoint | None:
        """Signs and publishes the log as it stands; None if nothing is new.

        Raises:
            TreeShrank: the log is smaller than what was signed.
            TreeInconsistent: the log does not begin with what was signed.
            LogRenamed: what was signed was signed under another name.
            SignerStateMissing: checkpoints exist and the signer's memory of them does not.
            KeyMissing: the key in use is not there.
            DatabaseUnavailable: there is no connection.
        """
        with self.state.locked():
            with self.database.snapshot() as connection:
                signed = self.last_signed(connection)
                tree = self.next_tree(connection, signed)
                if tree.size == 0 or (tree.size == signed.size and _is_published(connection, tree)):
                    return None
                listed = _listed_key(connection, tree)
            # A handing over that was remembered and not published yet needs both keys again.
            numbers = [signed.key] if listed is None or listed >= signed.key else [listed, signed.key]
            return self.publish(signed, tree, [self.note_signer(number) for number in numbers])

    def publish(self, signed: SignedTree, tree: SignedTree, signers: list[NoteSigner]) -> Checkpoint:
        """Signs `tree`, which follows `signed`, remembers it, has it witnessed, and only then shows it."""
        checkpoint = Checkpoint(self.origin, tree.size, tree.root)
        note = signers[0].sign(str(checkpoint)) + "".join(signer.line(str(checkpoint)) for signer in signers[1:])
        if tree != signed:
            self.state.replace(signed, tree)
        witnessed = False
        if self._witnesses is not None:
            note, witnessed = self._witnesses.cosign(note, checkpoint)
        with self.database.transaction() as connection:
            _publish_key(connection, tree, signers, note)
            self._vouch(connection, tree, signers[-1])
            connection.execute(
                "SELECT audit.publish_checkpoint(%s, %s, %b, %s, %s)",
                (tree.epoch, tree.size, tree.root, note, witnessed),
            )
        return checkpoint

    def run(self, stop: threading.Event) -> None:
        """Signs what is new until told to stop. A refusal is logged each time, and nothing is signed."""
        while not stop.is_set():
            started = time.monotonic()
            try:
                self.beat()
                self.run_once()
                self._await_change(stop, since=started)
                continue
            except DatabaseUnavailable:
                log.warning("audit.signer.database_unavailable")
            except AuditError as error:
                log.critical("audit.signer.refused", reason=type(error).__name__, sentence=str(error))
            except Exception as error:  # noqa: BLE001  a signer that ended would leave the log unsigned
                log.error("audit.signer.failed", error=type(error).__name__)  # noqa: TRY400  a trace may quote a leaf
            stop.wait(RETRY_SECONDS)

    def _await_change(self, stop: threading.Event, *, since: float) -> None:
        """Returns once the log is not what was signed last, larger or otherwise, or a heartbeat is due; no sooner than
        the interval allows.
        """
        stop.wait(max(0.0, INTERVAL_SECONDS - (time.monotonic() - since)))
        while time.monotonic() < self._next_heartbeat and not stop.is_set():
            with self.database.statement() as connection:
                row = connection.execute(
                    "SELECT (head.size, head.root) = (last.size, last.root) FROM audit.head, LATERAL (SELECT size, root"
                    " FROM audit.checkpoints ORDER BY epoch DESC, checkpoints.size DESC LIMIT 1) AS last"
                ).fetchone()
            if row is None or not row[0]:
                return
            stop.wait(LOOK_SECONDS)

    def beat(self) -> bool:
        """Writes the heartbeat entry each minute; before the first checkpoint, an entry that names the key."""
        if time.monotonic() < self._next_heartbeat:
            return False
        verifier = self.note_signer((self.state.read() or SignedTree.empty()).key).verifier
        with self.database.transaction() as connection:
            size, _ = head(connection)
            started = connection.execute("SELECT 1 FROM audit.checkpoints LIMIT 1").fetchone() is not None
            kind = EntryKind.HEARTBEAT if started else EntryKind.LOG_STARTED
            clear = {"size": size, "verifier_key": str(verifier), "receipt_key": receipt_key(self.folder)["x"]}
            self.log.record(connection, Entry(kind, clear))
        self._next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
        return True

    def _vouch(self, connection: Connection, tree: SignedTree, signer: NoteSigner) -> None:
        """Every key that signed receipts under this name is vouched for by the key that signs from here on."""
        rows = connection.execute(
            "SELECT public_key, bool_or(number = %s) FROM audit.receipt_keys WHERE epoch = %s GROUP BY public_key",
            (tree.key, tree.epoch),
        ).fetchall()
        known = {str(receipt_key(self.folder)["x"]): False} | dict(rows)
        for public_key in sorted(key for key, done in known.items() if not done):
            connection.execute(
                "SELECT audit.add_receipt_key(%s, %s, %s, %s)",
                (tree.epoch, tree.key, public_key, signer.sign(statement(self.origin, public_key))),
            )

    def note_signer(self, number: int) -> NoteSigner:
        """Signs with the key of that number. Raises KeyMissing."""
        return NoteSigner(self.origin, self.signing_key(number))

    def signing_key(self, number: int) -> Ed25519PrivateKey:
        """Raises KeyMissing."""
        return signing_key(self.folder, number)

    def last_signed(self, connection: Connection) -> SignedTree:
        """What this signer remembers. Raises SignerStateMissing, LogRenamed."""
        signed = self.state.read()
        if signed is None:
            if connection.execute("SELECT 1 FROM audit.checkpoints LIMIT 1").fetchone() is not None:
                raise SignerStateMissing("checkpoints exist, but the signer's own record of the last one does not")
            return SignedTree.empty()
        if signed.origin not in {"", self.origin}:
            raise LogRenamed("the log was signed under another name; only a recovery gives it a new one")
        return signed

    def next_tree(self, connection: Connection, signed: SignedTree) -> SignedTree:
        """The tree that the database claims, proven to begin with the one signed last.

        Raises:
            TreeShrank: it is smaller.
            TreeInconsistent: it does not.
        """
        size, root = head(connection)
        if size < signed.size:
            raise TreeShrank(f"the log has {size} entries, and {signed.size} were signed")
        tree = CompactRange(signed.size, signed.hashes)
        if tree.root() != signed.root:
            raise TreeInconsistent("the signer's own record is damaged")
        try:
            tree.extend(leaf_hashes(connection, signed.size, size))
        except KeyError as error:
            raise TreeInconsistent("a tile of the log is missing") from error
        if tree.root() != root:
            raise TreeInconsistent(f"the log of {size} entries does not begin with the {signed.size} that were signed")
        return replace(signed, size=size, root=root, hashes=tree.hashes, origin=self.origin)


def head(connection: Connection) -> tuple[int, bytes]:
    """Size and root of the log as the database claims them. Raises TreeShrank."""
    row = connection.execute("SELECT size, root FROM audit.head").fetchone()
    if row is None:
        raise TreeShrank("the log has no head")
    return int(row[0]), bytes(row[1])


def _is_published(connection: Connection, tree: SignedTree) -> bool:
    row = connection.execute(
        "SELECT 1 FROM audit.checkpoints WHERE epoch = %s AND size >= %s", (tree.epoch, tree.size)
    ).fetchone()
    return row is not None


def _listed_key(connection: Connection, tree: SignedTree) -> int | None:
    """The number of the last key that is published for this epoch."""
    row = connection.execute("SELECT max(number) FROM audit.log_keys WHERE epoch = %s", (tree.epoch,)).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def _publish_key(connection: Connection, tree: SignedTree, signers: list[NoteSigner], note: str) -> None:
    """The key stands in the list of the log's keys before anything that it signed; two signers are a handing over."""
    listed = _listed_key(connection, tree)
    if listed is None or listed < tree.key:
        connection.execute(
            "SELECT audit.add_log_key(%s, %s, %s, %s)",
            (tree.epoch, tree.key, str(signers[-1].verifier), note if len(signers) > 1 else None),
        )
