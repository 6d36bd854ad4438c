"""Writing the registry: create or update, and every write is an entry on the log in the same transaction.

An id and the agency it belongs to never change. A client bound to an agency writes only that agency's instruments and
exigencies; everything else is an administrator's. A write that changes nothing is none: no new version, no entry.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from psycopg.errors import ForeignKeyViolation, UniqueViolation

from gateway.audit.clock import sound_now
from gateway.registry import queries, rules
from gateway.registry.documents import document
from gateway.registry.entries import entry
from gateway.registry.errors import Conflict, Invalid, Unknown, WarrantReplayed
from gateway.registry.instruments import read_warrant
from gateway.registry.records import (
    Actor,
    Agency,
    Client,
    Contract,
    CourtKey,
    Exigency,
    Instrument,
    Issuer,
    Record,
    User,
    UserLink,
)
from gateway.registry.tables import (
    AGENCIES,
    CLIENTS,
    CONTRACTS,
    COURT_KEYS,
    EXIGENCIES,
    INSTRUMENTS,
    ISSUERS,
    USER_LINKS,
    USERS,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.issuers import IssuerWrite, UserLinkWrite
    from gateway.registry.writes import (
        AgencyWrite,
        ClientWrite,
        ContractWrite,
        CourtKeyWrite,
        ExigencyWrite,
        InstrumentWrite,
        UserWrite,
    )

    Withdrawn = Callable[[Connection, Exigency, Actor, bytes], None]

R = TypeVar("R", bound=Record)

_GATEWAY: Final = Actor(kind="gateway", id="compliance")
_WITH_STATUS: Final[dict[str, Table[Any]]] = {
    table.kind: table for table in (AGENCIES, CONTRACTS, USERS, CLIENTS, INSTRUMENTS, EXIGENCIES, ISSUERS)
}


class Registry:
    """The `put_` methods return the record as stored, and raise `RegistryError`.

    Each makes its own transaction unless it is given a connection that is in one.
    """

    def __init__(self, database: Database, log: AuditLog, *, withdrawn: Withdrawn | None = None) -> None:
        """`withdrawn` is told of each emergency that is withdrawn, in the transaction, with the hash of its entry."""
        self._database = database
        self._log = log
        self._withdrawn = withdrawn

    def put_agency(self, write: AgencyWrite, *, actor: Actor, connection: Connection | None = None) -> Agency:
        rules.administrators_only(actor)
        with self._within(connection) as open_connection:
            return self._put(open_connection, AGENCIES, write.model_dump(), actor)

    def put_contract(self, write: ContractWrite, *, actor: Actor, connection: Connection | None = None) -> Contract:
        rules.administrators_only(actor)
        rules.id_of_agency(write.id, write.agency)
        with self._within(connection) as open_connection:
            return self._put(open_connection, CONTRACTS, rules.contract_values(write), actor)

    def put_user(self, write: UserWrite, *, actor: Actor, connection: Connection | None = None) -> User:
        rules.administrators_only(actor)
        rules.id_of_agency(write.id, write.agency)
        with self._within(connection) as open_connection:
            return self._put(open_connection, USERS, write.model_dump(), actor)

    def put_client(self, write: ClientWrite, *, actor: Actor, connection: Connection | None = None) -> Client:
        rules.administrators_only(actor)
        with self._within(connection) as open_connection:
            if write.default_user is not None:
                rules.user_of_agency(open_connection, write.default_user, str(write.agency))
            before = self._locked(open_connection, CLIENTS, write.id)
            rules.grants_of_clients(actor, before, write)
            rules.by_two(actor, before, write)
            affiliation = rules.affiliation(open_connection, actor, before, write)
            return self._put(open_connection, CLIENTS, write.model_dump() | {"affiliation": affiliation}, actor)

    def put_court_key(self, write: CourtKeyWrite, *, actor: Actor, connection: Connection | None = None) -> CourtKey:
        rules.administrators_only(actor)
        with self._within(connection) as open_connection:
            return self._put(open_connection, COURT_KEYS, write.model_dump(), actor)

    def put_issuer(self, write: IssuerWrite, *, actor: Actor, connection: Connection | None = None) -> Issuer:
        """Whose word is taken, and for what. A change ends the tokens that were judged by the profile before."""
        rules.administrators_only(actor)
        with self._within(connection) as open_connection:
            rules.speaks_for(open_connection, write)
            return self._put(open_connection, ISSUERS, write.model_dump(mode="json"), actor)

    def put_user_link(self, write: UserLinkWrite, *, actor: Actor, connection: Connection | None = None) -> UserLink:
        rules.administrators_only(actor)
        with self._within(connection) as open_connection:
            rules.linked_user(open_connection, write)
            return self._put(open_connection, USER_LINKS, write.model_dump(), actor)

    def put_instrument(
        self, write: InstrumentWrite, *, actor: Actor, connection: Connection | None = None
    ) -> Instrument:
        """Enter or correct a paper. Nothing is verified by being entered (`confirmations`), and what was stops being
        so where the paper is corrected.
        """
        rules.own_agency(actor, write.agency)
        rules.id_of_agency(write.id, write.agency, bound=actor.agency is not None)
        with self._within(connection) as open_connection:
            before = self._locked(open_connection, INSTRUMENTS, write.id)
            values = write.model_dump() | {"origin": "registered"}
            if before is not None:
                rules.instrument_may_change(before, write, actor)
                if not rules.corrects(before, values):
                    return self._update(open_connection, INSTRUMENTS, before, values, actor)
            return self._put(open_connection, INSTRUMENTS, values | rules.entered(actor), actor)

    def put_exigency(self, write: ExigencyWrite, *, actor: Actor, connection: Connection | None = None) -> Exigency:
        """Certify an emergency, or change the status of a certificate; what was certified is never edited."""
        rules.own_agency(actor, write.agency)
        rules.id_of_agency(write.id, write.agency, bound=actor.agency is not None)
        with self._within(connection) as open_connection:
            rules.user_of_agency(open_connection, write.certified_by, write.agency)
            before = self._locked(open_connection, EXIGENCIES, write.id)
            rules.exigency_may_become(before, write.status, actor)
            values = write.model_dump()
            if before is None:
                rules.has_begun(write.started_at_ns, sound_now(open_connection))
                values |= dict.fromkeys(
                    ("confirmed_by", "confirmed_at_ns", "due_ns", "applied_at_ns", "instrument", "attached_at_ns")
                )
                values |= rules.by_whom(actor)
            return self._put(open_connection, EXIGENCIES, values, actor)

    def import_warrant(
        self, compact: str, *, actor: Actor, issuer: str, connection: Connection | None = None
    ) -> Instrument:
        """Register a court's signed warrant (`instruments.read_warrant`), once.

        `issuer` is this gateway's name, which the warrant must be addressed to.

        Raises:
            WarrantRefused: with the code of the check that failed.
        """
        with self._within(connection) as open_connection:
            values, replaced = read_warrant(open_connection, compact, agency=actor.agency, audience=issuer)
            try:
                made = self._put(open_connection, INSTRUMENTS, values, actor, extra={"warrant": compact})
            except (UniqueViolation, Conflict) as error:
                raise WarrantReplayed(
                    code="WARRANT_REPLAYED",
                    sentence="A warrant of that court with that number is registered already.",
                    remedy="Use the instrument that it made; a modified warrant needs a number (jti) of its own.",
                ) from error
            digest = hashlib.sha256(compact.encode()).hexdigest()
            for number in replaced:
                self._replace(open_connection, number, made, actor, sha256=digest)
            return made

    def change(
        self, connection: Connection, table: Table[R], record_id: str, values: dict[str, Any], *, actor: Actor
    ) -> R:
        """Changes these columns of one row, in the caller's transaction, with its entry; the caller knows it may.

        Raises:
            Unknown: there is no such row.
        """
        return self._update(connection, table, self._locked(connection, table, record_id), values, actor)

    def _replace(self, connection: Connection, replaced: str, made: Instrument, actor: Actor, *, sha256: str) -> None:
        """The modified warrant takes the place of the one before it, which authorises nothing from then on; one that
        was never shown here is refused when it comes.
        """
        connection.execute(
            """
            INSERT INTO registry.warrant_status
                (court, warrant_jti, status, statement_jti, statement_sha256, stated_ns)
            VALUES (%s, %s, 'replaced', %s, %s, ops.now_ns()) ON CONFLICT DO NOTHING
            """,
            (made.warrant_court, replaced, made.warrant_jti, sha256),
        )
        before = queries.warrant(connection, str(made.warrant_court), replaced)
        if before is None or before.id == made.id or before.status in rules.ENDED:
            return
        values = {"id": before.id, "status": "revoked", "replaced_by": made.id}
        self._update(connection, INSTRUMENTS, before, values, actor)

    def set_status(
        self,
        kind: str,
        record_id: str,
        status: str,
        connection: Connection | None = None,
        *,
        actor: Actor | None = None,
    ) -> Record:
        """Change only the status of an agency, contract, user, client, instrument or exigency.

        With `connection`, inside the caller's transaction, so that a sanction and its effect are one commit; only there
        may `actor` be left out, because the sanction's own entry names who decided.
        """
        if actor is None:
            if connection is None:
                raise TypeError("set_status needs the actor, or the transaction of an act that names one")
            actor = _GATEWAY
        table = _WITH_STATUS.get(kind)
        if table is None:
            raise Unknown
        with self._within(connection) as open_connection:
            before = self._locked(open_connection, table, record_id)
            rules.status_may_change(before, kind, status, actor)
            if isinstance(before, Client):
                rules.standing_by_two(open_connection, actor, before)
            after: Record = self._update(open_connection, table, before, {"id": record_id, "status": status}, actor)
            return after

    def _put(
        self,
        connection: Connection,
        table: Table[R],
        values: dict[str, Any],
        actor: Actor,
        *,
        extra: dict[str, Any] | None = None,
    ) -> R:
        key = tuple(values[name] for name in table.key)
        before = self._locked(connection, table, *key)
        if before is None:
            created = self._insert(connection, table, values, actor, extra or {})
            if created is not None:
                return created
            # Somebody else made it between our look and our insert: now it can be locked.
            before = self._locked(connection, table, *key)
        if extra is not None:
            raise Conflict(code="EXISTS", sentence="It exists.", remedy="Choose another id.")
        return self._update(connection, table, before, values, actor)

    def _insert(
        self, connection: Connection, table: Table[R], values: dict[str, Any], actor: Actor, extra: dict[str, Any]
    ) -> R | None:
        values = values | {name: first for name, first in table.first.items() if values.get(name) is None}
        try:
            row = connection.execute(table.insert, table.parameters(values)).fetchone()
        except ForeignKeyViolation as error:
            raise Invalid(
                code="AGENCY_UNKNOWN",
                sentence="It belongs to an agency that is not in the registry.",
                remedy="Add the agency first, or correct its id.",
            ) from error
        if row is None:
            return None
        record = table.build(row)
        self._log.record(connection, entry(self._log, table=table, before=None, after=record, actor=actor, extra=extra))
        return record

    def _update(
        self,
        connection: Connection,
        table: Table[R],
        before: R | None,
        values: dict[str, Any],
        actor: Actor,
    ) -> R:
        if before is None:
            raise Unknown
        stored = document(before) | {"secret_hash": getattr(before, "secret_hash", None)}
        for name in table.fixed:
            if name in values and values[name] != stored[name]:
                raise rules.fixed_field(table, name)
        changed = [
            name
            for name in table.changing
            if name in values and values[name] != stored[name] and not (name in table.first and values[name] is None)
        ]
        if not changed:
            return before
        if "status" in changed:
            rules.reinstatement(before, values["status"], actor)
        row = connection.execute(table.update(changed), table.parameters(values)).fetchone()
        if row is None:
            raise Unknown
        record = table.build(row)
        written = entry(self._log, table=table, before=before, after=record, actor=actor, extra={})
        sealed = self._log.record(connection, written)
        if self._withdrawn and isinstance(record, Exigency) and "status" in changed and record.status == "withdrawn":
            self._withdrawn(connection, record, actor, sealed.leaf_hash)
        return record

    def _locked(self, connection: Connection, table: Table[R], *key: str) -> R | None:
        return queries.find(connection, table, *key, lock=True)

    @contextmanager
    def _within(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self._database.transaction() as own:
            yield own
