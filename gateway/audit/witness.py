"""A witness (c2sp.org/tlog-witness): cosigns a checkpoint if, and only if, it continues the last one it cosigned.

Invariants: what was cosigned last of each log is on the disk before the cosignature leaves; comparing with it and
replacing it are one step under a lock that every process of this witness takes, so two requests at once cannot take it
back. It keeps nothing else, and knows nothing of a log but sizes and hashes.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import private_files
from gateway.audit.errors import NoteMalformed, ProofInvalid, SignatureInvalid
from gateway.audit.keys import KEY_BYTES, read_key
from gateway.audit.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from gateway.audit.notes import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Opened,
    Verifier,
    cosigned,
    open_signed,
    signature_line,
    valid_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LARGEST_REQUEST: Final = 16_384
MOST_PROOF_LINES: Final = 63
TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"
_KEY: Final = "witness.key"
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    media_type: str = TEXT


class WitnessKey:
    """The key that cosigns, made at first use and kept in the witness's folder."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = Verifier(valid_name(name), key.public_key().public_bytes_raw(), COSIGNATURE)

    @classmethod
    def of(cls, folder: Path, name: str) -> WitnessKey:
        """Raises KeyMissing where the file is damaged."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_files.write_once(folder / _KEY, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        return cls(name, Ed25519PrivateKey.from_private_bytes(read_key(folder / _KEY)))

    def cosign(self, text: str, *, now: int) -> str:
        """The signature line."""
        signature = self._key.sign(cosigned(text, now).encode())
        return signature_line(self.verifier, now.to_bytes(8) + signature)


class WitnessServer:
    """Answers requests for the logs whose keys it was given. Safe to use from several threads and processes."""

    def __init__(
        self, folder: Path, key: WitnessKey, logs: Sequence[Verifier], *, clock: Callable[[], float] = time.time
    ) -> None:
        """Raises NoteMalformed where a key is a witness's."""
        if any(log.kind != ED25519 for log in logs):
            raise NoteMalformed("the verifier key is a witness's, not a log's")
        self._folder = folder
        self._key = key
        self._clock = clock
        self._logs = {origin: [log for log in logs if log.name == origin] for origin in {log.name for log in logs}}

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to POST add-checkpoint."""
        try:
            old, proof, note = _parse(body)
            verifiers = self._logs.get(note.partition("\n")[0])
            if verifiers is None:
                return Answer(404, "this log is not known here\n")
            opened = open_signed(note, verifiers)
            checkpoint = Checkpoint.parse(opened.text)
        except SignatureInvalid:
            return Answer(403, "a signature of the log is wrong\n")
        except NoteMalformed as error:
            return Answer(400, f"{error}\n")
        if not opened.signatures:
            return Answer(403, "no key of the log that is trusted here signed this checkpoint\n")
        if old > checkpoint.size:
            return Answer(400, "the old size is larger than the checkpoint\n")
        with self._locked(checkpoint.origin):
            return self._advance(old, proof, checkpoint, opened)

    def latest(self, digest: str) -> Answer:
        """The last checkpoint cosigned of the log with that SHA-256 of its origin, for monitors."""
        for origin in self._logs:
            if _digest(origin) == digest:
                stored = self._stored(origin)
                return Answer(200, stored) if stored else Answer(404, "nothing was cosigned yet\n")
        return Answer(404, "this log is not known here\n")

    def _advance(self, old: int, proof: list[bytes], checkpoint: Checkpoint, opened: Opened) -> Answer:
        stored = self._stored(checkpoint.origin)
        seen = Checkpoint.parse(stored.rpartition("\n\n")[0] + "\n") if stored else None
        size, root = (seen.size, seen.root) if seen else (0, EMPTY_ROOT)
        if old != size:
            return Answer(409, f"{size}\n", SIZE)
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            return Answer(422, "an empty log has the root of an empty tree\n")
        try:
            verify_consistency(old_size=size, old_root=root, size=checkpoint.size, root=checkpoint.root, proof=proof)
        except ProofInvalid as error:
            return Answer(422, f"{error}\n")
        line = self._key.cosign(opened.text, now=int(self._clock()))
        lines = "".join(signature_line(log, signature) for log, signature in opened.signatures.items())
        private_files.replace(self._path(checkpoint.origin), f"{opened.text}\n{lines}{line}".encode())
        return Answer(200, line)

    def _stored(self, origin: str) -> str:
        try:
            return self._path(origin).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def _path(self, origin: str) -> Path:
        return self._folder / f"{_digest(origin)}.checkpoint"

    @contextmanager
    def _locked(self, origin: str) -> Iterator[None]:
        path = self._folder / f"{_digest(origin)}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _parse(body: bytes) -> tuple[int, list[bytes], str]:
    """The old size, the proof and the checkpoint of a request. Raises NoteMalformed."""
    if len(body) > LARGEST_REQUEST:
        raise NoteMalformed("the request is too large")
    try:
        head, separator, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise NoteMalformed("the request is not UTF-8") from None
    first, *lines = head.split("\n")
    match = _OLD.fullmatch(first)
    if match is None or not separator or len(lines) > MOST_PROOF_LINES:
        raise NoteMalformed("a request is an old size, a proof of at most 63 lines, a blank line and a checkpoint")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except (binascii.Error, ValueError):
        raise NoteMalformed("a line of the proof is not base64") from None
    if any(len(item) != HASH_BYTES for item in proof):
        raise NoteMalformed("a line of the proof is no hash")
    return int(match[1]), proof, note


def _digest(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()
