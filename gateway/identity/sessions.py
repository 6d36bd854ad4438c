"""The sessions of people who have signed in, kept in PostgreSQL and asked for on every request.

A session is good while nobody ended it, its account is active, no row of the revocation table kills it (the user, the
agency, the issuer; as for tokens, by the sequence `rev` at which it began), it was used within `idle` and its holder
was authenticated within `life`. All of that is one statement on the database of all nodes: an end is an end everywhere
as soon as it commits. What the browser holds is 256 random bits, new at each authentication; the table has their
SHA-256. `id` is no secret: it names the session in lists, in tokens (`sid`) and on the log.

The tokens that came of a session die with it, within a second everywhere, when it is ended; they do not when it was
merely idle, for the person may be at work in the program that holds them.

Use writes `seen_ns` at most every REFRESH seconds, so that reading a page is no write; idleness is therefore
measured up to that much too strictly, never too loosely.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND, uuid7
from gateway.identity import accounts
from gateway.identity.errors import SignInError
from gateway.identity.revocation import LONGEST_LIFE, current_rev, end_session
from gateway.vocabulary import AccountRole, Assurance, EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.accounts import Account
    from gateway.settings import Settings

REFRESH: Final = 30  # seconds
KEPT: Final = 90 * 86400  # seconds an ended session stays in the table; the log keeps it for good
LONGEST_DEVICE: Final = 80
_OVER_BY_ITSELF: Final = frozenset({"idle", "life"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who sits there, and how surely that is known. Times are whole seconds since the epoch, as in tokens.

    `account` is always there, `user` and `agency` only for a user of an agency; `roles` are the user's.
    `auth_time`, `acr` and `amr` are of the last authentication. `expires_at` is when `life` is over, however busy.
    """

    id: UUID
    account: str
    role: AccountRole
    user: str | None
    agency: str | None
    name: str = field(repr=False)
    roles: tuple[str, ...]
    acr: Assurance
    amr: tuple[str, ...]
    auth_time: int
    started_at: int
    seen_at: int
    now: int
    expires_at: int
    issuer: str | None
    device: str

    @property
    def principal(self) -> str:
        """What tokens and entries call the person."""
        return accounts.principal(self.account, self.role)

    @property
    def age(self) -> int:
        """Seconds since the last authentication, by the database's clock when the session was read (`now`)."""
        return max(0, self.now - self.auth_time)


@dataclass(frozen=True, slots=True)
class Established:
    """A session and what the browser is to hold for it."""

    session: Session
    secret: str = field(repr=False)


def digest(secret: str) -> bytes:
    """What is kept of a random secret: it has no need of salt or slowness."""
    return hashlib.sha256(secret.encode()).digest()


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def account_of(connection: Connection, session_id: str) -> str | None:
    """Whose a session of this gateway is; whatever was sent may be asked for."""
    row = connection.execute("SELECT account FROM identity.sessions WHERE id::text = %s", (session_id,)).fetchone()
    return str(row[0]) if row else None


class Sessions:
    """`life` and `idle` are settings of the gateway. Every beginning and end is an entry, in the same transaction."""

    def __init__(self, *, database: Database, log: AuditLog, settings: Settings) -> None:
        self._database = database
        self._log = log
        self._life = settings.session_hours * 3600 * NANOSECONDS_PER_SECOND
        self._idle = settings.session_idle_minutes * 60 * NANOSECONDS_PER_SECOND

    def establish(
        self,
        connection: Connection,
        account_id: str,
        *,
        acr: Assurance,
        amr: Sequence[str],
        device: str = "",
        source: str = "",
        issuer: str | None = None,
        auth_time: int | None = None,
    ) -> Established:
        """A new session for an account whose holder was authenticated just now, or at `auth_time` by `issuer`.

        Raises: SignInError ACCOUNT_INACTIVE where the account, the user or the agency is suspended, or there is none.
        """
        rev = current_rev(connection)  # before the statuses: what commits later has a larger number
        account = accounts.find(connection, account_id)
        if account is None or not account.active:
            raise inactive()
        accounts.lock(connection, account_id)  # before or after somebody ends all sessions, never meanwhile
        self._tidy(connection, account)
        now = database_now(connection)
        session_id, secret = uuid7(), new_secret()
        authenticated = now if auth_time is None else min(now, auth_time * NANOSECONDS_PER_SECOND)
        connection.execute(
            "INSERT INTO identity.sessions"
            " (id, secret_sha256, account, rev, issuer, acr, amr, device, started_ns, auth_ns, seen_ns)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                session_id,
                digest(secret),
                account.id,
                rev,
                issuer,
                acr,
                list(amr),
                device[:LONGEST_DEVICE],
                now,
                authenticated,
                now,
            ),
        )
        self._log.record(
            connection,
            account.entry(
                EntryKind.SESSION_STARTED,
                {"session": str(session_id), "acr": str(acr), "amr": list(amr), "issuer": issuer},
                {"device": device[:LONGEST_DEVICE], "source": source},
            ),
        )
        found = _found(connection, digest(secret))
        if found is None or self._over(found) is not None:  # authenticated elsewhere, too long ago
            raise inactive()
        return Established(self._session(found), secret)

    def current(self, secret: str | None) -> Session | None:
        """The session that this secret holds, or None; using it keeps it alive. Raises DatabaseUnavailable."""
        if not secret:
            return None
        with self._database.statement() as connection:
            found = _found(connection, digest(secret))
            if found is None:
                return None
            if self._over(found) is None:
                if found.now_ns - found.seen_ns >= REFRESH * NANOSECONDS_PER_SECOND:
                    connection.execute(
                        "UPDATE identity.sessions SET seen_ns = %s WHERE id = %s AND ended_ns IS NULL",
                        (found.now_ns, found.id),
                    )
                return self._session(found)
        with self._database.transaction() as connection:
            self._close(connection, found)
        return None

    def confirm(self, connection: Connection, session: Session, *, acr: Assurance, amr: Sequence[str]) -> Established:
        """The holder was authenticated again. Raises SignInError where the session has ended meanwhile."""
        connection.execute(
            "UPDATE identity.sessions SET acr = %s, amr = %s, auth_ns = ops.now_ns() WHERE id = %s",
            (acr, list(amr), session.id),
        )
        account = accounts.require(connection, session.account)
        clear: dict[str, Any] = {"session": str(session.id), "acr": str(acr), "amr": list(amr)}
        self._log.record(connection, account.entry(EntryKind.SESSION_CONFIRMED, clear))
        return self.renew(connection, session)

    def renew(self, connection: Connection, session: Session) -> Established:
        """The session goes on under a new secret, and the old one opens nothing.

        Raises: SignInError where the session has ended meanwhile.
        """
        secret = new_secret()
        connection.execute(
            "UPDATE identity.sessions SET secret_sha256 = %s, seen_ns = ops.now_ns()"
            " WHERE id = %s AND ended_ns IS NULL",
            (digest(secret), session.id),
        )
        found = _found(connection, digest(secret))
        if found is None or self._over(found) is not None:
            raise inactive()
        return Established(self._session(found), secret)

    def end(self, session_id: UUID, *, account: str, by: str) -> bool:
        """Ends one session of an account; False where it has no such session that is open."""
        with self._database.transaction() as connection:
            return self._end(connection, accounts.require(connection, account), session_id, by)

    def end_in(self, connection: Connection, session: Session, *, by: str) -> None:
        """Ends a session in the transaction of the act that ends it."""
        self._end(connection, accounts.require(connection, session.account), session.id, by)

    def end_all(self, connection: Connection, account_id: str, *, by: str, but: UUID | None = None) -> int:
        """Ends every session of an account, `but` the one that asks; how many there were."""
        accounts.lock(connection, account_id)  # a session that begins meanwhile is ended, or begins after this
        account = accounts.require(connection, account_id)
        rows = connection.execute(
            "SELECT id FROM identity.sessions WHERE account = %s AND ended_ns IS NULL", (account_id,)
        ).fetchall()
        return sum(self._end(connection, account, row[0], by) for row in rows if row[0] != but)

    def listed(self, account_id: str) -> list[Session]:
        """The open sessions of an account, the latest first."""
        with self._database.transaction() as connection:
            account = accounts.require(connection, account_id)
            self._tidy(connection, account)
            rows = connection.execute(
                _SELECT + b" WHERE s.account = %s AND s.ended_ns IS NULL ORDER BY s.started_ns DESC", (account_id,)
            ).fetchall()
        return [self._session(_Row(*row)) for row in rows]

    def _tidy(self, connection: Connection, account: Account) -> None:
        """Closes what is over, and forgets what was over long ago."""
        rows = connection.execute(
            _SELECT + b" WHERE s.account = %s AND s.ended_ns IS NULL ORDER BY s.id", (account.id,)
        ).fetchall()
        for found in (_Row(*row) for row in rows):
            self._close(connection, found)
        connection.execute(
            "DELETE FROM identity.sessions WHERE account = %s AND ended_ns < ops.now_ns() - %s",
            (account.id, KEPT * NANOSECONDS_PER_SECOND),
        )

    def _close(self, connection: Connection, found: _Row) -> None:
        why = self._over(found)
        if why is not None:
            self._end(connection, accounts.require(connection, found.account), found.id, why)

    def _over(self, found: _Row) -> str | None:
        """Why a session is over, None while it is not."""
        if found.killed:
            return "revoked"
        if found.now_ns >= found.auth_ns + self._life:
            return "life"
        if found.now_ns >= found.seen_ns + self._idle:
            return "idle"
        return None

    def _end(self, connection: Connection, account: Account, session_id: UUID, by: str) -> bool:
        ended = connection.execute(
            "UPDATE identity.sessions SET ended_ns = ops.now_ns()"
            " WHERE id = %s AND account = %s AND ended_ns IS NULL RETURNING 1",
            (session_id, account.id),
        ).fetchone()
        if ended is not None:
            now = database_now(connection) // NANOSECONDS_PER_SECOND
            end_session(connection, str(session_id), expires_at=now + LONGEST_LIFE)  # and every token of it
            clear: dict[str, Any] = {"session": str(session_id), "by": by}
            self._log.record(connection, account.entry(EntryKind.SESSION_ENDED, clear))
        return ended is not None

    def _session(self, found: _Row) -> Session:
        return Session(
            id=found.id,
            account=found.account,
            role=AccountRole(found.role),
            user=found.user,
            agency=found.agency,
            name=found.name,
            roles=tuple(found.roles),
            acr=Assurance(found.acr),
            amr=tuple(found.amr),
            auth_time=found.auth_ns // NANOSECONDS_PER_SECOND,
            started_at=found.started_ns // NANOSECONDS_PER_SECOND,
            seen_at=found.seen_ns // NANOSECONDS_PER_SECOND,
            now=found.now_ns // NANOSECONDS_PER_SECOND,
            expires_at=(found.auth_ns + self._life) // NANOSECONDS_PER_SECOND,
            issuer=found.issuer,
            device=found.device,
        )


class _Row(NamedTuple):
    id: UUID
    account: str
    role: str
    user: str | None
    agency: str | None
    name: str
    roles: list[str]
    acr: str
    amr: list[str]
    issuer: str | None
    device: str
    started_ns: int
    auth_ns: int
    seen_ns: int
    now_ns: int
    killed: bool


_SELECT: Final = b"""
SELECT s.id, s.account, a.role, a.user_id, u.agency, coalesce(u.name, a.name), coalesce(u.roles, '{}'), s.acr, s.amr,
    s.issuer, s.device, s.started_ns, s.auth_ns, s.seen_ns, ops.now_ns(),
    a.status <> 'active' OR EXISTS (
        SELECT FROM identity.revocations AS r
        WHERE (r.suspended OR r.killed_seq > s.rev) AND (
            (r.kind = 'user' AND r.id = coalesce(a.user_id, 'account:' || a.id))
            OR (r.kind = 'agency' AND r.id = u.agency) OR (r.kind = 'issuer' AND r.id IN ('self', s.issuer))
            OR (r.kind = 'session' AND r.id = s.id::text)
        )
    )
FROM identity.sessions AS s
JOIN identity.accounts AS a ON a.id = s.account
LEFT JOIN registry.users AS u ON u.id = a.user_id
"""


def _found(connection: Connection, secret_sha256: bytes) -> _Row | None:
    row = connection.execute(
        _SELECT + b" WHERE s.secret_sha256 = %s AND s.ended_ns IS NULL", (secret_sha256,)
    ).fetchone()
    return _Row(*row) if row else None


def is_open(connection: Connection, session: Session) -> bool:
    """Whether nobody has ended it since it was read; and nobody can until this transaction is over."""
    row = connection.execute(
        "SELECT FROM identity.sessions WHERE id = %s AND ended_ns IS NULL FOR SHARE", (session.id,)
    ).fetchone()
    return row is not None


def inactive() -> SignInError:
    """Said only to somebody who has proven to be the account's owner."""
    return SignInError(
        status=403,
        code="ACCOUNT_INACTIVE",
        sentence="This account cannot be used: it, or its agency, is suspended, or the session has ended.",
        remedy="Sign in again; if that fails, ask an administrator of the gateway.",
    )
