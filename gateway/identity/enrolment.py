"""How an account gets what it signs in with: by an invitation, or by its owner who is signed in.

An invitation is a code of 100 bits, good for a day and for one enrolment; a new one ends the one before. Recovery is
the same act: whoever accepts an invitation begins afresh, and everything that the account had (password, passkeys,
known browsers, sessions) ends in the transaction in which the new credential comes to be. Opening an invitation uses
nothing up, so that a program that follows links in mail cannot spend it.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND, rfc3339
from gateway.identity import accounts, ceremonies, passkeys, passwords, totp
from gateway.identity.errors import SignInError
from gateway.identity.sessions import Established, digest
from gateway.identity.sign_in import (
    PASSKEY,
    PASSWORD_AND_CODE,
    SignedIn,
    SignIn,
    open_secret,
    remember_device,
    seal_secret,
)
from gateway.vocabulary import AccountRole, Assurance, EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.accounts import Account
    from gateway.identity.ceremonies import Ceremony
    from gateway.identity.passkeys import Passkey
    from gateway.identity.sessions import Session, Sessions
    from gateway.identity.sign_in import Visit

CODE_BYTES: Final = 12  # 20 letters of base32 hold 100 of its bits
CODE_LETTERS: Final = 20
LIFETIME: Final = 86400  # seconds


@dataclass(frozen=True, slots=True)
class Invitation:
    """The code is shown once, to who made it."""

    account: Account
    code: str = field(repr=False)
    expires_ns: int

    def told(self, origin: str) -> dict[str, str]:
        """As it is shown; `origin` is where people reach the console."""
        return {
            "account": self.account.id,
            "code": self.code,
            "url": f"{origin}/console/invitation?code={self.code}",
            "expires_at": rfc3339(self.expires_ns),
        }


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Whose enrolment is under way, and the secret for the authenticator program."""

    account: Account
    code_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an account signs in with; `password_set_ns` is None where it has no password."""

    password_set_ns: int | None
    password_used_ns: int | None
    passkeys: tuple[Passkey, ...]


class Enrolment:
    def __init__(self, *, database: Database, log: AuditLog, sessions: Sessions, sign_in: SignIn) -> None:
        self._database = database
        self._log = log
        self._sessions = sessions
        self._sign_in = sign_in

    def invite(
        self,
        account_id: str,
        *,
        role: AccountRole,
        name: str | None,
        by: str,
        person: str | None = None,
        connection: Connection | None = None,
    ) -> Invitation:
        """A new invitation; one that is open ends. `person` is whose the account of an administrator or auditor is.

        With `connection`, inside the caller's transaction. Raises: SignInError where there is nobody to invite.
        """
        if connection is None:
            with self._database.transaction() as own:
                return self.invite(account_id, role=role, name=name, by=by, person=person, connection=own)
        code = base64.b32encode(secrets.token_bytes(CODE_BYTES + 1)).decode()[:CODE_LETTERS]
        account = accounts.make(connection, account_id, role=role, name=name)
        accounts.lock(connection, account.id)
        if not account.active:
            raise _suspended()
        if person is not None:
            accounts.write_person(connection, self._log, account, person, by=by)
        expires_ns = database_now(connection) + LIFETIME * NANOSECONDS_PER_SECOND
        connection.execute(
            "UPDATE identity.invitations SET ended_ns = ops.now_ns() WHERE account = %s AND ended_ns IS NULL",
            (account.id,),
        )
        connection.execute(
            "INSERT INTO identity.invitations (code_sha256, account, expires_ns) VALUES (%s, %s, %s)",
            (digest(code), account.id, expires_ns),
        )
        self._record(connection, account, EntryKind.ACCOUNT_INVITED, {"actor": by, "expires_ns": expires_ns})
        return Invitation(account, "-".join(code[at : at + 4] for at in range(0, CODE_LETTERS, 4)), expires_ns)

    def open_invitation(self, code: str) -> str:
        """The ceremony in which the invited person enrols. Raises SignInError INVITATION_REFUSED."""
        plain = "".join(letter for letter in code.upper() if letter.isalnum())
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT account FROM identity.invitations"
                " WHERE code_sha256 = %s AND ended_ns IS NULL AND expires_ns >= ops.now_ns()",
                (digest(plain),),
            ).fetchone()
            account = accounts.find(connection, row[0]) if row else None
            if account is None:
                raise invitation_refused()
            return self._begin(connection, account, invitation=digest(plain))

    def begin_password(self, session: Session) -> str:
        """The ceremony in which a person who is signed in sets a new password."""
        with self._database.transaction() as connection:
            return self._begin(connection, accounts.require(connection, session.account), invitation=None)

    def under_way(self, ceremony_secret: str | None) -> Enrolling:
        """Raises SignInError CEREMONY_OVER."""
        with self._database.transaction() as connection:
            return self._enrolling(connection, ceremonies.held(connection, ceremony_secret, "enrolment"))

    def with_password(self, ceremony_secret: str | None, password: str, code: str, visit: Visit) -> SignedIn:
        """Sets the password and the authenticator. Raises SignInError: PASSWORD_…, CODE_REFUSED, CEREMONY_OVER."""
        with self._database.transaction() as connection:
            enrolling = self._enrolling(connection, ceremonies.held(connection, ceremony_secret, "enrolment"))
        try:
            return self._set_password(enrolling, ceremony_secret, password, code, visit)
        except SignInError as error:
            why = error.code.lower()
            self._sign_in.failed(enrolling.account.id, visit, why, kind=EntryKind.CREDENTIAL_REFUSED)
            raise

    def _set_password(
        self, enrolling: Enrolling, ceremony_secret: str | None, password: str, code: str, visit: Visit
    ) -> SignedIn:
        passwords.require_good(password, account=enrolling.account.id)
        hashed = passwords.hashed(password)
        with self._database.transaction() as connection:
            ceremony = ceremonies.held(connection, ceremony_secret, "enrolment")
            account = enrolling.account
            now = database_now(connection) // NANOSECONDS_PER_SECOND
            step = totp.accepted_step(enrolling.code_secret, code, now=now, after=0)
            if step is None:
                raise SignInError(
                    status=422,
                    code="CODE_REFUSED",
                    sentence="That is not the code that the authenticator should show now.",
                    remedy="Scan the picture again, check the clock of the authenticator's device, and type its code.",
                )
            self._admit(connection, account, ceremony, visit)
            connection.execute(
                "INSERT INTO identity.passwords (account, hash, code_key, code_sealed, code_step, set_ns)"
                " VALUES (%s, %s, %s, %s, %s, ops.now_ns())"
                " ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, code_key = excluded.code_key,"
                " code_sealed = excluded.code_sealed, code_step = excluded.code_step, code_failures = 0,"
                " set_ns = excluded.set_ns, used_ns = NULL",
                (account.id, hashed, ceremony.code_key, ceremony.code_sealed, step),
            )
            self._record(connection, account, EntryKind.CREDENTIAL_ADDED, {"credential": "password"})
            established = self._conclude(connection, ceremony, account, visit, Assurance.TWO_FACTORS)
            return SignedIn(established, remember_device(connection, account.id))

    def passkey_options(self, ceremony_secret: str | None, session: Session | None) -> tuple[str, str]:
        """A ceremony and what the browser is told to make: for an enrolment under way, or for who is signed in."""
        challenge = passkeys.new_challenge()
        with self._database.transaction() as connection:
            if session is not None:
                account, invitation = accounts.require(connection, session.account), None
            else:
                ceremony = ceremonies.held(connection, ceremony_secret, "enrolment")
                account, invitation = accounts.require(connection, str(ceremony.account)), ceremony.invitation
            known = passkeys.of_account(connection, account.id) if invitation is None else []
            secret = ceremonies.begin(
                connection, "passkey_enrolment", account=account.id, invitation=invitation, challenge=challenge
            )
        return secret, passkeys.making_options(self._sign_in.place, account, challenge, known)

    def with_passkey(self, ceremony_secret: str | None, response: str, label: str, visit: Visit) -> SignedIn:
        """Adds the passkey. Raises SignInError PASSKEY_REFUSED, CEREMONY_OVER, INVITATION_REFUSED."""
        with self._database.transaction() as connection:
            ceremony = ceremonies.held(connection, ceremony_secret, "passkey_enrolment")
            account = accounts.require(connection, str(ceremony.account))
            self._admit(connection, account, ceremony, visit)
            passkey = passkeys.made(
                self._sign_in.place,
                account,
                ceremony.challenge or b"",
                response,
                label=label,
                now_ns=database_now(connection),
            )
            passkeys.add(connection, passkey)
            clear = {"credential": "passkey", "passkey": str(passkey.id)}
            self._record(connection, account, EntryKind.CREDENTIAL_ADDED, clear)
            return SignedIn(self._conclude(connection, ceremony, account, visit, Assurance.PHISHING_RESISTANT), None)

    def credentials(self, account_id: str) -> Credentials:
        with self._database.transaction() as connection:
            return _credentials(connection, account_id)

    def remove_password(self, session: Session) -> None:
        """Raises SignInError LAST_CREDENTIAL."""
        with self._database.transaction() as connection:
            account = self._locked(connection, session)
            if not _credentials(connection, account.id).passkeys:
                raise _last_credential()
            removed = connection.execute(
                "DELETE FROM identity.passwords WHERE account = %s RETURNING 1", (account.id,)
            ).fetchone()
            if removed is not None:
                self._removed(connection, account, session, {"credential": "password"})

    def remove_passkey(self, session: Session, passkey_id: UUID) -> None:
        """Raises SignInError LAST_CREDENTIAL; a passkey that is not there is no harm."""
        with self._database.transaction() as connection:
            account = self._locked(connection, session)
            held = _credentials(connection, account.id)
            left = [passkey for passkey in held.passkeys if passkey.id != passkey_id]
            if not left and held.password_set_ns is None:
                raise _last_credential()
            if len(left) < len(held.passkeys):
                connection.execute(
                    "DELETE FROM identity.passkeys WHERE id = %s AND account = %s", (passkey_id, account.id)
                )
                clear = {"credential": "passkey", "passkey": str(passkey_id)}
                self._removed(connection, account, session, clear)

    def _begin(self, connection: Connection, account: Account, *, invitation: bytes | None) -> str:
        code = seal_secret(self._log, connection, account, totp.new_secret())
        return ceremonies.begin(connection, "enrolment", account=account.id, invitation=invitation, code=code)

    def _enrolling(self, connection: Connection, ceremony: Ceremony) -> Enrolling:
        account = accounts.require(connection, str(ceremony.account))
        if ceremony.code_key is None or ceremony.code_sealed is None:
            raise ceremonies.over()
        secret = open_secret(self._log, connection, account.id, ceremony.code_key, ceremony.code_sealed)
        return Enrolling(account, secret)

    def _admit(self, connection: Connection, account: Account, ceremony: Ceremony, visit: Visit) -> None:
        """Who may add a credential: who was invited, once, and who is signed in to the account.

        What the account had before ends with an invitation. Raises SignInError INVITATION_REFUSED, CEREMONY_OVER.
        """
        accounts.lock(connection, account.id)
        ceremonies.complete(connection, ceremony)
        if ceremony.invitation is None:
            if visit.session is None or visit.session.account != account.id:
                raise ceremonies.over()
            return
        used = connection.execute(
            "UPDATE identity.invitations SET ended_ns = ops.now_ns()"
            " WHERE code_sha256 = %s AND ended_ns IS NULL AND expires_ns >= ops.now_ns() RETURNING 1",
            (ceremony.invitation,),
        ).fetchone()
        if used is None:
            raise invitation_refused()
        had = _credentials(connection, account.id)
        for table in (b"passwords", b"passkeys", b"devices"):
            connection.execute(b"DELETE FROM identity." + table + b" WHERE account = %s", (account.id,))
        ended = self._sessions.end_all(connection, account.id, by="invitation")
        recovery = had.password_set_ns is not None or bool(had.passkeys)
        self._record(connection, account, EntryKind.ACCOUNT_ENROLLED, {"recovery": recovery, "sessions_ended": ended})

    def _conclude(
        self, connection: Connection, ceremony: Ceremony, account: Account, visit: Visit, acr: Assurance
    ) -> Established:
        """The session that goes on. A new password ends the others; who was invited has a new one."""
        amr = PASSKEY if acr is Assurance.PHISHING_RESISTANT else PASSWORD_AND_CODE
        if ceremony.invitation is None and visit.session is not None:
            if acr is Assurance.TWO_FACTORS:
                self._sessions.end_all(connection, account.id, by="password_changed", but=visit.session.id)
            return self._sessions.renew(connection, visit.session)
        if visit.session is not None and visit.session.account == account.id:  # it has just ended with the rest
            visit = replace(visit, session=None)
        return self._sign_in.conclude(connection, account.id, visit, acr=acr, amr=amr)

    def _locked(self, connection: Connection, session: Session) -> Account:
        accounts.lock(connection, session.account)
        return accounts.require(connection, session.account)

    def _removed(self, connection: Connection, account: Account, session: Session, clear: dict[str, Any]) -> None:
        """Whoever signed in with what is gone now is signed out."""
        self._record(connection, account, EntryKind.CREDENTIAL_REMOVED, clear)
        self._sessions.end_all(connection, account.id, by="credential_removed", but=session.id)

    def _record(self, connection: Connection, account: Account, kind: EntryKind, clear: dict[str, Any]) -> None:
        self._log.record(connection, account.entry(kind, clear))


def _credentials(connection: Connection, account_id: str) -> Credentials:
    row = connection.execute(
        "SELECT set_ns, used_ns FROM identity.passwords WHERE account = %s", (account_id,)
    ).fetchone()
    set_ns, used_ns = row or (None, None)
    return Credentials(set_ns, used_ns, tuple(passkeys.of_account(connection, account_id)))


def invitation_refused() -> SignInError:
    return SignInError(
        status=401,
        code="INVITATION_REFUSED",
        sentence="That invitation is not good: it was used, has expired, or another took its place.",
        remedy="Ask an administrator for a new one.",
    )


def _last_credential() -> SignInError:
    return SignInError(
        status=409,
        code="LAST_CREDENTIAL",
        sentence="That is the only way in that this account has.",
        remedy="Add another before removing it.",
    )


def _suspended() -> SignInError:
    return SignInError(
        status=409,
        code="ACCOUNT_INACTIVE",
        sentence="The account, or its agency, is suspended.",
        remedy="Lift the suspension first.",
    )
