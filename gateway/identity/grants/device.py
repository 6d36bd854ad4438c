"""The device flow (RFC 8628), for terminals without a browser: the device shows a code, a person types it elsewhere.

The device is a client with a key like every other, so only it can fetch what was allowed; the user code opens nothing
by itself. It has eight letters of twenty, lives LIFE seconds, and whoever is signed in may be wrong GUESSES times in a
quarter of an hour: a guess hits one of a thousand waiting devices with a chance of one in twenty-five million. Who asks
more often than it was told is told to ask less often.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from authlib.consts import default_json_headers

from gateway.identity.authorization_details import read_details, write_details
from gateway.identity.clients import DEVICE_CODE
from gateway.identity.grants import authorization, families, sealing
from gateway.identity.grants.exchange import ClientEndpoint, TokenGrant
from gateway.identity.grants.pushed_requests import digest
from gateway.identity.issuance import (
    IssuanceError,
    asked_details,
    asked_scopes,
    require_resource,
    require_standing,
)
from gateway.registry import queries
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from gateway.identity.caller import FaceSearchAuthorization
    from gateway.identity.clients import RegisteredClient
    from gateway.identity.grants.exchange import Exchange
    from gateway.identity.sessions import Session
    from gateway.registry.records import Client

LIFE: Final = 600  # seconds
INTERVAL: Final = 5  # seconds between two questions of a device; as many more each time it does not keep to them
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so no words (RFC 8628 section 6.1)
LENGTH: Final = 8
GUESSES: Final = 10
WINDOW: Final = 900  # seconds
PAGE: Final = "/console/device"


class CodeRefused(Exception):  # noqa: N818 - it states what is so
    """The sentence is for the person who typed the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that waits for a person; `client` is its program."""

    client: Client
    scopes: tuple[Scope, ...]
    openid: bool
    details: tuple[FaceSearchAuthorization, ...]


class DeviceAuthorization(ClientEndpoint):
    ENDPOINT_NAME = "device_authorization"

    def create_endpoint_response(self, request: Any) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        client = self.authenticate_endpoint_client(request).row
        require_standing(self.server.connection, client)
        if DEVICE_CODE not in client.grant_types:
            raise IssuanceError(
                error="unauthorized_client",
                code="GRANT_TYPE_NOT_GRANTED",
                description="The client is not registered for the device flow.",
            )
        require_resource(request.form.get("resource"), issuer=self.server.authority.issuer)
        scopes, openid = asked_scopes(client, request.form.get("scope"), openid=True)
        details = asked_details(request.form.get("authorization_details"))
        device_code, user_code = self._keep(client, scopes, details, openid=openid)
        place = self.server.authority.issuer + PAGE
        body = {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": place,
            "verification_uri_complete": f"{place}?user_code={user_code}",
            "expires_in": LIFE,
            "interval": INTERVAL,
        }
        return 200, body, default_json_headers

    def _keep(
        self,
        client: Client,
        scopes: tuple[Scope, ...],
        details: tuple[FaceSearchAuthorization, ...],
        *,
        openid: bool,
    ) -> tuple[str, str]:
        device_code = secrets.token_urlsafe(32)
        user_code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        key_id, sealed = sealing.seal(
            self.server, client.agency, write_details(details), context=_context(digest(user_code), client.id)
        )
        self.server.connection.execute("SELECT identity.sweep_grants(%s)", (self.server.now,))
        self.server.connection.execute(
            "INSERT INTO identity.device_requests"
            " (device_sha256, user_code_sha256, client, scopes, openid, key_id, details, interval_s, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                digest(device_code),
                digest(user_code),
                client.id,
                [str(scope) for scope in scopes],
                openid,
                key_id,
                sealed,
                INTERVAL,
                self.server.now + LIFE,
            ),
        )
        return device_code, f"{user_code[:4]}-{user_code[4:]}"


class DeviceCode(TokenGrant):
    GRANT_TYPE = DEVICE_CODE

    def answer(self, client: RegisteredClient) -> dict[str, Any]:
        name = digest(self.parameter("device_code"))
        row = self.server.connection.execute(
            "SELECT answer, grant_id, polled_at, interval_s, expires_at FROM identity.device_requests"
            " WHERE device_sha256 = %s AND client = %s FOR UPDATE",
            (name, client.row.id),
        ).fetchone()
        if row is None:
            raise families.dead("DEVICE_CODE_UNKNOWN")
        answer, family_id, polled_at, interval, expires_at = row
        if expires_at <= self.server.now:
            raise IssuanceError(error="expired_token", code="DEVICE_CODE_EXPIRED", description="Begin again.")
        if answer == "pending":
            raise self._wait(name, polled_at, interval)
        self.server.connection.execute("DELETE FROM identity.device_requests WHERE device_sha256 = %s", (name,))
        family = families.find(self.server, family_id) if answer == "allowed" else None
        if family is None:
            raise IssuanceError(error="access_denied", code="REFUSED_BY_PERSON", description="It was not allowed.")
        return families.answer(self.server, family, client.row, first=True)

    def _wait(self, name: bytes, polled_at: int | None, interval: int) -> IssuanceError:
        hasty = polled_at is not None and self.server.now - polled_at < interval
        interval += INTERVAL if hasty else 0
        self.server.connection.execute(
            "UPDATE identity.device_requests SET polled_at = %s, interval_s = %s WHERE device_sha256 = %s",
            (self.server.now, interval, name),
        )
        error, code = ("slow_down", "ASKED_TOO_SOON") if hasty else ("authorization_pending", "PERSON_AWAITED")
        return IssuanceError(error=error, code=code, description=f"Ask again after {interval} seconds.")


def normalised(typed: str) -> str:
    """A user code as people type it: lower case, with or without the dash."""
    return "".join(letter for letter in typed.upper() if letter in LETTERS)


def find(server: Exchange, session: Session, typed: str) -> Device:
    """The device of that user code, once the person may guess at all. Raises CodeRefused."""
    row, code = None, digest(normalised(typed))
    if _may_guess(server, session):
        row = server.connection.execute(
            "SELECT client, scopes, openid, key_id, details FROM identity.device_requests"
            " WHERE user_code_sha256 = %s AND answer = 'pending' AND expires_at > %s",
            (code, server.now),
        ).fetchone()
    details = None if row is None else sealing.opened(server, row[3], row[4], context=_context(code, row[0]))
    client = queries.client(server.connection, row[0]) if row is not None else None
    foreign = client is None or client.agency != session.agency
    if row is None or client is None or details is None or foreign:
        _count_guess(server, session)
        raise CodeRefused(
            "No device that is yours to allow waits under that code. Look at it again, or begin anew there."
        )
    return Device(
        client=client,
        scopes=tuple(scope for scope in Scope if scope in row[1]),
        openid=row[2],
        details=read_details(details),
    )


def settle(server: Exchange, session: Session, typed: str, *, allowed: bool) -> Device:
    """The person's answer, once. Raises CodeRefused, IssuanceError where the person cannot allow it."""
    device = find(server, session, typed)
    family = None
    if allowed:
        grant = authorization.decide(server, device.client, session, scopes=device.scopes, details=device.details)
        ends_at = authorization.ends_at(session, server.now)
        family = families.begin(server, grant, openid=device.openid, nonce=None, expires_at=ends_at)
    done = server.connection.execute(
        "UPDATE identity.device_requests SET answer = %s, grant_id = %s"
        " WHERE user_code_sha256 = %s AND answer = 'pending' RETURNING 1",
        ("allowed" if allowed else "denied", family, digest(normalised(typed))),
    ).fetchone()
    if done is None:
        raise CodeRefused("That code was answered already.")
    if not allowed:
        authorization.record_refusal(
            server, device.client, session, details=device.details, codes=["REFUSED_BY_PERSON"]
        )
    return device


def _context(user_code: bytes, client: str) -> str:
    return f"device request:{user_code.hex()}:{client}"


def _guesser(server: Exchange, session: Session) -> bytes:
    return server.authority.log.blind("attempt", f"user codes {session.principal}")


def _may_guess(server: Exchange, session: Session) -> bool:
    row = server.connection.execute(
        "SELECT guesses FROM identity.user_code_guesses WHERE subject = %s AND first_at > %s FOR UPDATE",
        (_guesser(server, session), server.now - WINDOW),
    ).fetchone()
    return row is None or row[0] < GUESSES


def _count_guess(server: Exchange, session: Session) -> None:
    server.connection.execute(
        "INSERT INTO identity.user_code_guesses AS g (subject, first_at, guesses) VALUES (%(subject)s, %(now)s, 1)"
        " ON CONFLICT (subject) DO UPDATE SET"
        " guesses = CASE WHEN g.first_at > %(from)s THEN g.guesses + 1 ELSE 1 END,"
        " first_at = CASE WHEN g.first_at > %(from)s THEN g.first_at ELSE excluded.first_at END",
        {"subject": _guesser(server, session), "now": server.now, "from": server.now - WINDOW},
    )
