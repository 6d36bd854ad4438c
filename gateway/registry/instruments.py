"""A court's signed warrant, `typ: warrant+jwt`: what it must say to become an instrument that the court verified.

A claim that is not known refuses the whole document, because it may be a restriction that would not be kept; each that
is known is kept: the time window narrows the validity, dates of notice, return and deletion go on the docket. What a
court said of a warrant before it was shown here, in a statement or by a warrant that replaced it, holds when it is
shown. What a warrant says that was never shown here is not known: one that takes the place of a whole chain names it.

Claims: see `warrant_claims`. The signature is `court_jws`'s affair.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.registry import queries
from gateway.registry.court_jws import LONGEST_DOCUMENT, check_audience, hold_court, malformed, read_claims, read_signed
from gateway.registry.errors import WarrantRefused
from gateway.registry.warrant_claims import WarrantClaims

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.registry.court_jws import Signed

LONGEST_WARRANT: Final = LONGEST_DOCUMENT
LONGEST_VALIDITY_SECONDS: Final = 366 * 86_400
TYP: Final = "warrant+jwt"


def read_warrant(
    connection: Connection, compact: str, *, agency: str | None, audience: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The columns of the instrument that a court's warrant makes, and the numbers that it takes the place of.

    Nothing is written; until the commit nothing else of the court is taken in.
    `agency` is the caller's, None for an administrator, who may register a warrant of any agency.

    Raises:
        WarrantRefused: its code is the check that failed.
    """
    signed = read_signed(connection, compact, typ=TYP)
    claims = read_claims(WarrantClaims, signed)
    check_audience(claims.aud, audience)
    hold_court(connection, claims.iss)
    _check_agency(connection, claims, agency)
    signed.check_issued(claims.iat)
    _check_times(claims, signed.now)
    _check_not_withdrawn(connection, claims)
    return _instrument(claims, signed, compact), claims.replaced


def instrument_id(agency: str, court: str, jti: str) -> str:
    """Named by a digest of court and number: the same warrant always makes the same id, and no two make one."""
    name = hashlib.sha256(f"{court}\n{jti}".encode()).hexdigest()[:32]
    return f"{agency}/warrant-{name}"


def _check_agency(connection: Connection, claims: WarrantClaims, agency: str | None) -> None:
    if agency not in (None, claims.agency) or queries.agency(connection, claims.agency) is None:
        raise WarrantRefused(
            code="WARRANT_NOT_FOR_AGENCY",
            sentence="The warrant was not issued to your agency.",
            remedy="Only the agency that the court named may register it.",
        )


def _check_times(claims: WarrantClaims, now: int) -> None:
    if claims.ends <= now:
        raise WarrantRefused(
            code="WARRANT_EXPIRED",
            sentence="The warrant has expired.",
            remedy="Apply to the court for a new one.",
        )
    if not claims.begins < claims.ends <= claims.begins + LONGEST_VALIDITY_SECONDS or claims.iat >= claims.exp:
        raise malformed("must begin before it expires, and last a year at most")
    if claims.jti in claims.replaced:
        raise malformed("replaces itself")


def _check_not_withdrawn(connection: Connection, claims: WarrantClaims) -> None:
    status = queries.warrant_status(connection, claims.iss, claims.jti)
    if status == "replaced":
        raise WarrantRefused(
            code="WARRANT_REPLACED",
            sentence="The court has put another warrant in the place of this one.",
            remedy="Register the one that replaces it.",
        )
    if status is not None:
        raise WarrantRefused(
            code="WARRANT_REVOKED",
            sentence=f"The court said that this warrant is {status}.",
            remedy="Apply to the court for a new one.",
        )


def _nanoseconds(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * NANOSECONDS_PER_SECOND


def _instrument(claims: WarrantClaims, signed: Signed, compact: str) -> dict[str, Any]:
    (detail,) = claims.authorization_details
    document = claims.documents[0].sha256 if claims.documents else hashlib.sha256(compact.encode()).hexdigest()
    return {
        "id": instrument_id(claims.agency, claims.iss, claims.jti),
        "agency": claims.agency,
        "type": claims.instrument_type,
        "court": claims.iss,
        "docket_number": claims.case,
        "judge": claims.judge,
        "applicant": claims.applicant,
        "application_authorised_by": claims.application_authorised_by,
        "sworn": claims.sworn,
        "standard": claims.standard,
        "statute": claims.statute,
        "subject": claims.subject,
        "probe_sha256": detail.probe_sha256,
        "galleries": detail.galleries,
        "modes": detail.modes,
        "operations": detail.operations,
        "purposes": detail.purposes,
        "place": detail.place,
        "public_spaces": detail.public_spaces,
        "valid_from_ns": claims.begins * NANOSECONDS_PER_SECOND,
        "expires_at_ns": claims.ends * NANOSECONDS_PER_SECOND,
        "extensions": claims.extensions.number if claims.extensions else 0,
        "extended_days": claims.extensions.days if claims.extensions else 0,
        "searches_allowed": detail.max_searches,
        "minimisation": claims.minimisation,
        "delete_by_ns": _nanoseconds(claims.delete_by),
        "status": "modified" if claims.replaced else "granted",
        "officer_certification": claims.officer_certification,
        "sealed": claims.sealed,
        "notice_due_ns": _nanoseconds(claims.notice_after),
        "return_due_ns": _nanoseconds(claims.return_by),
        "document_sha256": document,
        "document_checked": False,
        "limits": sorted({*detail.limits, *(["place"] if detail.place else []), *(["time"] if detail.window else [])}),
        "origin": "court_verified",
        "entered_by": None,
        "entered_through": None,
        "entered_signed_in": False,
        "verified": True,
        "verified_by": f"court:{claims.iss}",
        "verified_at_ns": signed.now * NANOSECONDS_PER_SECOND,
        "replaced_by": None,
        "warrant_court": signed.key.court,
        "warrant_kid": signed.key.kid,
        "warrant_jti": claims.jti,
    }
