"""Public JSON Web Keys of clients and courts: what may be stored and what never.

Only signature keys of three kinds: P-256 (ES256), RSA of 2048 bits or more (PS256), Ed25519 (EdDSA, or by the name that
RFC 9864 gives to it with this curve, Ed25519). A private member, a symmetric key, or a member that points elsewhere for
the key (`x5u`) is refused, so that a key once pinned is the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import base64_to_int

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALLEST_RSA_BITS: Final = 2048
LARGEST_RSA_BITS: Final = 4096
# FIPS 186-5 section 5.1 has it above 2^16. Checking a signature takes as long as the exponent is, and a stranger may
# bring the key (DPoP): one as long as the modulus cost twelve milliseconds a proof.
SMALLEST_RSA_EXPONENT: Final = 65537
LARGEST_RSA_EXPONENT: Final = (1 << 32) - 1
KEYS_IN_A_SET: Final = 8
LONGEST_KID: Final = 128

_ALLOWED: Final = {
    "EC": frozenset({"kty", "crv", "x", "y"}),
    "RSA": frozenset({"kty", "n", "e"}),
    "OKP": frozenset({"kty", "crv", "x"}),
}
_COMMON: Final = frozenset({"kid", "use", "alg", "key_ops"})
_CURVES: Final = {"EC": "P-256", "OKP": "Ed25519"}
ALGORITHMS: Final = {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA"}
# What `alg` of a key may say.
_NAMES: Final = {"EC": ("ES256",), "RSA": ("PS256",), "OKP": ("EdDSA", "Ed25519")}

PublicKey = ECKey | RSAKey | OKPKey


def import_public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """The key, checked.

    Raises:
        ValueError: with a sentence that names the fault and never a member's value.
    """
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _ALLOWED:
        raise ValueError("must be a public key of type EC (P-256), RSA or OKP (Ed25519)")
    if jwk.keys() - _ALLOWED[kty] - _COMMON:
        raise ValueError("must hold public members only: kty, crv, x, y, n, e, kid, use, alg, key_ops")
    if kty in _CURVES and jwk.get("crv") != _CURVES[kty]:
        raise ValueError(f"must be on the curve {_CURVES[kty]}")
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHMS[kty]) not in _NAMES[kty]:
        raise ValueError(f"must be for signatures with {ALGORITHMS[kty]}")
    material: dict[str, str | list[str]] = {name: jwk[name] for name in _ALLOWED[kty] if name in jwk}
    if not all(isinstance(value, str) for value in material.values()):
        raise ValueError("has a member that is not text")
    try:
        return _import(kty, material)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("is not a usable public key") from error


def _import(kty: str, material: dict[str, str | list[str]]) -> PublicKey:
    if kty == "EC":
        return ECKey.import_key(material)
    if kty == "OKP":
        return OKPKey.import_key(material)
    # Before joserfc sees it, which would take a short one with a warning only.
    modulus = base64_to_int(str(material["n"]))
    if not SMALLEST_RSA_BITS <= modulus.bit_length() <= LARGEST_RSA_BITS:
        raise ValueError("RSA keys have 2048 to 4096 bits")
    if not SMALLEST_RSA_EXPONENT <= base64_to_int(str(material["e"])) <= LARGEST_RSA_EXPONENT:
        raise ValueError("the exponent of an RSA key is 65537, or has at most 32 bits")
    return RSAKey.import_key(material)


def check_jwks(jwks: Mapping[str, Any]) -> dict[str, Any]:
    """A client's key set: `{"keys": [...]}`, each with its own kid.

    Raises:
        ValueError: as `import_public_key`.
    """
    keys = jwks.get("keys")
    if jwks.keys() != {"keys"} or not isinstance(keys, list) or len(keys) > KEYS_IN_A_SET:
        raise ValueError('must be {"keys": [...]} with at most 8 keys')
    kids = []
    for key in keys:
        if not isinstance(key, dict):
            raise ValueError("must hold keys, each a JSON object")  # noqa: TRY004  pydantic turns ValueError into a field error
        import_public_key(key)
        kid = key.get("kid")
        if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID:
            raise ValueError("needs a kid in each key")
        kids.append(kid)
    if len(set(kids)) != len(kids):
        raise ValueError("must not use a kid twice")
    return {"keys": keys}
