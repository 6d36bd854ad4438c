"""Reading compact JWS strictly, before and after its signature is checked (RFC 7515, RFC 8725).

Invariants: the size is bounded before anything is decoded; the header may hold only `alg`, `typ` and `kid`, so that no
key ever comes from the token itself (a DPoP proof is read with `jwk` besides, which is its purpose); the algorithm is
one of an explicit list; JSON with a repeated member, with NaN,
or nested deeper than the interpreter allows is malformed. Claims are typed and bounded by the readers below before any
code compares them.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.registry.public_keys import PublicKey

MAX_LENGTH: Final = 8192  # characters of a whole compact JWS
MAX_TIME: Final = 1 << 34  # seconds; the year 2514. Anything later is a mistake or an attack on arithmetic
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_MEMBERS: Final = frozenset({"alg", "typ", "kid"})


class MalformedToken(Exception):  # noqa: N818 - names the condition
    """The text is not a JWS that this product could have asked for."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A JWS whose signature has not been checked: only good for choosing the key."""

    text: str
    algorithm: str
    type: str | None
    key_id: str | None
    header: dict[str, Any]
    claims: dict[str, Any]


def _decode(segment: str) -> bytes:
    """Base64url without padding, in its one canonical spelling, so that one token has one text."""
    try:
        decoded = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise MalformedToken from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode("ascii") != segment:
        raise MalformedToken
    return decoded


def _no_constant(_: str) -> None:
    raise MalformedToken


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedToken
    return members


def parse_object(text: bytes | str) -> dict[str, Any]:
    """A JSON object. Raises MalformedToken for anything else."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise MalformedToken
    return value


def parse_json(text: bytes | str) -> Any:
    """JSON without NaN, without repeated members. Raises MalformedToken."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError):  # ValueError covers bad JSON, bad UTF-8 and integers of thousands of digits
        raise MalformedToken from None


def _optional_text(members: dict[str, Any], name: str) -> str | None:
    return None if name not in members else text_claim(members, name, longest=128)


def read_unverified(text: str, *, members: Collection[str] = ()) -> Unverified:
    """Splits a compact JWS, whose header may also hold `members`. Raises MalformedToken."""
    if len(text) > MAX_LENGTH or not _COMPACT.fullmatch(text):
        raise MalformedToken
    header_text, payload_text, signature_text = text.split(".")
    _decode(signature_text)
    header = parse_object(_decode(header_text))
    if not set(header) <= _MEMBERS.union(members):
        raise MalformedToken
    return Unverified(
        text=text,
        algorithm=text_claim(header, "alg", longest=16),
        type=_optional_text(header, "typ"),
        key_id=_optional_text(header, "kid"),
        header=header,
        claims=parse_object(_decode(payload_text)),
    )


def signature_is_valid(token: Unverified, key: PublicKey, *, algorithms: Collection[str]) -> bool:
    """Whether `key` made the signature with one of `algorithms`."""
    if token.algorithm not in algorithms:
        return False
    signed, _, signature = token.text.rpartition(".")
    method = JWSRegistry.algorithms[token.algorithm]
    try:
        method.check_key(key)
        return bool(method.verify(signed.encode("ascii"), _decode(signature), key))
    except (JoseError, ValueError, TypeError):
        return False


def text_claim(claims: dict[str, Any], name: str, *, longest: int = 256) -> str:
    """A required string of 1 to `longest` printable characters. Raises MalformedToken."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise MalformedToken
    return value


def time_claim(claims: dict[str, Any], name: str) -> int:
    """A required NumericDate in whole seconds, within MAX_TIME. Raises MalformedToken."""
    return whole_claim(claims, name, largest=MAX_TIME)


def whole_claim(claims: dict[str, Any], name: str, *, largest: int) -> int:
    """A required integer from 0 to `largest`; true and false are not integers. Raises MalformedToken."""
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
        raise MalformedToken
    return value
