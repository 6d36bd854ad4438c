"""The accounts of auditors are made, suspended and given back by two people (`registry.proposals`), one an outsider.

Each invitation takes two, the later ones as well: who accepts one has the account, whoever had it before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.identity import accounts
from gateway.registry.errors import Conflict, TwoPersonsRequired, Unknown
from gateway.registry.proposals import Handler
from gateway.registry.words import Identifier, Line  # noqa: TC001  pydantic reads them
from gateway.registry.writes import Write
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.identity.enrolment import Enrolment
    from gateway.identity.sessions import Sessions

# The proposal's own entry names the two people.
_BY_TWO: Final = "gateway:proposals"


class AuditorInvited(Write):
    account: Identifier
    name: Line | None = None
    person: Line | None = None


class AuditorNamed(Write):
    account: Identifier


def handlers(enrolment: Enrolment, sessions: Sessions, *, log: AuditLog, origin: str) -> Mapping[str, Handler]:
    """`origin` is where people reach the console; the invitation is told to whoever approves it."""

    def invite(connection: Connection, write: AuditorInvited) -> dict[str, Any]:
        invited = enrolment.invite(
            write.account,
            role=AccountRole.AUDITOR,
            name=write.name,
            by=_BY_TWO,
            person=write.person,
            connection=connection,
        )
        return {"invitation": invited.told(origin)}

    def suspend(connection: Connection, named: AuditorNamed) -> None:
        _become(connection, named, "suspended")
        sessions.end_all(connection, named.account, by=_BY_TWO)

    def reinstate(connection: Connection, named: AuditorNamed) -> None:
        _become(connection, named, "active")

    def _become(connection: Connection, named: AuditorNamed, status: str) -> None:
        _auditor(connection, named)
        accounts.set_status(connection, log, named.account, status, by=_BY_TWO)

    return {
        "auditor_account.invite": Handler(AuditorInvited, _may_be_invited, invite),
        "auditor_account.suspend": Handler(AuditorNamed, _active, suspend),
        "auditor_account.reinstate": Handler(AuditorNamed, _suspended, reinstate),
    }


def by_two(connection: Connection, account_id: str) -> None:
    """What one person does not do to an auditor's account: to end its sessions again and again is to suspend it.

    Raises: TwoPersonsRequired.
    """
    found = accounts.find(connection, account_id)
    if found is not None and found.role is AccountRole.AUDITOR:
        raise TwoPersonsRequired


def _may_be_invited(connection: Connection, write: AuditorInvited) -> None:
    found = accounts.find(connection, write.account)
    if found is not None and found.role is not AccountRole.AUDITOR:
        raise accounts.of_another()


def _auditor(connection: Connection, named: AuditorNamed) -> accounts.Account:
    found = accounts.find(connection, named.account)
    if found is None or found.role is not AccountRole.AUDITOR:
        raise Unknown
    return found


def _active(connection: Connection, named: AuditorNamed) -> None:
    if not _auditor(connection, named).active:
        raise Conflict(code="ACCOUNT_SUSPENDED", sentence="The account is suspended already.", remedy="Nothing to do.")


def _suspended(connection: Connection, named: AuditorNamed) -> None:
    if _auditor(connection, named).active:
        raise Conflict(code="ACCOUNT_ACTIVE", sentence="The account is active.", remedy="Nothing to do.")
