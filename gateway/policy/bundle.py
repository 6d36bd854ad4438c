"""A revision's tar: an OPA bundle, signed in OPA's own way, the same bytes whenever it is made from the same files.

Format: OPA's bundle (`.manifest`, `.signatures.json`, `data.json`, `*.rego`, `policy.wasm`), plus `annotations.json`.
`.signatures.json` holds one JWT over the SHA-256 of every other file; structured files (`data.json`, `.manifest`) are
hashed in OPA's canonical form, which is the form in which they are written here. Every file must be covered and every
covered file must be there: a tar with one file more or less does not open.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from gateway.policy.keys import ALGORITHM, KEY_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

SIGNATURES: Final = ".signatures.json"
MANIFEST: Final = ".manifest"
DATA: Final = "data.json"
LARGEST: Final = 32 * 1024 * 1024
_HALF: Final = 32  # a JWS signature of ES256 is two numbers of this many bytes (RFC 7518 section 3.4)
# Deterministic (RFC 6979): the same policy under the same number is the same tar.
_ECDSA: Final = ECDSA(SHA256(), deterministic_signing=True)


class BundleError(Exception):
    """The tar is not a bundle that our key has signed. The sentence says which rule it breaks."""


def canonical(value: Any) -> bytes:
    """JSON as OPA hashes it: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(tar: bytes) -> str:
    """SHA-256 of a tar, in hex."""
    return hashlib.sha256(tar).hexdigest()


def pack(files: Mapping[str, bytes], *, key: EllipticCurvePrivateKey) -> bytes:
    """The signed tar of the files (name to content)."""
    signed = {**files, SIGNATURES: canonical({"signatures": [_sign(files, key)]})}
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(signed):
            entry = tarfile.TarInfo(name)  # owner 0, time 0, by default
            entry.mode = 0o644
            entry.size = len(signed[name])
            archive.addfile(entry, io.BytesIO(signed[name]))
    return target.getvalue()


def unpack(tar: bytes, *, key: EllipticCurvePublicKey) -> dict[str, bytes]:
    """The files of a tar, once its signature has been verified; without the signature itself.

    Raises:
        BundleError: not a tar, an odd member, no signature or a wrong one, or files other than those signed.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None or member.name in files or member.size > LARGEST:
                    raise BundleError("the tar holds something that is not one plain file of reasonable size")
                files[member.name] = content.read()
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BundleError("not a tar") from error
    signed = _verify(files.pop(SIGNATURES, b""), key)
    if signed != {name: _digest(name, content) for name, content in files.items()}:
        raise BundleError("the files are not those that were signed")
    return files


def _digest(name: str, content: bytes) -> str:
    """OPA hashes structured files by meaning. Ours are canonical already; one that is not, is not ours."""
    if name.rpartition("/")[2] in {DATA, MANIFEST}:
        try:
            written = canonical(json.loads(content))
        except ValueError as error:
            raise BundleError(f"{name} is not JSON") from error
        if written != content:
            raise BundleError(f"{name} is not in canonical form")
    return hashlib.sha256(content).hexdigest()


def _sign(files: Mapping[str, bytes], key: EllipticCurvePrivateKey) -> str:
    listed = [
        {"name": name, "hash": _digest(name, content), "algorithm": "SHA-256"}
        for name, content in sorted(files.items())
    ]
    header = canonical({"alg": ALGORITHM, "kid": KEY_ID})
    message = urlsafe_b64encode(header) + b"." + urlsafe_b64encode(canonical({"files": listed, "keyid": KEY_ID}))
    first, second = decode_dss_signature(key.sign(message, _ECDSA))
    signature = first.to_bytes(_HALF, "big") + second.to_bytes(_HALF, "big")
    return (message + b"." + urlsafe_b64encode(signature)).decode()


def _verify(signatures: bytes, key: EllipticCurvePublicKey) -> dict[str, str]:
    """File name to digest, as signed."""
    try:
        (token,) = json.loads(signatures)["signatures"]
        message, _, signature = token.encode().rpartition(b".")
        header, _, payload = message.partition(b".")
        if json.loads(urlsafe_b64decode(header)) != {"alg": ALGORITHM, "kid": KEY_ID}:
            raise BundleError("the signature names another algorithm or key")
        halves = urlsafe_b64decode(signature)
        if len(halves) != 2 * _HALF:
            raise BundleError("the signature is not of the right length")
        numbers = int.from_bytes(halves[:_HALF], "big"), int.from_bytes(halves[_HALF:], "big")
        key.verify(encode_dss_signature(*numbers), message, _ECDSA)
        listed = json.loads(urlsafe_b64decode(payload))["files"]
        return {entry["name"]: entry["hash"] for entry in listed if entry["algorithm"] == "SHA-256"}
    except InvalidSignature as error:
        raise BundleError("the signature is not of this home's policy key") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError("no signature that can be read") from error
