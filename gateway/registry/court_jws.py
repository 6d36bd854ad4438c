"""A document that a court signed: JWS compact (RFC 7515), checked against the keys pinned for that court.

What must always hold: the key is one that two people pinned for the court named in `iss`, never one that the document
brings or points to; nothing in the claims is believed before the signature is checked, except which pinned key to try;
the key was valid when the document was issued, and nobody has revoked it since.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from pydantic import BaseModel, ValidationError

from gateway.audit.clock import sound_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.registry import queries
from gateway.registry.errors import WarrantRefused
from gateway.registry.public_keys import ALGORITHMS, import_public_key

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.registry.public_keys import PublicKey
    from gateway.registry.records import CourtKey

LONGEST_DOCUMENT: Final = 32_768
LONGEST_HEADER: Final = 1024
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# How far ahead of PostgreSQL's clock a court's clock may be.
LEEWAY_SECONDS: Final = 60

Claims = TypeVar("Claims", bound=BaseModel)


class _Registry(jws.JWSRegistry):
    """joserfc's registry for the one algorithm that the pinned key is for.

    joserfc warns at each use of the name EdDSA (RFC 9864 prefers Ed25519), because the name leaves the curve open. Here
    it does not: the key is pinned, and only Ed25519 keys can be.
    """

    def get_alg(self, name: str) -> Any:
        if name == "EdDSA" and name in (self.allowed or ()):
            return self.algorithms[name]
        return super().get_alg(name)


@dataclass(frozen=True, slots=True)
class Signed:
    """The claims as JSON, not yet read, the pinned key whose signature they carry, and the database's time."""

    claims: dict[str, Any]
    key: CourtKey
    now: int

    def check_issued(self, issued: int) -> None:
        """Raises WarrantRefused unless the key vouches for what was issued then, and then is not to come."""
        at = issued * NANOSECONDS_PER_SECOND
        # A revoked key vouches for nothing that comes in later: whoever stole it can write any date.
        if self.key.revoked_at_ns is not None:
            raise WarrantRefused(
                code="WARRANT_KEY_REVOKED",
                sentence="The court's key has been revoked.",
                remedy="Ask the court to sign it with its current key.",
            )
        if not self.key.not_before_ns <= at < self.key.not_after_ns:
            raise WarrantRefused(
                code="WARRANT_KEY_NOT_VALID",
                sentence="The court's key was not valid when the document was issued.",
                remedy="Ask the court to sign it with its current key.",
            )
        if issued > self.now + LEEWAY_SECONDS:
            raise WarrantRefused(
                code="WARRANT_NOT_YET_ISSUED",
                sentence="The document says that it will be issued in the future.",
                remedy="Check the court's clock and this machine's.",
            )


def read_signed(connection: Connection, compact: str, *, typ: str) -> Signed:
    """The document with its signature checked.

    Raises:
        WarrantRefused: its code is the check that failed.
    """
    header, unproven = _parse(compact, typ)
    key = _pinned_key(connection, unproven.get("iss"), header)
    _check_signature(compact, import_public_key(key.jwk))
    return Signed(unproven, key, sound_now(connection) // NANOSECONDS_PER_SECOND)


def read_claims(model: type[Claims], signed: Signed) -> Claims:
    """The claims, each of its type and within its bounds; any other refuses the whole document."""
    try:
        return model.model_validate(signed.claims)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "claims"
        if first["type"] == "too_long":
            raise WarrantRefused(
                code="WARRANT_SCOPE_TOO_LARGE",
                sentence=f"The document lists more than may be listed: {where[:80]}.",
                remedy="Ask the court to name what it authorises, or a pattern, instead of everything there is.",
            ) from error
        if "zone" in first["msg"]:
            raise WarrantRefused(
                code="WARRANT_TIME_WITHOUT_ZONE",
                sentence=f"A time in the document is not RFC 3339 with a zone: {where[:80]}.",
                remedy="Ask the court to write each time with its offset, such as 2026-11-23T09:00:00-08:00.",
            ) from error
        raise malformed(f"has an unknown, missing or wrong claim: {where[:80]}") from error


def hold_court(connection: Connection, court: str) -> None:
    """Until the commit nobody else takes in anything of this court: a warrant and the word that ends it, handed in at
    the same moment, come one after the other.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('writgate court ' || %s, 0))", (court,))


def check_audience(named: str | list[str], audience: str) -> None:
    if audience not in ([named] if isinstance(named, str) else named):
        raise WarrantRefused(
            code="WARRANT_AUDIENCE",
            sentence="The document is addressed to another gateway.",
            remedy=f"Ask the court to name this gateway, {audience}, in aud.",
        )


def malformed(what: str) -> WarrantRefused:
    return WarrantRefused(
        code="WARRANT_MALFORMED",
        sentence=f"The document {what}.",
        remedy="Send the court's document unchanged; if it is unchanged, show the court this sentence.",
    )


def _parse(compact: str, typ: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(compact) > LONGEST_DOCUMENT:
        raise WarrantRefused(
            code="WARRANT_TOO_LARGE",
            sentence="The document is longer than 32 KiB.",
            remedy="Ask the court to name patterns instead of long lists.",
        )
    if _COMPACT.fullmatch(compact) is None:
        raise malformed("is not a JWS in compact form")
    header, payload = (_object(segment) for segment in compact.split(".")[:2])
    if header.keys() != {"alg", "typ", "kid"}:
        # `jwk`, `jku`, `x5u` and `x5c` would bring a key, `crit` and `b64` change how the rest is read.
        raise malformed("must have exactly the header members alg, typ and kid")
    if header["typ"] != typ:
        raise malformed(f"must have the typ {typ}")
    if header["alg"] not in ALGORITHMS.values():
        raise malformed("must be signed with ES256, PS256 or EdDSA")
    if not isinstance(header["kid"], str) or "\x00" in header["kid"] or "\x00" in str(payload.get("iss")):
        raise malformed("must name its key and its court in text")
    return header, payload


def _object(segment: str) -> dict[str, Any]:
    """One part as JSON; read here and not by joserfc, which keeps the last of two members with one name."""
    try:
        value = json.loads(
            base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)),
            parse_constant=_no_constant,
            object_pairs_hook=_no_repeats,
        )
    except (ValueError, RecursionError) as error:
        raise malformed("does not hold JSON") from error
    if not isinstance(value, dict):
        raise malformed("does not hold a JSON object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _no_repeats(members: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(members)
    if len(values) != len(members):
        raise ValueError("a member is repeated")
    return values


def _pinned_key(connection: Connection, court: Any, header: dict[str, Any]) -> CourtKey:
    key = queries.court_key(connection, court, header["kid"]) if isinstance(court, str) else None
    if key is None:
        raise WarrantRefused(
            code="WARRANT_KEY_UNKNOWN",
            sentence="No key of that name is pinned for the court that the document names.",
            remedy="Ask for the court's key to be pinned (two people), after checking it with the court.",
        )
    if header["alg"] != ALGORITHMS[key.jwk["kty"]]:
        raise malformed("is signed with another algorithm than its key is for")
    return key


def _check_signature(compact: str, key: PublicKey) -> None:
    algorithm = ALGORITHMS[key.key_type]
    registry = _Registry(algorithms=[algorithm])
    registry.max_payload_length = LONGEST_DOCUMENT
    registry.max_header_length = LONGEST_HEADER
    try:
        jws.deserialize_compact(compact, key, registry=registry)
    except (JoseError, ValueError) as error:
        raise WarrantRefused(
            code="WARRANT_SIGNATURE_INVALID",
            sentence="The document's signature is not that of the court's pinned key.",
            remedy="Get the document again from the court; do not use this copy.",
        ) from error
