"""A sign-in between two requests: what was shown so far. Short, used once, and worth nothing as a session.

The browser holds a random secret; the table has its SHA-256, the account, the challenge that was given, and whatever an
enrolment prepared. A row is deleted by the act that completes it, in the same transaction, so that no answer to a
challenge counts twice. Expired rows go as new ones come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.identity.errors import SignInError
from gateway.identity.sessions import digest, new_secret

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.database import Connection

Kind = Literal["code", "passkey", "enrolment", "passkey_enrolment"]

SECONDS: Final[dict[Kind, int]] = {"code": 300, "passkey": 300, "enrolment": 1800, "passkey_enrolment": 300}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """`secret_sha256` names the row; what does not belong to the kind is None."""

    secret_sha256: bytes
    kind: Kind
    account: str | None
    invitation: bytes | None
    challenge: bytes | None = field(repr=False)
    code_key: UUID | None
    code_sealed: bytes | None = field(repr=False)
    failures: int


def begin(
    connection: Connection,
    kind: Kind,
    *,
    account: str | None = None,
    invitation: bytes | None = None,
    challenge: bytes | None = None,
    code: tuple[UUID, bytes] | None = None,
) -> str:
    """What the browser is to hold until the next step."""
    connection.execute(
        "DELETE FROM identity.ceremonies WHERE secret_sha256 IN (SELECT secret_sha256 FROM identity.ceremonies"
        " WHERE expires_ns < ops.now_ns() ORDER BY expires_ns LIMIT 16 FOR UPDATE SKIP LOCKED)"
    )
    secret = new_secret()
    key, sealed = code or (None, None)
    connection.execute(
        "INSERT INTO identity.ceremonies"
        " (secret_sha256, kind, account, invitation, challenge, code_key, code_sealed, expires_ns)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, ops.now_ns() + %s)",
        (digest(secret), kind, account, invitation, challenge, key, sealed, SECONDS[kind] * NANOSECONDS_PER_SECOND),
    )
    return secret


def held(connection: Connection, secret: str | None, kind: Kind) -> Ceremony:
    """The ceremony that this secret holds, locked until the transaction ends.

    Raises: SignInError CEREMONY_OVER where there is none of that kind: used, expired, or never begun.
    """
    row = connection.execute(
        "SELECT secret_sha256, account, invitation, challenge, code_key, code_sealed, failures"
        " FROM identity.ceremonies WHERE secret_sha256 = %s AND kind = %s AND expires_ns >= ops.now_ns() FOR UPDATE",
        (digest(secret or ""), kind),
    ).fetchone()
    if row is None:
        raise over()
    return Ceremony(
        secret_sha256=bytes(row[0]),
        kind=kind,
        account=row[1],
        invitation=None if row[2] is None else bytes(row[2]),
        challenge=None if row[3] is None else bytes(row[3]),
        code_key=row[4],
        code_sealed=None if row[5] is None else bytes(row[5]),
        failures=row[6],
    )


def complete(connection: Connection, ceremony: Ceremony) -> None:
    connection.execute("DELETE FROM identity.ceremonies WHERE secret_sha256 = %s", (ceremony.secret_sha256,))


def count_failure(connection: Connection, ceremony: Ceremony) -> int:
    """How many failures that makes."""
    connection.execute(
        "UPDATE identity.ceremonies SET failures = failures + 1 WHERE secret_sha256 = %s", (ceremony.secret_sha256,)
    )
    return ceremony.failures + 1


def over() -> SignInError:
    return SignInError(
        status=401,
        code="CEREMONY_OVER",
        sentence="That step took too long, or was used already.",
        remedy="Begin again.",
    )
