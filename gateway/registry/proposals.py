"""What two people must agree on, one of them from outside the vendor: a court's keys, the accounts of auditors.

One proposes, another approves, and only then, in the same commit, is it done. What must always hold: nobody approves
what he proposed, whatever account he comes through, and of the two at least one stands outside the vendor. What can be
proposed is a closed list of handlers: a document's form, and what is done with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ValidationError

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.registry import persons, queries, rules
from gateway.registry.errors import Conflict, Invalid, TwoPersonsRequired, Unknown
from gateway.registry.persons import Hand
from gateway.vocabulary import Affiliation, EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.records import Actor


@dataclass(frozen=True, slots=True)
class Handler:
    """`form` is what is proposed; `check` refuses what could not be done, `carry_out` does it. By Refusal.

    What `carry_out` returns is told to whoever approved, once, and kept nowhere.
    """

    form: type[BaseModel]
    check: Callable[[Connection, Any], None]
    carry_out: Callable[[Connection, Any], dict[str, Any] | None]


class Proposals:
    def __init__(self, *, database: Database, log: AuditLog, handlers: Mapping[str, Handler]) -> None:
        self._database = database
        self._log = log
        self._handlers = dict(handlers)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted(self._handlers))

    def propose(self, kind: str, document: Mapping[str, Any], *, why: str, actor: Actor) -> dict[str, Any]:
        """Nothing is done yet.

        Raises:
            RegistryError: there is no such kind, or what is proposed could not be.
        """
        handler = self._handler(kind)
        write = _read(handler.form, document)
        with self._database.transaction() as connection:
            rules.administrators_only(actor)
            handler.check(connection, write)
            proposal = (uuid7(), kind, write.model_dump(mode="json"), why, rules.person(actor))
            connection.execute(
                """
                INSERT INTO registry.proposals
                    (id, kind, document, why, proposed_by, proposed_affiliation, proposed_ns)
                VALUES (%s, %s, %s, %s, %s, %s, %s)
                """,
                (
                    proposal[0],
                    kind,
                    Jsonb(proposal[2]),
                    why,
                    proposal[4],
                    _affiliation(connection, actor),
                    database_now(connection),
                ),
            )
            self._record(connection, EntryKind.PROPOSAL_MADE, proposal[0], actor, {"document": proposal[2], "why": why})
            return _one(connection, proposal[0])

    def decide(self, proposal_id: UUID, *, approve: bool, reason: str, actor: Actor) -> dict[str, Any]:
        """Approving carries it out in the same commit; whoever proposed may only take it back.

        Raises:
            RegistryError: it was decided, the two are not two, or it can no longer be carried out.
        """
        with self._database.transaction() as connection:
            rules.administrators_only(actor)
            row = connection.execute(
                "SELECT kind, document, proposed_by, proposed_affiliation, decided_ns FROM registry.proposals"
                " WHERE id = %s FOR UPDATE",
                (proposal_id,),
            ).fetchone()
            if row is None:
                raise Unknown
            kind, document, proposed_by, proposed_affiliation, decided_ns = row
            if decided_ns is not None:
                raise Conflict(
                    code="PROPOSAL_DECIDED",
                    sentence="This proposal was decided already.",
                    remedy="Make another one.",
                )
            affiliation, told = _affiliation(connection, actor), None
            if approve:
                persons.require_two(connection, Hand(proposed_by), Hand.of(actor))
                if Affiliation.VENDOR == affiliation == proposed_affiliation:
                    raise TwoPersonsRequired
                handler = self._handler(kind)
                told = handler.carry_out(connection, _read(handler.form, document))
            connection.execute(
                """
                UPDATE registry.proposals
                SET decided_by = %s, decided_affiliation = %s, decided_ns = %s, verdict = %s, reason = %s
                WHERE id = %s
                """,
                (
                    rules.person(actor),
                    affiliation,
                    sound_now(connection),
                    "approved" if approve else "refused",
                    reason,
                    proposal_id,
                ),
            )
            said = {"verdict": "approved" if approve else "refused", "reason": reason}
            self._record(connection, EntryKind.PROPOSAL_DECIDED, proposal_id, actor, said)
            return _one(connection, proposal_id) | (told or {})

    def list(self, *, limit: int) -> list[dict[str, Any]]:
        """Newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(_SELECT + " ORDER BY proposed_ns DESC, id DESC LIMIT %s", (limit,)).fetchall()
        return [_document(row) for row in rows]

    def _handler(self, kind: str) -> Handler:
        handler = self._handlers.get(kind)
        if handler is None:
            raise Invalid(
                code="PROPOSAL_KIND_UNKNOWN",
                sentence=f"What can be proposed is one of: {', '.join(self.kinds)}.",
                remedy="Send one of these.",
            )
        return handler

    def _record(
        self, connection: Connection, event: EntryKind, proposal: UUID, actor: Actor, said: dict[str, Any]
    ) -> None:
        row = _one(connection, proposal)
        clear = {
            "proposal": str(proposal),
            "proposed": row["kind"],
            "affiliation": _affiliation(connection, actor),
            "actor": actor.kind,
            "verdict": said.get("verdict"),
        }
        disclosed = {"person": rules.person(actor)} | said
        self._log.record(connection, Entry(kind=event, clear=clear, disclosed=disclosed, scope="proposals"))


def _read(form: type[BaseModel], document: Mapping[str, Any]) -> BaseModel:
    try:
        return form.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Invalid(
            code="PROPOSAL_INVALID",
            sentence=f"The document cannot be: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}.",
            remedy="Correct the field; /openapi.json describes each.",
        ) from None


def _affiliation(connection: Connection, actor: Actor) -> str:
    """The operator of the machine is the vendor's."""
    client = queries.client(connection, actor.id) if actor.kind == "client" else None
    return client.affiliation if client else Affiliation.VENDOR.value


_SELECT: Final = """
SELECT id, kind, document, why, proposed_by, proposed_affiliation, proposed_ns, decided_by, decided_affiliation,
    decided_ns, verdict, reason
FROM registry.proposals
"""


def _one(connection: Connection, proposal: UUID) -> dict[str, Any]:
    row = connection.execute(_SELECT + " WHERE id = %s", (proposal,)).fetchone()
    if row is None:
        raise Unknown
    return _document(row)


def _document(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": str(row[0]),
        "kind": row[1],
        "document": row[2],
        "why": row[3],
        "proposed_by": row[4],
        "proposed_affiliation": row[5],
        "proposed_at": rfc3339(row[6]),
        "state": row[10] or "open",
        "decided_by": row[7],
        "decided_affiliation": row[8],
        "decided_at": rfc3339(row[9]) if row[9] else None,
        "reason": row[11],
    }
