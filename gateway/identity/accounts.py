"""The accounts of people: a user of the registry, or an administrator or auditor who belongs to no agency.

The id of an account is what its owner types to sign in; a user's is the user's id. What is secret about an account is
in `passwords` and `passkeys`; who holds a session, in `sessions`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import Entry
from gateway.identity.errors import SignInError
from gateway.registry import queries
from gateway.registry.words import IDENTIFIER
from gateway.vocabulary import AccountRole, EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection

HANDLE_BYTES: Final = 32
LONGEST_ID: Final = 128
# How the principal of an account begins that is no user's.
OF_AN_ACCOUNT: Final = "account:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`active` is what the registry, or for others the account, says now; `handle` is its name among passkeys."""

    id: str
    role: AccountRole
    user: str | None
    agency: str | None
    name: str = field(repr=False)
    handle: bytes = field(repr=False)
    active: bool

    @property
    def principal(self) -> str:
        """What tokens and entries call this person. A user's is the user's id; of nobody else's ids any has a colon."""
        return principal(self.id, self.role)

    @property
    def scope(self) -> str:
        """The key under which the log seals what is personal: a user's is the one of their registry record."""
        return f"registry:user:{self.user}" if self.user else self.principal

    def entry(self, kind: EntryKind, clear: dict[str, Any], disclosed: dict[str, Any] | None = None) -> Entry:
        """An entry about this account. Its id is personal: it is disclosed, and found again blind."""
        return Entry(
            kind=kind,
            clear={"agency": self.agency, "role": str(self.role), **clear},
            disclosed={"account": self.id, **(disclosed or {})},
            scope=self.scope,
            blind={"user": self.principal},
        )


def principal(account_id: str, role: AccountRole) -> str:
    return account_id if role is AccountRole.USER else f"{OF_AN_ACCOUNT}{account_id}"


_SELECT: Final = """
SELECT a.id, a.role, a.user_id, u.agency, coalesce(u.name, a.name), a.handle,
    a.status = 'active' AND (u.id IS NULL OR (u.status = 'active' AND g.status = 'active'))
FROM identity.accounts AS a
LEFT JOIN registry.users AS u ON u.id = a.user_id
LEFT JOIN registry.agencies AS g ON g.id = u.agency
"""


def as_typed(name: str) -> str:
    """A name as somebody typed it: the id that it may be, or the empty string, which is nobody's."""
    name = name.strip().casefold()
    return name if name.isprintable() and len(name) <= LONGEST_ID else ""


def find(connection: Connection, account_id: str) -> Account | None:
    """The account of that id, or None; whatever was sent may be asked for."""
    if not account_id.isprintable():
        return None
    row = connection.execute(_SELECT + " WHERE a.id = %s", (account_id,)).fetchone()
    return _account(row) if row else None


def require(connection: Connection, account_id: str) -> Account:
    """Raises SignInError where there is no such account."""
    found = find(connection, account_id)
    if found is None:
        raise SignInError(
            status=404,
            code="NOT_FOUND",
            sentence="There is no account of that name.",
            remedy="GET /v1/accounts lists them; an invitation makes one.",
        )
    return found


def listed(connection: Connection, *, limit: int, after: str = "") -> list[Account]:
    rows = connection.execute(_SELECT + " WHERE a.id > %s ORDER BY a.id LIMIT %s", (after, limit)).fetchall()
    return [_account(row) for row in rows]


def lock(connection: Connection, account_id: str) -> None:
    """Whoever changes what an account signs in with, or ends all its sessions, does so alone."""
    connection.execute("SELECT FROM identity.accounts WHERE id = %s FOR UPDATE", (account_id,))


def make(connection: Connection, account_id: str, *, role: AccountRole, name: str | None) -> Account:
    """The account of that id, made where there is none.

    Raises: SignInError where the account is another's, or the user is not in the registry.
    """
    if IDENTIFIER.fullmatch(account_id) is None:
        raise SignInError(
            status=422,
            code="ACCOUNT_NAME_INVALID",
            sentence="That cannot be the name of an account.",
            remedy="Use lower-case letters, digits and . _ / -, at most 128, the first a letter or a digit.",
        )
    user = account_id if role is AccountRole.USER else None
    if user is not None and queries.user(connection, user) is None:
        raise SignInError(
            status=404,
            code="NOT_FOUND",
            sentence="There is no user of that id.",
            remedy="Register the user first, or say that the account is an administrator's or an auditor's.",
        )
    connection.execute(
        "INSERT INTO identity.accounts (id, role, user_id, name, handle) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        (account_id, role, user, None if user else name or account_id, secrets.token_bytes(HANDLE_BYTES)),
    )
    account = require(connection, account_id)
    if account.role is not role:
        raise of_another()
    return account


def of_another() -> SignInError:
    return SignInError(
        status=409,
        code="ACCOUNT_OF_ANOTHER",
        sentence="There is an account of that name in another role.",
        remedy="Choose another name.",
    )


def write_person(connection: Connection, log: AuditLog, account: Account, person: str, *, by: str) -> None:
    """Whose account it is, such as a badge: two accounts of one person are one person (`registry.persons`).

    Raises: SignInError; of a user the registry says it.
    """
    if account.user is not None:
        raise SignInError(
            status=409,
            code="PERSON_IN_REGISTRY",
            sentence="Whose account a user's is, the registry says.",
            remedy="Write `person` with PUT /v1/users/{id}.",
        )
    connection.execute("UPDATE identity.accounts SET person = %s WHERE id = %s", (person, account.id))
    log.record(connection, account.entry(EntryKind.ACCOUNT_WRITTEN, {"actor": by}, {"person": person}))


def set_status(connection: Connection, log: AuditLog, account_id: str, status: str, *, by: str) -> Account:
    """Suspends an administrator or auditor, or gives access back.

    Raises: SignInError; a user is suspended in the registry.
    """
    lock(connection, account_id)
    account = require(connection, account_id)
    if account.user is not None:
        raise SignInError(
            status=409,
            code="SUSPENDED_IN_REGISTRY",
            sentence="A user's account follows the user's status in the registry.",
            remedy="Suspend the user, by a sanction or with PATCH /v1/users/{id}.",
        )
    if account.active is not (status == "active"):
        connection.execute("UPDATE identity.accounts SET status = %s WHERE id = %s", (status, account_id))
        log.record(connection, account.entry(EntryKind.ACCOUNT_WRITTEN, {"status": status, "actor": by}))
    return require(connection, account_id)


def _account(row: tuple[Any, ...]) -> Account:
    return Account(
        id=row[0],
        role=AccountRole(row[1]),
        user=row[2],
        agency=row[3],
        name=row[4],
        handle=bytes(row[5]),
        active=row[6],
    )
