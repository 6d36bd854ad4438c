"""Signing people in through a foreign provider: the code flow of OpenID Connect Core 1.0, with this gateway as client.

Always PKCE (S256), `state` and `nonce`, a request that is pushed where the provider takes one (RFC 9126), and the
client authentication of the profile. What comes back is taken from the browser that was sent, once, within ten minutes,
from the provider that it was sent to (`iss`, RFC 9207, and the path it comes back to), and only with an ID token for us
that carries the nonce. Then the subject must be a user of an agency for which the issuer may speak; the session begins
as any other (`gateway.identity.sessions`), and ends when the issuer says that its own has.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.identity import accounts
from gateway.identity.errors import SignInError
from gateway.identity.issuers.access_tokens import KEY_TYPES, sign_in_of
from gateway.identity.issuers.errors import IssuerUnavailable
from gateway.identity.issuers.events import user_of_subject
from gateway.identity.jose import (
    MalformedToken,
    parse_object,
    read_unverified,
    signature_is_valid,
    text_claim,
    time_claim,
)
from gateway.identity.sessions import digest, new_secret
from gateway.outbound import OutboundError
from gateway.vocabulary import AccountRole, Assurance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.database import Connection, Database
    from gateway.identity.issuers.directory import IssuerDirectory, KnownIssuer
    from gateway.identity.issuers.our_client import OurClients
    from gateway.identity.issuers.provider import Providers
    from gateway.identity.jose import Unverified
    from gateway.identity.sessions import Established, Sessions
    from gateway.identity.sign_in import Visit

SECONDS: Final = 600  # between leaving and coming back
LONGEST_SESSION: Final = 90 * 86_400  # seconds the tie between the two sessions is kept, as ended sessions are
MEMBERS: Final = frozenset({"x5t", "x5t#S256"})
ID_TOKEN_TYPES: Final = frozenset({"JWT", None})


@dataclass(frozen=True, slots=True)
class Offered:
    """A provider on the page where people sign in."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser is sent, and what it is to hold until it comes back."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Arrival:
    established: Established
    return_to: str


@dataclass(frozen=True, slots=True)
class _Leave:
    """What was written down when the browser left."""

    nonce: str
    code_verifier: str
    return_to: str


@dataclass(frozen=True, slots=True)
class _Person:
    subject: str
    session: str | None
    acr: Assurance
    amr: tuple[str, ...]
    auth_time: int


class ForeignSignIn:
    """Safe to share between threads."""

    def __init__(
        self,
        *,
        database: Database,
        sessions: Sessions,
        directory: IssuerDirectory,
        providers: Providers,
        clients: OurClients,
        gateway: str,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._directory = directory
        self._providers = providers
        self._clients = clients
        self._gateway = gateway

    def offered(self) -> list[Offered]:
        """Raises DatabaseUnavailable."""
        return [
            Offered(known.id, known.profile.sign_in.name)
            for known in self._directory.all()
            if known.active and known.profile.sign_in is not None
        ]

    def leave(self, issuer_id: str, *, return_to: str) -> Departure:
        """Raises: SignInError, IssuerUnavailable, DatabaseUnavailable."""
        known = self._known(issuer_id)
        metadata = self._providers.metadata(known)
        state, browser = new_secret(), new_secret()
        left = _Leave(nonce=new_secret(), code_verifier=secrets.token_urlsafe(48), return_to=return_to)
        with self._database.transaction() as connection:
            _write_down(connection, known, state, browser, left)
        return Departure(self._destination(known, metadata, self._question(known, state, left)), browser)

    def arrive(self, issuer_id: str, answer: Mapping[str, str], browser: str | None, visit: Visit) -> Arrival:
        """Raises: SignInError, IssuerUnavailable, DatabaseUnavailable."""
        known = self._known(issuer_id)
        with self._database.transaction() as connection:  # used up, whatever comes of it
            left = _taken(connection, known, answer.get("state", ""), browser or "")
        if left is None:
            raise _refused("The provider's answer is not one that this browser waits for, or came too late.")
        metadata = self._providers.metadata(known)
        named = answer.get("iss")
        if named != known.issuer and (
            named is not None or metadata.get("authorization_response_iss_parameter_supported") is True
        ):
            raise _refused("The answer names another provider than the one you were sent to.")
        if "error" in answer or not answer.get("code"):
            raise _refused("The provider did not sign you in.")
        person = self._asked(known, metadata, answer["code"], left)
        return Arrival(self._begun(known, person, visit), left.return_to)

    def _known(self, issuer_id: str) -> KnownIssuer:
        known = self._directory.by_id(issuer_id)
        if known is None or not known.active or known.profile.sign_in is None:
            raise _refused("Nobody signs in through a provider of that name.")
        return known

    def _back(self, known: KnownIssuer) -> str:
        return f"{self._gateway}/console/sign-in/issuers/{known.id}/back"

    def _question(self, known: KnownIssuer, state: str, left: _Leave) -> dict[str, str]:
        rules, client = known.profile.sign_in, known.profile.client
        if rules is None or client is None:
            raise IssuerUnavailable
        challenge = hashlib.sha256(left.code_verifier.encode()).digest()
        question = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": self._back(known),
            "scope": rules.scope,
            "state": state,
            "nonce": left.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return question if rules.acr_values is None else question | {"acr_values": rules.acr_values}

    def _destination(self, known: KnownIssuer, metadata: dict[str, Any], question: dict[str, str]) -> str:
        try:
            place = text_claim(metadata, "authorization_endpoint", longest=512)
            if "pushed_authorization_request_endpoint" in metadata:
                pushed = text_claim(metadata, "pushed_authorization_request_endpoint", longest=512)
                reply = self._clients.post(known, pushed, question)
                if reply.status != 201:  # noqa: PLR2004 - RFC 9126 section 2.2
                    raise IssuerUnavailable
                uri = text_claim(parse_object(reply.body), "request_uri", longest=512)
                question = {"client_id": question["client_id"], "request_uri": uri}
        except (OutboundError, MalformedToken):
            raise IssuerUnavailable from None
        if not place.startswith("https://") and not place.startswith(f"{known.issuer.rstrip('/')}/"):
            raise IssuerUnavailable  # a browser is sent by http to nobody but a provider that is itself on this machine
        return f"{place}{'&' if '?' in place else '?'}{urlencode(question)}"

    def _asked(self, known: KnownIssuer, metadata: dict[str, Any], code: str, left: _Leave) -> _Person:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back(known),
            "code_verifier": left.code_verifier,
        }
        try:
            reply = self._clients.post(known, text_claim(metadata, "token_endpoint", longest=512), form)
            if reply.status != 200:  # noqa: PLR2004 - HTTP
                raise _refused("The provider did not confirm that it signed you in.")
            text = text_claim(parse_object(reply.body), "id_token", longest=8192)
            return self._person(known, read_unverified(text, members=MEMBERS), left)
        except OutboundError:
            raise IssuerUnavailable from None
        except MalformedToken:
            raise _refused("The provider's word about you cannot be read, or is not for this gateway.") from None

    def _person(self, known: KnownIssuer, token: Unverified, left: _Leave) -> _Person:
        """OpenID Connect Core 1.0 section 3.1.3.7. Raises MalformedToken."""
        claims, client = token.claims, known.profile.client
        if token.type not in ID_TOKEN_TYPES or token.algorithm not in known.profile.algorithms or not token.key_id:
            raise MalformedToken
        key = self._providers.key(known, token.key_id, KEY_TYPES[token.algorithm])
        if key is None or not signature_is_valid(token, key, algorithms=known.profile.algorithms):
            raise MalformedToken
        if client is None or claims.get("iss") != known.issuer or claims.get("nonce") != left.nonce:
            raise MalformedToken
        if claims.get("aud") not in (client.client_id, [client.client_id]) or claims.get("azp", client.client_id) != (
            client.client_id
        ):
            raise MalformedToken
        with self._database.statement() as connection:
            now = database_now(connection) // NANOSECONDS_PER_SECOND
        issued_at, margin = time_claim(claims, "iat"), known.profile.clock_margin
        if not now - SECONDS <= issued_at <= now + margin or time_claim(claims, "exp") <= now - margin:
            raise MalformedToken
        how = sign_in_of(known, claims)
        return _Person(
            subject=text_claim(claims, "sub"),
            session=None if "sid" not in claims else text_claim(claims, "sid"),
            acr=Assurance.ONE_FACTOR if how is None else Assurance(how.acr),
            amr=() if how is None else how.amr,
            auth_time=issued_at if "auth_time" not in claims else time_claim(claims, "auth_time"),
        )

    def _begun(self, known: KnownIssuer, person: _Person, visit: Visit) -> Established:
        """The session, unless the issuer said meanwhile that its own has ended: the one waits for the other."""
        with self._database.transaction() as connection:
            if person.session is not None and _is_over(connection, f"{known.id}/{person.session}"):
                raise _refused("The provider has ended your session meanwhile.")
            user = user_of_subject(connection, known, person.subject)
            if user is None:
                raise _refused("The provider knows you, and nobody here is registered under that name.")
            accounts.make(connection, user, role=AccountRole.USER, name=None)
            if visit.session is not None:
                self._sessions.end_in(connection, visit.session, by="another_sign_in")
            established = self._sessions.establish(
                connection,
                user,
                acr=person.acr,
                amr=person.amr,
                device=visit.device,
                source=visit.source,
                issuer=known.id,
                auth_time=person.auth_time,
            )
            now = database_now(connection)
            connection.execute("DELETE FROM identity.foreign_sessions WHERE expires_ns < %s", (now,))
            connection.execute(
                "INSERT INTO identity.foreign_sessions (session, issuer, sid, subject, expires_ns)"
                " VALUES (%s, %s, %s, %s, %s)",
                (
                    str(established.session.id),
                    known.id,
                    person.session,
                    person.subject,
                    now + LONGEST_SESSION * NANOSECONDS_PER_SECOND,
                ),
            )
        return established


def _write_down(connection: Connection, known: KnownIssuer, state: str, browser: str, left: _Leave) -> None:
    """Rows of those who never came back go as new ones come."""
    connection.execute("DELETE FROM identity.foreign_logins WHERE expires_ns < ops.now_ns()")
    connection.execute(
        "INSERT INTO identity.foreign_logins"
        " (state_sha256, browser_sha256, issuer, nonce, code_verifier, return_to, expires_ns)"
        " VALUES (%s, %s, %s, %s, %s, %s, ops.now_ns() + %s)",
        (
            digest(state),
            digest(browser),
            known.id,
            left.nonce,
            left.code_verifier,
            left.return_to,
            SECONDS * NANOSECONDS_PER_SECOND,
        ),
    )


def _taken(connection: Connection, known: KnownIssuer, state: str, browser: str) -> _Leave | None:
    row = connection.execute(
        "DELETE FROM identity.foreign_logins WHERE state_sha256 = %s AND browser_sha256 = %s AND issuer = %s"
        " AND expires_ns > ops.now_ns() RETURNING nonce, code_verifier, return_to",
        (digest(state), digest(browser), known.id),
    ).fetchone()
    return None if row is None else _Leave(*row)


def _is_over(connection: Connection, session: str) -> bool:
    """Whether the issuer's session was ended; if not, it is not until this transaction is over (migrations/0017)."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('session ' || %s, 17))", (session,))
    row = connection.execute(
        "SELECT FROM identity.revocations WHERE kind = 'session' AND id = %s", (session,)
    ).fetchone()
    return row is not None


def _refused(sentence: str) -> SignInError:
    return SignInError(
        status=403,
        code="PROVIDER_SIGN_IN_REFUSED",
        sentence=sentence,
        remedy="Start again from the sign-in page; if it fails again, ask an administrator of the gateway.",
    )
