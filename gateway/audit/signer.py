"""The signer: publishes a checkpoint each second that the log grew, and writes a heartbeat each minute.

Invariants: the signer never signs a tree that does not begin with the tree it signed last. Its memory of that tree, the
size, root and compact range, lives outside PostgreSQL and reaches the disk before the checkpoint reaches anybody; it
changes only under a file lock, from the value that was read. The next tree is computed from that memory by appending
the new leaf hashes, so it is consistent by construction, or it is not the tree the database claims and is refused.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry
from gateway.audit.errors import AuditError, SignerStateMissing, TreeInconsistent, TreeShrank
from gateway.audit.keys import signing_key
from gateway.audit.log import AuditLog
from gateway.audit.merkle import CompactRange
from gateway.audit.notes import Checkpoint, NoteSigner
from gateway.audit.signer_state import SignedTree, SignerState
from gateway.audit.tiles import leaf_hashes
from gateway.database import DatabaseUnavailable
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading

    from gateway.database import Connection, Database
    from gateway.settings import Settings

INTERVAL_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 60.0
_NANOSECONDS: Final = 10**9

log = structlog.get_logger()


class Signer:
    """Signs one log. `database` is that of the role SEQUENCER. One thread uses one signer."""

    def __init__(self, database: Database, *, signer: NoteSigner, state: SignerState, keys: DisclosureKeys) -> None:
        self._database = database
        self._signer = signer
        self._state = state
        self._log = AuditLog(keys=keys)
        self._next_heartbeat = 0.0

    @classmethod
    def load(cls, database: Database, settings: Settings) -> Signer:
        """With the key and the state of a home. Raises KeyMissing."""
        return cls(
            database,
            signer=NoteSigner(settings.log_origin, signing_key(settings.keys)),
            state=SignerState(settings.state / "signer.json"),
            keys=DisclosureKeys.load(settings.keys),
        )

    def run_once(self) -> Checkpoint | None:
        """Signs and publishes the log as it stands; None if nothing is new.

        Raises:
            TreeShrank: the log is smaller than what was signed.
            TreeInconsistent: the log does not begin with what was signed.
            SignerStateMissing: checkpoints exist and the signer's memory of them does not.
            DatabaseUnavailable: there is no connection.
        """
        with self._state.locked():
            with self._database.snapshot() as connection:
                signed = self._last_signed(connection)
                tree = _next_tree(connection, signed)
                if tree.size == 0 or (tree == signed and _is_published(connection, tree.size)):
                    return None
            checkpoint = Checkpoint(self._signer.verifier.name, tree.size, tree.root)
            note = self._signer.sign(str(checkpoint))
            if tree != signed:
                self._state.replace(signed, tree)
            with self._database.transaction() as connection:
                connection.execute("SELECT audit.publish_checkpoint(%s, %b, %s)", (tree.size, tree.root, note))
        return checkpoint

    def run(self, stop: threading.Event) -> None:
        """Signs each second until told to stop. A refusal is logged each time, and nothing is signed."""
        while not stop.is_set():
            started = time.monotonic()
            try:
                self.beat()
                self.run_once()
            except DatabaseUnavailable:
                log.warning("audit.signer.database_unavailable")
            except AuditError as error:
                log.critical("audit.signer.refused", reason=type(error).__name__, sentence=str(error))
            except Exception as error:  # noqa: BLE001  a signer that ended would leave the log unsigned
                log.error("audit.signer.failed", error=type(error).__name__)  # noqa: TRY400  a trace may quote a leaf
            stop.wait(max(0.0, INTERVAL_SECONDS - (time.monotonic() - started)))

    def beat(self) -> bool:
        """Writes the heartbeat entry each minute; before the first checkpoint, an entry that names the key."""
        if time.monotonic() < self._next_heartbeat:
            return False
        with self._database.transaction() as connection:
            size, _ = _head(connection)
            kind = EntryKind.HEARTBEAT if _is_published(connection, 1) else EntryKind.LOG_STARTED
            self._log.record(connection, Entry(kind, {"size": size, "verifier_key": str(self._signer.verifier)}))
        self._next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
        return True

    def _last_signed(self, connection: Connection) -> SignedTree:
        signed = self._state.read()
        if signed is not None:
            return signed
        if connection.execute("SELECT 1 FROM audit.checkpoints LIMIT 1").fetchone() is not None:
            raise SignerStateMissing("checkpoints exist, but the signer's own record of the last one does not")
        return SignedTree.empty()


def _next_tree(connection: Connection, signed: SignedTree) -> SignedTree:
    """The tree that the database claims, proven to begin with the one signed last."""
    size, root = _head(connection)
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
    return SignedTree(size, root, tree.hashes)


def _head(connection: Connection) -> tuple[int, bytes]:
    row = connection.execute("SELECT size, root FROM audit.head").fetchone()
    if row is None:
        raise TreeShrank("the log has no head")
    return int(row[0]), bytes(row[1])


def _is_published(connection: Connection, size: int) -> bool:
    return connection.execute("SELECT 1 FROM audit.checkpoints WHERE size >= %s", (size,)).fetchone() is not None
