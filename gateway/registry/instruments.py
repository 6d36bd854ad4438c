"""A court's signed warrant: JWS compact (RFC 7515), `typ: warrant+jwt`, checked against keys pinned for that court.

What must always hold: the key is one that an administrator pinned for the court named in `iss`, never one that the
token brings or points to; nothing in the claims is believed before the signature is checked, except which pinned key to
try; a claim that is not known is refused, because it may be a restriction that would not be kept.

Claims: iss (court), jti (number of the warrant), iat, nbf (optional), exp, aud (this gateway), agency,
instrument_type, case (docket number), judge, standard, statute, subject, sealed, officer_certification, documents
[{sha256, media_type}], and authorization_details (RFC 9396) with exactly one element of type `biometric_search`:
operations, modes, galleries, purposes, probe_sha256, max_searches, limits.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from pydantic import ValidationError

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.registry import queries
from gateway.registry.errors import WarrantRefused
from gateway.registry.public_keys import ALGORITHMS, import_public_key
from gateway.registry.warrant_claims import WarrantClaims

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.registry.public_keys import PublicKey
    from gateway.registry.records import CourtKey

LONGEST_WARRANT: Final = 32_768
LONGEST_HEADER: Final = 1024
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# How far ahead of PostgreSQL's clock a court's clock may be.
LEEWAY_SECONDS: Final = 60
LONGEST_VALIDITY_SECONDS: Final = 366 * 86_400


class _Registry(jws.JWSRegistry):
    """joserfc's registry for the one algorithm that the pinned key is for.

    joserfc warns at each use of the name EdDSA (RFC 9864 prefers Ed25519), because the name leaves the curve open. Here
    it does not: the key is pinned, and only Ed25519 keys can be.
    """

    def get_alg(self, name: str) -> Any:
        if name == "EdDSA" and name in (self.allowed or ()):
            return self.algorithms[name]
        return super().get_alg(name)


def read_warrant(connection: Connection, compact: str, *, agency: str | None, audience: str) -> dict[str, Any]:
    """The columns of the instrument that a court's warrant makes; nothing is written.

    `agency` is the caller's, None for an administrator, who may register a warrant of any agency.

    Raises:
        WarrantRefused: its code is the check that failed.
    """
    header, unproven = _parse(compact)
    key = _pinned_key(connection, unproven.get("iss"), header)
    _check_signature(compact, import_public_key(key.jwk))
    claims = _claims(unproven)
    now = _now_seconds(connection)
    _check_addressed(connection, claims, agency=agency, audience=audience)
    _check_times(claims, key, now)
    return _instrument(claims, key, compact)


def _parse(compact: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(compact) > LONGEST_WARRANT:
        raise _malformed("is longer than 32 KiB")
    if _COMPACT.fullmatch(compact) is None:
        raise _malformed("is not a JWS in compact form")
    header, payload = (_object(segment) for segment in compact.split(".")[:2])
    if header.keys() != {"alg", "typ", "kid"}:
        # `jwk`, `jku`, `x5u` and `x5c` would bring a key, `crit` and `b64` change how the rest is read.
        raise _malformed("must have exactly the header members alg, typ and kid")
    if header["typ"] != "warrant+jwt":
        raise _malformed("must have the typ warrant+jwt")
    if header["alg"] not in ALGORITHMS.values():
        raise _malformed("must be signed with ES256, PS256 or EdDSA")
    if not isinstance(header["kid"], str) or "\x00" in header["kid"] or "\x00" in str(payload.get("iss")):
        raise _malformed("must name its key and its court in text")
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
        raise _malformed("does not hold JSON") from error
    if not isinstance(value, dict):
        raise _malformed("does not hold a JSON object")
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
            sentence="No key of that name is pinned for the court that the warrant names.",
            remedy="Ask an administrator to pin the court's key, after checking it with the court.",
        )
    if header["alg"] != ALGORITHMS[key.jwk["kty"]]:
        raise _malformed("is signed with another algorithm than its key is for")
    return key


def _check_signature(compact: str, key: PublicKey) -> None:
    algorithm = ALGORITHMS[key.key_type]
    registry = _Registry(algorithms=[algorithm])
    registry.max_payload_length = LONGEST_WARRANT
    registry.max_header_length = LONGEST_HEADER
    try:
        jws.deserialize_compact(compact, key, registry=registry)
    except (JoseError, ValueError) as error:
        raise WarrantRefused(
            code="WARRANT_SIGNATURE_INVALID",
            sentence="The warrant's signature is not that of the court's pinned key.",
            remedy="Get the document again from the court; do not use this copy.",
        ) from error


def _claims(payload: dict[str, Any]) -> WarrantClaims:
    try:
        return WarrantClaims.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "claims"
        raise _malformed(f"has an unknown, missing or wrong claim: {where[:80]}") from error


def _check_addressed(connection: Connection, claims: WarrantClaims, *, agency: str | None, audience: str) -> None:
    if audience not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
        raise WarrantRefused(
            code="WARRANT_AUDIENCE",
            sentence="The warrant is addressed to another gateway.",
            remedy=f"Ask the court to name this gateway, {audience}, in aud.",
        )
    if agency not in (None, claims.agency) or queries.agency(connection, claims.agency) is None:
        raise WarrantRefused(
            code="WARRANT_NOT_FOR_AGENCY",
            sentence="The warrant was not issued to your agency.",
            remedy="Only the agency that the court named may register it.",
        )


def _check_times(claims: WarrantClaims, key: CourtKey, now: int) -> None:
    issued = claims.iat * NANOSECONDS_PER_SECOND
    # A revoked key vouches for nothing that comes in later: whoever stole it can write any date.
    if key.revoked_at_ns is not None or not key.not_before_ns <= issued < key.not_after_ns:
        raise WarrantRefused(
            code="WARRANT_KEY_NOT_VALID",
            sentence="The court's key was not valid when the warrant was issued, or has been revoked.",
            remedy="Ask the court to sign the warrant with its current key.",
        )
    if claims.iat > now + LEEWAY_SECONDS:
        raise WarrantRefused(
            code="WARRANT_NOT_YET_ISSUED",
            sentence="The warrant says that it will be issued in the future.",
            remedy="Check the court's clock and this machine's.",
        )
    if claims.exp <= now:
        raise WarrantRefused(
            code="WARRANT_EXPIRED",
            sentence="The warrant has expired.",
            remedy="Apply to the court for a new one.",
        )
    if not claims.begins < claims.exp <= claims.begins + LONGEST_VALIDITY_SECONDS or claims.iat >= claims.exp:
        raise _malformed("must begin before it expires, and last a year at most")


def _instrument(claims: WarrantClaims, key: CourtKey, compact: str) -> dict[str, Any]:
    (detail,) = claims.authorization_details
    document = claims.documents[0].sha256 if claims.documents else hashlib.sha256(compact.encode()).hexdigest()
    # Named by a digest of court and number: the same warrant always makes the same id, and no two make one.
    name = hashlib.sha256(f"{claims.iss}\n{claims.jti}".encode()).hexdigest()[:32]
    return {
        "id": f"{claims.agency}/warrant-{name}",
        "agency": claims.agency,
        "type": claims.instrument_type,
        "court": claims.iss,
        "docket_number": claims.case,
        "judge": claims.judge,
        "standard": claims.standard,
        "statute": claims.statute,
        "subject": claims.subject,
        "probe_sha256": detail.probe_sha256,
        "galleries": detail.galleries,
        "modes": detail.modes,
        "operations": detail.operations,
        "purposes": detail.purposes,
        "valid_from_ns": claims.begins * NANOSECONDS_PER_SECOND,
        "expires_at_ns": claims.exp * NANOSECONDS_PER_SECOND,
        "searches_allowed": detail.max_searches,
        "status": "granted",
        "officer_certification": claims.officer_certification,
        "sealed": claims.sealed,
        "document_sha256": document,
        "limits": detail.limits,
        "origin": "court_verified",
        "verified": True,
        "verified_by": f"court:{claims.iss}",
        "warrant_court": key.court,
        "warrant_kid": key.kid,
        "warrant_jti": claims.jti,
    }


def _now_seconds(connection: Connection) -> int:
    row = connection.execute("SELECT ops.now_ns()").fetchone()
    if row is None:
        raise RuntimeError("ops.now_ns() returned nothing")
    return int(row[0]) // NANOSECONDS_PER_SECOND


def _malformed(what: str) -> WarrantRefused:
    return WarrantRefused(
        code="WARRANT_MALFORMED",
        sentence=f"The warrant {what}.",
        remedy="Send the court's document unchanged; if it is unchanged, show the court this sentence.",
    )
