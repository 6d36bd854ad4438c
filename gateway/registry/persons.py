"""Whether two are two: the one place where it is judged that two acts were those of two people.

A person is what the registry says of an account (`person`: a badge, or issuer and subject). Where it does not say whose
account a user's is, nobody can say that two users are two people, and the second of two acts is refused. The operator,
and accounts and clients of no agency, are known by their own names, and by `person` where it is said whose they are.
Where a client merely names its users, the client itself could be all of them: what came through it is taken for one
person's unless both signed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.registry import rules
from gateway.registry.errors import RegistryError

if TYPE_CHECKING:
    from gateway.database import Connection
    from gateway.registry.records import Actor


class SamePerson(RegistryError):  # noqa: N818 - it states what is so
    status = 403

    def __init__(self, sentence: str = "Whoever did the first part of this cannot do the second.") -> None:
        super().__init__(code="SAME_PERSON", sentence=sentence, remedy="Ask another person.")


class PersonUnknown(RegistryError):  # noqa: N818 - it states what is so
    status = 403

    def __init__(self) -> None:
        super().__init__(
            code="PERSON_UNKNOWN",
            sentence="The registry does not say whose account it is, so nobody knows that two people are involved.",
            remedy="Ask an administrator to register the person (badge, or issuer and subject) of every account.",
        )


class SameClient(RegistryError):  # noqa: N818 - it states what is so
    status = 403

    def __init__(self) -> None:
        super().__init__(
            code="SAME_CLIENT",
            sentence="Both came through one client, which merely named the users; it could be either of them.",
            remedy="Act through another client, or sign in.",
        )


class Came(Protocol):
    """How somebody came: through which client, and whether they signed in there or it merely named them."""

    @property
    def client(self) -> str | None: ...

    @property
    def signed_in(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Hand:
    """Who did something: `account` is a user's id, `account:<id>`, `client:<id>` or `operator:<id>`; `client` is what
    it came through.
    """

    account: str
    client: str | None = None
    signed_in: bool = False

    @classmethod
    def of(cls, actor: Actor) -> Hand:
        return cls(rules.person(actor), actor.id if actor.kind == "client" else None, actor.signed_in)


def known_as(person: str) -> str:
    """A person as two are compared, without the spellings by which one could pass for two."""
    return " ".join(person.casefold().split())


def require_two(connection: Connection, first: Hand, second: Hand) -> None:
    """That these are two people.

    Raises: SamePerson, SameClient or PersonUnknown.
    """
    one, other = _bare(first.account), _bare(second.account)
    if one == other:
        raise SamePerson
    persons = _persons(connection, [one, other])
    if one in persons and persons[one] == persons.get(other):
        raise SamePerson("Both accounts are one person's, and this takes two people.")
    if could_be_one(first, second):
        raise SameClient
    if any(_is_user(account) and account not in persons for account in (one, other)):
        raise PersonUnknown


def could_be_one(first: Came, second: Came) -> bool:
    """Whether one client could be both: both came through it, and at least one of them did not sign in."""
    return first.client is not None and first.client == second.client and not (first.signed_in and second.signed_in)


def who(connection: Connection, hand: Hand) -> str:
    """The person, as far as is known, or else the account: equal for two accounts of one person."""
    account = _bare(hand.account)
    person = _persons(connection, [account]).get(account)
    return account if person is None else f"person:{person}"


def _persons(connection: Connection, accounts: list[str]) -> dict[str, str]:
    """Whose these accounts are, as far as is known."""
    rows = connection.execute(
        """
        SELECT id, person FROM registry.users WHERE id = ANY (%(accounts)s) AND person IS NOT NULL
        UNION ALL
        SELECT 'client:' || id, person FROM registry.clients
        WHERE 'client:' || id = ANY (%(accounts)s) AND person IS NOT NULL
        UNION ALL
        SELECT 'account:' || id, person FROM identity.accounts
        WHERE 'account:' || id = ANY (%(accounts)s) AND person IS NOT NULL
        """,
        {"accounts": accounts},
    ).fetchall()
    return {account: known_as(person) for account, person in rows}


def _bare(account: str) -> str:
    return account.removeprefix("user:")


def _is_user(account: str) -> bool:
    return ":" not in account
