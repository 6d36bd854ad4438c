"""What a foreign issuer tells us has ended: logout tokens (OpenID Connect Back-Channel Logout 1.0) and security events
(RFC 8417; CAEP session-revoked and credential-change, and the verification of a stream).

Each is a JWS of a key that the issuer publishes, for us, of its own type and of now; each `jti` counts once, on all
nodes. What it ends is ended like anything else (`gateway.identity.revocation`): in the transaction of its entry, and
within a second everywhere. An issuer ends what rests on its own word: its sessions, the sessions here that were opened
through it, and the tokens of a user of an agency for which it may speak.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.identity.issuers.access_tokens import KEY_TYPES, user_id
from gateway.identity.jose import MalformedToken, read_unverified, signature_is_valid, text_claim, time_claim
from gateway.identity.revocation import LONGEST_LIFE, end_session, kill_tokens
from gateway.registry import queries
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.issuers.directory import IssuerDirectory, KnownIssuer
    from gateway.identity.issuers.provider import Providers
    from gateway.identity.jose import Unverified

LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
SESSION_REVOKED: Final = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
CREDENTIAL_CHANGE: Final = "https://schemas.openid.net/secevent/caep/event-type/credential-change"
VERIFICATION: Final = "https://schemas.openid.net/secevent/ssf/event-type/verification"
_WORDS: Final = {
    LOGOUT: "logout",
    SESSION_REVOKED: "session_revoked",
    CREDENTIAL_CHANGE: "credential_change",
    VERIFICATION: "verification",
}
# Some providers type a logout token as any JWT; its events and the absence of a nonce tell it apart all the same.
LOGOUT_TYPES: Final = frozenset({"logout+jwt", "JWT", None})
EVENT_TYPES: Final = frozenset({"secevent+jwt"})
LOGOUT_AGE: Final = 300  # seconds
EVENT_AGE: Final = 7 * 86_400  # seconds: a stream may have been away for days, and what it brings still ends
MEMBERS: Final = frozenset({"x5t", "x5t#S256"})


class EventRefused(Exception):  # noqa: N818 - a refusal with its words
    """`error` is the word of RFC 8935 section 2.4; the sentence quotes nothing that was sent."""

    def __init__(self, error: str, sentence: str) -> None:
        super().__init__(error)
        self.error = error
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class _Event:
    """`user` is the issuer's subject and `session` its session; at least one of them, but for a verification."""

    word: str
    jti: str
    kept_until: int
    user: str | None
    session: str | None


class IssuerEvents:
    """Safe to share between threads."""

    def __init__(self, *, database: Database, log: AuditLog, directory: IssuerDirectory, providers: Providers) -> None:
        self._database = database
        self._log = log
        self._directory = directory
        self._providers = providers

    def logout(self, issuer_id: str, text: str) -> None:
        """A logout token was brought. Raises EventRefused, IssuerUnavailable, DatabaseUnavailable."""
        known = self._known(issuer_id)
        ours = known.profile.client
        if ours is None:
            raise _unknown()
        token = self._verified(known, text, types=LOGOUT_TYPES, audience=ours.client_id)
        try:
            event = self._logout(known, token)
        except MalformedToken:
            raise EventRefused("invalid_request", "The logout token lacks a claim or has one too many.") from None
        if not self._apply(known, event):
            raise EventRefused("invalid_request", "The logout token was used before.")

    def event(self, issuer_id: str, text: str) -> str:
        """A security event token was brought; its jti. One that came before is taken, and changes nothing.

        Raises: EventRefused, IssuerUnavailable, DatabaseUnavailable.
        """
        known = self._known(issuer_id)
        if known.profile.events is None:
            raise _unknown()
        token = self._verified(known, text, types=EVENT_TYPES, audience=known.profile.events.audience)
        try:
            event = self._security_event(known, token)
        except MalformedToken:
            raise EventRefused("invalid_request", "The security event token lacks a claim, or is too old.") from None
        self._apply(known, event)
        return event.jti

    def _known(self, issuer_id: str) -> KnownIssuer:
        known = self._directory.by_id(issuer_id)
        if known is None or not known.active:
            raise _unknown()
        return known

    def _verified(self, known: KnownIssuer, text: str, *, types: frozenset[str | None], audience: str) -> Unverified:
        try:
            token = read_unverified(text, members=MEMBERS)
        except MalformedToken:
            raise EventRefused("invalid_request", "That is not a signed token.") from None
        if token.type not in types:
            raise EventRefused("invalid_request", "The token is of another type (typ).")
        if token.claims.get("iss") != known.issuer:
            raise EventRefused("invalid_issuer", "The token was issued by somebody else (iss).")
        named = token.claims.get("aud")
        if audience not in ([named] if isinstance(named, str) else named if isinstance(named, list) else []):
            raise EventRefused("invalid_audience", "The token is for somebody else (aud).")
        if token.algorithm not in known.profile.algorithms or token.key_id is None:
            raise EventRefused("invalid_key", "The token is not signed as its issuer signs (alg, kid).")
        key = self._providers.key(known, token.key_id, KEY_TYPES[token.algorithm])
        if key is None or not signature_is_valid(token, key, algorithms=known.profile.algorithms):
            raise EventRefused("invalid_key", "The signature of the token is not valid.")
        return token

    def _logout(self, known: KnownIssuer, token: Unverified) -> _Event:
        claims = token.claims
        events = claims.get("events")
        if not isinstance(events, dict) or events.get(LOGOUT) != {} or "nonce" in claims:
            raise MalformedToken
        issued_at = self._judge_age(known, claims, LOGOUT_AGE)
        user = None if "sub" not in claims else text_claim(claims, "sub")
        session = None if "sid" not in claims else text_claim(claims, "sid")
        if user is None and session is None:
            raise MalformedToken
        kept = issued_at + LOGOUT_AGE + 2 * known.profile.clock_margin
        return _Event("logout", text_claim(claims, "jti"), kept, user, session)

    def _security_event(self, known: KnownIssuer, token: Unverified) -> _Event:
        claims = token.claims
        events = claims.get("events")
        if not isinstance(events, dict) or len(events) != 1 or "exp" in claims:
            raise MalformedToken
        ((name, about),) = events.items()
        if not isinstance(about, dict):
            raise MalformedToken
        issued_at = self._judge_age(known, claims, EVENT_AGE)
        word = _WORDS.get(name, "other") if name != LOGOUT else "other"
        user, session = _subject(known, claims.get("sub_id", about.get("subject")))
        if word in {"session_revoked", "credential_change"} and user is None and session is None:
            raise MalformedToken
        kept = issued_at + EVENT_AGE + 2 * known.profile.clock_margin
        return _Event(word, text_claim(claims, "jti"), kept, user, session)

    def _judge_age(self, known: KnownIssuer, claims: dict[str, Any], oldest: int) -> int:
        issued_at, margin = time_claim(claims, "iat"), known.profile.clock_margin
        with self._database.statement() as connection:
            now = database_now(connection) // NANOSECONDS_PER_SECOND
        if not now - oldest - margin <= issued_at <= now + margin:
            raise MalformedToken
        if "exp" in claims and time_claim(claims, "exp") <= now:
            raise MalformedToken
        return issued_at

    def _apply(self, known: KnownIssuer, event: _Event) -> bool:
        """Ends what it says, once; False where it was said before."""
        digest = hashlib.sha256(event.jti.encode()).digest()
        with self._database.transaction() as connection:
            now = database_now(connection) // NANOSECONDS_PER_SECOND
            first = connection.execute(
                "SELECT identity.use_assertion(%s, %s, %s, %s)", (f"issuer {known.id}", digest, event.kept_until, now)
            ).fetchone()
            if first is None or first[0] is not True:
                return False
            user, ended = _end(connection, known, event, now + LONGEST_LIFE)
            self._log.record(connection, _entry(known, event, user, ended))
        return True


def _unknown() -> EventRefused:
    return EventRefused("invalid_issuer", "No issuer of that name tells this gateway anything.")


def _subject(known: KnownIssuer, subject: Any) -> tuple[str | None, str | None]:
    """User and session of a subject identifier (RFC 9493), as far as they are the issuer's own."""
    if not isinstance(subject, dict):
        return None, None
    match subject.get("format"):
        case "iss_sub":
            return (text_claim(subject, "sub") if subject.get("iss") == known.issuer else None), None
        case "opaque":
            return text_claim(subject, "id"), None
        case "complex":
            user, _ = _subject(known, subject.get("user"))
            session = subject.get("session")
            return user, text_claim(session, "id") if isinstance(session, dict) and "id" in session else None
        case _:
            return None, None


def _end(connection: Connection, known: KnownIssuer, event: _Event, kept_until: int) -> tuple[str | None, int]:
    """The user of ours who is concerned, and how many sessions were opened here through the issuer's."""
    if event.word not in {"logout", "session_revoked", "credential_change"}:
        return None, 0
    whole_user = event.session is None or event.word == "credential_change"
    user = None if event.user is None else user_of_subject(connection, known, event.user)
    # The user before the sessions: in the order of `identity.hold_names`.
    if whole_user and user is not None:
        kill_tokens(connection, kind="user", identifier=user)
    if event.session is not None:
        end_session(connection, f"{known.id}/{event.session}", expires_at=kept_until)
    rows = connection.execute(
        "SELECT identity.end_named('session', session, %s) FROM identity.foreign_sessions"
        " WHERE issuer = %s AND (sid = %s OR (%s AND subject = %s)) ORDER BY session",
        (kept_until, known.id, event.session, whole_user, event.user),
    ).fetchall()
    return user, len(rows)


def user_of_subject(connection: Connection, known: KnownIssuer, subject: str) -> str | None:
    """Which user here the subject is, where that can be told from the subject alone."""
    tokens = known.profile.access_tokens
    how, prefix = ("links", None) if tokens is None or tokens.users == "none" else (tokens.users, tokens.user_prefix)
    if tokens is not None and how == "claim" and tokens.claims.user != "sub":
        return None
    wanted = user_id(connection, known, {"sub": subject}, how=how, claim="sub", prefix=prefix)
    user = None if wanted is None else queries.user(connection, wanted)
    return user.id if user is not None and user.agency in known.profile.agencies else None


def _entry(known: KnownIssuer, event: _Event, user: str | None, ended: int) -> Entry:
    return Entry(
        kind=EntryKind.LOGOUT_RECEIVED,
        clear={"issuer": known.id, "event": event.word, "sessions_here": ended},
        disclosed={"user": user, "subject": event.user, "session": event.session, "jti": event.jti},
        scope=f"registry:user:{user}" if user else "general",
        blind={"user": user} if user else {},
    )
