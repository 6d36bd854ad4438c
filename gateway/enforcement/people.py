"""Who acts: a person, not an account. Whoever asks, approves and examines are different people.

What a person is, and when two accounts are one person's, `gateway.registry.persons` says. An account of which nobody
knows whose it is neither approves nor examines, and nothing that it asked for is approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.enforcement.errors import PersonRefused
from gateway.registry import persons
from gateway.registry.errors import RegistryError
from gateway.registry.persons import Hand, PersonUnknown, known_as
from gateway.vocabulary import EntryKind, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.identity.caller import Caller

APPROVING: Final = frozenset({Role.SUPERVISOR_APPROVER})
EXAMINING: Final = frozenset({Role.TRAINED_EXAMINER, Role.SECOND_EXAMINER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with one of the wanted roles; `trained` now. `signed_in`, not merely named by the client.

    `digest` is the keyed digest by which the person is known again where no name stands.
    """

    user: str
    person: str
    digest: bytes
    role: str
    client: str
    signed_in: bool
    trained: bool


def acting(connection: Connection, log: AuditLog, caller: Caller, roles: Collection[Role]) -> Person:
    """The person behind the caller, who must have one of the roles in the caller's agency.

    Raises: PersonRefused with USER_REQUIRED or ROLE_REQUIRED; PersonUnknown; ClockNotTrusted.
    """
    row = connection.execute(
        """
        SELECT roles, person, training_valid_to_ns > %s FROM registry.users
        WHERE id = %s AND agency = %s AND status = 'active'
        """,
        (sound_now(connection), caller.user, caller.agency),
    ).fetchone()
    if row is None:
        raise PersonRefused(
            status=403,
            code="USER_REQUIRED",
            sentence="This is decided by people, and the token names no active user of the agency.",
            remedy="Ask for a token that names the user who decides.",
        )
    held = sorted(set(roles) & set(row[0]))
    if not held:
        raise PersonRefused(
            status=403,
            code="ROLE_REQUIRED",
            sentence=f"The user has none of the roles that this needs: {', '.join(sorted(roles))}.",
            remedy="Ask a person of your agency who has such a role.",
        )
    if row[1] is None:
        raise PersonUnknown
    return Person(
        user=caller.user or "",
        person=known_as(row[1]),
        digest=log.blind("person", known_as(row[1])),
        role=str(held[0]),
        client=caller.client,
        signed_in=caller.user_strength == "authenticated",
        trained=bool(row[2]),
    )


def require_other(connection: Connection, person: Person, caller: Caller, *, act: str) -> None:
    """That `person` is somebody else than who asked as `caller`.

    Raises: PersonRefused with SELF_APPROVAL; SamePerson, PersonUnknown or SameClient.
    """
    if person.user == caller.user:
        raise PersonRefused(
            status=403,
            code="SELF_APPROVAL",
            sentence=f"Nobody may {act} what they asked for themselves.",
            remedy="Let another person of the agency decide.",
        )
    asked = Hand(caller.user or f"client:{caller.client}", caller.client, caller.user_strength == "authenticated")
    persons.require_two(connection, asked, Hand(person.user, person.client, person.signed_in))


def others(connection: Connection, caller: Caller, roles: Collection[Role]) -> list[str]:
    """Users of the agency with one of the roles who are known to be somebody else than the caller, by id."""
    rows = connection.execute(
        """
        SELECT u.id, u.person, own.person FROM registry.users AS u
        JOIN registry.users AS own ON own.id = %(user)s
        WHERE u.agency = %(agency)s AND u.status = 'active' AND u.roles && %(roles)s::text[] AND u.id <> own.id
        ORDER BY u.id
        """,
        {"user": caller.user, "agency": caller.agency, "roles": sorted(roles)},
    ).fetchall()
    return [user for user, person, own in rows if person and own and known_as(person) != known_as(own)]


def refused_on_record(
    database: Database, log: AuditLog, caller: Caller, act: Callable[[], None], *, operation: str, decision_id: str
) -> None:
    """Runs `act`; a refusal of the person is an entry before it is an answer."""
    try:
        act()
    except (PersonRefused, RegistryError) as refused:
        with database.transaction() as connection:
            log.record(
                connection,
                Entry(
                    kind=EntryKind.ACCESS_REFUSED,
                    clear={
                        "decision_id": decision_id,
                        "agency": caller.agency,
                        "client": caller.client,
                        "operation": operation,
                        "permit": False,
                        "reasons": [refused.code],
                    },
                    disclosed={"user": caller.user},
                    scope=f"agency:{caller.agency}",
                    blind={"user": caller.user} if caller.user else {},
                ),
            )
        refused.on_record = True
        raise
