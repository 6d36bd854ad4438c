"""What the signer remembers outside PostgreSQL: the last tree it signed.

Invariants: the file is replaced whole, and is on the disk before `replace` returns; it changes only while the lock is
held and only from the value its caller read (compare and swap), so two signers cannot both go on from one tree.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gateway import private_files
from gateway.audit.errors import SignerStateMissing, TreeInconsistent
from gateway.audit.merkle import EMPTY_ROOT, CompactRange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SignedTree:
    """A tree that was signed, and as whose: size, root, and the compact range that the next one is appended to.

    Attributes:
        origin: the log's name under which it was signed; empty before the first.
        epoch: how many names the log has had, with this one.
        key: the number of the key that signs from here on.
    """

    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    origin: str = ""
    epoch: int = 1
    key: int = 1

    @classmethod
    def empty(cls) -> SignedTree:
        return cls(0, EMPTY_ROOT, ())


class SignerState:
    """The file; `locked` is held by whoever signs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Waits for any other signer of this home."""
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> SignedTree | None:
        """The last tree signed, None before the first. Raises SignerStateMissing if the file cannot be understood."""
        try:
            document = json.loads(self._path.read_bytes())
            size = int(document["size"])
            hashes = tuple(bytes.fromhex(item) for item in document["hashes"])
            CompactRange(size, hashes)
            return SignedTree(
                size,
                bytes.fromhex(document["root"]),
                hashes,
                origin=str(document.get("origin", "")),
                epoch=int(document.get("epoch", 1)),
                key=int(document.get("key", 1)),
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise SignerStateMissing("the signer's own record cannot be read") from error

    def replace(self, expected: SignedTree, tree: SignedTree) -> None:
        """Remembers `tree` if what is remembered is still `expected`. Raises TreeInconsistent if it is not."""
        if (self.read() or SignedTree.empty()) != expected:
            raise TreeInconsistent("another signer went on from the same tree")
        self._write(tree)

    def begin_anew(self, tree: SignedTree) -> None:
        """Remembers `tree` whatever was remembered, which is kept beside it. Only a recovery does this."""
        if self._path.exists():
            self._path.replace(self._path.with_suffix(f".before-{tree.epoch}.json"))
        self._write(tree)

    def _write(self, tree: SignedTree) -> None:
        document = asdict(tree) | {"root": tree.root.hex(), "hashes": [item.hex() for item in tree.hashes]}
        private_files.replace(self._path, json.dumps(document).encode())
