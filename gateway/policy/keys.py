"""The key that signs revisions: `policy.jwk` (private, P-256) and `policy.pem` (public), in the home's keys folder.

ES256, because it is the one elliptic-curve algorithm that OPA's bundle configuration takes (EdDSA it refuses there).
Whoever only decides needs `policy.pem` alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from joserfc.jwk import ECKey

from gateway.private_files import write_once

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE_FILE: Final = "policy.jwk"
PUBLIC_FILE: Final = "policy.pem"
KEY_ID: Final = "policy"
ALGORITHM: Final = "ES256"


class PolicyKeyError(Exception):
    """The key is not there, or is not one that signs revisions."""


def create_keys(folder: Path) -> None:
    """Makes the key where there is none and leaves one that exists. Several processes may do so at once."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / PRIVATE_FILE).exists():
        key = ECKey.generate_key("P-256", parameters={"kid": KEY_ID, "use": "sig", "alg": ALGORITHM})
        write_once(folder / PRIVATE_FILE, json.dumps(key.as_dict(private=True)).encode())
    if not (folder / PUBLIC_FILE).exists():
        public = signing_key(folder).public_key()
        write_once(folder / PUBLIC_FILE, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def signing_key(folder: Path) -> EllipticCurvePrivateKey:
    """The private key.

    Raises:
        PolicyKeyError: there is none, or it is not an elliptic-curve key.
    """
    try:
        key = ECKey.import_key(json.loads((folder / PRIVATE_FILE).read_text())).private_key
    except (OSError, ValueError, KeyError) as error:
        raise PolicyKeyError(f"no usable {PRIVATE_FILE} in the keys folder") from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise PolicyKeyError(f"{PRIVATE_FILE} is not an elliptic-curve key")
    return key


def verification_key(folder: Path) -> EllipticCurvePublicKey:
    """The public key.

    Raises:
        PolicyKeyError: there is none, or it is not an elliptic-curve key.
    """
    try:
        key = load_pem_public_key((folder / PUBLIC_FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise PolicyKeyError(f"no usable {PUBLIC_FILE} in the keys folder") from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise PolicyKeyError(f"{PUBLIC_FILE} is not an elliptic-curve key")
    return key
