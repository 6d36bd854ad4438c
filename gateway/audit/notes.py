"""C2SP signed notes, checkpoints and cosignatures, signed with Ed25519.

c2sp.org/signed-note v1.0.0: text, a blank line, then lines `— <name> base64(key id ‖ signature)`.
c2sp.org/tlog-checkpoint v1.0.0: the text is origin, size and base64 root, a line each.
c2sp.org/tlog-cosignature v1.0.1: a witness signs the time and the whole text; its signature begins with the time.
Byte for byte what Go's `golang.org/x/mod/sumdb/note` reads.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.errors import NoteMalformed, SignatureInvalid
from gateway.audit.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519: Final = b"\x01"
COSIGNATURE: Final = b"\x04"
LARGEST_NOTE: Final = 1_000_000
MOST_SIGNATURES: Final = 100
_KEY_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_SIGNATURE_LINE: Final = re.compile("\u2014 ([^ +]+) ([A-Za-z0-9+/]+=*)")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_LAST_CONTROL: Final = 0x1F
_DELETE: Final = 0x7F


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name, a log's or (kind COSIGNATURE) a witness's: `name+hex(key id)+base64(kind ‖ key)`."""

    name: str
    public: bytes
    kind: bytes = ED25519

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Raises NoteMalformed unless it is a well-formed Ed25519 verifier key whose id fits."""
        name, separator, rest = vkey.strip().partition("+")
        key_id, second, encoded = rest.partition("+")
        content = decode_base64(encoded)
        if not (separator and second) or content[:1] not in {ED25519, COSIGNATURE} or len(content) != 1 + HASH_BYTES:
            raise NoteMalformed("the verifier key is not name+id+key with an Ed25519 key")
        verifier = cls(valid_name(name), content[1:], content[:1])
        if key_id != verifier.key_id.hex():
            raise NoteMalformed("the verifier key's id does not belong to its key")
        return verifier

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    def verify(self, text: str, signature: bytes) -> bool:
        if self.kind == COSIGNATURE:
            text, signature = cosigned(text, cosigned_at(signature)), signature[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class NoteSigner:
    """Signs notes under a name."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = Verifier(valid_name(name), key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note with one signature. `text` ends with a newline. Raises NoteMalformed."""
        _check_text(text)
        if not text.endswith("\n"):
            raise NoteMalformed("a note's text ends with a newline")
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        """The signature line alone."""
        return signature_line(self.verifier, self._key.sign(text.encode()))


def signature_line(verifier: Verifier, signature: bytes) -> str:
    return f"\u2014 {verifier.name} {base64.b64encode(verifier.key_id + signature).decode()}\n"


def cosigned(text: str, time: int) -> str:
    """What a witness signs of a checkpoint's text at a time, in seconds since the epoch."""
    return f"cosignature/v1\ntime {time}\n{text}"


def cosigned_at(signature: bytes) -> int:
    """The time in a cosignature, in seconds since the epoch."""
    return int.from_bytes(signature[:_TIME_BYTES])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads a note's text; extension lines are passed over. Raises NoteMalformed."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004  origin, size, root and the last newline
            raise NoteMalformed("a checkpoint has an origin, a size and a root, a line each")
        root = decode_base64(lines[2])
        if not _DECIMAL.fullmatch(lines[1]) or len(root) != HASH_BYTES:
            raise NoteMalformed("the checkpoint's size or root is not written as it must be")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that the log signed, with its note."""

    checkpoint: Checkpoint
    note: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A note's text, and the signatures on it by keys that were asked for, each verified."""

    text: str
    signatures: Mapping[Verifier, bytes]


def open_signed(note: str, verifiers: Collection[Verifier]) -> Opened:
    """The note with the signatures of whichever of `verifiers` signed it. Other keys are passed over.

    Raises:
        NoteMalformed: it is no signed note.
        SignatureInvalid: a signature in the name of one of the keys is wrong.
    """
    if len(note) > LARGEST_NOTE:
        raise NoteMalformed("the note is too large")
    _check_text(note)
    text, separator, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not separator or lines.pop() or not 1 <= len(lines) <= MOST_SIGNATURES:
        raise NoteMalformed("a note is text, a blank line and signatures")
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed = f"{text}\n"
    found: dict[Verifier, bytes] = {}
    for line in lines:
        match = _SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise NoteMalformed("a signature line is not written as it must be")
        name, encoded = match.groups()
        content = decode_base64(encoded)
        if len(content) <= _KEY_ID_BYTES:
            raise NoteMalformed("a signature line is too short")
        verifier = known.get((name, content[:_KEY_ID_BYTES]))
        if verifier is not None:
            if not verifier.verify(signed, content[_KEY_ID_BYTES:]):
                raise SignatureInvalid(f"a signature in the name of {name} is wrong")
            found[verifier] = content[_KEY_ID_BYTES:]
    return Opened(signed, found)


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that `verifier` signed. Raises NoteMalformed, SignatureInvalid."""
    opened = open_signed(note, [verifier])
    if not opened.signatures:
        raise SignatureInvalid("the log's key did not sign this note")
    return opened.text


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """A checkpoint signed by the log, of the log. Raises NoteMalformed, SignatureInvalid."""
    checkpoint = Checkpoint.parse(open_note(note, verifier))
    if checkpoint.origin != verifier.name:
        raise SignatureInvalid("the checkpoint is of another log")
    return checkpoint


def valid_name(name: str) -> str:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteMalformed("a key's name has no spaces and no plus sign")
    _check_text(name)
    return name


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoteMalformed("a note is UTF-8") from None
    if any(character != "\n" and (ord(character) <= _LAST_CONTROL or ord(character) == _DELETE) for character in text):
        raise NoteMalformed("a note has no control characters")


def decode_base64(text: str) -> bytes:
    """Raises NoteMalformed unless it is base64, written in the one way there is."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteMalformed("not base64") from None
    if base64.b64encode(decoded).decode() != text:
        raise NoteMalformed("not canonical base64")
    return decoded
