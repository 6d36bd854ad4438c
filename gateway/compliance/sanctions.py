"""Suspending an agency, a user or a client, and giving access back.

The registry's `status` is the one truth; identity's revocation state follows it by trigger in the same commit, so the
tokens die with the row that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.compliance.refusals import ActRefused
from gateway.registry import persons, queries, rules
from gateway.registry.persons import Hand, SamePerson
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.models import Actor
    from gateway.registry.service import Registry

SubjectKind = Literal["agency", "user", "client"]


class SanctionRefused(ActRefused):
    """The sanction cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanction:
    id: UUID
    subject_kind: SubjectKind
    subject_id: str
    rule: str
    statement: str
    entries: list[int]
    imposed_by: str
    imposed_ns: int
    lifted_by: str | None
    lifted_ns: int | None
    lift_statement: str | None

    def document(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "subject": {"kind": self.subject_kind, "id": self.subject_id},
            "rule": self.rule,
            "statement": self.statement,
            "entries": self.entries,
            "imposed_by": self.imposed_by,
            "imposed_at": rfc3339(self.imposed_ns),
            "lifted_by": self.lifted_by,
            "lifted_at": rfc3339(self.lifted_ns) if self.lifted_ns else None,
            "lift_statement": self.lift_statement,
        }


class Sanctions:
    def __init__(self, *, database: Database, log: AuditLog, registry: Registry) -> None:
        self._database = database
        self._log = log
        self._registry = registry

    def impose(
        self, *, actor: Actor, kind: SubjectKind, subject: str, rule: str, statement: str, entries: list[int]
    ) -> Sanction:
        """Suspends, from the commit on.

        Raises: SanctionRefused; registry.errors.Unknown where there is no such subject, TwoPersonsRequired where it is
        the client of somebody who watches.
        """
        with self._database.transaction() as connection:
            if kind == "client":
                rules.watcher_by_two(connection, subject)
            if kind == "client" and _is_administrator(connection, subject):
                raise SanctionRefused(
                    status=403,
                    code="ADMINISTRATOR_NOT_SANCTIONED",
                    sentence="An administrator's client is not suspended by another; nobody could give it back.",
                    remedy="The operator suspends it on the gateway's own machine: writgate client.",
                )
            if not _all_on_the_log(connection, entries):
                raise SanctionRefused(
                    status=422,
                    code="ENTRIES_NOT_ON_LOG",
                    sentence="A sanction rests on entries of the log, and not all of those named are on it.",
                    remedy="Name the indexes of the entries that show the violation; GET /v1/audit/entries lists them.",
                )
            self._registry.set_status(kind, subject, "suspended", connection)
            sanction = Sanction(
                id=uuid7(),
                subject_kind=kind,
                subject_id=subject,
                rule=rule,
                statement=statement,
                entries=sorted(set(entries)),
                imposed_by=f"{actor.kind}:{actor.id}",
                imposed_ns=database_now(connection),
                lifted_by=None,
                lifted_ns=None,
                lift_statement=None,
            )
            made = connection.execute(
                """
                INSERT INTO compliance.sanctions
                    (id, subject_kind, subject_id, rule, statement, entries, imposed_by, imposed_ns, imposed_person)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1
                """,
                (
                    sanction.id,
                    kind,
                    subject,
                    rule,
                    statement,
                    sanction.entries,
                    sanction.imposed_by,
                    sanction.imposed_ns,
                    self._person(connection, actor),
                ),
            ).fetchone()
            if made is None:
                raise SanctionRefused(
                    status=409,
                    code="ALREADY_SUSPENDED",
                    sentence="There is an open sanction against this subject.",
                    remedy="Lift it first, or leave it as it is.",
                )
            self._record(connection, EntryKind.SANCTION_IMPOSED, sanction, actor, statement)
        return sanction

    def lift(self, *, actor: Actor, sanction_id: UUID, statement: str) -> Sanction:
        """Gives access back. Tokens minted before stay dead.

        Raises: SanctionRefused; SamePerson where both accounts are one person's; ClockNotTrusted.
        """
        lifted_by = f"{actor.kind}:{actor.id}"
        with self._database.transaction() as connection:
            sanction = _one(connection, sanction_id, for_update=True)
            if sanction is None or sanction.lifted_ns is not None:
                raise SanctionRefused(
                    status=404,
                    code="NOT_FOUND",
                    sentence="There is no open sanction of that id.",
                    remedy="GET /v1/sanctions lists them.",
                )
            if sanction.imposed_by == lifted_by:
                raise SanctionRefused(
                    status=403,
                    code="SAME_DECIDER",
                    sentence="Who imposed a sanction cannot lift it.",
                    remedy="Ask another administrator.",
                )
            persons.require_two(connection, Hand(sanction.imposed_by), Hand.of(actor))
            if self._is_the_person(connection, sanction_id, actor):
                raise SamePerson
            self._registry.set_status(sanction.subject_kind, sanction.subject_id, "active", connection)
            connection.execute(
                "UPDATE compliance.sanctions SET lifted_by = %s, lifted_ns = %s, lift_statement = %s WHERE id = %s",
                (lifted_by, sound_now(connection), statement, sanction_id),
            )
            self._record(connection, EntryKind.SANCTION_LIFTED, sanction, actor, statement)
            lifted = _one(connection, sanction_id)
        if lifted is None:
            raise LookupError("the row was locked by this transaction")
        return lifted

    def list(self, *, limit: int) -> list[Sanction]:
        with self._database.transaction() as connection:
            rows = connection.execute(f"{_COLUMNS} ORDER BY imposed_ns DESC LIMIT %s", (limit,)).fetchall()
        return [_sanction(row) for row in rows]

    def _person(self, connection: Connection, actor: Actor) -> bytes:
        """Who sat behind the program, as far as is known: two programs of one person are not two people."""
        return self._log.blind("user", persons.who(connection, Hand.of(actor)))

    def _is_the_person(self, connection: Connection, sanction_id: UUID, actor: Actor) -> bool:
        row = connection.execute(
            "SELECT FROM compliance.sanctions WHERE id = %s AND imposed_person = %s",
            (sanction_id, self._person(connection, actor)),
        ).fetchone()
        return row is not None

    def _record(
        self, connection: Connection, kind: EntryKind, sanction: Sanction, actor: Actor, statement: str
    ) -> None:
        """Subject and rule are clear: the public must be able to count what was taken from whom."""
        is_user = sanction.subject_kind == "user"
        self._log.record(
            connection,
            Entry(
                kind=kind,
                clear={
                    "sanction": str(sanction.id),
                    "agency": sanction.subject_id if sanction.subject_kind == "agency" else None,
                    "subject_kind": sanction.subject_kind,
                    "rule": sanction.rule,
                    "entries": sanction.entries,
                    "decider": f"{actor.kind}:{actor.id}",
                },
                disclosed={"subject": sanction.subject_id, "statement": statement, "user": actor.user},
                scope="sanctions",
                blind={"user": sanction.subject_id} if is_user else {},
            ),
        )


_COLUMNS = """
SELECT id, subject_kind, subject_id, rule, statement, entries, imposed_by, imposed_ns, lifted_by, lifted_ns,
    lift_statement
FROM compliance.sanctions
"""


def _one(connection: Connection, sanction_id: UUID, *, for_update: bool = False) -> Sanction | None:
    query = f"{_COLUMNS} WHERE id = %s" + (" FOR UPDATE" if for_update else "")
    row = connection.execute(query, (sanction_id,)).fetchone()
    return _sanction(row) if row else None


def _sanction(row: tuple[Any, ...]) -> Sanction:
    return Sanction(
        id=row[0],
        subject_kind=row[1],
        subject_id=row[2],
        rule=row[3],
        statement=row[4],
        entries=list(row[5]),
        imposed_by=row[6],
        imposed_ns=row[7],
        lifted_by=row[8],
        lifted_ns=row[9],
        lift_statement=row[10],
    )


def _is_administrator(connection: Connection, client_id: str) -> bool:
    client = queries.client(connection, client_id)
    return client is not None and client.agency is None


def _all_on_the_log(connection: Connection, entries: list[int]) -> bool:
    if not entries:
        return False
    row = connection.execute("SELECT compliance.on_the_log(%s::bigint[])", (sorted(set(entries)),)).fetchone()
    return bool(row and row[0])
