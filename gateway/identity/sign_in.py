"""Signing in: by passkey, or by password and then a code. Each way ends in a session, new or confirmed.

What is the same for everybody: an account that does not exist costs the work of one that does and gets the same answer;
an attempt is counted before it is judged (`attempts`); a code and a challenge count once. Who holds a session of the
same account is confirmed in it (a step-up); who holds another's has that one ended. Failures are entries (`failures`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.identity import accounts, attempts, ceremonies, failures, passkeys, passwords, totp
from gateway.identity.errors import SignInError
from gateway.identity.sessions import Established, Session, Sessions, digest, new_secret
from gateway.vocabulary import Assurance, EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.attempts import Subject

# RFC 8176. A passkey proves possession (pop) and the device verified the person (user).
PASSWORD_AND_CODE: Final = ("pwd", "otp", "mfa")
PASSKEY: Final = ("pop", "user", "mfa")
CODES_A_CEREMONY: Final = 5
# Wrong codes after the right password, from whom the account is then closed; SP 800-63B section 3.2.2 allows 100.
CODES_OF_STRANGERS: Final = 50
CODES_OF_DEVICES: Final = 100
DEVICES_KEPT: Final = 10


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request of a person comes from: `device` is a browser's description of itself, `known` its device secret,
    `session` the session that it holds already.
    """

    source: str
    device: str
    known: str | None = field(repr=False)
    session: Session | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser is to hold: the session's secret, and where one was given the device's."""

    established: Established
    device: str | None = field(repr=False)


class SignIn:
    def __init__(self, *, database: Database, log: AuditLog, sessions: Sessions, issuer: str) -> None:
        self._database = database
        self._log = log
        self._sessions = sessions
        self.place = passkeys.place_for(issuer)

    def with_password(self, account_id: str, password: str, visit: Visit) -> str:
        """The ceremony in which a code is awaited. Raises SignInError SIGN_IN_REFUSED, SLOWED, BUSY."""
        account_id = accounts.as_typed(account_id)
        with self._database.transaction() as connection:
            subjects = _subjects(connection, account_id, visit)
            attempts.count(connection, self._log, subjects)
            row = connection.execute("SELECT hash FROM identity.passwords WHERE account = %s", (account_id,)).fetchone()
        try:
            right = passwords.matches(row[0] if row else None, password)
        except SignInError:
            with self._database.transaction() as connection:
                attempts.take_back(connection, self._log, subjects)
            raise
        if not right:
            self.failed(account_id, visit, "password")
            raise refused()
        with self._database.transaction() as connection:
            return ceremonies.begin(connection, "code", account=account_id)

    def with_code(self, ceremony_secret: str | None, code: str, visit: Visit) -> SignedIn:
        """The session. Raises SignInError CODE_REFUSED, CEREMONY_OVER, PASSWORD_CLOSED, ACCOUNT_INACTIVE."""
        account_id = ""
        try:
            with self._database.transaction() as connection:
                ceremony = ceremonies.held(connection, ceremony_secret, "code")
                account_id = str(ceremony.account)
                known = is_known(connection, account_id, visit)
                right = self._code_is_right(connection, account_id, code, known=known)
                if right:
                    ceremonies.complete(connection, ceremony)
                    attempts.forgive(connection, self._log, _subjects(connection, account_id, visit))
                    established = self.conclude(
                        connection, account_id, visit, acr=Assurance.TWO_FACTORS, amr=PASSWORD_AND_CODE
                    )
                    return SignedIn(established, None if known else remember_device(connection, account_id))
                if ceremonies.count_failure(connection, ceremony) >= CODES_A_CEREMONY:
                    ceremonies.complete(connection, ceremony)
        except SignInError as error:
            if account_id:  # else there was no such step, and nobody tried to sign in
                self.failed(account_id, visit, error.code.lower())
            raise
        self.failed(account_id, visit, "code" if right is False else "password_closed")
        raise closed() if right is None else code_refused()

    def passkey_options(self, visit: Visit) -> tuple[str, str]:
        """A ceremony and what the browser is asked for: any passkey, or one of the person who is to confirm."""
        subjects = attempts.of_challenges(visit.source)
        challenge = passkeys.new_challenge()
        with self._database.transaction() as connection:
            attempts.count(connection, self._log, subjects)
            account = visit.session.account if visit.session else None
            known = passkeys.of_account(connection, account) if account else []
            secret = ceremonies.begin(connection, "passkey", account=account, challenge=challenge)
        return secret, passkeys.using_options(self.place, challenge, known)

    def with_passkey(self, ceremony_secret: str | None, response: str, visit: Visit) -> SignedIn:
        """The session. Raises SignInError PASSKEY_REFUSED, CEREMONY_OVER, ACCOUNT_INACTIVE."""
        with self._database.transaction() as connection:  # the challenge is used up, whatever comes of it
            ceremony = ceremonies.held(connection, ceremony_secret, "passkey")
            ceremonies.complete(connection, ceremony)
        account_id = ceremony.account or ""
        try:
            with self._database.transaction() as connection:
                passkey = passkeys.by_credential(connection, passkeys.credential_of(response))
                account = accounts.find(connection, passkey.account) if passkey else None
                if passkey is None or account is None or ceremony.account not in {None, account.id}:
                    raise passkeys.refused()
                account_id = account.id
                challenge, was_named = ceremony.challenge or b"", ceremony.account is not None
                sign_count = passkeys.used(self.place, passkey, account, challenge, response, was_named=was_named)
                passkeys.count_use(connection, passkey, sign_count)
                attempts.forgive(connection, self._log, attempts.of_challenges(visit.source))
                acr = Assurance.PHISHING_RESISTANT
                return SignedIn(self.conclude(connection, account_id, visit, acr=acr, amr=PASSKEY), None)
        except SignInError as error:
            self.failed(account_id, visit, error.code.lower())
            raise

    def conclude(
        self, connection: Connection, account_id: str, visit: Visit, *, acr: Assurance, amr: tuple[str, ...]
    ) -> Established:
        """The session after an authentication: the one that is held, confirmed, or a new one."""
        if visit.session is not None and visit.session.account == account_id:
            return self._sessions.confirm(connection, visit.session, acr=acr, amr=amr)
        if visit.session is not None:
            self._sessions.end_in(connection, visit.session, by="another_sign_in")
        return self._sessions.establish(
            connection, account_id, acr=acr, amr=amr, device=visit.device, source=visit.source
        )

    def _code_is_right(self, connection: Connection, account_id: str, code: str, *, known: bool) -> bool | None:
        """None where this way in is closed. The step moves on in the statement that compares it: a code counts once."""
        row = connection.execute(
            "SELECT code_key, code_sealed, code_step, code_failures FROM identity.passwords"
            " WHERE account = %s FOR UPDATE",
            (account_id,),
        ).fetchone()
        if row is None:
            return False
        if row[3] >= (CODES_OF_DEVICES if known else CODES_OF_STRANGERS):
            return None
        try:
            secret = open_secret(self._log, connection, account_id, row[0], row[1])
        except DisclosureUnreadable:  # the person's key was destroyed by order, and the authenticator's secret with it
            return None
        now = database_now(connection) // NANOSECONDS_PER_SECOND
        step = totp.accepted_step(secret, code, now=now, after=row[2])
        if step is None:
            connection.execute(
                "UPDATE identity.passwords SET code_failures = code_failures + 1 WHERE account = %s", (account_id,)
            )
            return False
        connection.execute(
            "UPDATE identity.passwords SET code_step = %s, code_failures = 0, used_ns = ops.now_ns()"
            " WHERE account = %s",
            (step, account_id),
        )
        return True

    def failed(self, account_id: str, visit: Visit, why: str, kind: EntryKind = EntryKind.SIGN_IN_REFUSED) -> None:
        """Writes a failure down; the transaction that failed is over by now."""
        with self._database.transaction() as connection:
            failures.record(
                connection,
                self._log,
                kind,
                account_id=account_id,
                why=why,
                source=visit.source,
                device=visit.device,
            )


def is_known(connection: Connection, account_id: str, visit: Visit) -> bool:
    """Whether this browser has signed in to the account before."""
    row = connection.execute(
        "SELECT FROM identity.devices WHERE secret_sha256 = %s AND account = %s",
        (digest(visit.known or ""), account_id),
    ).fetchone()
    return row is not None


def remember_device(connection: Connection, account_id: str) -> str:
    """What a browser keeps by which it is known again; the oldest of many are forgotten."""
    secret = new_secret()
    connection.execute(
        "INSERT INTO identity.devices (secret_sha256, account, made_ns) VALUES (%s, %s, ops.now_ns())",
        (digest(secret), account_id),
    )
    connection.execute(
        "DELETE FROM identity.devices WHERE secret_sha256 IN (SELECT secret_sha256 FROM identity.devices"
        " WHERE account = %s ORDER BY made_ns DESC OFFSET %s)",
        (account_id, DEVICES_KEPT),
    )
    return secret


def seal_secret(log: AuditLog, connection: Connection, account: accounts.Account, secret: bytes) -> tuple[UUID, bytes]:
    """The secret of an account's codes as it is stored: sealed, under the key that seals the account's entries."""
    return log.seal_value(connection, account.scope, secret.hex(), context=f"totp {account.id}")


def open_secret(log: AuditLog, connection: Connection, account_id: str, key: UUID, sealed: bytes) -> bytes:
    return bytes.fromhex(log.open_value(connection, key, bytes(sealed), context=f"totp {account_id}"))


def _subjects(connection: Connection, account_id: str, visit: Visit) -> tuple[Subject, ...]:
    if is_known(connection, account_id, visit):
        return attempts.of_device(account_id, digest(visit.known or ""))
    return attempts.of_stranger(account_id, visit.source)


def refused() -> SignInError:
    """The one answer to a wrong name and to a wrong password."""
    return SignInError(
        status=401,
        code="SIGN_IN_REFUSED",
        sentence="The name or the password is not right.",
        remedy="Check both. If you have lost your password, ask an administrator for an invitation.",
    )


def code_refused() -> SignInError:
    return SignInError(
        status=401,
        code="CODE_REFUSED",
        sentence="That code was not accepted.",
        remedy="Type the six digits that the authenticator shows now; each code counts once.",
    )


def closed() -> SignInError:
    return SignInError(
        status=403,
        code="PASSWORD_CLOSED",
        sentence="Your password opens nothing any more: too many wrong codes followed it, or its secret was erased.",
        remedy="Sign in with a passkey, or ask an administrator for an invitation. Somebody may know your password.",
    )
