"""Suspected misuse that a decision itself shows: the incident is opened in the commit of the decision.

Policy asks for it with OPEN_MISUSE_INCIDENT, on a denial as on a permit, before the search and before the release. What
an incident is, and what is done about it, is `compliance`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gateway.enforcement.obligations import INCIDENT

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.entries import SealedEntry
    from gateway.database import Connection
    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision, Obligation, Reason


class Incidents(Protocol):
    """Writes an incident in the caller's transaction, once for a decision and a rule."""

    def open(
        self,
        connection: Connection,
        *,
        agency: str,
        decision_id: UUID,
        rule: str,
        facts: dict[str, Any],
        leaf_hashes: list[bytes],
    ) -> None: ...


def rule_of(cause: Reason | Obligation) -> str:
    """Pack, rule and code, as incidents name what raised them."""
    return f"{cause.pack}/{cause.rule}/{cause.code}"


def shown(decision: Decision) -> bool:
    return any(obligation.code == INCIDENT for obligation in decision.obligations)


def open_incidents(
    incidents: Incidents,
    connection: Connection,
    decision: Decision,
    *,
    decision_id: UUID,
    caller: Caller,
    request: GovernedRequest,
    sealed: SealedEntry,
) -> None:
    """One for each rule that asks for it; `sealed` is the decision's entry."""
    for obligation in decision.obligations:
        if obligation.code == INCIDENT:
            incidents.open(
                connection,
                agency=caller.agency or "",
                decision_id=decision_id,
                rule=rule_of(obligation),
                facts={
                    "search": str(decision_id),
                    "user": caller.user,
                    "case_number": request.case_number,
                    "purpose": request.purpose,
                    "reasons": [reason.document() for reason in decision.reasons],
                },
                leaf_hashes=[sealed.leaf_hash],
            )
