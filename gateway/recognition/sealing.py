"""Templates and crops under lock: AES-256-GCM with a key for each gallery, itself wrapped by the engine's key.

The engine's key is a file (home/keys/engine.key) that only the engine reads. A sealed value opens only as what it was
sealed as: the gallery, the face, the pipeline and the kind are bound to it, so a row moved or relabelled in the
database is refused, not compared.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.private_files import write_once
from gateway.recognition.models import DIMENSIONS

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    Template = np.ndarray[tuple[int], np.dtype[np.float32]]
    Templates = np.ndarray[tuple[int, int], np.dtype[np.float32]]

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
SEALED_BYTES: Final = NONCE_BYTES + 4 * DIMENSIONS + 16  # of a template: the tag comes last
KEY_FILE: Final = "engine.key"


class SealBroken(Exception):  # noqa: N818 - it states a condition
    """A sealed value was altered, moved to another row, or sealed under another key."""


def engine_key(keys: Path, *, make: bool = True) -> bytes:
    """The engine's key, made at first use, readable by its owner only.

    Raises:
        SealBroken: the file is not a key, or is gone and `make` is false because templates hang on it already.
    """
    path = keys / KEY_FILE
    if not make and not path.exists():
        raise SealBroken("the engine's key file is missing; restore it from the backup")
    write_once(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise SealBroken("the engine's key file does not hold a key")
    return key


def make_gallery_key(master: bytes, gallery: UUID) -> bytes:
    """A fresh key for a gallery, wrapped."""
    return _seal(master, secrets.token_bytes(KEY_BYTES), _bound("gallery-key", gallery))


def open_gallery_key(master: bytes, gallery: UUID, wrapped: bytes) -> bytes:
    """Raises SealBroken when the wrapped key is not this gallery's."""
    return _open(master, wrapped, _bound("gallery-key", gallery))


def seal_template(key: bytes, template: Template, *, gallery: UUID, face: UUID, pipeline: str) -> bytes:
    return _seal(key, template.astype("<f4").tobytes(), _bound("template", gallery, face, pipeline))


def open_template(key: bytes, sealed: bytes, *, gallery: UUID, face: UUID, pipeline: str) -> Template:
    """Raises SealBroken when the value is not this face's template in this gallery and pipeline."""
    template = np.frombuffer(_open(key, sealed, _bound("template", gallery, face, pipeline)), dtype="<f4")
    if template.shape != (DIMENSIONS,):
        raise SealBroken("not a template")
    return template.astype(np.float32)


def open_templates(
    key: bytes, sealed: bytes, *, gallery: UUID, faces: bytes, pipeline: str
) -> tuple[Templates, list[int]]:
    """As `open_template`, of many faces' sealed templates and ids, one after the other.

    The second of the pair says which of them do not open; what stands in their rows means nothing.
    """
    cipher, count = AESGCM(key), len(sealed) // SEALED_BYTES
    opened = np.zeros((count, DIMENSIONS), dtype="<f4")
    into, values = memoryview(opened.data).cast("B"), memoryview(sealed)
    before, after = _bound("template", gallery), pipeline.encode()
    broken = []
    for at in range(count):
        start, face = at * SEALED_BYTES, faces[16 * at : 16 * at + 16]
        try:
            cipher.decrypt_into(
                values[start : start + NONCE_BYTES],
                values[start + NONCE_BYTES : start + SEALED_BYTES],
                before + face + after,
                into[4 * DIMENSIONS * at : 4 * DIMENSIONS * (at + 1)],
            )
        except InvalidTag:
            broken.append(at)
    return opened.astype(np.float32, copy=False), broken


def seal_probe(master: bytes, template: Template, *, decision: UUID, pipeline: str) -> bytes:
    """A probe belongs to no gallery; it is sealed under the engine's own key and bound to its decision."""
    return _seal(master, template.astype("<f4").tobytes(), _bound("probe", decision, pipeline=pipeline))


def open_probe(master: bytes, sealed: bytes, *, decision: UUID, pipeline: str) -> Template:
    """Raises SealBroken when the value is not the template of this decision's probe."""
    template = np.frombuffer(_open(master, sealed, _bound("probe", decision, pipeline=pipeline)), dtype="<f4")
    if template.shape != (DIMENSIONS,):
        raise SealBroken("not a template")
    return template.astype(np.float32)


def seal_crop(key: bytes, crop: bytes, *, gallery: UUID, face: UUID) -> bytes:
    return _seal(key, crop, _bound("crop", gallery, face))


def open_crop(key: bytes, sealed: bytes, *, gallery: UUID, face: UUID) -> bytes:
    """JPEG. Raises SealBroken when the value is not this face's crop."""
    return _open(key, sealed, _bound("crop", gallery, face))


def picture_digest(key: bytes, image: bytes) -> bytes:
    """Tells whether a picture was enrolled in the gallery before, to nobody but who holds the gallery's key."""
    return hmac.digest(key, b"writgate-picture-1\0" + hashlib.sha256(image).digest(), "sha256")


def _bound(kind: str, owner: UUID, face: UUID | None = None, pipeline: str = "") -> bytes:
    # Fixed widths before the one part of free length, so no two different facts give the same bytes.
    return f"writgate-{kind}-1\0".encode() + owner.bytes + (face.bytes if face else b"") + pipeline.encode()


def _seal(key: bytes, value: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, bound)


def _open(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("a sealed value does not open as what it is said to be") from error
