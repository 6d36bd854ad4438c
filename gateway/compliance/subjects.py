"""What is held or erased together: all that was sealed about a case, or what an agency did outside of any case.

Values are sealed under a key for each of these, so nothing smaller can be destroyed for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.registry.models import Actor


@dataclass(frozen=True, slots=True)
class Subject:
    """`case` is a case number of the agency; None means what belongs to no case."""

    agency: str
    case: str | None

    def scope_blind(self, log: AuditLog) -> bytes:
        """How the key of this scope is found; it tells neither the agency nor the case."""
        return log.blind("scope", self.scope(log))

    def scope(self, log: AuditLog) -> str:
        """The name under which its key is made."""
        return log.case_scope(self.agency, self.case) if self.case is not None else f"agency:{self.agency}"

    def document(self) -> dict[str, Any]:
        return {"agency": self.agency, "case": self.case}


def decider(actor: Actor) -> str:
    """Who decides: the person, where one is known, so that two clients of one person are not two people."""
    return f"user:{actor.user}" if actor.user else f"{actor.kind}:{actor.id}"


def named(actor: Actor) -> dict[str, Any]:
    """Who acted, as far as a leaf says it."""
    return {"client": actor.id if actor.kind == "client" else None, "actor": actor.kind}


def found_by(actor: Actor) -> dict[str, str]:
    """How an entry of this person's act is found."""
    return {"user": actor.user} if actor.user else {}
