"""A whole log on a test's own database: keys, writers, sequencer, signer, auditor. All of it is the real thing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry, SealedEntry
from gateway.audit.keys import create_keys, signing_key
from gateway.audit.log import AuditLog
from gateway.audit.notes import NoteSigner
from gateway.audit.sequencer import Sequencer
from gateway.audit.signer import Signer
from gateway.audit.verify import verify_online
from gateway.postgres.deployment import DatabaseRole, Deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.audit.report import Report
    from gateway.database import Connection, Database
    from gateway.settings import Settings


@dataclass(frozen=True)
class LogUnderTest:
    settings: Settings
    deployment: Deployment
    keys: DisclosureKeys
    log: AuditLog
    web: Database
    engine: Database
    sequencer_database: Database
    auditor: Database
    sequencer: Sequencer
    signer: Signer
    verifier_key: str

    def write(self, count: int, *, agency: str = "lakeport-pd") -> list[SealedEntry]:
        """That many decisions, in one transaction, staged."""
        with self.web.transaction() as connection:
            return [
                self.log.record(
                    connection,
                    Entry(
                        "search.decision",
                        {"agency": agency, "operation": "identify_1_to_n", "permit": number % 2 == 0},
                        {"user": "ruiz", "number": number},
                        scope="case:1",
                        blind={"case": "1", "user": "ruiz"},
                    ),
                )
                for number in range(count)
            ]

    def publish(self) -> None:
        """Integrates all that is staged, and signs."""
        while self.sequencer.run_once():
            pass
        self.signer.run_once()

    def verify(self, *, keys: DisclosureKeys | None = None, held: tuple[str, ...] = ()) -> Report:
        with self.auditor.snapshot() as connection:
            return verify_online(connection, self.verifier_key, keys=keys, held=held)

    def enlist(self, client: str, *, agency: str | None = None) -> None:
        """Registers a client, of an agency that is registered with it."""
        with self.administrator() as connection:
            if agency is not None:
                connection.execute(
                    "INSERT INTO registry.agencies (id, name, type, jurisdiction, status, controls)"
                    " VALUES (%s, 'An agency (fictional)', 'police', 'XX', 'active', '{}')",
                    (agency,),
                )
            connection.execute(
                "INSERT INTO registry.clients (id, agency, name, scopes, jwks, grant_types, status)"
                " VALUES (%s, %s, 'A client', '{}', '{}', '{}', 'active')",
                (client, agency),
            )

    def administrator(self) -> Connection:
        """A connection that sees everything; use it as a context manager."""
        return psycopg.connect(self.deployment.conninfo(DatabaseRole.ADMIN))

    @contextmanager
    def superuser(self) -> Iterator[Connection]:
        """The attacker who owns the server: triggers of the log are off inside the block."""
        with self.administrator() as connection:
            tables = ("entries", "tiles", "checkpoints", "disclosures", "head")
            for table in tables:
                connection.execute(f"ALTER TABLE audit.{table} DISABLE TRIGGER ALL")
            yield connection
            for table in tables:
                connection.execute(f"ALTER TABLE audit.{table} ENABLE TRIGGER ALL")


def open_log(settings: Settings, deployment: Deployment, database: Callable[[DatabaseRole], Database]) -> LogUnderTest:
    """The log of a fresh home. The arguments are the fixtures of the same names."""
    create_keys(settings.keys)
    keys = DisclosureKeys.load(settings.keys)
    sequencer = database(DatabaseRole.SEQUENCER)
    return LogUnderTest(
        settings=settings,
        deployment=deployment,
        keys=keys,
        log=AuditLog(keys=keys),
        web=database(DatabaseRole.WEB),
        engine=database(DatabaseRole.ENGINE),
        sequencer_database=sequencer,
        auditor=database(DatabaseRole.AUDITOR),
        sequencer=Sequencer(sequencer),
        signer=Signer.load(sequencer, settings),
        verifier_key=str(NoteSigner(settings.log_origin, signing_key(settings.keys)).verifier),
    )
